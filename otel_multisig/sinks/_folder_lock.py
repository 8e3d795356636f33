"""One writer at a time in a folder, across threads and processes."""

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

__all__ = ["folder_lock"]

_PATIENCE_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.005


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's advisory lock.

    It keeps names tidy where several processes write at once; safety does not depend on it, because files are made so
    that they refuse a name that is taken. So it is done without where there are no such locks, and where somebody holds
    one for more than two seconds: a stopped process must not stop the others. The kernel frees it with its holder.
    """
    descriptor = _open(folder)
    try:
        if descriptor is not None:
            _acquire(descriptor)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open(folder: Path) -> int | None:
    # The folder itself is locked, so that no lock file is left in it.
    if fcntl is None:
        return None
    with contextlib.suppress(OSError):
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return None


def _acquire(descriptor: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            return
        else:
            return
