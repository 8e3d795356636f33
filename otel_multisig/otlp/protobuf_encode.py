"""Span records to OTLP's protobuf form, by hand: no package is needed for it."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.otlp.encode import runs
from otel_multisig.otlp.wire import write_varint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.model.records import (
        Attributes,
        EventRecord,
        LinkRecord,
        ResourceRecord,
        ScopeRecord,
        SpanRecord,
    )

_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1
_pack_double: Final = Struct("<d").pack
_pack_fixed64: Final = Struct("<Q").pack
_pack_fixed32: Final = Struct("<I").pack


def encode_protobuf(records: Iterable[SpanRecord]) -> bytes:
    """One OTLP protobuf message (``TracesData``, or an export request: the same bytes) of spans.

    Neighbours of the same resource and scope are grouped, so that the order is kept: decoding gives the same records. A
    lone surrogate, which is no Unicode, is written as its escape, an integer beyond 64 bits as text.
    """
    result = []
    for of_resource in runs(records, lambda record: record.resource):
        parts = [_message(b"\n", _write_resource(of_resource[0].resource))]
        for of_scope in runs(of_resource, lambda record: record.scope):
            scope = of_scope[0].scope
            inner = [_message(b"\n", _write_scope(scope))]
            inner += [_message(b"\x12", _write_span(record)) for record in of_scope]
            inner.append(_text(b"\x1a", scope.schema_url))
            parts.append(_message(b"\x12", b"".join(inner)))
        parts.append(_text(b"\x1a", of_resource[0].resource.schema_url))
        result.append(_message(b"\n", b"".join(parts)))
    return b"".join(result)


def _write_resource(record: ResourceRecord) -> bytes:
    return _attributes(b"\n", record.attributes) + _number(b"\x10", record.dropped_attributes_count)


def _write_scope(record: ScopeRecord) -> bytes:
    return (
        _text(b"\n", record.name)
        + _text(b"\x12", record.version)
        + _attributes(b"\x1a", record.attributes)
        + _number(b" ", record.dropped_attributes_count)
    )


def _write_span(record: SpanRecord) -> bytes:
    parts = [
        _message(b"\n", bytes.fromhex(record.trace_id)),
        _message(b"\x12", bytes.fromhex(record.span_id)),
        _text(b"\x1a", record.trace_state),
        _message(b'"', bytes.fromhex(record.parent_span_id)) if record.parent_span_id else b"",
        _text(b"*", record.name),
        _number(b"0", record.kind),
        _fixed64(b"9", record.start_time_unix_nano),
        _fixed64(b"A", record.end_time_unix_nano),
        _attributes(b"J", record.attributes),
        _number(b"P", record.dropped_attributes_count),
    ]
    parts += [_message(b"Z", _write_event(event)) for event in record.events]
    parts.append(_number(b"`", record.dropped_events_count))
    parts += [_message(b"j", _write_link(link)) for link in record.links]
    parts.append(_number(b"p", record.dropped_links_count))
    if status := _text(b"\x12", record.status_message) + _number(b"\x18", record.status_code):
        parts.append(_message(b"z", status))
    parts.append(_fixed32(b"\x85\x01", record.flags))
    return b"".join(parts)


def _write_event(record: EventRecord) -> bytes:
    return (
        _fixed64(b"\t", record.time_unix_nano)
        + _text(b"\x12", record.name)
        + _attributes(b"\x1a", record.attributes)
        + _number(b" ", record.dropped_attributes_count)
    )


def _write_link(record: LinkRecord) -> bytes:
    return (
        _message(b"\n", bytes.fromhex(record.trace_id))
        + _message(b"\x12", bytes.fromhex(record.span_id))
        + _text(b"\x1a", record.trace_state)
        + _attributes(b'"', record.attributes)
        + _number(b"(", record.dropped_attributes_count)
        + _fixed32(b"5", record.flags)
    )


def _attributes(tag: bytes, attributes: Attributes) -> bytes:
    return b"".join([_message(tag, _write_pair(key, value)) for key, value in attributes.items()])


def _write_pair(key: str, value: Any) -> bytes:
    return _message(b"\n", _utf8(key)) + _message(b"\x12", _write_value(value))


def _write_value(value: Any) -> bytes:  # noqa: PLR0911 (one line a type)
    if isinstance(value, str):
        return _message(b"\n", _utf8(value))
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        return (
            b"\x18" + write_varint(value) if _INT64_MIN <= value <= _INT64_MAX else _message(b"\n", str(value).encode())
        )
    if isinstance(value, float):
        return b"!" + _pack_double(value)
    if isinstance(value, bytes):
        return _message(b":", value)
    if isinstance(value, dict):
        pairs = [_message(b"\n", _write_pair(key, inner)) for key, inner in value.items()]
        return _message(b"2", b"".join(pairs))
    if isinstance(value, tuple):
        return _message(b"*", b"".join([_message(b"\n", _write_value(inner)) for inner in value]))
    return b""


def _message(tag: bytes, content: bytes) -> bytes:
    return tag + write_varint(len(content)) + content


def _text(tag: bytes, text: str) -> bytes:
    return _message(tag, _utf8(text)) if text else b""


def _number(tag: bytes, number: int) -> bytes:
    return tag + write_varint(number) if number else b""


def _fixed64(tag: bytes, number: int) -> bytes:
    return tag + _pack_fixed64(number) if number else b""


def _fixed32(tag: bytes, number: int) -> bytes:
    return tag + _pack_fixed32(number) if number else b""


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")
