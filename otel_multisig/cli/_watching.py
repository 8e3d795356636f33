"""Looking again and again at a folder for recordings that have become whole."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.sinks import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Watching"]

_ENDS: Final = 64
_SUFFIX: Final = ".json"
_Mark = tuple[int, int]


class _State(msgspec.Struct):
    """What was shipped: by file name its size and time of change."""

    shipped: dict[str, _Mark] = {}


class Watching:
    """One folder, watched.

    A file is taken when it is a whole array by its first and last byte, and looks as it did at the last look. It is
    taken again when it has changed.

    Args:
        folder: the folder.
        target: where its recordings go; what was shipped to one target counts for that one only.
        interval: seconds between two looks.
    """

    def __init__(self, folder: Path, target: str, interval: float) -> None:
        self.folder: Final = folder
        self._interval = interval
        self._state_file = _state_folder() / f"{_digest(folder, target)}.json"
        self._state = _load(self._state_file)
        self._seen: dict[str, _Mark] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Look no more; what is being shipped is finished."""
        self._stopped.set()

    def run(self, ship: Callable[[Path], bool]) -> None:
        """Ship recordings until `stop`.

        Args:
            ship: ships one file; False where that failed and is to be tried again at the next look.

        Raises:
            OSError: the folder cannot be read, or the state not be written.
        """
        while not self._stopped.is_set():
            self.look(ship)
            self._stopped.wait(self._interval)

    def look(self, ship: Callable[[Path], bool]) -> None:
        """Look once."""
        for path, mark in self._ready():
            if self._stopped.is_set():
                return
            if ship(path):
                self._state.shipped[path.name] = mark
                self._save()

    def _ready(self) -> Iterator[tuple[Path, _Mark]]:
        found: dict[str, _Mark] = {}
        with os.scandir(self.folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith(_SUFFIX) and not entry.name.startswith(".") and entry.is_file():
                    status = entry.stat()
                    found[entry.name] = (status.st_size, status.st_mtime_ns)
        before, self._seen = self._seen, found
        for gone in self._state.shipped.keys() - found.keys():
            del self._state.shipped[gone]
        for name, mark in found.items():
            if self._state.shipped.get(name) != mark == before.get(name) and _is_whole(self.folder / name):
                yield self.folder / name, mark

    def _save(self) -> None:
        self._state_file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._state_file, msgspec.json.encode(self._state))


def _is_whole(path: Path) -> bool:
    """Whether a file begins and ends like an array."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_ENDS).removeprefix(b"\xef\xbb\xbf").lstrip()
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _ENDS))
            return head.startswith(b"[") and stream.read().rstrip().endswith(b"]")
    except OSError:
        return False


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "otel-multisig" / "watch"


def _digest(folder: Path, target: str) -> str:
    text = f"{folder.resolve()}\0{target}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _load(path: Path) -> _State:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_State)
    except (OSError, msgspec.DecodeError):
        return _State()  # then everything is shipped again: the ids are the same
