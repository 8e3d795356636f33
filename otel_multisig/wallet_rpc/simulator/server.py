"""The simulator's HTTP server."""

from __future__ import annotations

import json
import random
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.wallet_rpc.methods import canonical_name
from otel_multisig.wallet_rpc.simulator._faults import Fault, FaultKind
from otel_multisig.wallet_rpc.simulator._methods import Methods, RpcError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Self

_PATH: Final = "/json_rpc"
_LOOPBACK: Final = "127.0.0.1"
_POLL_SECONDS: Final = 0.02


class _NoAnswer(Exception):  # noqa: N818 (it is no error of the server)
    """The connection is to be closed without an answer."""


class _NoJson(Exception):  # noqa: N818 (likewise)
    """The answer is to be this, and this status, instead of JSON."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class SimulatedWalletRpc:
    """A server that behaves like one monero-wallet-rpc: it holds one open wallet and answers one request at a time.

    Use it as a context manager, or call `start` and `stop`. Several may share one folder, as real ones do.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        port: int = 0,
        delays: Mapping[str, float] | None = None,
        faults: Iterable[Fault] = (),
        seed: int | None = None,
        balance: tuple[int, int] = (0, 0),
    ) -> None:
        """Describe a server; `start` starts it.

        Args:
            folder: Where the wallet files are; it must exist.
            port: On the loopback interface; 0 for any that is free.
            delays: Seconds that each call of a method takes, by its canonical name (`MEASURED_DELAYS`, say).
            faults: What goes wrong, and when.
            seed: Makes all keys, and so all answers, the same each time. Give each server of a folder its own.
            balance: Total and unlocked balance of every wallet, in piconero.
        """
        source = random.Random(seed)  # noqa: S311 (keys that are worth nothing)
        self._methods = Methods(Path(folder), source, balance)
        self._address = (_LOOPBACK, port)
        self._delays = dict(delays or {})
        self._faults = list(faults)
        self._calls: list[str] = []
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._http: _HttpServer | None = None

    def start(self) -> Self:
        """Listen.

        Raises:
            OSError: The port is taken.
        """
        self._stopping.clear()
        self._http = _HttpServer(self._address, self)
        self._address = self._http.server_address[:2]  # type: ignore[assignment]  # the family is that of IPv4
        threading.Thread(
            target=self._http.serve_forever, args=(_POLL_SECONDS,), name="simulated-wallet-rpc", daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Stop listening, end what hangs, close every connection and let go of the wallet, unsaved. Can be repeated."""
        self._stopping.set()
        if self._http:
            self._http.shutdown()
            self._http.close_connections()
            self._http.server_close()
            self._http = None
        self._methods.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._address[1]

    @property
    def url(self) -> str:
        """Where it takes requests."""
        return f"http://{_LOOPBACK}:{self.port}{_PATH}"

    @property
    def calls(self) -> tuple[str, ...]:
        """The canonical names of all methods called so far, in the order in which their turn came."""
        return tuple(self._calls)

    def add_fault(self, fault: Fault) -> None:
        """Let something go wrong from now on; calls that were made already count."""
        self._faults.append(fault)

    def wait(self) -> None:
        """Wait until the server is stopped."""
        self._stopping.wait()

    def answer(self, body: bytes) -> bytes:
        """The answer to the body of a request: a JSON document, whether of a result or of an error."""
        with self._turn:
            if self._stopping.is_set():  # whose turn comes when the server that hung is being stopped
                raise _NoAnswer
            answer = self._answer(body)
        return json.dumps(answer, indent=2).encode()

    def _answer(self, body: bytes) -> dict[str, Any]:
        try:
            request = json.loads(body) if body else {}
        except ValueError:
            request = None
        if not isinstance(request, dict) or not _is_plain(request):
            return _failed(0, RpcError(-32700, "Parse error"))
        if "method" not in request:
            return _failed(0, RpcError(-32600, "Invalid Request"))
        identity = 0 if request.get("id") is None else request["id"]
        try:
            result = self._call(request["method"], request.get("params"))
        except RpcError as error:
            return _failed(identity, error)
        return {"id": identity, "jsonrpc": "2.0", "result": result}

    def _call(self, method: object, params: object) -> dict[str, Any]:
        if not isinstance(method, str):
            raise _NoJson(500, b"")
        name = canonical_name(method)
        self._calls.append(name)
        fault = next((fault for fault in self._faults if fault.strikes(name, self._calls.count(name))), None)
        if delay := self._delays.get(name):
            self._stopping.wait(delay)
        if fault:
            self._before(fault)
        result = self._methods.call(name, params)
        if fault and fault.kind is FaultKind.LOST_ANSWER:
            raise _NoAnswer
        return result

    def _before(self, fault: Fault) -> None:
        if fault.kind is FaultKind.HANG and self._stopping.wait(fault.seconds):
            raise _NoAnswer
        if fault.kind is FaultKind.DROP:
            raise _NoAnswer
        if fault.kind is FaultKind.GARBAGE:
            raise _NoJson(200, b"<html>not what you asked for</html>")
        if fault.kind is FaultKind.HTTP_500:
            raise _NoJson(500, b"")
        if fault.kind is FaultKind.RPC_ERROR:
            raise RpcError(fault.code, fault.message)


def _failed(identity: object, error: RpcError) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": error.message}, "id": identity, "jsonrpc": "2.0"}


def _is_plain(value: object) -> bool:
    """Whether all lists are lists of one simple type each: the real server reads no others."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return len({type(element) for element in value}) < 2 and not any(isinstance(each, list) for each in value)  # noqa: PLR2004
    return True


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], simulator: SimulatedWalletRpc) -> None:
        self.simulator = simulator
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # Not that of HTTPServer, which asks the resolver for the host's name.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # IPv4

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._connections.discard(request)
                self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of the server's concern, and stderr belongs to the program around it."""

    def close_connections(self) -> None:
        """End every connection, and wait until their threads are through."""
        with self._changed:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._connections, timeout=5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Epee-based"
    sys_version = ""
    disable_nagle_algorithm = True
    server: _HttpServer

    def do_POST(self) -> None:
        """Answer a request; the real server does not care whether it is POST or GET."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != _PATH:
            self._send(404, b"", "text/plain")
            return
        try:
            self._send(200, self.server.simulator.answer(body))
        except _NoJson as other:
            self._send(other.status, other.body)
        except _NoAnswer:
            self.close_connection = True

    do_GET = do_POST  # noqa: N815 (the name that the base class looks for)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name of the base class)
        """Log nothing: requests hold secrets."""

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status >= 500:  # noqa: PLR2004 (as the real server)
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
