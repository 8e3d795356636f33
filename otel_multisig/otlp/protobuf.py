"""OTLP's protobuf form to span records, by hand: several times as fast as through the official classes.

Those parse in C, but each field that is asked for costs a call; here the bytes of an attribute that was seen before
(roles, methods, ids of the set-up, small numbers) are looked up whole. It needs no package, so that a bare
installation reads these files too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from otel_multisig._native import make
from otel_multisig.model import ResourceRecord, ScopeRecord, SpanRecord
from otel_multisig.model import records as record_classes
from otel_multisig.otlp._protobuf_spans import read_span
from otel_multisig.otlp._protobuf_values import read_attribute
from otel_multisig.otlp.errors import OtlpDecodeError
from otel_multisig.otlp.wire import WireError, fields, read_varint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_UINT32_MAX: Final = 2**32 - 1
_KNOWN_LIMIT: Final = 64
_KNOWN_BYTES: Final = 4096

# Tags of TracesData (and of what Tempo wraps it in), ResourceSpans and ScopeSpans.
_RESOURCE_SPANS: Final = 0x0A
_RESOURCE: Final = 0x0A
_SCOPE_SPANS: Final = 0x12
_SCOPE: Final = 0x0A
_SPANS: Final = 0x12
_SCHEMA_URL: Final = 0x1A
# Tags of Resource and InstrumentationScope.
_RESOURCE_ATTRIBUTE: Final = 0x0A
_RESOURCE_DROPPED: Final = 0x10
_SCOPE_NAME: Final = 0x0A
_SCOPE_VERSION: Final = 0x12
_SCOPE_ATTRIBUTE: Final = 0x1A
_SCOPE_DROPPED: Final = 0x20


def decode_protobuf(document: bytes) -> list[SpanRecord]:
    """The spans of one OTLP protobuf message, in its order.

    It takes ``TracesData`` and an export request (the same bytes), and Tempo's answer to ``/api/v2/traces``, which
    holds such a message in its first field. Unknown fields are skipped.

    Raises:
        OtlpDecodeError: it is no such message; the error's place is the path in it, and the byte.
    """
    if _decode_usual is not None and (found := _decode_usual(document)) is not None:
        return found
    return decode_any_protobuf(document)


def decode_any_protobuf(document: bytes) -> list[SpanRecord]:
    """The same in Python, for whatever the message may hold."""
    records: list[SpanRecord] = []
    for number, (start, end) in enumerate(_find_resource_spans(document)):
        try:
            _read_resource_spans(document, start, end, records)
        except OtlpDecodeError as error:
            raise error.inside(f"resourceSpans[{number}]") from None
    return records


def _find_resource_spans(document: bytes) -> list[tuple[int, int]]:
    try:
        outer = [(start, end) for tag, start, end in fields(document, 0, len(document)) if tag == _RESOURCE_SPANS]
        if len(outer) == 1 and _is_wrapped(document, *outer[0]):
            return [(start, end) for tag, start, end in fields(document, *outer[0]) if tag == _RESOURCE_SPANS]
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
        if tag != _RESOURCE_SPANS:
            return False
        inside.append(inner)
    try:
        return any(tag == _SCOPE_SPANS for inner in inside for tag, _, _ in fields(document, *inner))
    except WireError:
        return False


def _read_resource_spans(data: bytes, start: int, end: int, records: list[SpanRecord]) -> None:
    resource = schema_url = b""
    scopes = []
    for tag, at, behind in _fields(data, start, end):
        if tag == _SCOPE_SPANS:
            scopes.append((at, behind))
        elif tag == _RESOURCE:
            # A message that comes twice is merged, and the bytes of two, one after the other, are the merged message.
            resource += data[at:behind]
        elif tag == _SCHEMA_URL:
            schema_url = data[at:behind]
    record = _resource_of(resource, schema_url)
    for number, (at, behind) in enumerate(scopes):
        try:
            _read_scope_spans(data, at, behind, record, records)
        except OtlpDecodeError as error:
            raise error.inside(f"scopeSpans[{number}]") from None


def _read_scope_spans(data: bytes, start: int, end: int, resource: ResourceRecord, records: list[SpanRecord]) -> None:
    scope = schema_url = b""
    spans = []
    for tag, at, behind in _fields(data, start, end):
        if tag == _SPANS:
            spans.append((at, behind))
        elif tag == _SCOPE:
            scope += data[at:behind]
        elif tag == _SCHEMA_URL:
            schema_url = data[at:behind]
    record = _scope_of(scope, schema_url)
    for number, (at, behind) in enumerate(spans):
        try:
            records.append(read_span(data, at, behind, resource, record))
        except OtlpDecodeError as error:
            raise error.inside(f"spans[{number}]") from None
        except IndexError:
            raise OtlpDecodeError(f"spans[{number}]", f"cut off (span at byte {at})") from None
        except (WireError, UnicodeDecodeError) as error:
            what = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise OtlpDecodeError(f"spans[{number}]", f"{what} (span at byte {at})") from None


def _resource_of(data: bytes, schema_url: bytes) -> ResourceRecord:
    short = len(data) + len(schema_url) <= _KNOWN_BYTES
    return (_read_known_resource if short else _read_resource)(data, schema_url)


def _scope_of(data: bytes, schema_url: bytes) -> ScopeRecord:
    short = len(data) + len(schema_url) <= _KNOWN_BYTES
    return (_read_known_scope if short else _read_scope)(data, schema_url)


def _read_resource(data: bytes, schema_url: bytes) -> ResourceRecord:
    attributes: dict[str, Any] = {}
    dropped = 0
    for tag, at, behind in _fields(data, 0, len(data), "resource"):
        if tag == _RESOURCE_ATTRIBUTE:
            key, value = read_attribute(data[at:behind], "resource.attributes")
            attributes[key] = value
        elif tag == _RESOURCE_DROPPED:
            dropped = read_varint(data, at)[0] & _UINT32_MAX
    return ResourceRecord(attributes, _text(schema_url, "schemaUrl"), dropped)


def _read_scope(data: bytes, schema_url: bytes) -> ScopeRecord:
    name = version = b""
    attributes: dict[str, Any] = {}
    dropped = 0
    for tag, at, behind in _fields(data, 0, len(data), "scope"):
        if tag == _SCOPE_NAME:
            name = data[at:behind]
        elif tag == _SCOPE_VERSION:
            version = data[at:behind]
        elif tag == _SCOPE_ATTRIBUTE:
            key, value = read_attribute(data[at:behind], "scope.attributes")
            attributes[key] = value
        elif tag == _SCOPE_DROPPED:
            dropped = read_varint(data, at)[0] & _UINT32_MAX
    return ScopeRecord(
        _text(name, "scope.name"),
        _text(version, "scope.version"),
        attributes,
        _text(schema_url, "schemaUrl"),
        dropped,
    )


# One process sends the same few resources and scopes in each of its messages. Records are not changed, so are shared.
_read_known_resource: Final = lru_cache(_KNOWN_LIMIT)(_read_resource)
_read_known_scope: Final = lru_cache(_KNOWN_LIMIT)(_read_scope)


_decoder: Final = make(
    "protobuf", lambda native: native.SpanDecoder(record_classes, _resource_of, _scope_of, read_span)
)
_decode_usual: Final[Callable[[bytes], list[SpanRecord] | None] | None] = _decoder and _decoder.decode


def _text(data: bytes, place: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise OtlpDecodeError(place, "not UTF-8") from None


def _fields(data: bytes, start: int, end: int, place: str = "") -> Iterator[tuple[int, int, int]]:
    try:
        yield from fields(data, start, end)
    except WireError as error:
        raise OtlpDecodeError(place, f"{error} (in the message at byte {start})") from None
