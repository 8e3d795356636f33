"""OTLP JSON Lines: one ``TracesData`` a line, as the Collector's file exporter and our own demo write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from otel_multisig.otlp import decode
from otel_multisig.sources.source import Found, Origin, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

__all__ = ["OtlpJsonLines"]

# TracesData has this one field. At the start of any line: the first one may be damaged.
_START: Final = re.compile(rb'^(?:\xef\xbb\xbf)?[ \t]*\{[ \t]*"resourceSpans"', re.MULTILINE)
_MAX_LINE_BYTES: Final = 256 * 1024 * 1024


class OtlpJsonLines:
    """The form's reader."""

    title: Final = "OTLP JSON Lines"

    def recognise(self, head: bytes) -> bool:
        """Whether a line of the head begins like a ``TracesData``."""
        return _START.search(head) is not None

    def read(self, stream: BinaryIO, name: str, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """The spans of each line; a line that cannot be read gives a problem, and no spans."""
        for number, line in enumerate(_lines(stream, advance), 1):
            origin = Origin(name, number)
            if line is None:
                yield Problem(
                    origin, f"the line is over {_MAX_LINE_BYTES >> 20} MiB long", "was this meant to be lines?"
                )
                continue
            text = line.strip().removeprefix(b"\xef\xbb\xbf")
            if text:
                yield from _read_line(text, origin, whole=line.endswith(b"\n"))


def _read_line(text: bytes, origin: Origin, *, whole: bool) -> Iterator[Found | Problem]:
    try:
        records = list(decode(text))
    except (ValueError, RecursionError) as error:
        if whole:
            yield Problem(origin, f"the line is no OTLP JSON ({error})", "mend or remove it; the other lines were read")
        else:
            yield Problem(
                origin, "the last line is cut off", "its writer was killed or still writes; the other lines were read"
            )
        return
    for record in records:
        yield Found(origin, record)


def _lines(stream: BinaryIO, advance: Callable[[int], None]) -> Iterator[bytes | None]:
    """The lines of a stream; None for one that is too long to be held."""
    while line := stream.readline(_MAX_LINE_BYTES):
        advance(len(line))
        if len(line) < _MAX_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_MAX_LINE_BYTES)
            advance(len(line))
        yield None
