"""What `analyze` reads: the set-ups that are asked for, and those that met them."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.cli._opening import open_all, size_of
from otel_multisig.cli._problems import tell_problem
from otel_multisig.cli._progress import show_conversion
from otel_multisig.diagnosis.facts import SetupFacts
from otel_multisig.sources import Problem, read_setups
from otel_multisig.sources.live import LiveSource, Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from otel_multisig.model import EscrowTrace
    from otel_multisig.sources import Source
    from otel_multisig.web import Access

__all__ = ["Read", "read_all", "without_collection"]

_APART_NANO: Final = 600 * 10**9
_MOST_WINDOWS: Final = 20
_SMALL: Final = 4_000_000


class Read(msgspec.Struct, frozen=True):
    """A set-up that was read.

    Attributes:
        facts: what the rules see of it.
        origins: the names of the files and backends that it was found in.
        wanted: whether it was asked for; else it was read for what it may have done to others.
        trace: the set-up itself, where it is to be held.
        addresses: where its trace can be seen, one for each backend.
    """

    facts: SetupFacts
    origins: tuple[str, ...]
    wanted: bool
    trace: EscrowTrace | None = None
    addresses: tuple[str, ...] = ()


def read_all(
    names: Sequence[str], access: Access, selection: Selection, *, hold: bool, quiet: bool = False
) -> tuple[tuple[Read, ...], list[Problem]]:
    """The set-ups of some sources, and what could not be read, which is told as it is met.

    Args:
        names: the sources, as the user named them.
        access: how backends are reached.
        selection: which set-ups are asked for. All others in the files are read as well, and those of a backend that
            ran at the same time.
        hold: whether the set-ups are held as they are, not only what the rules see of them.
        quiet: whether no progress is shown, however much there is to read.

    Returns:
        The set-ups in the order in which they began, and the problems.

    Raises:
        OSError: the temporary folder takes no more.
    """
    reading = _Reading(names, access, selection, hold=hold)
    size = reading.size
    # A bar that is gone at once only flickers, and it takes longer to draw than little takes to read.
    with show_conversion(size, shown=not quiet and (size is None or size > _SMALL)) as progress:
        return reading.read(progress.advance, progress.done), reading.problems


class _Reading:
    def __init__(self, names: Sequence[str], access: Access, selection: Selection, *, hold: bool) -> None:
        self.problems: list[Problem] = []
        self._names = names
        self._access = access
        self._selection = selection
        self._hold = hold
        self._found: dict[str, Read] = {}
        self._sources = open_all(names, access, selection)

    @property
    def size(self) -> int | None:
        return size_of(self._sources)

    def read(self, advance: Callable[[int], None], done: Callable[[], None]) -> tuple[Read, ...]:
        with without_collection():
            self._read(self._sources, advance, done)
            beside = list(self._beside())
            if beside:
                self._read(beside, advance, done)
        return tuple(sorted(self._found.values(), key=lambda read: (read.facts.start_nano, read.facts.setup_id)))

    def _read(self, sources: Sequence[Source], advance: Callable[[int], None], done: Callable[[], None]) -> None:
        backends = {source.name: source for source in sources if isinstance(source, LiveSource)}
        matches = None if self._selection == Selection() else self._selection.matches
        for found in read_setups(sources, advance):
            if isinstance(found, Problem):
                self.problems.append(found)
                tell_problem(found)
                continue
            trace = found.trace
            wanted = matches is None or matches(trace)
            held = trace if self._hold else None
            seen = [backends[name].address_of(trace.trace_id) for name in found.origins if name in backends]
            addresses = tuple([address for address in seen if address is not None])
            # What is given again is whole now: it stands in place of what was given before.
            self._found[trace.setup_id] = Read(SetupFacts.of(trace), found.origins, wanted, held, addresses)
            done()

    def _beside(self) -> Iterator[Source]:
        """What ran on a backend beside the set-ups that were asked for: it may have been in their way."""
        asked = self._selection
        if not (asked.escrow_ids or asked.trace_ids or asked.failed):
            return
        backends = [name for name in self._names if "://" in name]
        if not backends:
            return
        wanted = [read.facts for read in self._found.values() if read.wanted]
        for start, end in _windows((facts.start_nano, facts.last_nano) for facts in wanted):
            yield from open_all(backends, self._access, Selection(start_unix_nano=start, end_unix_nano=end))


@contextmanager
def without_collection() -> Iterator[None]:
    """Look for no garbage that holds itself: there is next to none, and looking takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _windows(times: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """A few stretches of time that cover some times."""
    windows: list[tuple[int, int]] = []
    for start, end in sorted(times):
        if windows and start - windows[-1][1] < _APART_NANO:
            windows[-1] = (windows[-1][0], max(windows[-1][1], end + 1))
        else:
            windows.append((start, end + 1))
    if len(windows) > _MOST_WINDOWS:
        return [(windows[0][0], max(end for _, end in windows))]
    return windows
