"""A folder of legacy recordings: one file a set-up, under names that no two set-ups share.

The rules:

- the first set-up of an escrow has the plain name (``escrow_{id}.json``, ``escrow_{id}_FAILED.json``,
  ``escrow_{id}_PARTIAL.json``), further ones bear the milliseconds of their id at the end of it;
- a set-up that is written again replaces its own file, and a partial file gives way to the final one;
- no recording ever takes the place of another's, nor of a file that is no recording;
- where a set-up that began earlier is written after a later one, through the same `LegacyFolder`, the later one's file
  gets the name with the milliseconds: names do not depend on who finishes first.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.legacy import RecordingState
from otel_multisig.model import split_setup_id
from otel_multisig.sinks._advisory_lock import PATIENCE_SECONDS, folder_lock
from otel_multisig.sinks._placing import Place, PlacedFile
from otel_multisig.sinks.atomic import DEFAULT_MODE, create_file, move_file, replace_file, sync_folder
from otel_multisig.sinks.recording import Recording, record
from otel_multisig.sinks.staging import Staging, open_staging

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from otel_multisig.model import EscrowTrace

__all__ = ["Change", "LegacyFolder", "RecordingExistsError", "Written"]

_REMEMBERED: Final = 10_000
_ATTEMPTS: Final = 20


class Change(StrEnum):
    """What writing a set-up did to the folder.

    ``EMPTY``: nothing, a set-up without events gets no file, since readers of the legacy form fail on an empty array.
    ``UNCHANGED``: nothing, its file has this content already, or is final where this would be a partial one.
    """

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    EMPTY = "empty"


class Written(msgspec.Struct, frozen=True):
    """What became of one set-up: the change, its file (None where it has none), how it stands, how many events."""

    change: Change
    path: Path | None
    state: RecordingState
    events: int


class RecordingExistsError(FileExistsError):
    """The set-up has a file already, `path`, with other content, and that was not to be replaced."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists and differs")
        self.path = path


