"""Files, folders and patterns of them, and streams."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from otel_multisig.legacy import is_recording_name
from otel_multisig.sources._heads import head_of
from otel_multisig.sources._unpack import CountedStream, DamagedError, unpack
from otel_multisig.sources.forms import FORMS, HEAD_BYTES, recognise
from otel_multisig.sources.legacy_json import found_in, read_recording
from otel_multisig.sources.limits import Limits, limits_of
from otel_multisig.sources.source import Found, Origin, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["FileSource", "FolderSource", "PatternSource", "StreamSource", "in_order"]

_KNOWN: Final = ", ".join(form.title for form in FORMS)
# The Collector puts the time of the rotation before the extension: name-2026-01-01T00-00-00.000.json
_ROTATED: Final = re.compile(r"(.*)-(\d{4}-\d\d-\d\dT[\d:.-]*\d)((?:\.[^.]*)*)")


class StreamSource:
    """A stream that is open already, such as standard input; it need not be seekable.

    Args:
        stream: where the bytes come from.
        name: what messages call it.
        limits: what is refused; by default what the environment says.
    """

    size: Final = None

    def __init__(self, stream: BinaryIO, name: str = "-", limits: Limits | None = None) -> None:
        self.name: Final = name
        self._stream = stream
        self._limits = limits

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """Everything in the stream."""
        try:
            yield from _read_stream(self._stream, self.name, advance, self._limits or limits_of(), must_fit=True)
        except OSError as error:
            yield _unreadable(self.name, error)


class FileSource:
    """One file.

    Args:
        path: the file.
        must_fit: whether it is a problem that the file has no known form.
        limits: what is refused; by default what the environment says.
    """

    def __init__(self, path: Path, *, must_fit: bool = True, limits: Limits | None = None) -> None:
        self.path: Final = path
        self.limits: Final = limits
        self._must_fit = must_fit
        self.fitted = False
        """Whether the file, since it was read, is known to have a known form."""

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def size(self) -> int | None:
        """Its size."""
        try:
            return self.path.stat().st_size
        except OSError:
            return None

    @property
    def is_lasting(self) -> bool:
        """Whether it can be read more than once: what is read from a pipe is gone."""
        try:
            return not self._must_fit or self.path.is_file()  # those of folders are files, that was seen
        except (OSError, ValueError):
            return False

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """Everything in the file."""
        limits = self.limits or limits_of()
        recording = read_recording(self.path, limits.document_bytes) if self.is_lasting else None
        if recording is not None:
            advance(len(recording))
            self.fitted = True
            yield from found_in(recording, self.name)
            return
        try:
            with self.path.open("rb", buffering=0) as stream:
                for found in _read_stream(stream, self.name, advance, limits, must_fit=self._must_fit):
                    self.fitted = True
                    yield found
                self.fitted = True
        except _UnfitError:
            return
        except (OSError, ValueError) as error:
            self.fitted = True
            yield _unreadable(self.name, error)


class _Files:
    """Many files: what a folder and a pattern have in common."""

    def __init__(self, name: str, limits: Limits | None) -> None:
        self.name: Final = name
        self._limits = limits

    def files(self) -> list[Path]:
        """The files in the order in which they are read.

        Raises:
            OSError: they cannot be listed.
        """
        raise NotImplementedError

    @property
    def size(self) -> int | None:
        """The size of all of them."""
        try:
            return sum(FileSource(path).size or 0 for path in self.files())
        except OSError:
            return None

    def parts(self) -> list[FileSource]:
        """A source for each file, for those who read them side by side; what has no known form gives nothing.

        Raises:
            OSError: they cannot be listed.
        """
        return [FileSource(path, must_fit=False, limits=self._limits) for path in self.files()]

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """Everything in the files."""
        try:
            parts = self.parts()
        except OSError as error:
            yield _unreadable(self.name, error)
            return
        fitted = False
        for source in parts:
            yield from source.read(advance)
            fitted = fitted or source.fitted
        if not fitted:
            yield self.nothing_found()

    def nothing_found(self) -> Problem:
        """What is to be said where no file has a known form."""
        return Problem(Origin(self.name), f"{self._none} ({_KNOWN})", "name the right ones")

    _none = ""


class FolderSource(_Files):
    """The files of one folder in order of their names, rotated ones before the one that is written now.

    Files of no known form are passed over, hidden ones too.

    Args:
        path: the folder. Folders inside it are not read.
        limits: what is refused; by default what the environment says.
    """

    _none = "no file in the folder has a known form"

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        super().__init__(str(path), limits)
        self._path = path

    def files(self) -> list[Path]:
        """The files in the order in which they are read."""
        return [self._path / name for name in in_order(entry.name for entry in self._entries())]

    @property
    def size(self) -> int | None:
        """The size of all of them."""
        try:
            return sum([entry.stat().st_size for entry in self._entries()])
        except OSError:
            return None

    def _entries(self) -> list[os.DirEntry[str]]:
        with os.scandir(self._path) as entries:
            return [entry for entry in entries if not entry.name.startswith(".") and _is_file(entry)]


class PatternSource(_Files):
    """The files that a pattern fits (``recordings/*/escrow_*.json``, ``**`` for folders at any depth).

    Args:
        pattern: the pattern. ``**`` follows no symbolic links, so that it ends.
        limits: what is refused; by default what the environment says.
    """

    _none = "no file that the pattern fits has a known form"

    def __init__(self, pattern: str, limits: Limits | None = None) -> None:
        super().__init__(pattern, limits)
        self._pattern = pattern

    def files(self) -> list[Path]:
        """The files in the order in which they are read."""
        path = Path(self._pattern)
        base = Path(path.anchor) if path.anchor else Path()
        found = base.glob(str(path.relative_to(path.anchor) if path.anchor else path))
        return [Path(name) for name in in_order(str(entry) for entry in found if _is_file_path(entry))]


def in_order(names: Iterable[str]) -> list[str]:
    """Names in order; of a rotated set the oldest first, the one without a time, which is written now, last.

    Legacy recordings come after all others: where a set-up's own spans lie beside its recording, they say more.
    """

    def key(name: str) -> tuple[bool, str, str, int, str, str]:
        folder, _, last = name.rpartition("/")
        # Nearly all names of recordings are told apart by one letter, in a tenth of the time.
        if "T" in last and (rotated := _ROTATED.fullmatch(last)):
            return (False, folder, rotated[1] + rotated[3], 0, rotated[2], name)
        return (is_recording_name(last), folder, last, 1, "", name)

    return sorted(names, key=key)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False


def _is_file_path(path: Path) -> bool:
    try:
        return path.is_file() and not path.name.startswith(".")
    except OSError:
        return False


class _UnfitError(Exception):
    """A file of no known form, which is no problem."""


def _read_stream(
    stream: BinaryIO, name: str, advance: Callable[[int], None], limits: Limits, *, must_fit: bool
) -> Iterator[Found | Problem]:
    counted = CountedStream(stream, advance)
    unpacked = unpack(io.BufferedReader(counted, HEAD_BYTES), counted, limits)
    head, whole = head_of(unpacked, HEAD_BYTES)
    form = recognise(head)
    if form is not None:
        yield from form.read(whole, name, limits)
    elif not must_fit:
        raise _UnfitError
    elif head.strip():
        yield Problem(Origin(name), f"it has no known form ({_KNOWN})", "name a file of that form")
    else:
        yield Problem(Origin(name), "it is empty", "check what should have written it")


def _unreadable(name: str, error: OSError | ValueError) -> Problem:
    if isinstance(error, DamagedError):
        return Problem(Origin(name), str(error.strerror), error.remedy)
    remedies: dict[type[Exception], str] = {
        FileNotFoundError: "check the path",
        PermissionError: "check its permissions",
        IsADirectoryError: "check the path",
        ValueError: "check the path",
    }
    what = getattr(error, "strerror", None) or str(error)
    return Problem(Origin(name), what, remedies.get(type(error), "check the path and the disk"))
