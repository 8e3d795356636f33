"""Recordings that several processes write side by side, for one process that gives them their names."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from otel_multisig.sinks.atomic import DEFAULT_MODE, temporary_name, write_temporary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.sinks.recording import Recording

__all__ = ["Staging", "open_staging"]


class Staging(msgspec.Struct, frozen=True):
    """A hidden folder for files that wait for their names. It can be pickled, and is made with the first file.

    Attributes:
        folder: the folder; where the files are to be moved from it, in the file system of their place.
        mode: the permissions of the files, exactly these whatever the umask.
        fsync: whether to wait for the disk with each file.
    """

    folder: str
    mode: int = DEFAULT_MODE
    fsync: bool = False

    def add(self, recording: Recording) -> Recording:
        """Write a recording's bytes into a file; in any process.

        Gives the recording with that file in place of its bytes, or unchanged where it cannot be written: whoever names
        the files will meet the reason himself.
        """
        if not recording.events:
            return recording
        folder = Path(self.folder)
        try:
            try:
                path = write_temporary(folder, recording.data, self.mode, fsync=self.fsync)
            except FileNotFoundError:
                folder.mkdir(parents=True, exist_ok=True)
                path = write_temporary(folder, recording.data, self.mode, fsync=self.fsync)
        except OSError:
            return recording
        return msgspec.structs.replace(recording, data=b"", staged=str(path))


@contextlib.contextmanager
def open_staging(parent: Path, *, mode: int = DEFAULT_MODE, fsync: bool = False) -> Iterator[Staging]:
    """A `Staging` inside a folder. What is left in it at the end is removed; no process may write into it then."""
    staging = Staging(str(parent / temporary_name(secrets.token_hex(8))), mode, fsync)
    try:
        yield staging
    finally:
        shutil.rmtree(staging.folder, ignore_errors=True)
