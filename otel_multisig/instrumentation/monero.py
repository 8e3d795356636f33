"""The `monero` library (PyPI): calls of `JSONRPCWallet.raw_request`, through which all others of it go.

The library drops the error code of most JSON-RPC answers before it raises, so the answer itself is read on its way.
"""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, Any

from opentelemetry.context import get_current

from otel_multisig.tracing import Call, _ambient, _guard
from otel_multisig.tracing._bindings import find
from otel_multisig.tracing._wallets import endpoint_of_url

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MoneroInstrumentor"]

_ours: Callable[..., Any] | None = None
_original: Callable[..., Any] | None = None


class MoneroInstrumentor:
    """Traces the `monero` library. Also an OpenTelemetry instrumentor, found by `opentelemetry-instrument`."""

    def is_available(self) -> bool:
        """Whether the library is installed."""
        return importlib.util.find_spec("monero") is not None

    def instrument(self, **_options: Any) -> None:
        """Trace the library's calls from now on; a second call changes nothing."""
        global _ours, _original  # noqa: PLW0603 - the library is patched once a process
        from monero.backends.jsonrpc import JSONRPCWallet

        if _ours is None:
            _original = JSONRPCWallet.raw_request
            _ours = JSONRPCWallet.raw_request = _traced(JSONRPCWallet.raw_request)

    def uninstrument(self, **_options: Any) -> None:
        """Restore the library as it was."""
        global _ours  # noqa: PLW0603 - as above
        from monero.backends.jsonrpc import JSONRPCWallet

        # Where another library has wrapped ours since, it stays where it is, and does nothing more.
        if _ours is not None and JSONRPCWallet.raw_request is _ours:
            JSONRPCWallet.raw_request = _original
        _ours = None


def _traced(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def raw_request(self: Any, method: str, params: Any = None, *args: Any, **kwargs: Any) -> Any:
        if _ours is not raw_request:
            return original(self, method, params, *args, **kwargs)
        call = _begin(self, method, params)
        if call is None:
            return original(self, method, params, *args, **kwargs)
        with call:
            return original(_observed(self, call), method, params, *args, **kwargs)

    return raw_request


def _begin(backend: Any, method: str, params: Any) -> Call | None:
    """Return the call to trace, `None` where this one is none of a bound wallet's."""
    try:
        context = get_current()
        if _ambient.SUPPRESS_KEY in context:
            return None
        binding = find(backend, context)
        if binding is None:
            return None
        address, port = endpoint_of_url(backend.url)
        return binding.scope.call(
            binding.role, method, port=port, address=address, params=params if isinstance(params, dict) else None
        )
    except Exception as error:
        _guard.swallow("tracing a call of the monero library", error)
        return None


def _observed(backend: Any, call: Call) -> Any:
    """Return the backend as the library's method sees it during one call: the same, with a session that listens.

    A copy of its attributes, not of what they refer to; the application's own object is not touched, so that other
    threads may use it meanwhile.
    """
    try:
        seen = object.__new__(type(backend))
        seen.__dict__.update(backend.__dict__)
        seen.session = _ObservedSession(backend.session, call)
    except Exception as error:
        _guard.swallow("observing a call of the monero library", error)
        return backend
    return seen


class _ObservedSession:
    """The backend's session, whose answers are read on their way."""

    __slots__ = ("_call", "_session")

    def __init__(self, session: Any, call: Call) -> None:
        self._session = session
        self._call = call

    def post(self, *args: Any, **kwargs: Any) -> Any:
        return _ObservedResponse(self._session.post(*args, **kwargs), self._call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class _ObservedResponse:
    """A response whose JSON is parsed once, by the library, and seen by us."""

    __slots__ = ("_call", "_response")

    def __init__(self, response: Any, call: Call) -> None:
        self._response = response
        self._call = call

    def json(self, *args: Any, **kwargs: Any) -> Any:
        body = self._response.json(*args, **kwargs)
        self._call.response(body)
        return body

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)
