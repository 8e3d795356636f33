"""Wallets as the application has them, and how they are asked for their state without disturbing it."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from otel_multisig.wallet_rpc.own_words import text_digest

__all__ = [
    "Ask",
    "RefusedError",
    "TracedWallet",
    "endpoint",
    "endpoint_of_url",
    "resolved",
    "safe_host",
    "traced_wallet",
    "unwrap",
]

Ask = Callable[[str, Mapping[str, Any]], Any]
"""Calls a method with its parameters and returns its result, or an awaitable of it."""

_HOST: Final = re.compile(r"[\w.-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?", re.ASCII)
_CALL_NAMES: Final = ("call", "request")


class TracedWallet(Struct, frozen=True, kw_only=True):
    """A wallet and what the application says of it.

    Attributes:
        backend: The client object: a backend or wallet of the `monero` library, an object with
            `call(method, params)`, or a callable `(method, params) -> result`; the latter two may be async.
        id: The application's id of the wallet, if it has one.
        file: The path of the wallet's file, if known.
    """

    backend: Any
    id: str | None = None
    file: str | None = None

    def same(self, other: TracedWallet) -> bool:
        """Say whether `other` is the same wallet and says nothing new of it."""
        return other.backend is self.backend and other.id is None and other.file is None

    @property
    def is_async(self) -> bool:
        """Whether its calls are to be awaited."""
        try:
            asked = getattr(self.backend, "raw_request", None) or _callable(self.backend)
        except TypeError:  # that it cannot be asked comes out when it is
            return False
        return inspect.iscoroutinefunction(asked) or inspect.iscoroutinefunction(getattr(asked, "__call__", None))  # noqa: B004 - an object whose __call__ is async is meant

    def reader(self, timeout: float) -> Ask:
        """Return what asks this wallet, giving up after `timeout` seconds where the client lets us say so.

        Raises:
            TypeError: If the backend is nothing that can be asked.
        """
        raw = getattr(self.backend, "raw_request", None)
        if raw is None:
            return _callable(self.backend)
        if inspect.iscoroutinefunction(raw):
            return lambda method, params: raw(method, dict(params))
        return _MoneroReader(self.backend, timeout)


class RefusedError(Exception):
    """A wallet answered with a JSON-RPC error. The text is the server's.

    Attributes:
        code: The error code.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class _MoneroReader:
    """Asks a `monero` backend, and tells the error that the server answered with: the library drops most codes."""

    def __init__(self, backend: Any, timeout: float) -> None:
        self._error: Mapping[str, Any] | None = None
        self._client = _own_client(backend, timeout, self._watch)
        known = inspect.signature(self._client.raw_request).parameters
        # The library logs each error answer with all that is in it, unless it is asked not to.
        self._options = {"squelch_error_logging": True} if "squelch_error_logging" in known else {}

    def __call__(self, method: str, params: Mapping[str, Any]) -> Any:
        self._error = None
        try:
            return self._client.raw_request(method, dict(params), **self._options)
        except Exception as error:
            answered = self._error
            if answered is not None and type(answered.get("code")) is int:
                raise RefusedError(answered["code"], str(answered.get("message", ""))) from error
            raise

    def _watch(self, response: Any, *_: Any, **__: Any) -> None:
        with suppress(Exception):  # what is no JSON is the library's to complain about
            error = response.json().get("error")
            self._error = error if isinstance(error, Mapping) else None


def traced_wallet(backend: Any, *, id: str | None = None, file: str | None = None) -> TracedWallet:  # noqa: A002 - the field's own word
    """Return the wallet that an application gave, whatever the form."""
    if isinstance(backend, TracedWallet):
        return replace(backend, backend=unwrap(backend.backend))
    return TracedWallet(backend=unwrap(backend), id=id, file=None if file is None else str(file))


def unwrap(wallet: Any) -> Any:
    """Return the client object behind a `monero.wallet.Wallet`; anything else is itself."""
    inner = getattr(wallet, "_backend", None)
    return inner if hasattr(inner, "raw_request") else wallet


def endpoint(backend: Any) -> tuple[str | None, int | None]:
    """Return host and port of the server behind a client object, as far as it shows them."""
    url = getattr(backend, "url", None)
    if isinstance(url, str):
        return endpoint_of_url(url)
    port = getattr(backend, "port", None)
    host = getattr(backend, "host", None)
    return (host if isinstance(host, str) else None), (port if type(port) is int else None)


@lru_cache(maxsize=256)
def endpoint_of_url(url: str) -> tuple[str | None, int | None]:
    """Return host and port that a URL names, `None` for what it does not."""
    with suppress(ValueError):
        parts = urlsplit(url)
        return parts.hostname, parts.port
    return None, None


@lru_cache(maxsize=256)
def safe_host(text: str) -> str:
    """Return a host as it is; of a URL, which may hold credentials, its host."""
    text = str(text)
    if _HOST.fullmatch(text):
        return text
    host = endpoint_of_url(text if "//" in text else f"//{text}")[0] or ""
    return host if _HOST.fullmatch(host) else text_digest(text)


def _callable(backend: Any) -> Ask:
    for name in _CALL_NAMES:
        found: Ask | None = getattr(backend, name, None)
        if callable(found):
            return found
    if callable(backend):
        asked: Ask = backend
        return asked
    raise TypeError(
        f"a wallet of type {type(backend).__name__} cannot be asked: give a callable (method, params) -> result"
    )


def _own_client(backend: Any, timeout: float, watch: Callable[..., None]) -> Any:
    """Return a copy of a `monero` backend with a session and a time-out of its own, whose answers `watch` sees.

    The application's session is left alone: after a time-out our request may still be under way when the application
    sends its next one.
    """
    session = getattr(backend, "session", None)
    if session is None:
        return backend
    own = copy.copy(backend)
    own.session = copy.copy(session)
    own.session.cookies = copy.copy(session.cookies)
    hooks = getattr(session, "hooks", {})
    own.session.hooks = {**hooks, "response": [*hooks.get("response", ()), watch]}
    own.timeout = timeout
    return own


async def resolved(value: Any) -> Any:
    """Return a result, awaited where it is an awaitable."""
    return await value if isinstance(value, Awaitable) else value
