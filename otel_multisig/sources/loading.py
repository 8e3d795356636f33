"""Whole set-ups out of sources: what `Source.read` gives, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from otel_multisig.model import EscrowTrace, SpanRecord, assemble, disassemble
from otel_multisig.sources.source import Problem, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from otel_multisig.sources.source import Source

__all__ = ["Loaded", "load"]


class Loaded(msgspec.Struct, frozen=True):
    """All that was in some sources.

    Attributes:
        traces: the set-ups, in order of their start.
        origins: the names of the sources that each set-up was found in, by set-up id.
        foreign_spans: number of spans that belong to no set-up.
        problems: what could not be read.
    """

    traces: tuple[EscrowTrace, ...]
    origins: dict[str, tuple[str, ...]]
    foreign_spans: int
    problems: tuple[Problem, ...]


def load(sources: Iterable[Source], advance: Callable[[int], None] = ignore_progress) -> Loaded:
    """Read sources to their ends. One set-up may lie in several, and in one of them twice.

    All is held in memory: `otel_multisig.sources.Gathering` gives set-ups one by one, in little of it.

    Args:
        sources: where to read.
        advance: is told of each number of bytes that were read.
    """
    records: list[SpanRecord] = []
    origins: dict[str, dict[str, None]] = {}
    foreign_spans = 0
    problems = []
    for source in sources:
        for found in source.read(advance):
            if isinstance(found, Problem):
                problems.append(found)
                continue
            setup_id = found.setup_id
            if setup_id is None:
                foreign_spans += 1
                continue
            origins.setdefault(setup_id, {})[source.name] = None
            if isinstance(found.item, EscrowTrace):
                records.extend(disassemble(found.item))
            else:
                records.append(found.item)
    return Loaded(
        traces=assemble(records).traces,
        origins={setup_id: tuple(names) for setup_id, names in origins.items()},
        foreign_spans=foreign_spans,
        problems=tuple(problems),
    )
