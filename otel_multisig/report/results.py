"""What an analysis found, as the reports want it: the set-ups with their diagnoses, and what could not be read."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from otel_multisig.diagnosis import Diagnosis, Finding
    from otel_multisig.model import EscrowTrace

__all__ = ["Judged", "ProblemEntry", "Results"]


class Judged(msgspec.Struct, frozen=True):
    """One set-up and what the rules say of it.

    Attributes:
        diagnosis: what they say.
        sources: the names of the files and backends that it was found in.
        trace: the set-up itself, where a report asks for more than the diagnosis holds; else None.
        addresses: where its trace can be seen in the backends that hold it.
    """

    diagnosis: Diagnosis
    sources: tuple[str, ...] = ()
    trace: EscrowTrace | None = None
    addresses: tuple[str, ...] = ()

    @property
    def verdict(self) -> Finding | None:
        """Its root cause, None where there is no fault."""
        return self.diagnosis.verdict

    @property
    def escrow_id(self) -> str:
        """The escrow's id, as it was recorded: not fit for a terminal as it is."""
        return self.diagnosis.setup.escrow_id


class ProblemEntry(msgspec.Struct, frozen=True):
    """Something that could not be read."""

    source: str
    """The file, stream or backend."""
    line: int | None
    """The number of the line, from 1, where it has lines."""
    place: str
    """What else names the place."""
    what: str
    """What is wrong."""
    remedy: str
    """What to do about it."""


class Results(msgspec.Struct, frozen=True, dict=True):
    """All that an analysis found.

    Attributes:
        judged: the set-ups that were asked for, in the order in which they were read.
        problems: what could not be read.
        context: the set-ups that were read along and not asked for.
    """

    judged: tuple[Judged, ...]
    problems: tuple[ProblemEntry, ...] = ()
    context: tuple[Judged, ...] = ()

    @cached_property
    def faulty(self) -> tuple[Judged, ...]:
        """The set-ups with a fault."""
        return tuple(judged for judged in self.judged if judged.verdict is not None)

    def sources_of(self, setup_id: str) -> tuple[str, ...]:
        """Where a set-up was found; empty for one that was not."""
        return self._sources.get(setup_id, ())

    def holds_more(self, source: str) -> bool:
        """Whether a source holds more than one set-up."""
        return self._held[source] > 1

    @cached_property
    def _sources(self) -> dict[str, tuple[str, ...]]:
        return {judged.diagnosis.setup.setup_id: judged.sources for judged in (*self.judged, *self.context)}

    @cached_property
    def _held(self) -> Counter[str]:
        return Counter(source for sources in self._sources.values() for source in sources)
