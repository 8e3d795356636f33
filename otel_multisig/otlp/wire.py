"""Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/): what the messages of all kinds share.

A message is a row of fields. Each begins with its tag, a number that says which field it is and how its content is
written: ``field number << 3 | wire type``. `fields` walks over a message without a copy and without a schema; the
caller compares tags and cuts out, or reads, what it wants.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "WireError",
    "fields",
    "read_fixed32",
    "read_fixed64",
    "read_varint",
    "skip",
    "write_varint",
]

_VARINT: Final = 0
_FIXED64: Final = 1
_LENGTH: Final = 2
_START_GROUP: Final = 3
_END_GROUP: Final = 4
_FIXED32: Final = 5

_MORE: Final = 0x80
"""The bit of a byte that says that the number goes on."""

_LOWEST_TAG: Final = 1 << 3
_UINT64: Final = 2**64 - 1
_LONGEST_VARINT: Final = 10
_MAX_GROUPS: Final = 100
_unpack_fixed64: Final = Struct("<Q").unpack_from
_unpack_fixed32: Final = Struct("<I").unpack_from


class WireError(ValueError):
    """Bytes that are no protobuf message, or not of the form they should have."""


def fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of the message in ``data[at:end]``, in its order.

    Of each: its tag, the place where its content begins (behind its length, where it has one) and the place behind it.

    Raises:
        WireError: it is no message. What came before the damage was given.
    """
    try:
        while at < end:
            tag, at = read_varint(data, at)
            if tag & 7 == _LENGTH and tag >= _LOWEST_TAG:
                length, at = read_varint(data, at)
                behind = at + length
            else:
                behind = skip(data, at, tag)
            if behind > end:
                raise WireError("cut off")
            yield tag, at, behind
            at = behind
    except IndexError:
        raise WireError("cut off") from None


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned 64-bit number and the place behind it.

    Raises:
        WireError: it is longer than any number may be.
        IndexError: the data end in it.
    """
    byte = data[at]
    if byte < _MORE:
        return byte, at + 1
    result = byte & 0x7F
    for count in range(1, _LONGEST_VARINT):
        byte = data[at + count]
        result |= (byte & 0x7F) << 7 * count
        if byte < _MORE:
            return result & _UINT64, at + count + 1
    raise WireError("a number is longer than ten bytes")


def read_fixed64(data: bytes, at: int) -> int:
    """An unsigned 64-bit number of eight bytes.

    Raises:
        WireError: the data end in it.
    """
    if at + 8 > len(data):
        raise WireError("cut off")
    number: int = _unpack_fixed64(data, at)[0]
    return number


def read_fixed32(data: bytes, at: int) -> int:
    """An unsigned 32-bit number of four bytes.

    Raises:
        WireError: the data end in it.
    """
    if at + 4 > len(data):
        raise WireError("cut off")
    number: int = _unpack_fixed32(data, at)[0]
    return number


def skip(data: bytes, at: int, tag: int) -> int:
    """The place behind a field's content, ``at`` being the place behind its tag; it may lie behind the data's end.

    Raises:
        WireError: there is no such field, or groups are not closed as they were opened.
        IndexError: the data end in it.
    """
    if tag < _LOWEST_TAG:
        raise WireError("a field has no number")
    wire_type = tag & 7
    if wire_type == _VARINT:
        return read_varint(data, at)[1]
    if wire_type == _LENGTH:
        length, at = read_varint(data, at)
        return at + length
    if wire_type == _FIXED64:
        return at + 8
    if wire_type == _FIXED32:
        return at + 4
    if wire_type == _START_GROUP:
        return _skip_group(data, at, tag)
    raise WireError(f"no type of field has the number {wire_type}")


def _skip_group(data: bytes, at: int, tag: int) -> int:
    """Without recursion, so that no message can be nested too deep for the stack."""
    opened = [tag]
    while opened:
        tag, at = read_varint(data, at)
        wire_type = tag & 7
        if wire_type == _START_GROUP:
            opened.append(tag)
            if len(opened) > _MAX_GROUPS:
                raise WireError("nested too deep")
        elif wire_type == _END_GROUP:
            if opened.pop() >> 3 != tag >> 3:
                raise WireError("a group is not closed as it was opened")
        else:
            at = skip(data, at, tag)
    return at


def write_varint(number: int) -> bytes:
    """A 64-bit number as protobuf writes it; a negative one in ten bytes."""
    if 0 <= number < _MORE:
        return bytes((number,))
    number &= _UINT64
    result = bytearray()
    while number >= _MORE:
        result.append(number & 0x7F | _MORE)
        number >>= 7
    result.append(number)
    return bytes(result)
