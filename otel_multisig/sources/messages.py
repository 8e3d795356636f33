"""OTLP protobuf: one message a file, or the Collector's files of messages, each behind its length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.otlp import OtlpDecodeError, decode, decode_protobuf
from otel_multisig.sources._unpack import ZSTD_MAGIC, DamagedError, too_large, unpack_message
from otel_multisig.sources.source import Found, Origin, Problem

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from otel_multisig.sources.limits import Limits

__all__ = ["FramedMessages", "ProtobufMessage"]

_LENGTH_BYTES: Final = 4
_HELD_SIZE: Final = 3  # held in memory, a byte of protobuf takes so many times what a byte of JSON does
_FIELD_1: Final = 0x0A
_RESOURCE_SPANS: Final = b"\x0a\x12\x1a"
_LONGEST_VARINT: Final = 5
_MORE: Final = 0x80
_CUT: Final = "its writer was killed or still writes; what came before was read"


class FramedMessages:
    """The Collector's ``file`` exporter with ``format: proto`` or with a compression.

    Each message follows its length (4 bytes, big-endian) and is protobuf or JSON, or zstd of one.
    """

    title: Final = "length-prefixed messages"

    def recognise(self, head: bytes) -> bool:
        """Whether a file that begins like this holds such messages."""
        # A text cannot begin so, and a message of over 128 MiB would be refused.
        if len(head) < _LENGTH_BYTES + 2 or head[0] > 0x08:  # noqa: PLR2004
            return False
        size = int.from_bytes(head[:_LENGTH_BYTES])
        body = head[_LENGTH_BYTES:]
        if size and body.startswith(ZSTD_MAGIC):
            return True
        return size > 1 and (body.startswith((b'{"', b"{}")) or _begins_protobuf(body, size))

    def read(self, stream: io.BufferedReader, name: str, limits: Limits) -> Iterator[Found | Problem]:
        """The spans of each message; one that cannot be read gives a problem, and no spans."""
        offset = 0
        while prefix := stream.read(_LENGTH_BYTES):
            size = int.from_bytes(prefix)
            origin = Origin(name, None, f"message at byte {offset}")
            offset += _LENGTH_BYTES + size
            if len(prefix) < _LENGTH_BYTES:
                yield Problem(origin, "the last message is cut off", _CUT)
                return
            if size > limits.document_bytes:
                what, remedy = too_large(limits)
                if not _pass_over(stream, size):
                    what, remedy = "the last message is cut off, or the length before it damaged", _CUT
                yield Problem(origin, what, remedy)
                continue
            message = stream.read(size)
            if len(message) < size:
                yield Problem(origin, "the last message is cut off, or the length before it damaged", _CUT)
                return
            yield from _read_message(message, origin, limits)


class ProtobufMessage:
    """A ``TracesData`` or an export request; Tempo's answers. Its top-level fields are read one after the other."""

    title: Final = "OTLP protobuf"

    def recognise(self, head: bytes) -> bool:
        """Whether a file that begins like this is such a message."""
        return _begins_protobuf(head, None)

    def read(self, stream: io.BufferedReader, name: str, limits: Limits) -> Iterator[Found | Problem]:
        """The spans of each top-level field; one that cannot be read gives a problem, and no spans."""
        offset = 0
        number = 0
        while field := stream.read(1):
            origin = Origin(name, None, f"byte {offset}")
            if field[0] != _FIELD_1:
                # Behind the trace, Tempo's answer has its metrics: nothing that is wanted follows.
                if number == 1:
                    _pass_over(stream, None)
                else:
                    yield Problem(origin, "no field of an OTLP message begins here", "fetch it again")
                return
            size, length = _read_length(stream)
            if size is None:
                yield Problem(origin, "the last field is cut off, or damaged", _CUT)
                return
            head = field + length
            offset += len(head) + size
            if size > limits.document_bytes:
                what, remedy = too_large(limits)
                if not _pass_over(stream, size):
                    what, remedy = "the last field is cut off, or the length before it damaged", _CUT
                yield Problem(origin, what, remedy)
                continue
            content = stream.read(size)
            if len(content) < size:
                yield Problem(origin, "the last field is cut off", _CUT)
                return
            number += 1
            yield from _read_message(head + content, origin, limits)


def _read_message(message: bytes, origin: Origin, limits: Limits) -> Iterator[Found | Problem]:
    try:
        if message.startswith(ZSTD_MAGIC):
            message = unpack_message(message, limits)
        records = decode(message) if message.startswith(b"{") else decode_protobuf(message)
    except OtlpDecodeError as error:
        yield Problem(origin, f"it cannot be read as spans ({error})", "the others were read")
        return
    except DamagedError as error:
        yield Problem(origin, error.strerror or "damaged", error.remedy)
        return
    for record in records:
        yield Found(origin, record, _HELD_SIZE * len(message) // len(records))


def _begins_protobuf(head: bytes, size: int | None) -> bool:
    """Whether a ``TracesData`` begins here: field 1, in which fields 1, 2 or 3 stand. Its own size may be known."""
    if head[:1] != b"\n":
        return False
    inner = at = 0
    for at in range(1, 1 + _LONGEST_VARINT):
        if at >= len(head):
            return False
        inner |= (head[at] & 0x7F) << 7 * (at - 1)
        if head[at] < _MORE:
            break
    if size is not None and 1 + at + inner > size:
        return False
    return inner == 0 or head[at + 1 : at + 2] in {bytes((tag,)) for tag in _RESOURCE_SPANS}


def _read_length(stream: io.BufferedReader) -> tuple[int | None, bytes]:
    result = 0
    read = b""
    for count in range(_LONGEST_VARINT):
        byte = stream.read(1)
        if not byte:
            return None, read
        read += byte
        result |= (byte[0] & 0x7F) << 7 * count
        if byte[0] < _MORE:
            return result, read
    return None, read


def _pass_over(stream: io.BufferedReader, size: int | None) -> bool:
    """Read on without keeping anything; false where the stream ends before."""
    while size is None or size > 0:
        data = stream.read(1 << 20 if size is None else min(size, 1 << 20))
        if not data:
            return size is None
        if size is not None:
            size -= len(data)
    return True
