"""Legacy JSON: the recordings of the old system, an array of events a file."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from otel_multisig.sources._unpack import too_large
from otel_multisig.sources.source import Found, Origin, Problem

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

    from otel_multisig.sources.limits import Limits

__all__ = ["LegacyJson", "found_in", "read_recording"]

_PIECE_BYTES: Final = 65_536
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_ARRAY: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\[[ \t\r\n]*(?:\{|\])")
_KEYS: Final = (b'"event_type"', b'"trace_id"')


class LegacyJson:
    """The form's reader."""

    title: Final = "legacy JSON"

    def recognise(self, head: bytes) -> bool:
        """Whether a file that begins like this is an array of events, or an empty one."""
        found = _ARRAY.match(head)
        if found is None or b"\0" in head:
            return False
        if found[0].endswith(b"]"):
            return not head[found.end() :].strip()
        return any(key in head for key in _KEYS)

    def read(self, stream: io.BufferedReader, name: str, limits: Limits) -> Iterator[Found | Problem]:
        """Its set-ups, and the events that cannot be read."""
        data = stream.read(limits.document_bytes + 1)
        if len(data) > limits.document_bytes:
            yield Problem(Origin(name), *too_large(limits))
            return
        yield from found_in(data, name)


def found_in(data: bytes, name: str) -> list[Found | Problem]:
    """What is in a recording.

    Args:
        data: the whole file.
        name: what messages call it; the last part is the name of the file.
    """
    from otel_multisig.legacy import read

    reading = read(data, origin=name.rpartition("/")[2])
    origin = Origin(name)
    found: list[Found | Problem] = [Found(origin, trace, len(data) // len(reading.traces)) for trace in reading.traces]
    found += [
        Problem(Origin(name, None, problem.place), problem.problem, "mend or remove it; the rest was read")
        for problem in reading.problems
    ]
    return found


def read_recording(path: Path, longest: int) -> bytes | None:
    """A file that is a recording, as it is: the short way in for small files, of which there are thousands.

    None for a file of any other form, a compressed one, one that is longer than `longest` or cannot be read.

    Args:
        path: the file; not a pipe, of which nothing could be read a second time.
        longest: how many bytes it may have.
    """
    try:
        # Without the layers of a file object, which take longer than the reading.
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        data = os.read(descriptor, _PIECE_BYTES)
        if not _FORM.recognise(data):
            return None
        if piece := os.read(descriptor, _PIECE_BYTES):
            pieces = [data, piece]
            size = len(data) + len(piece)
            while size <= longest and (piece := os.read(descriptor, _PIECE_BYTES)):
                pieces.append(piece)
                size += len(piece)
            data = b"".join(pieces)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data if len(data) <= longest else None


_FORM: Final = LegacyJson()
