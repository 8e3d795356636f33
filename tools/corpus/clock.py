"""A clock that the driver can put forward: half a minute of waiting need not be waited for."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from otel_multisig.tracing import _locks, _setup

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Clock"]

_SECOND: Final = 1_000_000_000
_EPOCH: Final = 1_767_225_600 * _SECOND  # the start of 2026


class Clock:
    """The time that set-ups are recorded with: it runs as the real one does, and jumps where it is told to."""

    def __init__(self, hour: int) -> None:
        """Start at so many hours after an epoch of the corpus's own, so that no two groups overlap in their records."""
        self._offset = _EPOCH + hour * 3600 * _SECOND - time.monotonic_ns()

    def advance(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self._offset += int(seconds * _SECOND)

    def time_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        return time.monotonic_ns() + self._offset

    def perf_counter_ns(self) -> int:
        """The same: it never goes backwards."""
        return self.time_ns()

    def perf_counter(self) -> float:
        """The same in seconds, from a start that means nothing."""
        return (self.time_ns() - _EPOCH) / _SECOND

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Let tracing take its times from this clock while the block runs."""
        modules = (_setup, _locks)
        before = [vars(module)["time"] for module in modules]
        for module in modules:
            vars(module)["time"] = self
        try:
            yield
        finally:
            for module, own in zip(modules, before, strict=True):
                vars(module)["time"] = own
