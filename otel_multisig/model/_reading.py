"""Span records to typed spans and back: which attributes the model lifts out, and how it reads them.

A typed attribute is lifted only where its value can be written again without loss: an int, or the text that this int
has (a backend may have made text of it). All else stays among the attributes as it came, so reading never fails and
never loses anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_multisig._native import make
from otel_multisig.model import records, spans
from otel_multisig.model._order import arrange_events
from otel_multisig.model.records import EventRecord, SpanRecord
from otel_multisig.model.spans import Event, Moment, Span, SpanKind, wire_kind_of
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans as names
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_multisig.model.records import Attributes

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
UINT64_MAX: Final = 2**64 - 1
_LONGEST_INT: Final = len(str(INT64_MIN))

_SETUP_ID: Final = attr.MONERO_SETUP_ID
_ESCROW_ID: Final = attr.MONERO_ESCROW_ID
_SEQUENCE: Final = attr.MONERO_SETUP_SEQUENCE
_END_SEQUENCE: Final = attr.MONERO_SETUP_END_SEQUENCE
_TIME: Final = attr.MONERO_SETUP_TIME
_END_TIME: Final = attr.MONERO_SETUP_END_TIME
_INTERRUPTED: Final = attr.MONERO_SETUP_INTERRUPTED
_CONTINUATION: Final = attr.MONERO_SPAN_CONTINUATION
_ROUND: Final = attr.MONERO_MULTISIG_ROUND
_ROLE: Final = attr.MONERO_WALLET_ROLE
_METHOD: Final = upstream.RPC_METHOD
_ADDRESS: Final = upstream.SERVER_ADDRESS
_PORT: Final = upstream.SERVER_PORT
_ERROR_TYPE: Final = upstream.ERROR_TYPE
_ERROR_CODE: Final = upstream.RPC_RESPONSE_STATUS_CODE
# What the wire gets for a start of zero, and for how long a span lasts there that took no time or less: backends take
# zeros for missing and mend such ends. A microsecond is the least that all of them keep.
_SHORTEST: Final = 1000
_ROUND_PREFIX: Final = names.ROUND + " "

# A member of an enumeration is slow to look up, for every span.
_KIND_SETUP: Final = SpanKind.SETUP
_KIND_ROUND: Final = SpanKind.ROUND
_KIND_CALL: Final = SpanKind.CALL
_KIND_CONTINUATION: Final = SpanKind.CONTINUATION
_KIND_OTHER: Final = SpanKind.OTHER


def as_int(value: Any, maximum: int = INT64_MAX) -> int | None:
    """The integer that `value` is, or is the canonical text of; None where it is neither or goes beyond 64 bits."""
    if type(value) is int:
        return value if INT64_MIN <= value <= maximum else None
    if type(value) is str and len(value) <= _LONGEST_INT and value.isascii():
        digits = value.removeprefix("-")
        if digits.isdigit() and (digits[0] != "0" or value == "0"):
            return as_int(int(value), maximum)
    return None


def is_true(value: Any) -> bool:
    """Whether `value` is true, or the text of it."""
    return value is True or value == "true"


def setup_id_of(record: SpanRecord) -> str | None:
    """The id of the set-up that a span belongs to; None where it is a foreign span."""
    value = record.attributes.get(_SETUP_ID)
    return value if type(value) is str and value else None


def classify(name: str, method: str | None, continuation: Any) -> SpanKind:
    """What a span stands for, by its name, its RPC method and the value of its mark of a continuation (None: none)."""
    if continuation is None:
        continuation = name.endswith(names.CONTINUED_SUFFIX)
    if is_true(continuation):
        return _KIND_CONTINUATION
    if name == names.SETUP:
        return _KIND_SETUP
    if name == names.ROUND or name.startswith(_ROUND_PREFIX):
        return _KIND_ROUND
    return _KIND_OTHER if method is None else _KIND_CALL


# The two that follow are asked only for keys that are there: most are not on most spans, and calls are what costs.


def _take_int(rest: dict[str, Any], key: str) -> int | None:
    value = rest.pop(key)
    if type(value) is int and INT64_MIN <= value <= INT64_MAX:
        return value
    number = as_int(value)
    if number is None:
        rest[key] = value
    return number


def _take_text(rest: dict[str, Any], key: str) -> str | None:
    value = rest.pop(key)
    if type(value) is str:
        return value
    rest[key] = value
    return None


def is_time(value: Any) -> bool:
    """Whether `value` can be read as an exact time."""
    number = as_int(value)
    return number is not None and number >= 0


def _take_time(rest: dict[str, Any], key: str, wire: int) -> int:
    """The exact time that an attribute bears, else that of the wire."""
    value = rest[key]
    if not is_time(value):
        return wire
    del rest[key]
    return int(value)


def _read_end(record: SpanRecord, rest: dict[str, Any], sequence: int | None) -> Moment | None:
    time = record.end_time_unix_nano
    # Without a sequence, an end at zero is none.
    if _END_TIME in rest and (sequence is not None or as_int(rest[_END_TIME]) != 0):
        time = _take_time(rest, _END_TIME, time)
    return Moment(sequence, time) if time or sequence is not None else None


def read_event(record: EventRecord) -> Event:
    """The event of a set-up that a record holds."""
    rest = dict(record.attributes)
    return Event(
        record.name,
        _take_int(rest, _SEQUENCE) if _SEQUENCE in rest else None,
        _take_time(rest, _TIME, record.time_unix_nano) if _TIME in rest else record.time_unix_nano,
        _take_text(rest, _ROLE) if _ROLE in rest else None,
        _take_int(rest, _PORT) if _PORT in rest else None,
        rest,
        record.dropped_attributes_count,
    )


_reader: Final = make(
    "assembly",
    lambda native: native.SpanReader(spans=spans, records=records, attributes=attr, upstream=upstream, names=names),
)
_read_usual: Final[Callable[[SpanRecord, str | None], Span | None] | None] = _reader and _reader.read
read_usual_setup: Final[Callable[[list[SpanRecord]], tuple[str, tuple[Span, ...]] | None] | None] = (
    _reader and _reader.read_setup
)
"""The escrow's id and the spans of a set-up, in order, of records that are all usual and of different spans; else None.

