"""What a set-up must fulfil to survive the way through span records unchanged.

Whatever `assemble` returns is valid. One that is built by hand is valid where:

- it has at least one span, a set-up id that is not empty, and no two spans of the same trace id and span id;
- ids are hex digits of the right length, numbers fit their type on the wire (times unsigned, all else signed 64 bits;
  flags and counts unsigned 32 bits) and attributes hold what `AttributeValue` allows;
- an end without a sequence has a time;
- each span's kind is the one that its name, method and attributes tell; `wire_kind` is None where it is the usual one;
- no attribute says what a field says: the key of a typed field stands among the attributes only where the field is
  None and the value cannot be read as the field's type; the set-up's id never does, and an escrow id only where it
  differs from the set-up's own and the first span with a readable one agrees with the set-up;
- no span is a marker that stands for another one (`otel_multisig.model.markers`);
- spans and events are in order (`EscrowTrace.build` sees to that).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.model import _reading as reading
from otel_multisig.model._order import arrange_events, arrange_spans
from otel_multisig.model._reading import INT64_MAX, INT64_MIN, UINT64_MAX, as_int
from otel_multisig.model.identity import split_setup_id
from otel_multisig.model.markers import is_marker
from otel_multisig.model.spans import Event, Moment, Span, SpanKind, wire_kind_of
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.model.records import Attributes
    from otel_multisig.model.trace import EscrowTrace

_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")
_SPAN_ID: Final = re.compile(r"[0-9a-f]{16}")
_UINT32_MAX: Final = 2**32 - 1
_INT32_MAX: Final = 2**31 - 1


class InvalidTraceError(ValueError):
    """A set-up that was built against the rules; the text names the place and the rule."""


def validate(trace: EscrowTrace) -> None:
    """Check a set-up against the rules above.

    Raises:
        InvalidTraceError: it breaks one of them.
    """
    _require(bool(trace.setup_id), "a set-up needs an id")
    _require(bool(trace.spans), "a set-up needs a span")
    ids = {(span.trace_id, span.span_id) for span in trace.spans}
    _require(len(ids) == len(trace.spans), "two spans have the same ids")
    for span in trace.spans:
        try:
            _validate_span(span)
        except InvalidTraceError as error:
            raise InvalidTraceError(f"span {span.span_id} ({span.name}): {error}") from None
    _require(trace.spans == arrange_spans(trace.spans), "spans are not in order")
    _validate_escrow_id(trace)


def _require(condition: bool, rule: str) -> None:
    if not condition:
        raise InvalidTraceError(rule)


def _validate_escrow_id(trace: EscrowTrace) -> None:
    key = attr.MONERO_ESCROW_ID
    others = [span.attributes.get(key, trace.escrow_id) for span in trace.spans]
    for span in trace.spans:
        _require(span.attributes.get(key) != trace.escrow_id, "an attribute repeats the escrow id")
    readable = next((text for text in others if isinstance(text, str)), split_setup_id(trace.setup_id)[0])
    _require(readable == trace.escrow_id, "the first span that names an escrow names another one")


def _validate_span(span: Span) -> None:
    _require(_TRACE_ID.fullmatch(span.trace_id) is not None, "a trace id has 32 lower-case hex digits")
    _require(_SPAN_ID.fullmatch(span.span_id) is not None, "a span id has 16 lower-case hex digits")
    parent = span.parent_span_id
    _require(not parent or _SPAN_ID.fullmatch(parent) is not None, "a parent's id is a span id or empty")
    _validate_moments(span.start, span.end)
    _validate_kind(span)
    ints = {
        attr.MONERO_SETUP_SEQUENCE: span.start.sequence,
        attr.MONERO_SETUP_END_SEQUENCE: None if span.end is None else span.end.sequence,
        attr.MONERO_MULTISIG_ROUND: span.round,
        upstream.SERVER_PORT: span.port,
        upstream.RPC_RESPONSE_STATUS_CODE: span.error_code,
    }
    texts = {
        attr.MONERO_WALLET_ROLE: span.role,
        upstream.RPC_METHOD: span.method,
        upstream.SERVER_ADDRESS: span.address,
        upstream.ERROR_TYPE: span.error_type,
    }
    _validate_fields(ints, texts, span.attributes)
    _require(attr.MONERO_SETUP_ID not in span.attributes, "an attribute repeats the set-up's id")
    interrupted = span.attributes.get(attr.MONERO_SETUP_INTERRUPTED)
    _require(not reading.is_true(interrupted), "an attribute says that the span was interrupted")
    _require(not (span.interrupted and attr.MONERO_SETUP_INTERRUPTED in span.attributes), "interrupted is said twice")
    _require_no_time(attr.MONERO_SETUP_TIME, span.attributes)
    counts_end = span.end is not None and span.end.sequence is not None
    _require(counts_end or span.interrupted or not is_marker(span.attributes), "a marker stands for another span")
    if counts_end or as_int(span.attributes.get(attr.MONERO_SETUP_END_TIME)) != 0:
        _require_no_time(attr.MONERO_SETUP_END_TIME, span.attributes)
    for count in (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count, span.flags):
        _require(_is_int(count, 0, _UINT32_MAX), "flags and counts are unsigned 32-bit integers")
    _require(_is_int(span.status_code, 0, _INT32_MAX), "the status is a number of OTLP's enumeration")
    for event in span.events:
        _validate_event(event)
    _require(span.events == arrange_events(span.events), "events are not in order")


def _validate_moments(start: Moment, end: Moment | None) -> None:
    for moment in (start, end) if end is not None else (start,):
        _require(_is_int(moment.time_unix_nano, 0, UINT64_MAX), "a time is an unsigned 64-bit integer")
    _require(end is None or end.sequence is not None or end.time_unix_nano != 0, "an end has a sequence or a time")


def _validate_kind(span: Span) -> None:
    mark = span.attributes.get(attr.MONERO_SPAN_CONTINUATION)
    if span.kind is not SpanKind.CONTINUATION:
        _require(span.kind is reading.classify(span.name, span.method, mark), "its kind is not what it says it is")
    else:
        _require(attr.MONERO_SPAN_CONTINUATION not in span.attributes, "an attribute repeats that it is a continuation")
    wire_kind = span.wire_kind
    if wire_kind is not None:
        _require(_is_int(wire_kind, 0, _INT32_MAX), "the wire's kind is a number of OTLP's enumeration")
        _require(wire_kind != wire_kind_of(span.kind), "the wire's kind is given where it is the usual one")


def _require_no_time(key: str, attributes: Attributes) -> None:
    _require(not reading.is_time(attributes.get(key)), f"an attribute says what the time of {key} should")


def _validate_event(event: Event) -> None:
    _require(_is_int(event.time_unix_nano, 0, UINT64_MAX), "a time is an unsigned 64-bit integer")
    ints = {attr.MONERO_SETUP_SEQUENCE: event.sequence, upstream.SERVER_PORT: event.port}
    _validate_fields(ints, {attr.MONERO_WALLET_ROLE: event.role}, event.attributes)
    _require_no_time(attr.MONERO_SETUP_TIME, event.attributes)
    _require(_is_int(event.dropped_attributes_count, 0, _UINT32_MAX), "counts are unsigned 32-bit integers")


def _validate_fields(ints: Mapping[str, Any], texts: Mapping[str, Any], rest: Attributes) -> None:
    for key, value in ints.items():
        _require(value is None or _is_int(value, INT64_MIN, INT64_MAX), f"{key} is a signed 64-bit integer")
        said = value is not None or as_int(rest.get(key)) is not None
        _require(not (said and key in rest), f"an attribute says what the field of {key} should")
    for key, value in texts.items():
        _require(value is None or isinstance(value, str), f"{key} is a text")
        said = value is not None or isinstance(rest.get(key), str)
        _require(not (said and key in rest), f"an attribute says what the field of {key} should")
    for key, value in rest.items():
        _require(_is_value(value), f"{key} is no value of an attribute")


def _is_int(value: Any, minimum: int, maximum: int) -> bool:
    return type(value) is int and minimum <= value <= maximum


def _is_value(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_value, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_value(inner) for key, inner in value.items())
    if type(value) is int:
        return INT64_MIN <= value <= INT64_MAX
    return value is None or isinstance(value, str | bool | float | bytes)
