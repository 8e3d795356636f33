"""Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/): what all messages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
START_GROUP: Final = 3
END_GROUP: Final = 4
FIXED32: Final = 5

_UINT64: Final = 2**64 - 1
_LONGEST_VARINT: Final = 10
_MAX_GROUPS: Final = 100


class WireError(ValueError):
    """Bytes that are no protobuf message, or not of the form they should have."""


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned 64-bit number and the place behind it.

    Raises:
        WireError: it is longer than any number may be.
        IndexError: the data end in it.
    """
    byte = data[at]
    if byte < 0x80:  # noqa: PLR2004 (the bit that says that more follows)
        return byte, at + 1
    result = byte & 0x7F
    for count in range(1, _LONGEST_VARINT):
        byte = data[at + count]
        result |= (byte & 0x7F) << 7 * count
        if byte < 0x80:  # noqa: PLR2004
            return result & _UINT64, at + count + 1
    raise WireError("a number is longer than ten bytes")


def skip(data: bytes, at: int, wire_type: int) -> int:
    """The place behind a field's content, ``at`` being the place behind its tag.

    Raises:
        WireError: there is no such type of field, or groups are not closed as they were opened.
        IndexError: the data end in it.
    """
    if wire_type == VARINT:
        return read_varint(data, at)[1]
    if wire_type == LENGTH:
        length, at = read_varint(data, at)
        return at + length
    if wire_type == FIXED64:
        return at + 8
    if wire_type == FIXED32:
        return at + 4
    if wire_type == START_GROUP:
        return _skip_group(data, at)
    raise WireError(f"no type of field has the number {wire_type}")


def _skip_group(data: bytes, at: int) -> int:
    depth = 1
    while depth:
        tag, at = read_varint(data, at)
        wire_type = tag & 7
        if wire_type == START_GROUP:
            depth += 1
            if depth > _MAX_GROUPS:
                raise WireError("nested too deep")
        elif wire_type == END_GROUP:
            depth -= 1
        else:
            at = skip(data, at, wire_type)
    return at


def fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of the message in ``data[at:end]``: tag, place of the content (behind its length), place behind it.

    Raises:
        WireError: it is no message.
    """
    try:
        while at < end:
            tag, at = read_varint(data, at)
            if tag < 8:  # noqa: PLR2004 (a number of zero)
                raise WireError("a field has no number")
            behind = skip(data, at, tag & 7)
            if behind > end:
                raise WireError("cut off")
            if tag & 7 == LENGTH:
                at = read_varint(data, at)[1]
            yield tag, at, behind
            at = behind
    except IndexError:
        raise WireError("cut off") from None


def varint(number: int) -> bytes:
    """A number as protobuf writes it; a negative one in ten bytes."""
    if 0 <= number < 0x80:  # noqa: PLR2004
        return bytes((number,))
    number &= _UINT64
    result = bytearray()
    while number > 0x7F:  # noqa: PLR2004
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)
