"""The same objects when nothing is traced: usable, silent and cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from otel_multisig.tracing._bindings import Binding
from otel_multisig.tracing._call import Call
from otel_multisig.tracing._escrow import Escrow, Round
from otel_multisig.tracing._files import FileOperation
from otel_multisig.tracing._locks import TracedLock, acquire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from otel_multisig.tracing._node import Attributes, HappenedEvent

__all__ = ["UntracedEscrow"]

# The parameters repeat those of the traced classes on purpose: the objects must be usable in the same way, and an
# inherited method would do the work that is to be avoided.
# ruff: noqa: ARG002


class _Untraced:
    """Enters and leaves without a trace."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    # Three named parameters, as gathering them in a tuple would cost half as much again.
    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        pass

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        pass


class _UntracedNode(_Untraced):
    """What a span does not do when there is none."""

    __slots__ = ()

    @property
    def is_open(self) -> bool:
        return False

    @property
    def parent_span_id(self) -> int:
        return 0

    def interrupt(self) -> None:
        pass

    def abandon(self) -> None:
        pass


class _UntracedCall(_UntracedNode, Call):
    __slots__ = ()

    def __init__(self) -> None:
        pass

    def answer(self, result: Any) -> None:
        pass

    def response(self, body: Any) -> None:
        pass

    def error_answer(self, code: Any, message: Any) -> None:
        pass


class _UntracedBinding(_Untraced, Binding):
    __slots__ = ()

    def __init__(self) -> None:
        self.is_bound = False

    @property
    def outer(self) -> None:
        return None


class _UntracedFileOperation(_Untraced, FileOperation):
    __slots__ = ()

    def __init__(self) -> None:
        self.size = None


_CALL: Final = _UntracedCall()
_BINDING: Final = _UntracedBinding()


class _UntracedLock(TracedLock):
    """Takes the application's lock all the same: it is the application's."""

    __slots__ = ()

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __enter__(self) -> Self:
        acquire(self._lock)
        return self

    async def __aenter__(self) -> Self:
        await self._lock.acquire()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._lock.release()


class _UntracedScope(_UntracedNode):
    """What escrow and round do not do when untraced."""

    __slots__ = ()

    def call(
        self,
        role: str,
        method: str,
        *,
        port: int | None = None,
        address: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Call:
        return _CALL

    def wallet(self, role: str, backend: Any, *, id: str | None = None, file: str | None = None) -> Binding:  # noqa: A002
        return _BINDING

    def snapshot(self, point: str, wallets: Mapping[str, Any] | None = None) -> None:
        pass

    async def snapshot_async(self, point: str, wallets: Mapping[str, Any] | None = None) -> None:
        pass

    def state_change(self, old: str, new: str, *, role: str | None = None) -> None:
        pass

    def file_operation(self, source: str, destination: str, *, role: str | None = None) -> FileOperation:
        return _UntracedFileOperation()

    def lock(self, lock: Any, name: str, *, role: str | None = None) -> TracedLock:
        return _UntracedLock(lock)

    def custom(self, name: str, details: Mapping[str, Any] | None = None, *, role: str | None = None) -> None:
        pass

    def fault(self, kind: str, *, role: str | None = None, reason: str = "") -> None:
        pass

    def error(self, error: BaseException | str, *, role: str | None = None) -> None:
        pass

    def happen(self, name: str, role: str | None, attributes: Attributes) -> HappenedEvent | None:
        return None


class _UntracedRound(_UntracedScope, Round):
    __slots__ = ()

    def __init__(self, number: int) -> None:
        self._number = number


class UntracedEscrow(_UntracedScope, Escrow):
    """A set-up that is not traced: no span, no metric, no snapshot, no id."""

    __slots__ = ("_escrow_id",)

    def __init__(self, escrow_id: str) -> None:
        self._escrow_id = escrow_id

    @property
    def escrow_id(self) -> str:
        return self._escrow_id

    @property
    def setup_id(self) -> str:
        return ""

    @property
    def trace_id(self) -> str:
        return ""

    @property
    def is_traced(self) -> bool:
        return False

    def round(self, number: int) -> Round:
        return _UntracedRound(number)
