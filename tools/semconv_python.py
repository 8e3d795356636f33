"""The Python modules that are generated from the registry.

They come out as ruff would format them, so that nothing but PyYAML is needed to generate them.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semconv_registry import Attribute, Registry, Signal

NAMESPACE = "monero."
WIDTH = 120
HEAD = '''"""{title}

Generated from `otel_multisig/semconv/registry` by `tools/semconv.py`: change it there.
"""

from __future__ import annotations

'''
MAPPING_IMPORTS = """\
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

"""


def attributes_module(registry: Registry) -> str:
    """Names of the attributes, and the values of those that are enumerations."""
    attributes = registry.attributes.values()
    return _join(
        HEAD.format(title="Names of the attributes, and the values of those that are enumerations."),
        "from enum import StrEnum\nfrom typing import Final\n\n",
        *(_constant(_upper(attribute.name), attribute.name, _attribute_doc(attribute)) for attribute in attributes),
        *(_enum(attribute) for attribute in attributes if attribute.members),
    )


def spans_module(registry: Registry) -> str:
    """Names of the spans, and parts of them."""
    named = [span for span in registry.spans if span.constant]
    return _join(
        HEAD.format(title="Names of the spans, and parts of them."),
        "from typing import Final\n\n",
        *(_constant(span.constant, span.name, _signal_doc(span, _span_form(span))) for span in named),
    )


def events_module(registry: Registry) -> str:
    """Names of the events of ours."""
    return _join(
        HEAD.format(title="Names of the events. The name of the exception event is in `upstream`."),
        "from typing import Final\n\n",
        *(
            _constant(_upper(event.name.removeprefix(NAMESPACE)), event.name, _signal_doc(event))
            for event in registry.events
            if event.name.startswith(NAMESPACE)
        ),
    )


def metrics_module(registry: Registry) -> str:
    """Names, units and descriptions of the metrics."""
    return _join(
        HEAD.format(title="Names, units and descriptions of the metrics."),
        MAPPING_IMPORTS,
        *(_constant(_upper(metric.name), metric.name, _metric_doc(metric)) for metric in registry.metrics),
        _mapping("UNITS", "str", {metric.name: f'"{metric.unit}"' for metric in registry.metrics}),
        '"""Unit of each metric, in the notation of UCUM."""\n\n',
        _mapping("BRIEFS", "str", {metric.name: f'"{metric.brief}"' for metric in registry.metrics}),
        '"""What each metric measures, in words."""\n',
    )


def definitions_module(registry: Registry) -> str:
    """What the registry defines, for checks at run time."""
    closed = {a.name: _names(m.value for m in a.members) for a in registry.attributes.values() if _is_closed(a)}
    return _join(
        HEAD.format(title="What the registry defines, for checks at run time."),
        "from enum import StrEnum\n" + MAPPING_IMPORTS.replace("Final\n", "Final, NamedTuple\n", 1),
        _SIGNAL_CLASS,
        _span_types(registry),
        _mapping("TYPES", "str", {name: f'"{type_}"' for name, type_ in sorted(registry.types.items())}),
        '"""Type of each attribute: string, int, double, boolean, or template[string] for a prefix of names."""\n\n',
        _mapping("CLOSED", "frozenset[str]", closed),
        '"""The values of each attribute that takes no others."""\n\n',
        _frozen_mapping(
            "SPANS",
            "SpanType",
            "Signal",
            "".join(f"        SpanType.{_span_type(span)}: {_signal(span)},\n" for span in registry.spans),
        ),
        '"""Spans by type."""\n\n',
        _mapping("EVENTS", "Signal", {event.name: _signal(event) for event in registry.events}),
        '"""Events by name."""\n\n',
        _mapping("METRICS", "Signal", {metric.name: _signal(metric) for metric in registry.metrics}),
        '"""Metrics by name."""\n',
    )


_SIGNAL_CLASS = '''
class Signal(NamedTuple):
    """What may be, and what must be, on a span, an event or a metric."""

    kind: str
    """Kind of the span, or of the instrument; empty for an event."""
    unit: str
    """Unit of a metric; empty for the others."""
    required: frozenset[str]
    """Attributes that must be there."""
    optional: frozenset[str]
    """Further attributes that may be there."""


'''


def _join(*parts: str) -> str:
    return "".join(parts).rstrip("\n") + "\n"


def _upper(name: str) -> str:
    return name.upper().replace(".", "_")


def _metric_doc(metric: Signal) -> list[str]:
    unit = "seconds" if metric.unit == "s" else f"`{metric.unit}`"
    return _signal_doc(metric, f"Instrument: {metric.kind}, in {unit}.")


def _span_form(span: Signal) -> str:
    return f"Form of the name: `{span.pattern}`." if span.pattern else ""


def _is_closed(attribute: Attribute) -> bool:
    return bool(attribute.members) and not attribute.open


def _attribute_doc(attribute: Attribute) -> list[str]:
    brief = f"{attribute.brief.removesuffix('.')} ({attribute.type})."
    also = f"Values: `{attribute.enum}`." if attribute.enum else ""
    return [brief, " ".join(part for part in (attribute.note, also) if part)]


def _signal_doc(signal: Signal, also: str = "") -> list[str]:
    return [signal.brief, " ".join(part for part in (also, signal.note) if part)]


def _docstring(paragraphs: list[str], indent: str = "") -> str:
    texts = [paragraph for paragraph in paragraphs if paragraph]
    one_line = f'{indent}"""{texts[0]}"""'
    if len(texts) == 1 and len(one_line) <= WIDTH:
        return one_line + "\n"
    wrapped = ["\n".join(textwrap.wrap(text, WIDTH - 4, subsequent_indent=indent)) for text in texts]
    wrapped[1:] = [textwrap.indent(text, indent) for text in wrapped[1:]]
    return f'{indent}"""' + "\n\n".join(wrapped) + f'\n{indent}"""\n'


def _constant(name: str, value: str, paragraphs: list[str]) -> str:
    return f'{name}: Final = "{value}"\n' + _docstring(paragraphs) + "\n"


def _enum(attribute: Attribute) -> str:
    brief = f"Values of `{attribute.name}`" + (", which takes others too." if attribute.open else ".")
    members = "".join(
        f'    {member.id.upper()} = "{member.value}"\n' + _docstring([member.brief], "    ")
        for member in attribute.members
    )
    return f'\nclass {attribute.enum}(StrEnum):\n    """{brief}"""\n\n{members}\n'


def _mapping(name: str, type_: str, items: Mapping[str, str]) -> str:
    lines = "".join(f'        "{key}": {value},\n' for key, value in items.items())
    return _frozen_mapping(name, "str", type_, lines)


def _frozen_mapping(name: str, key_type: str, type_: str, lines: str) -> str:
    return f"{name}: Final[Mapping[{key_type}, {type_}]] = MappingProxyType(\n    {{\n{lines}    }},\n)\n"


def _span_types(registry: Registry) -> str:
    members = "".join(
        f'    {_span_type(span)} = "{span.id.removeprefix("span.")}"\n' + _docstring([span.brief], "    ")
        for span in registry.spans
    )
    return f'class SpanType(StrEnum):\n    """Types of spans; the names of some spans vary."""\n\n{members}\n\n'


def _span_type(span: Signal) -> str:
    return span.id.removesuffix(f".{span.kind}").rpartition(".")[2].upper()


def _signal(signal: Signal) -> str:
    required = _names((use.name for use in signal.uses if use.level == "required"), 12)
    optional = _names((use.name for use in signal.uses if use.level != "required"), 12)
    fields = f'kind="{signal.kind}"', f'unit="{signal.unit}"', f"required={required}", f"optional={optional}"
    return "Signal(\n" + "".join(f"            {text},\n" for text in fields) + "        )"


def _names(names: Iterable[str], indent: int = 8) -> str:
    listed = sorted(names)
    if not listed:
        return "frozenset()"
    pad = " " * indent
    lines = "".join(f'{pad}        "{name}",\n' for name in listed)
    return f"frozenset(\n{pad}    {{\n{lines}{pad}    }},\n{pad})"
