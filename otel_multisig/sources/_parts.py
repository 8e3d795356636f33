"""What several processes read side by side: files, and some lines each of large ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.sources._line_ranges import LineRange, split
from otel_multisig.sources.files import FileSource, FolderSource, PatternSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.sources.source import Source

__all__ = ["TASKS_EACH", "Part", "Plan", "divide"]

TASKS_EACH: Final = 8
"""How many tasks there are for each process, so that all have something to do to the end."""

_PART_BYTES: Final = 16 << 20


class Part(msgspec.Struct, frozen=True):
    """A file, or some lines of it, and the name of the source that it belongs to."""

    name: str
    source: FileSource | LineRange


class Plan(msgspec.Struct):
    """Who reads what.

    Attributes:
        parts: what any process may read.
        here: what only the process that was asked can read: standard input, backends, folders that cannot be listed.
        wanted: the folders and patterns by name, of which one file at least should have a known form.
    """

    parts: list[Part] = []
    here: list[Source] = []
    wanted: dict[str, FolderSource | PatternSource] = {}


def divide(sources: Iterable[Source], jobs: int) -> Plan:
    """Divide sources among so many processes. Files are looked at, and large ones of JSON Lines are read once."""
    plan = Plan()
    for source in sources:
        if isinstance(source, FileSource):
            plan.parts += _parts_of(source.name, source, jobs)
        elif isinstance(source, FolderSource | PatternSource) and (files := _files_of(source)):
            for file in files:
                plan.parts += _parts_of(source.name, file, jobs)
            plan.wanted[source.name] = source
        else:
            plan.here.append(source)
    return plan


def _files_of(source: FolderSource | PatternSource) -> list[FileSource]:
    try:
        return source.parts()
    except OSError:
        return []  # read in this process, it tells what is wrong


def _parts_of(name: str, file: FileSource, jobs: int) -> list[Part]:
    ranges = split(file, _PART_BYTES, jobs * TASKS_EACH) if jobs > 1 else []
    return [Part(name, source) for source in ranges or (file,)]
