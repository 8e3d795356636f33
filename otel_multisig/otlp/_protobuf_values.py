"""Attributes and their values in OTLP's protobuf form (opentelemetry-proto ``common/v1/common.proto``)."""

from __future__ import annotations

from struct import Struct
from typing import Any, Final

from otel_multisig.otlp.errors import OtlpDecodeError
from otel_multisig.otlp.wire import WireError, fields, read_varint

_MAX_DEPTH: Final = 50
_SHORT: Final = 0x80
"""Lengths under this are one byte."""

_INT64_MAX: Final = 2**63 - 1
_unpack_double: Final = Struct("<d").unpack_from

# Tags of KeyValue; of ArrayValue and KeyValueList; of AnyValue.
_KEY: Final = 0x0A
_VALUE: Final = 0x12
_ELEMENT: Final = 0x0A
_STRING: Final = 0x0A
_BOOL: Final = 0x10
_INT: Final = 0x18
_DOUBLE: Final = 0x21
_ARRAY: Final = 0x2A
_KVLIST: Final = 0x32
_BYTES: Final = 0x3A
_MERGED: Final = {_ARRAY, _KVLIST}
_VALUES: Final = {_STRING, _BOOL, _INT, _DOUBLE, _ARRAY, _KVLIST, _BYTES}

_KNOWN_LIMIT: Final = 16_384
_KNOWN_BYTES: Final = 128
_known: Final[dict[bytes, tuple[str, Any]]] = {}
"""Attributes by their bytes. Only what cannot be changed stands in it; emptied when it is full."""

known_attribute: Final = _known.get
"""Key and value of an attribute by its bytes, or None where `read_attribute` has to read it."""


def read_attribute(raw: bytes, place: str, depth: int = 0) -> tuple[str, Any]:
    """Key and value of the attribute that some bytes hold; a short one is known from then on.

    Raises:
        OtlpDecodeError: they hold none; its place begins with ``place``.
    """
    try:
        key, content = _split_pair(raw)
        value = _read_value(content, depth)
        pair = key.decode(), value
    except OtlpDecodeError as error:
        raise error.inside(place) from None
    except (WireError, IndexError, UnicodeDecodeError) as error:
        what = str(error) if isinstance(error, WireError) else _WHAT[type(error)]
        raise OtlpDecodeError(place, f"{what} (an attribute of {len(raw)} bytes)") from None
    if len(raw) <= _KNOWN_BYTES and type(value) is not dict and type(value) is not tuple:
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        _known[raw] = pair
    return pair


_WHAT: Final = {IndexError: "cut off", UnicodeDecodeError: "not UTF-8"}


def _split_pair(raw: bytes) -> tuple[bytes, bytes]:
    # Key, value, in this order and with short lengths: all but a few are so.
    if raw[:1] == b"\n" and raw[1] < _SHORT:
        middle = 2 + raw[1]
        if raw[middle : middle + 1] == b"\x12":
            length, at = read_varint(raw, middle + 1)
            if at + length == len(raw):
                return raw[2:middle], raw[at:]
    key = value = b""
    for tag, at, behind in fields(raw, 0, len(raw)):
        if tag == _KEY:
            key = raw[at:behind]
        elif tag == _VALUE:
            # A message that comes twice is merged, and the bytes of two, one after the other, are the merged message.
            value += raw[at:behind]
    return key, value


def _read_value(raw: bytes, depth: int) -> Any:
    if raw[:1] == b"\n":
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
    return _read_nested(tag, content, depth) if tag in _MERGED else _read_scalar(tag, content)


def _read_scalar(tag: int, content: bytes) -> Any:
    if tag == _STRING:
        return content.decode()
    if tag == _BOOL:
        return read_varint(content, 0)[0] != 0
    if tag == _INT:
        number = read_varint(content, 0)[0]
        return number if number <= _INT64_MAX else number - 2**64
    if tag == _DOUBLE:
        return _unpack_double(content)[0]
    return content if tag == _BYTES else None


def _read_nested(tag: int, content: bytes, depth: int) -> tuple[Any, ...] | dict[str, Any]:
    if depth >= _MAX_DEPTH:
        raise OtlpDecodeError("", "nested too deep")
    inner = [content[at:behind] for field, at, behind in fields(content, 0, len(content)) if field == _ELEMENT]
    if tag == _ARRAY:
        return tuple([_read_value(value, depth + 1) for value in inner])
    return dict([read_attribute(pair, "kvlistValue", depth + 1) for pair in inner])