class LegacyFolder:
    """Writes set-ups into one folder. Safe to share between threads, and the folder between processes.

    Args:
        folder: where the files go; made, with its parents, when the first one is written.
        mode: the permissions of the files, exactly these whatever the umask.
        fsync: whether to wait for the disk with each file.
    """

    def __init__(self, folder: Path, *, mode: int = DEFAULT_MODE, fsync: bool = False) -> None:
        self.folder: Final = folder
        self._mode = mode
        self._fsync = fsync
        self._lock = threading.Lock()
        self._patience = PATIENCE_SECONDS
        # The plain names that this object gave, by escrow: only these may be taken back. Bounded, oldest forgotten.
        self._plain_owners: OrderedDict[str, str] = OrderedDict()
        self._kept: OrderedDict[Path, None] = OrderedDict()

    def write(self, trace: EscrowTrace, *, replace: bool = True) -> Written:
        """Write a set-up, in place of what there is of it already.

        Args:
            trace: the set-up.
            replace: whether its own earlier file may be replaced.

        Raises:
            RecordingExistsError: its earlier file differs, and `replace` is false.
            OSError: the folder or the file cannot be written; what was there before still is.
        """
        return self.put(record(trace), replace=replace)

    def put(self, recording: Recording, *, replace: bool = True) -> Written:
        """As `write`, for a set-up of which the bytes are there; a file that holds them takes its place, or goes."""
        if not recording.events:
            return Written(Change.EMPTY, None, recording.state, 0)
        try:
            written = self._put(recording, replace=replace)
        except BaseException:
            recording.discard()
            raise
        if written.change is Change.UNCHANGED:
            recording.discard()
        return written

    def staging(self) -> AbstractContextManager[Staging]:
        """Where other processes may write files that `put` takes over."""
        return open_staging(self.folder, mode=self._mode, fsync=self._fsync)

    def _put(self, recording: Recording, *, replace: bool) -> Written:
        state = recording.state
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock, folder_lock(self.folder, self._patience) as acquired:
            # Who was kept waiting once is not kept waiting with every file.
            self._patience = PATIENCE_SECONDS if acquired else 0.0
            for _ in range(_ATTEMPTS):
                try:
                    change, path = self._place(recording, replace=replace)
                except RecordingExistsError:
                    raise
                except FileExistsError:
                    continue  # somebody without the lock took the name after our look at it
                return Written(change, path, state, recording.events)
        raise FileExistsError(f"no free name for set-up {recording.setup_id!r} in {self.folder}")

    def keep(self, written: Written) -> None:
        """Never replace this file again, although more may come of its set-up: that gets a name of its own."""
        if written.path is not None:
            with self._lock:
                self._kept[written.path] = None
                _forget_oldest(self._kept)

    def _place(self, recording: Recording, *, replace: bool) -> tuple[Change, Path]:
        state = recording.state
        place = Place(self.folder, recording.escrow_id, recording.setup_id, self._kept)
        own = place.find_own()
        if state is RecordingState.PARTIAL:
            for file in own:
                if file.state is not RecordingState.PARTIAL:
                    return Change.UNCHANGED, file.path
        path = self._choose(place, own, recording)
        change = self._write_file(path, recording, own, replace=replace)
        for file in own:
            if file.path != path:
                with contextlib.suppress(FileNotFoundError):
                    file.path.unlink()
        return change, path

    def _choose(self, place: Place, own: list[PlacedFile], recording: Recording) -> Path:
        state = recording.state
        # A set-up that has a name with milliseconds keeps it, even if the plain one has become free.
        if any(file.dated for file in own):
            return place.dated_path(state)
        rivals = place.find_rivals()
        if rivals:
            if not self._displace(rivals, recording):
                return place.dated_path(state)
            place.look_again()
        path = place.plain_path(state)
        if path is None:
            return place.dated_path(state)
        self._plain_owners[recording.escrow_id] = recording.setup_id
        _forget_oldest(self._plain_owners)
        return path

    def _displace(self, rivals: list[PlacedFile], recording: Recording) -> bool:
        """Rename the files of later set-ups that this object gave the plain name; False where there are others."""
        given = self._plain_owners.get(recording.escrow_id)
        if any(file.owner != given or not _is_later(file.owner, recording.setup_id) for file in rivals):
            return False
        for file in rivals:
            target = Place(self.folder, recording.escrow_id, file.owner).dated_path(file.state)
            move_file(file.path, target)
            if file.path in self._kept:
                self._kept[target] = self._kept.pop(file.path)
        return True

    def _write_file(self, path: Path, recording: Recording, own: list[PlacedFile], *, replace: bool) -> Change:
        if any(file.path == path for file in own):
            if path.read_bytes() == recording.read():
                return Change.UNCHANGED
            if not replace:
                raise RecordingExistsError(path)
            if recording.staged is None:
                replace_file(path, recording.data, mode=self._mode, fsync=self._fsync)
            else:
                Path(recording.staged).replace(path)
                sync_folder(self.folder, fsync=self._fsync)
            return Change.REPLACED
        if own and not replace:
            raise RecordingExistsError(own[0].path)
        if recording.staged is None:
            create_file(path, recording.data, mode=self._mode, fsync=self._fsync)
        else:
            move_file(Path(recording.staged), path)
            sync_folder(self.folder, fsync=self._fsync)
        return Change.REPLACED if own else Change.CREATED


def _is_later(setup_id: str, other: str) -> bool:
    """Whether a set-up began after another, as their ids tell; of those of one millisecond the id decides."""
    began, other_began = split_setup_id(setup_id)[1], split_setup_id(other)[1]
    return began is not None and other_began is not None and (began, setup_id) > (other_began, other)


def _forget_oldest(known: OrderedDict[str, str] | OrderedDict[Path, None]) -> None:
    while len(known) > _REMEMBERED:
        known.popitem(last=False)
