"""Files that are there whole or not at all.

The data goes to a temporary file in the same folder first, then takes its name in one step: a reader never sees half of
it, and a full disk leaves what was there before.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "DEFAULT_MODE",
    "create_file",
    "is_temporary_name",
    "move_file",
    "open_whole",
    "replace_file",
    "sync_folder",
    "temporary_name",
    "write_temporary",
]

DEFAULT_MODE: Final = 0o600
"""Owner only: recordings may hold what nobody else should read."""

_TEMPORARY_PREFIX: Final = ".otel-multisig-"
_TEMPORARY_SUFFIX: Final = ".tmp"


def create_file(path: Path, data: bytes, *, mode: int = DEFAULT_MODE, fsync: bool = False) -> None:
    """Write a file that is not there yet.

    Args:
        path: the file.
        data: all that it is to hold.
        mode: its permissions, exactly these whatever the umask.
        fsync: whether to wait until the disk has it.

    Raises:
        FileExistsError: there is something of this name, whoever made it and however lately; it stays untouched.
        OSError: it cannot be written.
    """
    temporary = write_temporary(path.parent, data, mode, fsync=fsync)
    with _removed_on_error(temporary):
        move_file(temporary, path)
    sync_folder(path.parent, fsync=fsync)


def replace_file(path: Path, data: bytes, *, mode: int = DEFAULT_MODE, fsync: bool = False) -> None:
    """Write a file in place of the one that may be there.

    Raises:
        OSError: it cannot be written; the one that was there stays.
    """
    temporary = write_temporary(path.parent, data, mode, fsync=fsync)
    with _removed_on_error(temporary):
        temporary.replace(path)
    sync_folder(path.parent, fsync=fsync)


def move_file(source: Path, target: Path) -> None:
    """Give a file another name in its folder, unless that is taken.

    Raises:
        FileExistsError: there is something of this name.
        OSError: the folder cannot be changed.
    """
    try:
        # A link, unlike a rename, refuses a name that is taken.
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        _move_without_links(source, target)
    else:
        source.unlink()


def is_temporary_name(name: str) -> bool:
    """Whether a file of this name is one of ours, left behind by a process that was killed while it wrote."""
    return name.startswith(_TEMPORARY_PREFIX) and name.endswith(_TEMPORARY_SUFFIX)


def _move_without_links(source: Path, target: Path) -> None:
    """`move_file` where the file system has no links (FAT, some network mounts): an empty file reserves the name."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, DEFAULT_MODE))
    with _removed_on_error(target):
        source.replace(target)


def temporary_name(unique: str) -> str:
    """A name of something that is there for a short time only: hidden, and known to `is_temporary_name`."""
    return f"{_TEMPORARY_PREFIX}{os.getpid()}-{unique}{_TEMPORARY_SUFFIX}"


def write_temporary(folder: Path, data: bytes, mode: int, *, fsync: bool) -> Path:
    """Write a file that waits for its name; nobody else has its own.

    Args:
        folder: where.
        data: all that it is to hold.
        mode: its permissions, exactly these whatever the umask.
        fsync: whether to wait until the disk has it.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    path = folder / temporary_name(secrets.token_hex(8))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), DEFAULT_MODE)
    with _removed_on_error(path):
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            if fsync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return path


def sync_folder(folder: Path, *, fsync: bool) -> None:
    """Wait until the disk has the names in a folder, where that is wanted and the system can."""
    if not fsync or not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def open_whole(path: Path, *, replace: bool, mode: int = DEFAULT_MODE) -> Iterator[BinaryIO]:
    """A file to be written bit by bit, which has its name only when the block ends well.

    Args:
        path: the file; its folder is made where it is missing.
        replace: whether it takes the place of one that is there.
        mode: its permissions, exactly these whatever the umask.

    Raises:
        FileExistsError: there is something of this name, and it was not to be replaced; it stays untouched.
        OSError: it cannot be written.
    """
    if not replace and path.exists():
        raise FileExistsError(f"{path} exists")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = write_temporary(path.parent, b"", mode, fsync=False)
    with _removed_on_error(temporary):
        with temporary.open("wb") as stream:
            yield stream
        if replace:
            temporary.replace(path)
        else:
            move_file(temporary, path)


@contextlib.contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    """Nothing is left of a file where the block fails."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
