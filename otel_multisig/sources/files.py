"""Files, folders of them, and streams."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO, Final

from otel_multisig.sources.forms import FORMS, HEAD_BYTES, recognise
from otel_multisig.sources.source import Found, Origin, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["FileSource", "FolderSource", "StreamSource"]

_KNOWN: Final = ", ".join(form.title for form in FORMS)


class StreamSource:
    """A stream that is open already, such as standard input.

    Args:
        stream: where the bytes come from.
        name: what messages call it.
    """

    size: Final = None

    def __init__(self, stream: BinaryIO, name: str = "-") -> None:
        self.name: Final = name
        self._stream = stream

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """Everything in the stream."""
        try:
            yield from _read_stream(self._stream, self.name, advance)
        except OSError as error:
            yield _unreadable(self.name, error)


class FileSource:
    """One file.

    Args:
        path: the file.
        must_fit: whether it is a problem that the file has no known form.
    """

    def __init__(self, path: Path, *, must_fit: bool = True) -> None:
        self._path = path
        self._must_fit = must_fit
        self.fitted = False
        """Whether the file, since it was read, is known to have a known form."""

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    @property
    def size(self) -> int | None:
        """Its size."""
        try:
            return self._path.stat().st_size
        except OSError:
            return None

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """Everything in the file."""
        try:
            with self._path.open("rb") as stream:
                if not self._must_fit:
                    head = stream.read(HEAD_BYTES)
                    if recognise(head) is None:
                        return
                    stream.seek(0)
                self.fitted = True
                yield from _read_stream(stream, self.name, advance)
        except OSError as error:
            yield _unreadable(self.name, error)


class FolderSource:
    """The files of one folder, in order of their names; those of no known form are passed over, hidden ones too.

    Args:
        path: the folder. Folders inside it are not read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    @property
    def size(self) -> int | None:
        """The size of all its files."""
        try:
            return sum(FileSource(path).size or 0 for path in self._files())
        except OSError:
            return None

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """Everything in the files."""
        try:
            files = self._files()
        except OSError as error:
            yield _unreadable(self.name, error)
            return
        fitted = False
        for path in files:
            source = FileSource(path, must_fit=False)
            yield from source.read(advance)
            fitted = fitted or source.fitted
        if not fitted:
            yield Problem(
                Origin(self.name), f"no file in the folder has a known form ({_KNOWN})", "name the right folder"
            )

    def _files(self) -> list[Path]:
        with os.scandir(self._path) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_file()]
        return [self._path / name for name in sorted(names)]


def _read_stream(stream: BinaryIO, name: str, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
    head = stream.read(HEAD_BYTES)
    form = recognise(head)
    if form is not None:
        yield from form.read(io.BufferedReader(_Rejoined(head, stream), HEAD_BYTES), name, advance)
    elif head.strip():
        yield Problem(Origin(name), f"it has no known form ({_KNOWN})", "name a file of that form")
    else:
        yield Problem(Origin(name), "it is empty", "check what should have written it")


def _unreadable(name: str, error: OSError) -> Problem:
    remedies = {
        FileNotFoundError: "check the path",
        PermissionError: "check its permissions",
        IsADirectoryError: "check the path",
    }
    return Problem(Origin(name), error.strerror or str(error), remedies.get(type(error), "check the path and the disk"))


class _Rejoined(io.RawIOBase):
    """A stream whose beginning was read already, whole again."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)]
        self._head = self._head[len(data) :]
        if not data:
            data = memoryview(self._rest.read(len(buffer)))
        buffer[: len(data)] = data
        return len(data)
