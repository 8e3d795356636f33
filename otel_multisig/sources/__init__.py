"""Where set-ups come from: files of spans, folders of them, standard input.

A further form of files is an entry in `otel_multisig.sources.forms`; a further kind of place is a class with the
members of `Source`, and a case in `open_sources`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from otel_multisig.sources.files import FileSource, FolderSource, PatternSource, StreamSource
from otel_multisig.sources.gathering import Gathered, Gathering
from otel_multisig.sources.limits import Limits
from otel_multisig.sources.loading import Loaded, load
from otel_multisig.sources.setups import read_setups
from otel_multisig.sources.source import Found, Origin, Problem, Source, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "FileSource",
    "FolderSource",
    "Found",
    "Gathered",
    "Gathering",
    "Limits",
    "Loaded",
    "Origin",
    "PatternSource",
    "Problem",
    "Source",
    "StreamSource",
    "ignore_progress",
    "load",
    "open_sources",
    "read_setups",
]


def open_sources(paths: Iterable[str], *, stdin: BinaryIO | None = None) -> tuple[Source, ...]:
    """The sources that a user names. Nothing is read yet: what is missing shows as a `Problem` when it is.

    Args:
        paths: files, folders, patterns of files, addresses of backends (``http://...``), or ``-`` for standard input.
        stdin: what ``-`` means; the process's own standard input by default.
    """
    return tuple(_open(path, stdin) for path in paths)


def _open(text: str, stdin: BinaryIO | None) -> Source:
    if text == "-":
        return StreamSource(stdin or sys.stdin.buffer)
    if "://" in text:
        from otel_multisig.sources.live import open_url

        return open_url(text)
    try:
        path = Path(text)
        if path.is_dir():
            return FolderSource(path)
        if not path.exists() and any(sign in text for sign in "*?["):
            return PatternSource(text)
    except (OSError, ValueError):
        pass  # reading it tells what is wrong
    return FileSource(Path(text))
