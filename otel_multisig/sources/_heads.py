"""The beginning of a stream, to be looked at before the whole is read."""

from __future__ import annotations

import io

__all__ = ["head_of"]


def head_of(stream: io.BufferedReader, size: int) -> tuple[bytes, io.BufferedReader]:
    """The first `size` bytes of a stream, fewer where it ends before, and the whole stream.

    Where reading fails early, what came before is there still.

    Raises:
        OSError: nothing can be read.
    """
    pieces = []
    taken = 0
    error = None
    try:
        while taken < size and (piece := stream.read1(size - taken)):
            pieces.append(piece)
            taken += len(piece)
    except OSError as caught:
        if not pieces:
            raise
        error = caught
    head = b"".join(pieces)
    return head, io.BufferedReader(_Rejoined(head, stream, error), max(size, io.DEFAULT_BUFFER_SIZE))


class _Rejoined(io.RawIOBase):
    """A stream whose beginning was read already, whole again."""

    def __init__(self, head: bytes, rest: io.BufferedReader, error: OSError | None) -> None:
        self._head = memoryview(head)
        self._rest = rest
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)]
        self._head = self._head[len(data) :]
        if not data:
            if self._error is not None:
                raise self._error
            data = memoryview(self._rest.read1(len(buffer)))
        buffer[: len(data)] = data
        return len(data)
