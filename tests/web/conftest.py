from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Server:
    """Answers with what it was told to, one after the other; the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = [(200, {}, b"")]
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = ""

    def next(self) -> tuple[int, dict[str, str], bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def make_handler(server: Server) -> Any:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.requests.append((self.command, self.path, dict(self.headers), body))
            status, headers, content = server.next()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 - the base class looks for these names

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


class QuietServer(ThreadingHTTPServer):
    """Clients that do not trust it go away in the middle of a handshake, which is no news."""

    def handle_error(self, _request: Any, _address: Any) -> None:
        pass


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Server]:
    """Answer in a thread; over TLS where there is a certificate, whose key lies beside it."""
    told = Server()
    with (QuietServer if certificate else ThreadingHTTPServer)(("127.0.0.1", 0), make_handler(told)) as listening:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, certificate.with_suffix(".key"))
            # Each connection shakes hands in its own thread, and with what is read first.
            listening.socket = context.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
        told.url = f"{'https' if certificate else 'http'}://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield told
        listening.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as told:
        yield told


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between attempts; nothing is."""
    waited: list[float] = []
    sleep: Callable[[float], None] = waited.append
    monkeypatch.setattr("otel_multisig.web.retrying.time.sleep", sleep)
    return waited
