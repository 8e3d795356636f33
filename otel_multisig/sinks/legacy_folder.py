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

import threading
from collections import OrderedDict
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.legacy import RecordingState, dated_name, encode, legacy_events, plain_name, state_of
from otel_multisig.model import split_setup_id
from otel_multisig.sinks._folder_lock import folder_lock
from otel_multisig.sinks._recordings import read_owner
from otel_multisig.sinks.atomic import DEFAULT_MODE, create_file, move_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.model import EscrowTrace

__all__ = ["Change", "LegacyFolder", "RecordingExistsError", "Written"]

_REMEMBERED: Final = 10_000
_ATTEMPTS: Final = 20


class Change(StrEnum):
    """What writing did."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    EMPTY = "empty"


class Written(msgspec.Struct, frozen=True):
    """What became of one set-up.

    Attributes:
        change: what was done. ``EMPTY``: a set-up without events has no file, since readers of the legacy form fail on
            an empty array. ``UNCHANGED``: the file was there already, with the same content or a more final one.
        path: the file, None where there is none.
        state: how the set-up stands.
        events: number of events.
    """

    change: Change
    path: Path | None
    state: RecordingState
    events: int


class RecordingExistsError(FileExistsError):
    """The set-up has a file already, with other content, and that was not to be replaced."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists and differs")
        self.path = path


class LegacyFolder:
    """Writes set-ups into one folder, which is made at the first one. Safe to share between threads."""

    def __init__(self, folder: Path, *, mode: int = DEFAULT_MODE, fsync: bool = False) -> None:
        """
        Args:
            folder: where the files go.
            mode: their permissions.
            fsync: whether to wait for the disk with each file.
        """
        self.folder: Final = folder
        self._mode = mode
        self._fsync = fsync
        self._lock = threading.Lock()
        # What this object wrote under a plain name, by escrow: only that may be renamed.
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
        events = legacy_events(trace)
        state = state_of(trace)
        if not events:
            return Written(Change.EMPTY, None, state, 0)
        data = encode(events)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock, folder_lock(self.folder):
            for _ in range(_ATTEMPTS):
                try:
                    change, path = _Placing(self, trace, state, data).place(replace=replace)
                except RecordingExistsError:
                    raise
                except FileExistsError:
                    continue  # somebody without our lock took the name between our look and our step
                return Written(change, path, state, len(events))
        raise FileExistsError(f"no free name for set-up {trace.setup_id!r} in {self.folder}")
