"""Compressed files as the streams of what is in them; gzip and zstd, known by their first bytes, also in each other."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Final

from otel_multisig.sources._heads import head_of
from otel_multisig.sources.limits import DOCUMENT_VARIABLE, RATIO_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from otel_multisig.sources.limits import Limits

__all__ = ["ZSTD_MAGIC", "CountedStream", "DamagedError", "too_large", "unpack", "unpack_message"]

GZIP_MAGIC: Final = b"\x1f\x8b\x08"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_MAX_LAYERS: Final = 3
_BUFFER: Final = 65_536
_OUTPUT: Final = 1 << 20
# A zstd block of 4 bytes may unpack to 128 KiB: as much input at once as unpacks to 32 MiB at most.
_ZSTD_INPUT: Final = 1024
_ZSTD_WINDOW: Final = 128 << 20


class DamagedError(OSError):
    """A stream that cannot be read further, and what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.strerror = what
        self.remedy = remedy


class _Chunks(io.RawIOBase):
    """A stream of pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        data = self._piece[: len(buffer)]
        self._piece = self._piece[len(data) :]
        buffer[: len(data)] = data
        return len(data)


class CountedStream(io.RawIOBase):
    """A stream that tells of what is read from it.

    Args:
        stream: where the bytes come from.
        advance: is told of each number of bytes that were read.
    """

    def __init__(self, stream: BinaryIO, advance: Callable[[int], None]) -> None:
        self._stream = stream
        self._advance = advance
        self._read = getattr(stream, "read1", stream.read)
        self.total = 0
        """How many bytes were read."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        self.total += len(data)
        self._advance(len(data))
        return len(data)


def unpack(stream: io.BufferedReader, counted: CountedStream, limits: Limits) -> io.BufferedReader:
    """What is in a stream: itself, where it is not compressed.

    Reading raises `DamagedError` where it is cut off, damaged or unpacks to more than it may.

    Args:
        stream: at its beginning.
        counted: the stream below, that knows how much was read of it.
        limits: how much it may unpack to.

    Raises:
        DamagedError: zstd is not installed.
    """
    for _ in range(_MAX_LAYERS):
        head = stream.peek(len(ZSTD_MAGIC))
        if len(head) < len(ZSTD_MAGIC):  # a pipe may give less at first
            head, stream = head_of(stream, len(ZSTD_MAGIC))
        if head.startswith(GZIP_MAGIC):
            pieces = _gunzip(stream)
        elif head.startswith(ZSTD_MAGIC):
            pieces = _unzstd(stream)
        else:
            return stream
        stream = io.BufferedReader(_Chunks(_limited(pieces, counted, limits)), _BUFFER)
    return stream


def unpack_message(data: bytes, limits: Limits) -> bytes:
    """A message that is zstd.

    Raises:
        DamagedError: it is cut off, damaged or too large, or zstd is not installed.
    """
    result = []
    total = 0
    for piece in _unzstd(io.BytesIO(data)):
        total += len(piece)
        if total > limits.document_bytes:
            raise DamagedError(*too_large(limits))
        result.append(piece)
    return b"".join(result)


def too_large(limits: Limits) -> tuple[str, str]:
    """What is wrong with a document beyond the limit, and the remedy."""
    size = limits.document_bytes >> 20
    return f"the document is over {size} MiB long", f"set {DOCUMENT_VARIABLE} to more than {size} to read it"


def _limited(pieces: Iterator[bytes], counted: CountedStream, limits: Limits) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > limits.free_bytes and total > counted.total * limits.ratio:
            raise DamagedError(
                f"it unpacks to over {limits.ratio} times its size",
                f"where that is right, set {RATIO_VARIABLE} to more than {limits.ratio}, or unpack it yourself",
            )
        yield piece


def _gunzip(stream: BinaryIO) -> Iterator[bytes]:
    """The members of a gzip file, one after the other; zeros behind the last are padding (RFC 1952)."""
    unpacker = zlib.decompressobj(wbits=31)
    begun = False
    waiting = b""
    while True:
        data = waiting or stream.read(_BUFFER)
        waiting = b""
        if not begun:
            data = data.lstrip(b"\0")
        if not data:
            break
        begun = True
        try:
            piece = unpacker.decompress(data, _OUTPUT)
        except zlib.error as error:
            raise DamagedError(f"its gzip is damaged ({error})", "fetch it again") from None
        waiting = unpacker.unconsumed_tail
        if piece:
            yield piece
        if unpacker.eof:
            waiting = unpacker.unused_data
            unpacker = zlib.decompressobj(wbits=31)
            begun = False
    if begun:
        raise DamagedError("its gzip is cut off", "its writer was killed or still writes; what came before was read")


def _unzstd(stream: BinaryIO) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise DamagedError("zstd is not installed", "pip install 'otel-multisig[zstd]'") from None
    factory = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    unpacker = factory.decompressobj()
    begun = False
    while data := stream.read(_ZSTD_INPUT):
        while data:
            begun = True
            try:
                piece = unpacker.decompress(data)
            except zstandard.ZstdError as error:
                raise DamagedError(f"its zstd is damaged ({error})", "fetch it again") from None
            if piece:
                yield piece
            data = b""
            if unpacker.eof:
                data = unpacker.unused_data
                unpacker = factory.decompressobj()
                begun = False
    if begun:
        raise DamagedError("its zstd is cut off", "its writer was killed or still writes; what came before was read")
