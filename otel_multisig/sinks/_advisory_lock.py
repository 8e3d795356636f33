"""One writer at a time in a folder or a file, across threads and processes."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["descriptor_lock", "folder_lock"]

PATIENCE_SECONDS: Final = 2.0
"""How long to wait for somebody who holds a lock: longer than any write takes."""

_PAUSE_SECONDS: Final = 0.005


@contextlib.contextmanager
def folder_lock(folder: Path, patience: float = PATIENCE_SECONDS) -> Iterator[bool]:
    """Hold the folder's advisory lock, see `descriptor_lock`.

    The folder itself is locked, so that no lock file is left in it.
    """
    descriptor = _open(folder)
    if descriptor is None:
        yield True
        return
    try:
        with descriptor_lock(descriptor, patience) as acquired:
            yield acquired
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def descriptor_lock(descriptor: int, patience: float = PATIENCE_SECONDS) -> Iterator[bool]:
    """Hold the advisory lock of an open file or folder; gives False where somebody else kept it.

    It keeps several processes apart, and it is a courtesy: it is done without where there are no such locks, and where
    patience runs out, since a stopped process must not stop the others. Nobody's recording depends on it. The kernel
    frees it with its holder.

    Args:
        descriptor: the open file or folder.
        patience: seconds to wait for a lock that is held.
    """
    if fcntl is None:
        yield True
        return
    acquired = _acquire(descriptor, patience)
    try:
        yield acquired
    finally:
        if acquired:
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)


def _open(folder: Path) -> int | None:
    if fcntl is None:
        return None
    with contextlib.suppress(OSError):
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return None


def _acquire(descriptor: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            return True  # a file system without locks: there is nobody to wait for
        else:
            return True
