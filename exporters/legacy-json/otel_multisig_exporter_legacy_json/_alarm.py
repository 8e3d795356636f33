"""A clock that calls at a set time, in a thread that exists only while there is a time set."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Alarm"]


class Alarm:
    """Calls `ring`, which gives the time of the next call, or None when there is none to come.

    Args:
        ring: what to call; must not raise. The time is in seconds of `time.monotonic`.
    """

    def __init__(self, ring: Callable[[], float | None]) -> None:
        self._ring = ring
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._due: float | None = None

    def set(self, due: float | None) -> None:
        """Call at `due`, or at the time set before where that is earlier; None changes nothing."""
        with self._condition:
            if due is None or (self._due is not None and self._due <= due):
                return
            self._due = due
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="otel-multisig-json", daemon=True)
                self._thread.start()
            self._condition.notify()

    def cancel(self) -> None:
        """Call no more."""
        with self._condition:
            self._due = None
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                while self._due is not None and (wait := self._due - time.monotonic()) > 0:
                    self._condition.wait(wait)
                if self._due is None:
                    self._thread = None
                    return
                self._due = None
            # Outside the lock: what rings may set the alarm itself.
            self.set(self._ring())
