"""OTLP's protobuf form to span records, by hand: several times as fast as through the official classes.

Those parse in C, but each field that is asked for costs a call; here the bytes of an attribute that was seen before
(roles, methods, ids of the set-up, small numbers) are looked up whole. It needs no package, so that a bare
installation reads these files too.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.model import EventRecord, LinkRecord, ResourceRecord, ScopeRecord, SpanRecord
from otel_multisig.otlp._wire import WireError, fields, read_varint, skip
from otel_multisig.otlp.errors import OtlpDecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_DEPTH: Final = 50
_MORE: Final = 0x80
_UINT32_MAX: Final = 2**32 - 1
_INT32_MAX: Final = 2**31 - 1
_INT64_MAX: Final = 2**63 - 1
_TRACE_ID_BYTES: Final = 16
_SPAN_ID_BYTES: Final = 8
_read_double: Final = Struct("<d").unpack_from
_read_fixed64: Final = Struct("<Q").unpack_from
_read_fixed32: Final = Struct("<I").unpack_from

# Tags: the field's number and its type on the wire (opentelemetry-proto, trace/v1 and common/v1).
_F1, _F2, _F3, _F4 = 0x0A, 0x12, 0x1A, 0x22
_V2, _V3, _V4, _V5, _V6 = 0x10, 0x18, 0x20, 0x28, 0x30

_KNOWN_LIMIT: Final = 16_384
_KNOWN_BYTES: Final = 128
_known: Final[dict[bytes, tuple[str, Any]]] = {}
"""Attributes by their bytes. Only what cannot be changed stands in it; emptied when it is full."""


def decode_protobuf(document: bytes) -> list[SpanRecord]:
    """The spans of one OTLP protobuf message, in its order.

    It takes ``TracesData`` and an export request (the same bytes), and Tempo's answer to ``/api/v2/traces``, which
    holds such a message in its first field. Unknown fields are skipped.

    Raises:
        OtlpDecodeError: it is no such message; the error's place is the path in it, and the byte.
    """
    records: list[SpanRecord] = []
    for number, (start, end) in enumerate(_find_resource_spans(document)):
        try:
            _read_resource_spans(document, start, end, records)
        except OtlpDecodeError as error:
            raise error.inside(f"resourceSpans[{number}]") from None
    return records


def _find_resource_spans(document: bytes) -> list[tuple[int, int]]:
    try:
        outer = [(start, end) for tag, start, end in fields(document, 0, len(document)) if tag == _F1]
        if len(outer) == 1 and _is_wrapped(document, *outer[0]):
            return [(start, end) for tag, start, end in fields(document, *outer[0]) if tag == _F1]
    except WireError as error:
        raise OtlpDecodeError("", f"not protobuf: {error}") from None
    return outer


def _is_wrapped(document: bytes, start: int, end: int) -> bool:
    """Whether this is a ``TracesData``, and not the ``ResourceSpans`` that one would expect.

    The second has spans of a scope in field 2; the first has field 1 alone, in which stands what has the field 2.
    A resource's own field 2 is a count, not a message.
    """
    inside = []
    for tag, *inner in fields(document, start, end):
        if tag != _F1:
            return False
        inside.append(inner)
    try:
        return any(tag == _F2 for inner in inside for tag, _, _ in fields(document, *inner))
    except WireError:
        return False


def _read_resource_spans(data: bytes, start: int, end: int, records: list[SpanRecord]) -> None:
    resource = schema_url = b""
    scopes = []
    for tag, at, behind in _fields(data, start, end):
        if tag == _F2:
            scopes.append((at, behind))
        elif tag == _F1:
            # A message that comes twice is merged, and the bytes of two, one after the other, are the merged message.
            resource += data[at:behind]
        elif tag == _F3:
            schema_url = data[at:behind]
    record = _read_resource(resource, _text(schema_url, "schemaUrl"))
    for number, (at, behind) in enumerate(scopes):
        try:
            _read_scope_spans(data, at, behind, record, records)
        except OtlpDecodeError as error:
            raise error.inside(f"scopeSpans[{number}]") from None


def _read_resource(data: bytes, schema_url: str) -> ResourceRecord:
    attributes: dict[str, Any] = {}
    dropped = 0
    for tag, at, behind in _fields(data, 0, len(data), "resource"):
        if tag == _F1:
            _add(data[at:behind], attributes, 0, "resource.attributes")
        elif tag == _V2:
            dropped = read_varint(data, at)[0] & _UINT32_MAX
    return ResourceRecord(attributes, schema_url, dropped)


def _read_scope_spans(data: bytes, start: int, end: int, resource: ResourceRecord, records: list[SpanRecord]) -> None:
    scope = schema_url = b""
    spans = []
    for tag, at, behind in _fields(data, start, end):
        if tag == _F2:
            spans.append((at, behind))
        elif tag == _F1:
            scope += data[at:behind]
        elif tag == _F3:
            schema_url = data[at:behind]
    record = _read_scope(scope, _text(schema_url, "schemaUrl"))
    for number, (at, behind) in enumerate(spans):
        try:
            records.append(_read_span(data, at, behind, resource, record))
        except OtlpDecodeError as error:
            raise error.inside(f"spans[{number}]") from None
        except IndexError:
            raise OtlpDecodeError(f"spans[{number}]", f"cut off (span at byte {at})") from None
        except (WireError, UnicodeDecodeError) as error:
            what = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise OtlpDecodeError(f"spans[{number}]", f"{what} (span at byte {at})") from None


def _read_scope(data: bytes, schema_url: str) -> ScopeRecord:
    name = version = b""
    attributes: dict[str, Any] = {}
    dropped = 0
    for tag, at, behind in _fields(data, 0, len(data), "scope"):
        if tag == _F1:
            name = data[at:behind]
        elif tag == _F2:
            version = data[at:behind]
        elif tag == _F3:
            _add(data[at:behind], attributes, 0, "scope.attributes")
        elif tag == _V4:
            dropped = read_varint(data, at)[0] & _UINT32_MAX
    return ScopeRecord(_text(name, "scope.name"), _text(version, "scope.version"), attributes, schema_url, dropped)


def _read_span(  # noqa: C901, PLR0912, PLR0915 (a span's fields in one loop: this is where the time goes)
    data: bytes, at: int, end: int, resource: ResourceRecord, scope: ScopeRecord
) -> SpanRecord:
    trace_id = span_id = parent = name = trace_state = status = b""
    kind = start_time = end_time = flags = dropped = dropped_events = dropped_links = 0
    attributes: dict[str, Any] = {}
    events: list[EventRecord] = []
    links: list[LinkRecord] = []
    known = _known.get
    while at < end:
        tag = data[at]
        at += 1
        if tag >= _MORE:
            tag, at = read_varint(data, at - 1)
        if tag & 7 != 2:  # noqa: PLR2004 (a number)
            if tag == 0x39:  # noqa: PLR2004
                start_time = _fixed64(data, at)
                at += 8
            elif tag == 0x41:  # noqa: PLR2004
                end_time = _fixed64(data, at)
                at += 8
            elif tag == _V6:
                kind, at = read_varint(data, at)
            elif tag == 0x185:  # noqa: PLR2004 (flags were given the number 16, and once 48)
                at += 4
            elif tag == 0x85:  # noqa: PLR2004
                flags = _fixed32(data, at)
                at += 4
            elif tag == 0x50:  # noqa: PLR2004
                dropped, at = read_varint(data, at)
            elif tag == 0x60:  # noqa: PLR2004
                dropped_events, at = read_varint(data, at)
            elif tag == 0x70:  # noqa: PLR2004
                dropped_links, at = read_varint(data, at)
            else:
                at = _skip(data, at, tag)
            continue
        length = data[at]
        at += 1
        if length >= _MORE:
            length, at = read_varint(data, at - 1)
        behind = at + length
        if tag == 0x4A:  # noqa: PLR2004
            raw = data[at:behind]
            pair = known(raw)
            if pair is None:
                _add(raw, attributes, 0, "attributes")
            else:
                attributes[pair[0]] = pair[1]
        elif tag == 0x5A:  # noqa: PLR2004
            events.append(_read_event(data, at, behind))
        elif tag == _F1:
            trace_id = data[at:behind]
        elif tag == _F2:
            span_id = data[at:behind]
        elif tag == _F4:
            parent = data[at:behind]
        elif tag == 0x2A:  # noqa: PLR2004
            name = data[at:behind]
        elif tag == 0x7A:  # noqa: PLR2004
            status += data[at:behind]
        elif tag == 0x6A:  # noqa: PLR2004
            links.append(_read_link(data, at, behind))
        elif tag == _F3:
            trace_state = data[at:behind]
        elif tag < 8:  # noqa: PLR2004
            raise WireError("a field has no number")
        at = behind
    if at != end:
        raise WireError("cut off")
    message, code = _read_status(status) if status else ("", 0)
    kind &= 2**32 - 1
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
    known = _known.get
    while at < end:
        tag = data[at]
        at += 1
        if tag >= _MORE:
            tag, at = read_varint(data, at - 1)
        if tag == _F3:
            length = data[at]
            at += 1
            if length >= _MORE:
                length, at = read_varint(data, at - 1)
            raw = data[at : at + length]
            at += length
            pair = known(raw)
            if pair is None:
                _add(raw, attributes, 0, "attributes")
            else:
                attributes[pair[0]] = pair[1]
        elif tag == 0x09:  # noqa: PLR2004
            time = _fixed64(data, at)
            at += 8
        elif tag == _F2:
            length, at = read_varint(data, at)
            name = data[at : at + length]
            at += length
        elif tag == _V4:
            dropped, at = read_varint(data, at)
        else:
            at = _skip(data, at, tag)
    if at != end:
        raise WireError("cut off")
    return EventRecord(name.decode(), time, attributes, dropped & _UINT32_MAX)


def _read_link(data: bytes, start: int, end: int) -> LinkRecord:
    trace_id = span_id = trace_state = b""
    dropped = flags = 0
    attributes: dict[str, Any] = {}
    for tag, at, behind in fields(data, start, end):
        if tag == _F1:
            trace_id = data[at:behind]
        elif tag == _F2:
            span_id = data[at:behind]
        elif tag == _F3:
            trace_state = data[at:behind]
        elif tag == _F4:
            _add(data[at:behind], attributes, 0, "links.attributes")
        elif tag == _V5:
            dropped = read_varint(data, at)[0] & _UINT32_MAX
        elif tag == 0x35:  # noqa: PLR2004
            flags = _fixed32(data, at)
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
        if tag == _F2:
            message = data[at:behind]
        elif tag == _V3:
            code = read_varint(data, at)[0] & (2**32 - 1)
    if code > _INT32_MAX:
        raise OtlpDecodeError("status.code", "neither a number nor a name of the enumeration")
    return message.decode(), code


def _add(raw: bytes, attributes: dict[str, Any], depth: int, place: str) -> None:
    """Add the attribute that some bytes hold."""
    key = value = b""
    try:
        # Key, value, in this order and with short lengths: all but a few are so.
        if raw[:1] == b"\n" and raw[1] < _MORE and raw[2 + raw[1] : 3 + raw[1]] == b"\x12":
            middle = 2 + raw[1]
            key = raw[2:middle]
            length, at = read_varint(raw, middle + 1)
            value = raw[at:]
            if len(value) != length:
                key, value = _split_pair(raw)
        else:
            key, value = _split_pair(raw)
        name = key.decode()
        result = _read_value(value, depth)
    except OtlpDecodeError as error:
        raise error.inside(place) from None
    except (WireError, IndexError, UnicodeDecodeError) as error:
        what = str(error) if isinstance(error, WireError) else _WHAT[type(error)]
        raise OtlpDecodeError(place, f"{what} (an attribute of {len(raw)} bytes)") from None
    attributes[name] = result
    if len(raw) <= _KNOWN_BYTES and type(result) is not dict and type(result) is not tuple:
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        _known[raw] = (name, result)


_WHAT: Final = {IndexError: "cut off", UnicodeDecodeError: "not UTF-8"}


def _split_pair(raw: bytes) -> tuple[bytes, bytes]:
    key = value = b""
    for tag, at, behind in fields(raw, 0, len(raw)):
        if tag == _F1:
            key = raw[at:behind]
        elif tag == _F2:
            value += raw[at:behind]
    return key, value


def _read_value(raw: bytes, depth: int) -> Any:  # noqa: C901, PLR0911, PLR0912 (one case a type)
    if not raw:
        return None
    if raw[0] == _F1:
        length, at = read_varint(raw, 1)
        if at + length == len(raw):
            return raw[at:].decode()
    tag = 0
    content = b""
    for field, at, behind in fields(raw, 0, len(raw)):
        # Of fields that exclude each other the last one counts; a message that comes twice in a row is merged.
        if field in _VALUES:
            content = content + raw[at:behind] if field == tag and field in _MERGED else raw[at:behind]
            tag = field
    if tag == _F1:
        return content.decode()
    if tag == _V2:
        return read_varint(content, 0)[0] != 0
    if tag == _V3:
        number = read_varint(content, 0)[0]
        return number if number <= _INT64_MAX else number - 2**64
    if tag == 0x21:  # noqa: PLR2004
        return _read_double(content)[0]
    if tag == 0x3A:  # noqa: PLR2004
        return content
    if not tag:
        return None
    if depth >= _MAX_DEPTH:
        raise OtlpDecodeError("", "nested too deep")
    inner = [content[at:behind] for field, at, behind in fields(content, 0, len(content)) if field == _F1]
    if tag == 0x2A:  # noqa: PLR2004
        return tuple([_read_value(value, depth + 1) for value in inner])
    result: dict[str, Any] = {}
    for pair in inner:
        _add(pair, result, depth + 1, "kvlistValue")
    return result


_MERGED: Final = {0x2A, 0x32}
_VALUES: Final = {_F1, _V2, _V3, 0x21, 0x2A, 0x32, 0x3A}


def _fields(data: bytes, start: int, end: int, place: str = "") -> Iterator[tuple[int, int, int]]:
    try:
        yield from fields(data, start, end)
    except WireError as error:
        raise OtlpDecodeError(place, f"{error} (in the message at byte {start})") from None


def _skip(data: bytes, at: int, tag: int) -> int:
    if tag < 8:  # noqa: PLR2004
        raise WireError("a field has no number")
    return skip(data, at, tag & 7)


def _fixed64(data: bytes, at: int) -> int:
    if at + 8 > len(data):
        raise WireError("cut off")
    number: int = _read_fixed64(data, at)[0]
    return number


def _fixed32(data: bytes, at: int) -> int:
    if at + 4 > len(data):
        raise WireError("cut off")
    number: int = _read_fixed32(data, at)[0]
    return number


def _text(data: bytes, place: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise OtlpDecodeError(place, "not UTF-8") from None


def _id(data: bytes, length: int, place: str) -> str:
    if len(data) != length:
        raise OtlpDecodeError(place, f"not an id of {length} bytes")
    return data.hex()
