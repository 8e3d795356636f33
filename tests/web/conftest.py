from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


@contextmanager
def serving() -> Iterator[Server]:
    told = Server()
    with ThreadingHTTPServer(("127.0.0.1", 0), make_handler(told)) as listening:
        told.url = f"http://127.0.0.1:{listening.server_port}"
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
