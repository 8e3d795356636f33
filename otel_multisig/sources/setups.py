"""Set-ups for those who look at them and change nothing: the quick way through thousands of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.model import EscrowTrace
from otel_multisig.sources.files import FileSource, FolderSource, PatternSource
from otel_multisig.sources.gathering import Gathered, Gathering
from otel_multisig.sources.legacy_json import found_in, read_recording
from otel_multisig.sources.limits import limits_of
from otel_multisig.sources.source import Found, Problem, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from otel_multisig.sources.source import Source

__all__ = ["read_setups"]


def read_setups(
    sources: Iterable[Source], advance: Callable[[int], None] = ignore_progress
) -> Iterator[Gathered | Problem]:
    """The set-ups of some sources with all that these hold of them, as `load` gives them, in no order.

    Legacy recordings are given one by one as they are read, all others at the end. Where another source holds more of a
    set-up that was given, that is given again, put together of everything: it stands in place of what was given before
    under the same set-up id.

    The origins of a set-up are the files themselves, also where their folder was named.

    Args:
        sources: where to read.
        advance: is told of each number of bytes that were read.

    Raises:
        OSError: the temporary folder takes no more.
    """
    reading = _Reading(advance)
    for source in sources:
        yield from reading.read(source)
    yield from Gathering(reading.rest(), advance, early=False)


class _Reading:
    """What was read so far, and what is left.

    Args:
        advance: is told of each number of bytes that were read.
    """

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self._limits = limits_of()
        # Which file gave a set-up, and which set-ups came from several.
        self._given: dict[str, FileSource] = {}
        self._again: dict[str, dict[FileSource, None]] = {}
        self._left: list[Source] = []

    def read(self, source: Source) -> Iterator[Gathered | Problem]:
        """The recordings in a source; what else is there is left for `rest`."""
        if isinstance(source, FileSource):
            yield from self._read_file(source)
        elif isinstance(source, FolderSource | PatternSource):
            yield from self._read_files(source)
        else:
            self._left.append(source)

    def rest(self) -> Iterator[Source]:
        """Sources of all that was not given, and of the set-ups that have to be given again, whole."""
        for source in self._left:
            yield _Watched(source, self._note)
        again: dict[FileSource, set[str]] = {}
        for setup_id, files in self._again.items():
            for file in files:
                again.setdefault(file, set()).add(setup_id)
        for file, wanted in again.items():
            yield _Reread(file, wanted)

    def _read_files(self, source: FolderSource | PatternSource) -> Iterator[Gathered | Problem]:
        try:
            parts = source.parts()
        except OSError:
            self._left.append(source)  # reading it tells what is wrong
            return
        for part in parts:
            yield from self._read_file(part)
        if not any(part.fitted for part in parts):
            self._left.append(_NothingFound(source, parts))

    def _read_file(self, source: FileSource) -> Sequence[Gathered | Problem]:
        longest = (source.limits or self._limits).document_bytes
        data = read_recording(source.path, longest) if source.is_lasting else None
        if data is None:
            self._left.append(source)
            return ()
        self._advance(len(data))
        source.fitted = True
        name = source.name
        result: list[Gathered | Problem] = []
        for found in found_in(data, name):
            if isinstance(found, Problem):
                result.append(found)
                continue
            trace = found.item
            assert isinstance(trace, EscrowTrace)
            if self._note(trace.setup_id, source):
                result.append(Gathered(trace, (name,)))
        return result

    def _note(self, setup_id: str, source: FileSource | None = None) -> bool:
        """Whether a set-up is new; if not, everything that holds it is read once more at the end."""
        before = self._given.get(setup_id)
        if before is None:
            if source is not None:
                self._given[setup_id] = source
            return True
        files = self._again.setdefault(setup_id, {before: None})
        if source is not None:
            files[source] = None
        return False


class _Watched:
    """A source of which is noted what set-ups are in it."""

    def __init__(self, source: Source, note: Callable[[str], object]) -> None:
        self._source = source
        self._note = note

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def size(self) -> int | None:
        return self._source.size

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        for found in self._source.read(advance):
            if isinstance(found, Found) and found.setup_id is not None:
                self._note(found.setup_id)
            yield found


class _Reread:
    """Some of the set-ups of a recording that was read before, and its problems told."""

    size: Final = None

    def __init__(self, source: FileSource, wanted: Container[str]) -> None:
        self.name: Final = source.name
        self._source = source
        self._wanted = wanted

    def read(self, _advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        for found in self._source.read(ignore_progress):
            if isinstance(found, Found) and isinstance(found.item, EscrowTrace) and found.item.setup_id in self._wanted:
                yield found


class _NothingFound:
    """What is said of a folder, behind its files, where none of them has a known form."""

    size: Final = None

    def __init__(self, folder: FolderSource | PatternSource, files: Iterable[FileSource]) -> None:
        self.name: Final = folder.name
        self._folder = folder
        self._files = files

    def read(self, _advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        if not any(file.fitted for file in self._files):
            yield self._folder.nothing_found()
