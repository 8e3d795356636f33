"""A small client of a wallet server: one connection, one call at a time, nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

__all__ = ["WalletConnectionError", "WalletRpcClient", "WalletRpcError", "WalletRpcObserver"]

_OK: Final = 200


class WalletRpcError(Exception):
    """The server answered with an error of the protocol.

    Attributes:
        code: Its code, one of `otel_multisig.wallet_rpc.ERROR_CODES`.
        message: Its text, as the server said it.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class WalletConnectionError(Exception):
    """The server could not be reached, broke the connection, took too long or answered something else than JSON-RPC."""


class WalletRpcClient:
    """A client of one wallet server. Not to be shared by threads: give each its own."""

    def __init__(self, url: str, *, timeout: float = 60.0) -> None:
        """Prepare a client; it connects at its first call.

        Args:
            url: Of the server, ``http://127.0.0.1:18082/json_rpc``.
            timeout: Seconds that a call may take.
        """
        parts = urlsplit(url)
        self.url = url
        self.port: int = parts.port or 80
        self._path = parts.path or "/json_rpc"
        self._connection = _Connection(parts.hostname or "", self.port, timeout=timeout)
        self._calls = 0

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call a method.

        Args:
            method: Its name.
            params: Its parameters. None sends none at all, which is not always the same as an empty mapping.

        Returns:
            Its result.

        Raises:
            WalletRpcError: The server refused.
            WalletConnectionError: There was no usable answer. Whether the call was carried out is not known.
        """
        self._calls += 1
        request: dict[str, Any] = {"jsonrpc": "2.0", "id": self._calls, "method": method}
        if params is not None:
            request["params"] = dict(params)
        answer = self._answer(method, json.dumps(request).encode())
        if error := answer.get("error"):
            raise WalletRpcError(int(error.get("code", 0)), str(error.get("message", "")))
        result = answer.get("result", {})
        return result if isinstance(result, dict) else {"result": result}

    def close(self) -> None:
        """Close the connection. The next call makes a new one."""
        self._connection.close()

    def __call__(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The same as `call`, so that a client is itself a ``(method, params) -> result``."""
        return self.call(method, params)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, method: str, body: bytes) -> dict[str, Any]:
        try:
            status, content = self._exchange(body)
        except TimeoutError as error:
            raise WalletConnectionError(f"{self.url}: no answer to {method} in {self._connection.timeout} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise WalletConnectionError(f"{self.url}: {error or type(error).__name__}") from error
        if status != _OK:
            raise WalletConnectionError(f"{self.url}: {method} answered with status {status}")
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise WalletConnectionError(f"{self.url}: {method} answered with something that is no JSON") from error
        if not isinstance(answer, dict):
            raise WalletConnectionError(f"{self.url}: {method} answered with something that is no JSON-RPC")
        return answer

    def _exchange(self, body: bytes) -> tuple[int, bytes]:
        try:
            self._connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            return response.status, response.read()
        except BaseException:
            # What is left of a broken exchange must not be taken for the answer to the next call.
            self._connection.close()
            raise


class WalletRpcObserver:
    """A client of one wallet server for snapshots: each call has a connection of its own, closed when it is over.

    A snapshot that takes too long is left behind in its thread, where it goes on asking. With a client it would share
    the connection with the next snapshot, and open it again after its owner has closed it.
    """

    def __init__(self, url: str, *, timeout: float = 60.0) -> None:
        """Prepare it.

        Args:
            url: Of the server, ``http://127.0.0.1:18082/json_rpc``.
            timeout: Seconds that a call may take.
        """
        self.url = url
        self._timeout = timeout

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call a method; parameters, result and errors are those of `WalletRpcClient.call`."""
        with WalletRpcClient(self.url, timeout=self._timeout) as client:
            return client.call(method, params)


class _Connection(http.client.HTTPConnection):
    """A connection that sends at once what it is given, instead of waiting for more."""

    def connect(self) -> None:
        super().connect()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
