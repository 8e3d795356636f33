"""Where set-ups come from: files of spans, folders of them, standard input.

A further form of files is an entry in `otel_multisig.sources.forms`; a further kind of place is a class with the
members of `Source`, and a case in `open_sources`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from otel_multisig.sources.files import FileSource, FolderSource, StreamSource
from otel_multisig.sources.loading import Loaded, load
from otel_multisig.sources.source import Found, Origin, Problem, Source, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "FileSource",
    "FolderSource",
    "Found",
    "Loaded",
    "Origin",
    "Problem",
    "Source",
    "StreamSource",
    "ignore_progress",
    "load",
    "open_sources",
]


def open_sources(paths: Iterable[str], *, stdin: BinaryIO | None = None) -> tuple[Source, ...]:
    """The sources that a user names. Nothing is read yet: what is missing shows as a `Problem` when it is.

    Args:
        paths: files, folders, or ``-`` for standard input.
        stdin: what ``-`` means; the process's own standard input by default.
    """
    return tuple(_open(path, stdin) for path in paths)


def _open(path: str, stdin: BinaryIO | None) -> Source:
    if path == "-":
        return StreamSource(stdin or sys.stdin.buffer)
    return FolderSource(Path(path)) if Path(path).is_dir() else FileSource(Path(path))
