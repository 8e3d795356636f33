"""Which wallet belongs to which role of which escrow, for calls that name neither."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, Self, cast

from opentelemetry import context as otel_context

from otel_multisig.tracing import _guard
from otel_multisig.tracing._ambient import leave

if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

    from opentelemetry.context import Context

    from otel_multisig.tracing._scope import Scope
    from otel_multisig.tracing._wallets import TracedWallet

__all__ = ["Binding", "find"]

_KEY: Final = otel_context.create_key("otel-multisig-bindings")

_lock: Final = threading.Lock()
_by_backend: Final[dict[int, tuple[Binding, ...]]] = {}


class Binding:
    """A wallet bound to its role while the `with` block runs."""

    __slots__ = ("_outer", "_token", "is_bound", "role", "scope", "wallet")

    def __init__(self, scope: Scope, role: str, wallet: TracedWallet) -> None:
        self.scope = scope
        self.role = role
        self.wallet = wallet
        self.is_bound = False
        self._token: Token[Context] | None = None
        self._outer: Binding | None = None

    def __enter__(self) -> Self:
        """Bind the wallet, in this thread or task and, for threads that know nothing of it, in the process."""
        try:
            self._outer = cast("Binding | None", otel_context.get_value(_KEY))
            self._token = otel_context.attach(otel_context.set_value(_KEY, self))
            with _lock:
                key = id(self.wallet.backend)
                _by_backend[key] = (*_by_backend.get(key, ()), self)
            self.is_bound = True
        except Exception as error:
            _guard.swallow("binding a wallet", error)
        return self

    async def __aenter__(self) -> Self:
        """Bind the wallet."""
        return self.__enter__()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Release the wallet."""
        self.is_bound = False
        try:
            with _lock:
                key = id(self.wallet.backend)
                left = tuple(binding for binding in _by_backend.get(key, ()) if binding is not self)
                if left:
                    _by_backend[key] = left
                else:
                    _by_backend.pop(key, None)
            if self._token is not None:
                leave(self._token)
        except Exception as error:
            _guard.swallow("releasing a wallet", error)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the wallet."""
        self.__exit__(kind, error, traceback)

    @property
    def outer(self) -> Binding | None:
        """The binding that this one stands inside of, of another wallet or of the same."""
        return self._outer


def find(backend: Any, context: Context) -> Binding | None:
    """Return the binding of a client object: that of the thread's or task's `context`, else the process's only one.

    Where several escrows have bound the same object and none of them in this thread, nothing is returned: to trace a
    call under the wrong escrow would be worse than not to trace it.
    """
    binding = cast("Binding | None", context.get(_KEY))
    while binding is not None:
        # A task that was begun inside the block and goes on after it still carries the binding in its context.
        if binding.wallet.backend is backend and binding.is_bound:
            return binding
        binding = binding.outer
    bound = _by_backend.get(id(backend), ())
    scopes = {id(candidate.scope.setup) for candidate in bound}
    return bound[-1] if len(scopes) == 1 else None
