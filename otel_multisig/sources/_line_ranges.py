"""A large file of JSON Lines as several sources, each of some of its lines, for processes that read side by side."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.sources.forms import HEAD_BYTES, recognise
from otel_multisig.sources.json_documents import JsonDocuments, is_document_line, read_lines
from otel_multisig.sources.limits import Limits, limits_of
from otel_multisig.sources.source import Origin, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from otel_multisig.sources.files import FileSource
    from otel_multisig.sources.source import Found

__all__ = ["LineRange", "split"]

_CHUNK_BYTES: Final = 1 << 20


class LineRange(msgspec.Struct, frozen=True):
    """Some of the lines of a file.

    Attributes:
        path: the file.
        name: what messages call it.
        start: where its first line begins, in bytes.
        end: where the line behind its last one begins.
        line: the number of its first line, from 1.
        limits: what is refused.
    """

    path: Path
    name: str
    start: int
    end: int
    line: int
    limits: Limits
    # It is one of known form, or there were no ranges.
    fitted: bool = True

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.end - self.start

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """The spans of its lines, as of the file that is read as a whole."""
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(self.start)
                stream: io.BufferedReader = io.BufferedReader(_Bounded(file, self.size, advance), HEAD_BYTES)
                yield from read_lines(stream, self.name, self.limits, self.line)
        except OSError as error:
            yield Problem(Origin(self.name), error.strerror or str(error), "check the path and the disk")


def split(source: FileSource, least_bytes: int, most: int) -> list[LineRange]:
    """The lines of a file in parts of about one size; none where the file is small, or has not one document a line.

    Args:
        source: the file.
        least_bytes: the least that a part is to have.
        most: how many parts there may be.
    """
    size = source.size or 0
    parts = min(most, size // least_bytes)
    if parts < 2 or not source.is_lasting:  # noqa: PLR2004 - one is the file itself
        return []
    limits = source.limits or limits_of()
    try:
        with io.BufferedReader(source.path.open("rb", buffering=0), HEAD_BYTES) as file:
            if not isinstance(recognise(file.peek()), JsonDocuments):
                return []
            if not is_document_line(file.readline(limits.document_bytes)):
                return []
            file.seek(0)
            starts = list(_find_starts(file, size, parts))
    except OSError:
        return []
    ends = [start for start, _ in starts[1:]] + [size]
    return [
        LineRange(source.path, source.name, start, end, line, limits)
        for (start, line), end in zip(starts, ends, strict=True)
    ]


def _find_starts(file: io.BufferedReader[Any], size: int, parts: int) -> Iterator[tuple[int, int]]:
    """Where each part begins, and with which line."""
    yield 0, 1
    line = 1
    place = 0
    for part in range(1, parts):
        wanted = size * part // parts
        if wanted <= place:
            continue  # one line was longer than a part
        while place < wanted and (chunk := file.read(min(_CHUNK_BYTES, wanted - place))):
            line += chunk.count(b"\n")
            place += len(chunk)
        # On to the end of the line.
        while chunk := file.readline(_CHUNK_BYTES):
            place += len(chunk)
            if chunk.endswith(b"\n"):
                line += 1
                break
        if place >= size:
            return
        yield place, line


class _Bounded(io.RawIOBase):
    """So many bytes of a file."""

    def __init__(self, file: io.FileIO, size: int, advance: Callable[[int], None]) -> None:
        self._file = file
        self._left = size
        self._advance = advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        number = self._file.readinto(memoryview(buffer)[: self._left])
        self._left -= number
        self._advance(number)
        return number
