"""Checks of telemetry against the registry, for tests.

Each check takes plain values and returns the problems that it found, one sentence each; none means that the record is
as the registry says. It does not matter where the values come from: a span of the SDK, an OTLP file, a backend.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import definitions, spans, upstream
from otel_multisig.semconv.definitions import SpanType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from otel_multisig.semconv.definitions import Signal

__all__ = ["check_event", "check_metric", "check_span"]

LONGEST: Final = 2000
"""The most bytes of UTF-8 that a string may have: backends cut longer ones."""

_KINDS: Final = ("unspecified", "internal", "server", "client", "producer", "consumer")
"""Span kinds in the numbering of OTLP."""

_ROUND_NAME: Final = re.compile(re.escape(spans.ROUND) + r" (-?\d+)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TEMPLATE: Final = re.compile(r"template\[(.+)\]")
_PREFIXES: Final = {
    f"{name}.": match[1] for name, type_ in definitions.TYPES.items() if (match := _TEMPLATE.match(type_))
}


def check_span(
    name: str,
    kind: str | int,
    attributes: Mapping[str, object],
    events: Iterable[tuple[str, Mapping[str, object]]] = (),
) -> list[str]:
    """Check one span and its events.

    Args:
        name: The name of the span.
        kind: Its kind, as a word in any case (`"CLIENT"`) or as the number of OTLP (3). The numbers of the SDK's
            `SpanKind` are others: give its `name`.
        attributes: Its attributes.
        events: Name and attributes of each event.

    Returns:
        The problems found, in the order of the attributes and the events.
    """
    kind = _kind(kind)
    type_ = _span_type(name, kind, attributes)
    if type_ is None:
        return [f"span {name!r} ({kind}): not in the registry"]
    where = f"span {name!r}"
    return [
        *_name_problems(where, name, type_, attributes),
        *_attribute_problems(where, definitions.SPANS[type_], attributes),
        *(f"{where}, {problem}" for event, values in events for problem in check_event(event, values)),
    ]


def check_event(name: str, attributes: Mapping[str, object]) -> list[str]:
    """Check one event: its name and its attributes. Returns the problems found."""
    where = f"event {name!r}"
    signal = definitions.EVENTS.get(name)
    return [f"{where}: not in the registry"] if signal is None else list(_attribute_problems(where, signal, attributes))


def check_metric(name: str, unit: str, kind: str, attributes: Mapping[str, object]) -> list[str]:
    """Check one data point of a metric.

    Args:
        name: The name of the metric.
        unit: Its unit.
        kind: The kind of its instrument, in any case and spelling: `histogram`, `Counter`, `up_down_counter`,
            `ObservableGauge`.
        attributes: The attributes of the data point.

    Returns:
        The problems found.
    """
    where = f"metric {name!r}"
    signal = definitions.METRICS.get(name)
    if signal is None:
        return [f"{where}: not in the registry"]
    problems = []
    if unit != signal.unit:
        problems.append(f"{where}: unit {unit!r} instead of {signal.unit!r}")
    if re.sub(r"[^a-z]|observable", "", kind.lower()) != signal.kind:
        problems.append(f"{where}: instrument {kind!r} instead of {signal.kind!r}")
    return [*problems, *_attribute_problems(where, signal, attributes)]


def _kind(kind: str | int) -> str:
    if isinstance(kind, str):
        return kind.lower()
    return _KINDS[kind] if 0 <= kind < len(_KINDS) else str(kind)


def _span_type(name: str, kind: str, attributes: Mapping[str, object]) -> SpanType | None:
    """Type of a span in the registry. Calls have no name of their own: kind and RPC system tell them."""
    if kind == definitions.SPANS[SpanType.CALL].kind:
        return SpanType.CALL if attributes.get(upstream.RPC_SYSTEM_NAME) == upstream.RPC_SYSTEM_JSONRPC else None
    if kind != definitions.SPANS[SpanType.SETUP].kind:
        return None
    if name.endswith(spans.CONTINUED_SUFFIX):
        return SpanType.CONTINUATION
    if name == spans.SETUP:
        return SpanType.SETUP
    return SpanType.ROUND if _ROUND_NAME.fullmatch(name) else None


def _name_problems(where: str, name: str, type_: SpanType, attributes: Mapping[str, object]) -> Iterator[str]:
    if type_ == SpanType.CALL:
        method = attributes.get(upstream.RPC_METHOD)
        expected = attributes.get(upstream.RPC_METHOD_ORIGINAL) if method == upstream.METHOD_OTHER else method
        if name != expected:
            yield f"{where}: should be named {expected!r}, after its method"
    elif type_ == SpanType.ROUND:
        expected = f"{spans.ROUND} {attributes.get(attr.MONERO_MULTISIG_ROUND)}"
        if name != expected:
            yield f"{where}: should be named {expected!r}, after its round"


def _attribute_problems(where: str, signal: Signal, attributes: Mapping[str, object]) -> Iterator[str]:
    for name, value in attributes.items():
        type_, defined = _definition(name)
        if type_ is None:
            yield f"{where}: {name} is not in the registry"
            continue
        if defined not in signal.required and defined not in signal.optional:
            yield f"{where}: {name} does not belong here"
        if problem := _value_problem(name, type_, value):
            yield f"{where}: {name} {problem}"
    for name in sorted(signal.required - attributes.keys()):
        yield f"{where}: {name} is missing"


def _definition(name: str) -> tuple[str | None, str]:
    """Type of an attribute, and the name that it is defined under: that of the template for a numbered piece."""
    type_ = definitions.TYPES.get(name)
    if type_ is not None and not _TEMPLATE.match(type_):
        return type_, name
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix) and name != prefix), None)
    return (_PREFIXES[prefix], prefix[:-1]) if prefix else (None, name)


def _value_problem(name: str, type_: str, value: object) -> str:
    if not _is_of(type_, value):
        return f"is {value!r}, not of the type {type_}"
    if isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    if isinstance(value, str) and _SURROGATE.search(value):
        return f"is {value!r}, which UTF-8 cannot hold"
    closed = definitions.CLOSED.get(name)
    return f"has the value {value!r}, which is not in the registry" if closed and value not in closed else ""


def _is_of(type_: str, value: object) -> bool:
    match value:
        case bool():  # before int, which it is to isinstance
            return type_ == "boolean"
        case int():
            return type_ == "int" and -(2**63) <= value < 2**63
        case float():
            return type_ == "double" and math.isfinite(value)
        case str():
            return type_ == "string"
    return False
