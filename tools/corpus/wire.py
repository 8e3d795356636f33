"""What lies between a client and its wallet servers: connections that break when they are told to."""

from __future__ import annotations

import random  # noqa: TC003 - a type in signatures
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import requests

from otel_multisig.testing.wallet_client import WalletConnectionError, WalletRpcError
from otel_multisig.wallet_rpc import sha256_hex
from otel_multisig.wallet_rpc.simulator import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.corpus.bench import Bench
    from tools.corpus.clock import Clock

__all__ = ["CLIENT_TIMEOUT", "Break", "Library", "Observer", "Wire"]

CLIENT_TIMEOUT: Final = 30.0
"""Seconds for which the clients of the corpus wait for an answer, as the legacy client did."""

_SHORT: Final = 0.4  # how long is really waited for a server that is stopped
_FAR: Final = 60.0

# Seconds that calls take on a real server, from and to. Those of a simulated one take no time of their own.
_PACE: Final[Mapping[str, tuple[float, float]]] = {
    "create_wallet": (0.25, 2.0),
    "open_wallet": (0.2, 1.3),
    "close_wallet": (0.02, 0.2),
    "prepare_multisig": (0.0005, 0.002),
    "make_multisig": (0.6, 1.4),
    "exchange_multisig_keys": (0.13, 1.4),
    "refresh": (0.01, 0.05),
}
_QUICK: Final = (0.0005, 0.002)


class Break(StrEnum):
    """How a call gets no answer."""

    REFUSED = "refused"  # nobody listens
    TIMEOUT = "timeout"  # no answer within the client's patience
    CUT = "cut"  # the connection was closed before the answer


class Library(StrEnum):
    """Whose exceptions a client raises."""

    OWN = "own"
    BUILTIN = "builtin"
    REQUESTS = "requests"


class Wire:
    """One client's connection to one server.

    Attributes:
        loses: methods whose next answer is lost on its way, and how. The server has done what it was asked.
        swallows: methods whose next request never reaches the server, and how that shows.
        refuses: methods whose next call is refused, with which code and text.
        slow: seconds that the next call of a method takes longer.
    """

    def __init__(self, bench: Bench, port: int, clock: Clock, choose: random.Random, library: Library) -> None:
        self.port = port
        self.loses: dict[str, Break] = {}
        self.swallows: dict[str, Break] = {}
        self.slow: dict[str, float] = {}
        self.refuses: dict[str, tuple[int, str]] = {}
        self._bench = bench
        self._clock = clock
        self._choose = choose
        self._library = library

    def call(self, method: str, params: Mapping[str, Any] | None) -> dict[str, Any]:
        """Call a method.

        Raises:
            WalletRpcError: The server refused.
            OSError: There was no answer; requests' exceptions are of this class too.
            WalletConnectionError: There was no answer, where the client is our own.
        """
        self._clock.advance(self.slow.pop(method, 0.0))
        if method in self.swallows:
            raise self._broken(self.swallows.pop(method), method)
        if method in self.refuses:
            self._inject(method, *self.refuses.pop(method))
        frozen = self._bench.is_frozen(self.port)
        with self._bench.client(self.port, timeout=_SHORT if frozen else _FAR) as client:
            try:
                result = client.call(method, params)
            except WalletConnectionError as error:
                how = Break.TIMEOUT if frozen else Break.REFUSED if "refused" in str(error) else Break.CUT
                raise self._broken(how, method) from None
            except WalletRpcError:
                self._clock.advance(self._choose.uniform(*_QUICK))
                raise
        if self._bench.kind == "simulated":
            self._clock.advance(self._choose.uniform(*_PACE.get(method, _QUICK)))
        if method in self.loses:
            raise self._broken(self.loses.pop(method), method)
        return result

    def _inject(self, method: str, code: int, message: str) -> None:
        simulator = self._bench.servers.simulators[str(self.port)]
        made = simulator.calls.count(method)
        simulator.add_fault(Fault(FaultKind.RPC_ERROR, method, call=made + 1, code=code, message=message))

    def _broken(self, how: Break, method: str) -> Exception:
        if how is Break.TIMEOUT:
            self._clock.advance(CLIENT_TIMEOUT - self._choose.uniform(0, 0.002))
        return _MAKERS[self._library](how, f"http://127.0.0.1:{self.port}/json_rpc", method)


class Observer:
    """What snapshots ask: a connection for each question, under the port of the record.

    Attributes:
        url: The server, as the record shows it.
    """

    def __init__(self, bench: Bench, port: int, seen: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}/json_rpc"
        self._bench = bench
        self._port = port
        self._seen = seen

    def call(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Ask a question, and note the addresses among the answers: the record has only their digests.

        Raises:
            WalletRpcError: The server refused.
            WalletConnectionError: There was no answer.
        """
        timeout = _SHORT if self._bench.is_frozen(self._port) else _FAR
        try:
            with self._bench.client(self._port, timeout=timeout) as client:
                answer = client.call(method, params)
        except WalletConnectionError as error:
            real = self._bench.servers.urls[str(self._port)]
            raise WalletConnectionError(str(error).replace(real, self.url)) from None
        with suppress(KeyError):
            self._seen[sha256_hex(answer["address"])] = answer["address"]
        return answer


def _own(how: Break, url: str, method: str) -> Exception:
    said = {
        Break.REFUSED: f"{url}: [Errno 111] Connection refused",
        Break.TIMEOUT: f"{url}: no answer to {method} in {CLIENT_TIMEOUT} s",
        Break.CUT: f"{url}: Remote end closed connection without response",
    }
    return WalletConnectionError(said[how])


def _builtin(how: Break, _url: str, _method: str) -> Exception:
    if how is Break.REFUSED:
        return ConnectionRefusedError(111, "Connection refused")
    return TimeoutError("timed out") if how is Break.TIMEOUT else ConnectionResetError(104, "Connection reset by peer")


def _requests(how: Break, url: str, _method: str) -> Exception:
    host, port = "127.0.0.1", url.rpartition(":")[2].partition("/")[0]
    pool = f"HTTPConnectionPool(host='{host}', port={port})"
    if how is Break.TIMEOUT:
        return requests.exceptions.ReadTimeout(f"{pool}: Read timed out. (read timeout=30)")
    if how is Break.REFUSED:
        return requests.exceptions.ConnectionError(
            f"{pool}: Max retries exceeded with url: /json_rpc (Caused by NewConnectionError('<urllib3.connection."
            "HTTPConnection object>: Failed to establish a new connection: [Errno 111] Connection refused'))"
        )
    return requests.exceptions.ConnectionError(
        "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))"
    )


_MAKERS: Final = {Library.OWN: _own, Library.BUILTIN: _builtin, Library.REQUESTS: _requests}
