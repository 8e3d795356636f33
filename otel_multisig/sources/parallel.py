"""Many files over several processes."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from otel_multisig.model import assemble
from otel_multisig.sources._spill import Spill, bucket_of
from otel_multisig.sources.files import FileSource, FolderSource, PatternSource
from otel_multisig.sources.gathering import Gathered, Gathering, is_news, late_spans, short_id
from otel_multisig.sources.source import Origin, Problem, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from otel_multisig.sources.source import Found, Source

__all__ = ["Tally", "gather_in_parallel"]

R = TypeVar("R")

_BUCKET_BYTES: Final = 16 << 20
_HELD_BYTES: Final = 8 << 20
_TASKS_EACH: Final = 8


class Tally(msgspec.Struct):
    """What `gather_in_parallel` counts on its way: spans that belong to no set-up."""

    foreign_spans: int = 0


class _Part(msgspec.Struct, frozen=True):
    """A file, and the name of the source that it belongs to."""

    name: str
    source: FileSource


class _Sorted(msgspec.Struct):
    """What came of reading some files.

    Attributes:
        done: the results, by set-up, of those that were whole, and the `short_id` of their spans.
    """

    problems: list[Problem] = []
    foreign_spans: int = 0
    bytes_read: int = 0
    fitted: set[str] = set()
    done: dict[str, tuple[Any, bytes]] = {}


def gather_in_parallel(
    sources: Iterable[Source],
    work: Callable[[Gathered], R],
    jobs: int,
    advance: Callable[[int], None] = ignore_progress,
    *,
    folder: Path | None = None,
    tally: Tally | None = None,
) -> Iterator[R | Problem]:
    """Do something with every set-up, over several processes.

    One file is read by one process. A set-up that is whole in the files of one process is worked on there, at once; all
    others are put together from what every process found of them when all files were read.

    Args:
        sources: where to read; standard input and backends are read in this process.
        work: what to do with a set-up: a function that can be pickled, with a result that can be pickled. It may be
            called twice for one that is whole in two files; only one of the results is given.
        jobs: number of processes.
        advance: is told of each number of bytes that were read.
        folder: where the temporary folder is made, which takes about as much as the input, unpacked.
        tally: is filled in.

    Yields:
        The results, in no order, and the problems of the sources.

    Raises:
        OSError: the temporary folder takes no more.
    """
    tally = tally or Tally()
    parts: list[_Part] = []
    here: list[Source] = []
    wanted: dict[str, FolderSource | PatternSource] = {}
    for source in sources:
        if isinstance(source, FileSource):
            parts.append(_Part(source.name, source))
        elif isinstance(source, FolderSource | PatternSource) and (files := _files_of(source)):
            parts += [_Part(source.name, file) for file in files]
            wanted[source.name] = source
        else:
            here.append(source)
    done: dict[str, bytes] = {}
    context = multiprocessing.get_context("spawn")
    with Spill(_BUCKET_BYTES, folder) as spill, ProcessPoolExecutor(jobs, mp_context=context) as pool:
        size = max(1, len(parts) // (jobs * _TASKS_EACH))
        tasks = [
            pool.submit(_sort_parts, parts[at : at + size], work, spill.folder, f"-{at:08d}")
            for at in range(0, len(parts), size)
        ]
        for source in here:
            sorted_ = _Sorted()
            _sort(source, source.name, work, spill.folder, "-here", sorted_, advance)
            yield from _note(sorted_, tally, done)
        for task in as_completed(tasks):
            sorted_ = task.result()
            advance(sorted_.bytes_read)
            for name in sorted_.fitted:
                wanted.pop(name, None)
            yield from _note(sorted_, tally, done)
        for folder_source in wanted.values():
            yield folder_source.nothing_found()
        known: dict[int, dict[str, bytes]] = {}
        for setup_id, ids in done.items():
            known.setdefault(bucket_of(setup_id), {})[setup_id] = ids
        batches = [
            pool.submit(_finish, work, bucket, known.get(int(bucket[0].name[:3]), {})) for bucket in spill.buckets()
        ]
        for batch in as_completed(batches):
            yield from batch.result()


def _files_of(source: FolderSource | PatternSource) -> list[FileSource]:
    try:
        return source.parts()
    except OSError:
        return []  # read in this process, it tells what is wrong


def _note(sorted_: _Sorted, tally: Tally, done: dict[str, bytes]) -> Iterator[Any]:
    tally.foreign_spans += sorted_.foreign_spans
    yield from sorted_.problems
    for setup_id, (result, ids) in sorted_.done.items():
        if setup_id not in done:
            done[setup_id] = ids
            yield result


def _sort_parts(parts: Sequence[_Part], work: Callable[[Gathered], Any], folder: Path, writer: str) -> _Sorted:
    """Read some files, work on what is whole, put the rest into buckets. Runs in a process of its own."""
    result = _Sorted()
    for number, part in enumerate(parts):
        _sort(part.source, part.name, work, folder, f"{writer}-{number}", result, ignore_progress)
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
        elif found.trace.setup_id not in result.done:
            ids = b"".join([short_id(span) for span in found.trace.spans])
            result.done[found.trace.setup_id] = (work(found), ids)
    result.foreign_spans += gathering.foreign_spans


def _finish(work: Callable[[Gathered], Any], bucket: Sequence[Path], done: Mapping[str, bytes]) -> list[Any]:
    """Put together the set-ups of a bucket, and do the work. Runs in a process of its own."""
    result: list[Any] = []
    for setup_id, (records, origins) in Spill.read(bucket, _BUCKET_BYTES):
        ids = done.get(setup_id)
        if ids is None:
            (trace,) = assemble(records).traces
            result.append(work(Gathered(trace, origins)))
        elif is_news(setup_id, ids, records):
            result.append(late_spans(Origin(origins[0]), setup_id))
    return result
