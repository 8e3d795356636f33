"""Old recordings removed from a folder: those over an age, and the oldest over a number."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.legacy import RecordingState, dated_name, is_recording_name, plain_name
from otel_multisig.model import split_setup_id
from otel_multisig.sinks._recordings import UNKNOWN_OWNER, read_owner
from otel_multisig.sinks.atomic import is_temporary_name

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Retention"]

# A write takes moments: what is older was left behind by a process that was killed.
_TEMPORARY_SECONDS: Final = 3600.0
_NUMBER_SEPARATOR: Final = "_"


class Retention(msgspec.Struct, frozen=True):
    """What stays in a folder. Nothing is ever removed but recordings under a name that belongs to them.

    Attributes:
        max_age: seconds since a recording was last written; None keeps it for ever.
        max_files: number of recordings; None keeps any.
    """

    max_age: float | None = None
    max_files: int | None = None

    def apply(self, folder: Path, *, now: float | None = None) -> list[Path]:
        """Remove what is over, the oldest first, and give back what was removed.

        Args:
            folder: where the recordings are.
            now: seconds since the epoch; the present by default.
        """
        if self.max_age is None and self.max_files is None:
            return []
        now = time.time() if now is None else now
        candidates, temporaries = _list(folder)
        for path, modified in temporaries:
            if modified < now - _TEMPORARY_SECONDS and not _remove(path):
                shutil.rmtree(path, ignore_errors=True)
        return [path for path in self._over(candidates, now) if _remove(path)]

    def _over(self, candidates: list[tuple[float, Path]], now: float) -> list[Path]:
        if self.max_files is not None and len(candidates) > self.max_files:
            # Only now is it worth while to look into the files.
            candidates = [(modified, path) for modified, path in candidates if _is_recording(path)]
        excess = 0 if self.max_files is None else max(0, len(candidates) - self.max_files)
        over = []
        for place, (modified, path) in enumerate(sorted(candidates)):
            too_old = self.max_age is not None and modified < now - self.max_age
            if (place < excess or too_old) and _is_recording(path):
                over.append(path)
        return over


def _list(folder: Path) -> tuple[list[tuple[float, Path]], list[tuple[Path, float]]]:
    """What may be a recording, and what is left of interrupted writes, each with the time of its last change."""
    candidates, temporaries = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            temporary = is_temporary_name(entry.name)
            if not temporary and not is_recording_name(entry.name):
                continue
            with contextlib.suppress(OSError):
                if entry.is_file(follow_symlinks=False) or (temporary and entry.is_dir(follow_symlinks=False)):
                    modified = entry.stat(follow_symlinks=False).st_mtime
                    path = folder / entry.name
                    temporaries.append((path, modified)) if temporary else candidates.append((modified, path))
    return candidates, temporaries


def _is_recording(path: Path) -> bool:
    """Whether a file records a set-up and has a name that this set-up's file could have."""
    setup_id = read_owner(path)
    if setup_id is None or setup_id == UNKNOWN_OWNER:
        return False
    escrow_id = split_setup_id(setup_id)[0]
    for state in RecordingState:
        dated = dated_name(escrow_id, setup_id, state)
        if path.name in (plain_name(escrow_id, state), dated):
            return True
        stem, number = path.stem.rpartition(_NUMBER_SEPARATOR)[::2]
        if number.isdigit() and f"{stem}.json" == dated:
            return True
    return False


def _remove(path: Path) -> bool:
    with contextlib.suppress(OSError):
        path.unlink()
        return True
    return False
