"""Spans in OTLP's protobuf form, with their events, links and status (opentelemetry-proto ``trace/v1/trace.proto``).

The fields of a span and of an event are read in one loop each, with the bytes of numbers and lengths looked at there:
this is where the time goes.
"""

from __future__ import annotations

from typing import Any, Final

from otel_multisig.model import EventRecord, LinkRecord, ResourceRecord, ScopeRecord, SpanRecord
from otel_multisig.otlp._protobuf_values import known_attribute, read_attribute
from otel_multisig.otlp.errors import OtlpDecodeError
from otel_multisig.otlp.wire import WireError, fields, read_fixed32, read_fixed64, read_varint, skip

_MORE: Final = 0x80
"""The bit of a byte that says that the number goes on."""

_WIRE_TYPE: Final = 7
_LENGTH: Final = 2
_LOWEST_TAG: Final = 8
_UINT32_MAX: Final = 2**32 - 1
_INT32_MAX: Final = 2**31 - 1
_TRACE_ID_BYTES: Final = 16
_SPAN_ID_BYTES: Final = 8

# Tags of Span, Event, Link and Status.
_START_TIME: Final = 0x39
_END_TIME: Final = 0x41
_KIND: Final = 0x30
_OLD_FLAGS: Final = 0x185  # flags were given the number 16, and once 48
_FLAGS: Final = 0x85
_DROPPED_ATTRIBUTES: Final = 0x50
_DROPPED_EVENTS: Final = 0x60
_DROPPED_LINKS: Final = 0x70
_ATTRIBUTE: Final = 0x4A
_EVENT: Final = 0x5A
_TRACE_ID: Final = 0x0A
_SPAN_ID: Final = 0x12
_PARENT: Final = 0x22
_NAME: Final = 0x2A
_STATUS: Final = 0x7A
_LINK: Final = 0x6A
_TRACE_STATE: Final = 0x1A

_EVENT_ATTRIBUTE: Final = 0x1A
_EVENT_TIME: Final = 0x09
_EVENT_NAME: Final = 0x12
_EVENT_DROPPED: Final = 0x20

_LINK_TRACE_ID: Final = 0x0A
_LINK_SPAN_ID: Final = 0x12
_LINK_TRACE_STATE: Final = 0x1A
_LINK_ATTRIBUTE: Final = 0x22
_LINK_DROPPED: Final = 0x28
_LINK_FLAGS: Final = 0x35

_STATUS_MESSAGE: Final = 0x12
_STATUS_CODE: Final = 0x18


def read_span(  # noqa: C901, PLR0912, PLR0915 (a span's fields in one loop: this is where the time goes)
    data: bytes, at: int, end: int, resource: ResourceRecord, scope: ScopeRecord
) -> SpanRecord:
    trace_id = span_id = parent = name = trace_state = status = b""
    kind = start_time = end_time = flags = dropped = dropped_events = dropped_links = 0
    attributes: dict[str, Any] = {}
    events: list[EventRecord] = []
    links: list[LinkRecord] = []
    while at < end:
        tag = data[at]
        if tag == _ATTRIBUTE and data[at + 1] < _MORE:
            start = at + 2
            at = start + data[at + 1]
            raw = data[start:at]
            pair = known_attribute(raw) or read_attribute(raw, "attributes")
            attributes[pair[0]] = pair[1]
            continue
        at += 1
        if tag >= _MORE:
            tag, at = read_varint(data, at - 1)
        if tag & _WIRE_TYPE != _LENGTH:
            if tag == _START_TIME:
                start_time = read_fixed64(data, at)
                at += 8
            elif tag == _END_TIME:
                end_time = read_fixed64(data, at)
                at += 8
            elif tag == _KIND:
                kind, at = read_varint(data, at)
            elif tag == _OLD_FLAGS:
                at += 4
            elif tag == _FLAGS:
                flags = read_fixed32(data, at)
                at += 4
            elif tag == _DROPPED_ATTRIBUTES:
                dropped, at = read_varint(data, at)
            elif tag == _DROPPED_EVENTS:
                dropped_events, at = read_varint(data, at)
            elif tag == _DROPPED_LINKS:
                dropped_links, at = read_varint(data, at)
            else:
                at = skip(data, at, tag)
            continue
        length = data[at]
        at += 1
        if length >= _MORE:
            length, at = read_varint(data, at - 1)
        behind = at + length
        if tag == _ATTRIBUTE:
            key, value = read_attribute(data[at:behind], "attributes")
            attributes[key] = value
        elif tag == _EVENT:
            events.append(_read_event(data, at, behind))
        elif tag == _TRACE_ID:
            trace_id = data[at:behind]
        elif tag == _SPAN_ID:
            span_id = data[at:behind]
        elif tag == _PARENT:
            parent = data[at:behind]
        elif tag == _NAME:
            name = data[at:behind]
        elif tag == _STATUS:
            status += data[at:behind]
        elif tag == _LINK:
            links.append(_read_link(data, at, behind))
        elif tag == _TRACE_STATE:
            trace_state = data[at:behind]
        elif tag < _LOWEST_TAG:
            raise WireError("a field has no number")
        at = behind
    if at != end:
        raise WireError("cut off")
    message, code = _read_status(status) if status else ("", 0)
    kind &= _UINT32_MAX
    if kind > _INT32_MAX:
        raise OtlpDecodeError("kind", "neither a number nor a name of the enumeration")
    # By position, in the order of the fields: by name it takes three times as long.
    return SpanRecord(
        _id(trace_id, _TRACE_ID_BYTES, "traceId"),
        _id(span_id, _SPAN_ID_BYTES, "spanId"),
        name.decode(),
        start_time,
        _id(parent, _SPAN_ID_BYTES, "parentSpanId") if parent else "",
        kind,
        end_time,
        attributes,
        tuple(events),
        tuple(links),
        code,
        message,
        trace_state.decode(),
        flags,
        resource,
        scope,
        dropped & _UINT32_MAX,
        dropped_events & _UINT32_MAX,
        dropped_links & _UINT32_MAX,
    )


