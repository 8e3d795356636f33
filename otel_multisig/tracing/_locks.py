"""Waiting for a lock and holding it, recorded."""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any, Self

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events
from otel_multisig.tracing import _guard
from otel_multisig.tracing._details import safe_name

if TYPE_CHECKING:
    from types import TracebackType

    from otel_multisig.tracing._scope import Scope

__all__ = ["TracedLock", "acquire"]


def acquire(lock: Any) -> None:
    """Acquire a lock that blocks.

    Raises:
        TypeError: If it is an asynchronous one, which would not be held: its `acquire` has to be awaited.
    """
    answer = lock.acquire()
    if inspect.iscoroutine(answer):
        answer.close()
        raise TypeError("an asyncio lock is held by `async with`")


class TracedLock:
    """The application's own lock, held by `with` or, where its `acquire` is awaitable, by `async with`."""

    __slots__ = ("_acquired_at", "_lock", "_name", "_role", "_scope")

    def __init__(self, scope: Scope, lock: Any, name: str, role: str | None) -> None:
        self._scope = scope
        self._lock = lock
        self._name = name
        self._role = role
        self._acquired_at = 0.0

    def __enter__(self) -> Self:
        """Acquire the lock."""
        asked_at = time.perf_counter()
        acquire(self._lock)
        self._acquired(asked_at)
        return self

    async def __aenter__(self) -> Self:
        """Acquire the lock without blocking the event loop."""
        asked_at = time.perf_counter()
        await self._lock.acquire()
        self._acquired(asked_at)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Release the lock."""
        held = time.perf_counter() - self._acquired_at
        # Released first: others wait for the lock, nobody waits for the record.
        self._lock.release()
        self._record(events.LOCK_RELEASED, attr.MONERO_LOCK_HOLD_DURATION, held)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the lock."""
        self.__exit__(kind, error, traceback)

    def _acquired(self, asked_at: float) -> None:
        self._acquired_at = time.perf_counter()
        self._record(events.LOCK_ACQUIRED, attr.MONERO_LOCK_WAIT_DURATION, self._acquired_at - asked_at)

    def _record(self, event: str, key: str, seconds: float) -> None:
        try:
            name = safe_name(self._name)
            self._scope.happen(event, self._role, {attr.MONERO_LOCK_NAME: name, key: seconds})
            labels = {attr.MONERO_LOCK_NAME: name}
            if self._role is not None:
                labels[attr.MONERO_WALLET_ROLE] = safe_name(self._role)
            instruments = self._scope.setup.instruments
            histogram = instruments.lock_wait if event == events.LOCK_ACQUIRED else instruments.lock_hold
            histogram.record(seconds, labels)
        except Exception as error:
            _guard.swallow("recording a lock", error)
