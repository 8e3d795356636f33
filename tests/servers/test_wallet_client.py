from __future__ import annotations

import http.server
import json
import socket
import threading

import pytest

from otel_multisig.testing.wallet_client import (
    WalletConnectionError,
    WalletRpcClient,
    WalletRpcError,
    WalletRpcObserver,
)


@pytest.fixture
def server():
    """A server that gives whatever answers it was told to give, and remembers what it was asked."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            http_server.connections.add(self.client_address)
            http_server.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, body = http_server.answers.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    http_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http_server.requests, http_server.answers, http_server.connections = [], [], set()
    http_server.url = f"http://127.0.0.1:{http_server.server_port}/json_rpc"
    thread = threading.Thread(target=http_server.serve_forever, args=(0.01,))
    thread.start()
    yield http_server
    http_server.shutdown()
    thread.join()
    http_server.server_close()


def result(value):
    return 200, json.dumps({"jsonrpc": "2.0", "id": 1, "result": value}).encode()


def test_calls_give_results_over_one_connection(server):
    server.answers += [result({"a": 1}), result({})]
    with WalletRpcClient(server.url) as client:
        assert client.call("one", {"p": [1]}) == {"a": 1}
        assert client("two", {}) == {}
    assert server.requests == [
        {"jsonrpc": "2.0", "id": 1, "method": "one", "params": {"p": [1]}},
        {"jsonrpc": "2.0", "id": 2, "method": "two", "params": {}},
    ]
    assert len(server.connections) == 1


def test_an_observer_makes_a_connection_for_each_call(server):
    server.answers += [result({"a": 1}), result({})]
    observer = WalletRpcObserver(server.url)
    assert observer.call("one", {"p": [1]}) == {"a": 1}
    assert observer.call("two") == {}
    assert [request["method"] for request in server.requests] == ["one", "two"]
    assert len(server.connections) == 2


def test_no_parameters_are_no_empty_parameters(server):
    server.answers += [result({})]
    with WalletRpcClient(server.url) as client:
        client.call("close_wallet")
    assert "params" not in server.requests[0]


def test_a_refusal_has_code_and_text(server):
    server.answers += [(200, b'{"error": {"code": -13, "message": "No wallet file"}, "id": 1}')]
    with WalletRpcClient(server.url) as client, pytest.raises(WalletRpcError) as caught:
        client.call("store")
    assert (caught.value.code, caught.value.message) == (-13, "No wallet file")
    assert str(caught.value) == "No wallet file (-13)"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((500, b""), "store answered with status 500"),
        ((200, b"<html>"), "store answered with something that is no JSON"),
        ((200, b"\xff"), "store answered with something that is no JSON"),
        ((200, b"[1]"), "store answered with something that is no JSON-RPC"),
    ],
)
def test_an_unusable_answer_is_an_error_of_the_connection_and_the_next_call_works(server, answer, text):
    server.answers += [answer, result({})]
    with WalletRpcClient(server.url) as client:
        with pytest.raises(WalletConnectionError, match=text):
            client.call("store")
        assert client.call("store") == {}


def test_a_closed_port_is_an_error_of_the_connection():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/json_rpc"
        with WalletRpcClient(url) as client, pytest.raises(WalletConnectionError, match="refused"):
            client.call("store")


def test_silence_is_an_error_after_the_time_out():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/json_rpc"
        with (
            WalletRpcClient(url, timeout=0.1) as client,
            pytest.raises(WalletConnectionError, match=r"no answer to store in 0\.1 s"),
        ):
            client.call("store")