def _read_event(data: bytes, at: int, end: int) -> EventRecord:
    name = b""
    time = dropped = 0
    attributes: dict[str, Any] = {}
    while at < end:
        tag = data[at]
        if tag == _EVENT_ATTRIBUTE and data[at + 1] < _MORE:
            start = at + 2
            at = start + data[at + 1]
            raw = data[start:at]
            pair = known_attribute(raw) or read_attribute(raw, "attributes")
            attributes[pair[0]] = pair[1]
            continue
        at += 1
        if tag >= _MORE:
            tag, at = read_varint(data, at - 1)
        if tag == _EVENT_ATTRIBUTE:
            length, at = read_varint(data, at)
            key, value = read_attribute(data[at : at + length], "attributes")
            attributes[key] = value
            at += length
        elif tag == _EVENT_TIME:
            time = read_fixed64(data, at)
            at += 8
        elif tag == _EVENT_NAME:
            length, at = read_varint(data, at)
            name = data[at : at + length]
            at += length
        elif tag == _EVENT_DROPPED:
            dropped, at = read_varint(data, at)
        else:
            at = skip(data, at, tag)
    if at != end:
        raise WireError("cut off")
    return EventRecord(name.decode(), time, attributes, dropped & _UINT32_MAX)


def _read_link(data: bytes, start: int, end: int) -> LinkRecord:
    trace_id = span_id = trace_state = b""
    dropped = flags = 0
    attributes: dict[str, Any] = {}
    for tag, at, behind in fields(data, start, end):
        if tag == _LINK_TRACE_ID:
            trace_id = data[at:behind]
        elif tag == _LINK_SPAN_ID:
            span_id = data[at:behind]
        elif tag == _LINK_TRACE_STATE:
            trace_state = data[at:behind]
        elif tag == _LINK_ATTRIBUTE:
            key, value = read_attribute(data[at:behind], "links.attributes")
            attributes[key] = value
        elif tag == _LINK_DROPPED:
            dropped = read_varint(data, at)[0] & _UINT32_MAX
        elif tag == _LINK_FLAGS:
            flags = read_fixed32(data, at)
    return LinkRecord(
        _id(trace_id, _TRACE_ID_BYTES, "links.traceId"),
        _id(span_id, _SPAN_ID_BYTES, "links.spanId"),
        attributes,
        trace_state.decode(),
        flags,
        dropped,
    )


def _read_status(data: bytes) -> tuple[str, int]:
    message = b""
    code = 0
    for tag, at, behind in fields(data, 0, len(data)):
        if tag == _STATUS_MESSAGE:
            message = data[at:behind]
        elif tag == _STATUS_CODE:
            code = read_varint(data, at)[0] & _UINT32_MAX
    if code > _INT32_MAX:
        raise OtlpDecodeError("status.code", "neither a number nor a name of the enumeration")
    return message.decode(), code


def _id(data: bytes, length: int, place: str) -> str:
    if len(data) != length:
        raise OtlpDecodeError(place, f"not an id of {length} bytes")
    return data.hex()
