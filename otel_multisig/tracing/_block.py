"""What is entered and left by `with` and `async with` alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from otel_multisig.tracing import _guard

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Block"]


class Block:
    """A block of the application's code that is traced.

    Errors of ours in beginning or ending it are swallowed; the application's exceptions pass through unchanged.
    """

    __slots__ = ()

    _noun: ClassVar[str]

    def _open(self) -> None:
        """Begin."""
        raise NotImplementedError

    def _close(self, error: BaseException | None) -> None:
        """End; `error` is the exception that leaves the block."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Begin to trace."""
        try:
            self._open()
        except Exception as error:
            _guard.swallow(f"starting {self._noun}", error)
        return self

    async def __aenter__(self) -> Self:
        """Begin to trace."""
        return self.__enter__()

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """End; an exception is recorded and passes through unchanged."""
        try:
            self._close(error)
        except Exception as internal:
            _guard.swallow(f"ending {self._noun}", internal)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End; an exception is recorded and passes through unchanged."""
        self.__exit__(kind, error, traceback)
