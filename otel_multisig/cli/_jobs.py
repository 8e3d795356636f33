"""Set-ups as their files, from sources read by one process or by several."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.sinks import Recording, Staging, open_staging, record
from otel_multisig.sources import Gathered, Gathering, Problem
from otel_multisig.sources.parallel import Tally, gather_in_parallel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from otel_multisig.sinks import LegacyFolder
    from otel_multisig.sources import Source
    from otel_multisig.sources.live import Selection

__all__ = ["Made", "Recordings", "number_of_jobs"]


class Made(msgspec.Struct, frozen=True):
    """A set-up as its file, and the names of the sources that it was found in."""

    recording: Recording
    origins: tuple[str, ...]


class _Work(msgspec.Struct, frozen=True):
    """What is done with a set-up in whichever process; None where it is not wanted."""

    selection: Selection
    staging: Staging

    def __call__(self, found: Gathered) -> Made | None:
        if not self.selection.matches(found.trace):
            return None
        return Made(self.staging.add(record(found.trace)), found.origins)


class Recordings:
    """The set-ups of some sources, to be iterated over once.

    Args:
        sources: where to read.
        selection: what is wanted. Backends give whole traces, and files all that they hold.
        jobs: number of processes.
        advance: is told of each number of bytes that were read.
        folder: where they are to go; several processes write their files there, for it to name them.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        selection: Selection,
        jobs: int,
        advance: Callable[[int], None],
        folder: LegacyFolder | None = None,
    ) -> None:
        self._sources: Final = sources
        self._selection: Final = selection
        self._jobs: Final = jobs
        self._advance: Final = advance
        self._folder: Final = folder
        self.other_spans = 0
        """Spans that belong to no set-up; known at the end."""

    def __iter__(self) -> Iterator[Made | Problem]:
        """Everything, one after the other.

        Raises:
            OSError: the temporary folder takes no more, or a process was killed.
        """
        return self._in_one() if self._jobs == 1 else self._in_several()

    def _in_one(self) -> Iterator[Made | Problem]:
        gathering = Gathering(self._sources, self._advance)
        for found in gathering:
            if isinstance(found, Problem):
                yield found
            elif self._selection.matches(found.trace):
                yield Made(record(found.trace), found.origins)
        self.other_spans = gathering.foreign_spans

    def _in_several(self) -> Iterator[Made | Problem]:
        tally = Tally()
        staged = _aside() if self._folder is None else self._folder.staging()
        with staged as staging:
            work = _Work(self._selection, staging)
            # Closed before the staging is: no process may write into it then.
            with closing(gather_in_parallel(self._sources, work, self._jobs, self._advance, tally=tally)) as gathered:
                yield from (found for found in gathered if found is not None)
        self.other_spans = tally.foreign_spans


@contextmanager
def _aside() -> Iterator[Staging]:
    """A staging for files that go nowhere."""
    with tempfile.TemporaryDirectory(prefix="otel-multisig-") as folder, open_staging(Path(folder)) as staging:
        yield staging


def number_of_jobs(wanted: int) -> int:
    """The number of processes that is meant: 0 is as many as there are cores for this one."""
    return wanted or len(os.sched_getaffinity(0))
