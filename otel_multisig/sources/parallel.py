"""Many files over several processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from otel_multisig.model import assemble
from otel_multisig.model.identity import imported_trace_id
from otel_multisig.sources._parts import TASKS_EACH, divide
from otel_multisig.sources._spill import Spill, bucket_of
from otel_multisig.sources.gathering import Gathered, Gathering, knows, short_id
from otel_multisig.sources.source import Origin, Problem, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from otel_multisig.sources._parts import Part
    from otel_multisig.sources.source import Found, Source

__all__ = ["Tally", "gather_in_parallel"]

R = TypeVar("R")

_BUCKET_BYTES: Final = 16 << 20
_HELD_BYTES: Final = 8 << 20
_FILES_IN_TASK: Final = 100


class Tally(msgspec.Struct):
    """What `gather_in_parallel` finds out on its way.

    Attributes:
        foreign_spans: number of spans that belong to no set-up.
        live: the set-ups that came with ids of their own, not with those that a recording is given.
    """

    foreign_spans: int = 0
    live: set[str] = set()


class _Sorted(msgspec.Struct):
    """What came of reading some files.

    Attributes:
        done: the results, by set-up and trace, of those that were whole, and the `short_id` of their spans.
    """

    problems: list[Problem] = []
    foreign_spans: int = 0
    bytes_read: int = 0
    fitted: set[str] = set()
    done: dict[tuple[str, str], tuple[Any, bytes]] = {}


def gather_in_parallel(
    sources: Iterable[Source],
    work: Callable[[Gathered], R],
    jobs: int,
    advance: Callable[[int], None] = ignore_progress,
    *,
    folder: Path | None = None,
    tally: Tally | None = None,
) -> Generator[R | Problem, None, None]:
    """Do something with every set-up, over several processes.

    One file is read by one process, a large one of JSON Lines by several. A set-up that is whole in what one process
    reads in one go is worked on there, at once; all others are put together from what every process found of them when
    everything was read.

    Args:
        sources: where to read; standard input and backends are read in this process.
        work: what to do with a set-up: a function that can be pickled, with a result that can be pickled. It may be
            called twice for one that is whole in two files; only one of the results is given.
        jobs: number of processes.
        advance: is told of each number of bytes that were read.
        folder: where the temporary folder is made, which takes about as much as the input, unpacked.
        tally: is filled in.

    Yields:
        The results and the problems of the sources, in an order that is the same every time.

    Raises:
        OSError: the temporary folder takes no more, or a process was killed.
    """
    tally = tally or Tally()
    plan = divide(sources, jobs)
    parts, wanted = plan.parts, plan.wanted
    done: dict[tuple[str, str], bytes] = {}
    with Spill(_BUCKET_BYTES, folder) as spill, _processes(min(jobs, max(1, len(parts)))) as pool:
        size = min(_FILES_IN_TASK, max(1, len(parts) // (jobs * TASKS_EACH)))
        with _no_interruption():
            tasks = deque(
                pool.submit(_sort_parts, parts[at : at + size], work, spill.folder, f"-{at:08d}")
                for at in range(0, len(parts), size)
            )
        for source in plan.here:
            sorted_ = _Sorted()
            _sort(source, source.name, work, spill.folder, "-here", sorted_, advance)
            yield from _note(sorted_, tally, done)
        while tasks:
            # In the order of the files, and none is kept: results may be large.
            sorted_ = tasks.popleft().result()
            advance(sorted_.bytes_read)
            for name in sorted_.fitted:
                wanted.pop(name, None)
            yield from _note(sorted_, tally, done)
        for folder_source in wanted.values():
            yield folder_source.nothing_found()
        known: dict[int, dict[tuple[str, str], bytes]] = {}
        for whole, ids in done.items():
            known.setdefault(bucket_of(whole[0]), {})[whole] = ids
        with _no_interruption():
            batches = deque(
                pool.submit(_finish, work, bucket, known.get(int(bucket[0].name[:3]), {})) for bucket in spill.buckets()
            )
        while batches:
            yield from batches.popleft().result()


_stopped: Any = None


def _begin(stopped: Any) -> None:
    """In each process, before its first task."""
    global _stopped  # noqa: PLW0603 (the only way to hand it to the tasks)
    _stopped = stopped


class _StoppedError(Exception):
    """The work was given up."""


def _go_on(_read: int) -> None:
    if _stopped is not None and _stopped.is_set():
        raise _StoppedError


@contextmanager
def _processes(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end soon where the work is given up: what waits is not begun, what runs stops reading."""
    context = multiprocessing.get_context("spawn")
    stopped = context.Event()
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(stopped,)) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise OSError("one of the processes was killed; with fewer jobs less memory is needed") from None
        finally:
            stopped.set()
            # Waited for: a process that is only just starting must find what it was given.
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _no_interruption() -> Iterator[None]:
    """Processes that are started here never see a Ctrl-C, which is for the one that started them; it gets it later."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _note(sorted_: _Sorted, tally: Tally, done: dict[tuple[str, str], bytes]) -> Iterator[Any]:
    tally.foreign_spans += sorted_.foreign_spans
    yield from sorted_.problems
    for whole, (result, ids) in sorted_.done.items():
        if whole not in done and not _is_copy(whole, tally):
            done[whole] = ids
            yield result


def _is_copy(whole: tuple[str, str], tally: Tally) -> bool:
    """Whether this is a set-up's own recording, beside the set-up itself: the same question as in `Gathering`."""
    setup_id, trace_id = whole
    if trace_id == imported_trace_id(setup_id):
        return setup_id in tally.live
    tally.live.add(setup_id)
    return False


