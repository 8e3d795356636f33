"""The reference page that is generated from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semconv_registry import Attribute, Registry, Section, Signal, Use

HEAD = """\
<!-- Generated from otel_multisig/semconv/registry by tools/semconv.py (make generate): change it there. -->

# Semantic conventions

What otel-multisig records, and under which names. The registry that this page is generated from,
[`otel_multisig/semconv/registry`](../otel_multisig/semconv/registry), is in the format of OpenTelemetry's
[weaver](https://github.com/open-telemetry/weaver), so that other tools and other languages can use it. Names that do
not begin with `monero.` are defined by the
[semantic conventions of OpenTelemetry](https://github.com/open-telemetry/semantic-conventions), version 1.44.

Everything here is in development: a name may still change, and the change log then says so.

- [Spans](#spans): one set-up of one escrow is one trace
- [Events](#events) on those spans
- [Metrics](#metrics)
- [Attributes](#attributes), all that the registry defines

Requirement levels are those of OpenTelemetry: *required*; *if ...*, required under that condition; *recommended*,
there unless it could not be found out; *opt-in*, only where the user asked for it.
"""
NAMING = """\
Every span, and every event on it, says where it stands in its set-up (`monero.setup.sequence`), and every span says
which set-up and which escrow it belongs to: a trace can be read when spans are missing, out of order or doubled.
"""
NEVER_AN_ESCROW = "No metric has the id of an escrow among its attributes: the number of series would have no bound.\n"


def page(registry: Registry) -> str:
    """The page, as Markdown."""
    parts = [
        HEAD,
        f"## Spans\n\n{NAMING}",
        *(_span(span) for span in registry.spans),
        "## Events\n",
        *(_event(event) for event in registry.events),
        f"## Metrics\n\n{NEVER_AN_ESCROW}",
        *(_metric(metric) for metric in registry.metrics),
        "## Attributes\n",
        *(_section(section) for section in registry.sections),
    ]
    return "\n".join(parts)


def _span(span: Signal) -> str:
    name = span.pattern or span.name
    title = span.id.removeprefix("span.")
    facts = f"Name: `{name}`. Kind: {span.kind.upper()}."
    return _signal(title, facts, span)


def _event(event: Signal) -> str:
    return _signal(event.name, "", event)


def _metric(metric: Signal) -> str:
    unit = "seconds (`s`)" if metric.unit == "s" else f"`{metric.unit}`"
    return _signal(metric.name, f"Instrument: {metric.kind}. Unit: {unit}.", metric)


def _signal(title: str, facts: str, signal: Signal) -> str:
    texts = [f"### `{title}`", f"{signal.brief} {signal.note}".strip(), facts]
    uses = _uses(signal.uses) if signal.uses else "It has no attributes."
    return "\n\n".join([text for text in texts if text] + [uses]) + "\n"


def _uses(uses: Iterable[Use]) -> str:
    rows = [(f"`{use.name}`", use.type, _level(use), use.brief, _examples(use.examples)) for use in uses]
    return _table(("Attribute", "Type", "Requirement", "Description", "Examples"), rows)


def _level(use: Use) -> str:
    if use.condition:
        return use.condition.removesuffix(".")
    return use.level.replace("_", "-")


def _section(section: Section) -> str:
    rows = [
        (f"`{a.name}`", a.type, f"{a.brief} {a.note}".strip(), "see below" if a.members else _examples(a.examples))
        for a in section.attributes
    ]
    table = _table(("Attribute", "Type", "Description", "Examples"), rows)
    enums = [_values(attribute) for attribute in section.attributes if attribute.members]
    return "\n".join([f"### {section.title}\n\n{section.brief}\n\n{table}\n", *enums])


def _values(attribute: Attribute) -> str:
    rows = [(f"`{member.value}`", member.brief) for member in attribute.members]
    others = "; it takes others too" if attribute.open else ""
    return f"Values of `{attribute.name}`{others}:\n\n{_table(('Value', 'Meaning'), rows)}\n"


def _examples(examples: Sequence[str]) -> str:
    return ", ".join(f"`{example}`" for example in examples[:3])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