None itself where nothing compiled is there."""


def read_span(record: SpanRecord, escrow_id: str | None) -> Span:
    """The span of a set-up that a record holds; an escrow id other than `escrow_id` stays among its attributes."""
    if _read_usual is not None and (found := _read_usual(record, escrow_id)) is not None:
        return found
    return read_any_span(record, escrow_id)


def read_any_span(record: SpanRecord, escrow_id: str | None) -> Span:
    """The same in Python, for whatever a record may hold."""
    rest = dict(record.attributes)
    rest.pop(_SETUP_ID, None)
    if escrow_id is not None and rest.get(_ESCROW_ID) == escrow_id:
        del rest[_ESCROW_ID]
    method = _take_text(rest, _METHOD) if _METHOD in rest else None
    kind = classify(record.name, method, rest.get(_CONTINUATION))
    if _CONTINUATION in rest and kind is SpanKind.CONTINUATION:
        del rest[_CONTINUATION]
    interrupted = _INTERRUPTED in rest and is_true(rest[_INTERRUPTED])
    if interrupted:
        del rest[_INTERRUPTED]
    sequence = _take_int(rest, _SEQUENCE) if _SEQUENCE in rest else None
    end_sequence = _take_int(rest, _END_SEQUENCE) if _END_SEQUENCE in rest else None
    start_time = record.start_time_unix_nano
    if _TIME in rest:
        start_time = _take_time(rest, _TIME, start_time)
    usual_kind = wire_kind_of(kind)
    # By position, in the order of the fields: by name it takes as long as all that is above.
    return Span(
        kind,
        record.trace_id,
        record.span_id,
        record.name,
        Moment(sequence, start_time),
        record.parent_span_id,
        _read_end(record, rest, end_sequence),
        interrupted,
        _take_int(rest, _ROUND) if _ROUND in rest else None,
        _take_text(rest, _ROLE) if _ROLE in rest else None,
        method,
        _take_int(rest, _PORT) if _PORT in rest else None,
        _take_text(rest, _ADDRESS) if _ADDRESS in rest else None,
        _take_text(rest, _ERROR_TYPE) if _ERROR_TYPE in rest else None,
        _take_int(rest, _ERROR_CODE) if _ERROR_CODE in rest else None,
        record.status_code,
        record.status_message,
        rest,
        arrange_events([read_event(event) for event in record.events]) if record.events else (),
        record.links,
        record.resource,
        record.scope,
        None if record.kind == usual_kind else record.kind,
        record.trace_state,
        record.flags,
        record.dropped_attributes_count,
        record.dropped_events_count,
        record.dropped_links_count,
    )


def write_event(event: Event) -> EventRecord:
    """The canonical record of an event."""
    attributes: dict[str, Any] = {}
    time = event.time_unix_nano
    if event.sequence is not None:
        attributes[_SEQUENCE] = event.sequence
    if time == 0 and _TIME not in event.attributes:
        attributes[_TIME] = time
        time = _SHORTEST
    if event.role is not None:
        attributes[_ROLE] = event.role
    if event.port is not None:
        attributes[_PORT] = event.port
    attributes.update(sorted(event.attributes.items()))
    return EventRecord(event.name, time, attributes, event.dropped_attributes_count)


def write_span(span: Span, escrow_id: str, setup_id: str) -> SpanRecord:
    """The canonical record of a span."""
    exact_start = start = span.start.time_unix_nano
    exact_end = end = 0 if span.end is None else span.end.time_unix_nano
    if start == 0 and _TIME not in span.attributes:
        start = _SHORTEST
    if span.end is not None and end <= start <= INT64_MAX and _END_TIME not in span.attributes:
        end = start + _SHORTEST
    return SpanRecord(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        name=span.name,
        kind=wire_kind_of(span.kind) if span.wire_kind is None else span.wire_kind,
        start_time_unix_nano=start,
        end_time_unix_nano=end,
        attributes=_write_attributes(
            span,
            escrow_id,
            setup_id,
            None if start == exact_start else exact_start,
            None if end == exact_end else exact_end,
        ),
        events=tuple([write_event(event) for event in span.events]),
        links=span.links,
        status_code=span.status_code,
        status_message=span.status_message,
        trace_state=span.trace_state,
        flags=span.flags,
        resource=span.resource,
        scope=span.scope,
        dropped_attributes_count=span.dropped_attributes_count,
        dropped_events_count=span.dropped_events_count,
        dropped_links_count=span.dropped_links_count,
    )


def _write_attributes(
    span: Span, escrow_id: str, setup_id: str, exact_start: int | None, exact_end: int | None
) -> Attributes:
    code = span.error_code
    typed = (
        (_ESCROW_ID, escrow_id),
        (_SETUP_ID, setup_id),
        (_SEQUENCE, span.start.sequence),
        (_END_SEQUENCE, None if span.end is None else span.end.sequence),
        (_TIME, exact_start),
        (_END_TIME, exact_end),
        (_INTERRUPTED, span.interrupted or None),
        (_CONTINUATION, (span.kind is SpanKind.CONTINUATION) or None),
        (_ROUND, span.round),
        (_ROLE, span.role),
        (_METHOD, span.method),
        (_ADDRESS, span.address),
        (_PORT, span.port),
        (_ERROR_TYPE, span.error_type),
        # Upstream's convention makes a text of the code.
        (_ERROR_CODE, None if code is None else str(code)),
    )
    attributes = {key: value for key, value in typed if value is not None}
    attributes.update(sorted(span.attributes.items()))
    return attributes