def _sort_parts(parts: Sequence[Part], work: Callable[[Gathered], Any], folder: Path, writer: str) -> _Sorted:
    """Read some files, work on what is whole, put the rest into buckets. Runs in a process of its own."""
    result = _Sorted()
    for number, part in enumerate(parts):
        _sort(part.source, part.name, work, folder, f"{writer}-{number}", result, _go_on)
        result.bytes_read += part.source.size or 0
        if part.source.fitted:
            result.fitted.add(part.name)
    return result


class _Named(msgspec.Struct):
    """A source under the name of the one that it is a part of."""

    name: str
    source: Any

    @property
    def size(self) -> int | None:
        size: int | None = self.source.size
        return size

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        yield from self.source.read(advance)


def _sort(
    source: Source,
    name: str,
    work: Callable[[Gathered], Any],
    folder: Path,
    writer: str,
    result: _Sorted,
    advance: Callable[[int], None],
) -> None:
    gathering = Gathering([_Named(name, source)], advance, held_bytes=_HELD_BYTES)
    for found in gathering.divide(folder, writer):
        if isinstance(found, Problem):
            result.problems.append(found)
        elif (whole := (found.trace.setup_id, found.trace.trace_id)) not in result.done:
            result.done[whole] = (work(found), b"".join([short_id(span) for span in found.trace.spans]))
    result.foreign_spans += gathering.foreign_spans


def _finish(
    work: Callable[[Gathered], Any], bucket: Sequence[Path], done: Mapping[tuple[str, str], bytes]
) -> list[Any]:
    """Put together the set-ups of a bucket, and do the work. Runs in a process of its own."""
    result: list[Any] = []
    for setup_id, (records, origins) in Spill.read(bucket, _BUCKET_BYTES):
        rest, late = [], 0
        for record in records:
            ids = done.get((setup_id, record.trace_id))
            if ids is None:
                rest.append(record)
            elif not knows(ids, record):
                late += 1
        if rest:
            (trace,) = assemble(rest).traces
            result.append(work(Gathered(trace, origins)))
        if late:
            spans, are = ("a span", "is") if late == 1 else (f"{late} spans", "are")
            result.append(
                Problem(
                    Origin(origins[0]),
                    f"{spans} of set-up {setup_id} {are} not in the one that was whole elsewhere",
                    "these are left out: another recording of the same set-up?",
                )
            )
    return result
