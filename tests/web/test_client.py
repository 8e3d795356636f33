from __future__ import annotations

import base64
from typing import Any

import pytest

from otel_multisig.web import Access, AccessError, Client, WebError, split_credentials


def test_credentials_and_headers_are_sent(server: Any) -> None:
    Client(server.url, Access(headers=(("X-Scope-OrgID", "a"),), bearer="secret")).get("/x", [("q", "ä b")])
    _, path, headers, _ = server.requests[0]
    assert path == "/x?q=%C3%A4+b"
    assert {name.lower(): value for name, value in headers.items()}["x-scope-orgid"] == "a"
    assert headers["Authorization"] == "Bearer secret"


def test_credentials_in_a_url_are_taken_out(server: Any) -> None:
    client = Client(server.url.replace("://", "://me:p%40ss@"), Access())
    client.get("/")
    assert client.url == server.url
    assert server.requests[0][2]["Authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()


def test_a_redirect_elsewhere_gets_no_credentials(server: Any) -> None:
    server.answers = [(302, {"Location": f"{server.url}/there"}, b""), (200, {}, b"ok")]
    assert Client(server.url, Access(bearer="secret")).get("/here").body == b"ok"
    assert "Authorization" not in server.requests[1][2]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: Any, waits: list[float], status: int) -> None:
    server.answers = [(status, {}, b""), (status, {"Retry-After": "7"}, b""), (200, {}, b"ok")]
    assert Client(server.url, Access()).get("/").body == b"ok"
    assert len(waits) == 2
    assert waits[1] == 7


def test_attempts_and_waits_are_bounded(server: Any, waits: list[float]) -> None:
    server.answers = [(503, {"Retry-After": "999999"}, b"full up")]
    with pytest.raises(WebError, match="answers 503: full up") as error:
        Client(server.url, Access(attempts=3)).get("/")
    assert error.value.status == 503
    assert waits == [60, 60]


def test_wrong_credentials_are_not_tried_again(server: Any, waits: list[float]) -> None:
    server.answers = [(401, {}, b"")]
    with pytest.raises(WebError) as error:
        Client(server.url, Access()).get("/")
    assert "--bearer" in error.value.remedy
    assert waits == []


def test_nobody_there(waits: list[float]) -> None:
    with pytest.raises(WebError, match="cannot be reached: Connection refused"):
        Client("http://127.0.0.1:1", Access(attempts=2)).get("/")
    assert len(waits) == 1


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://x:99999", "file:///etc/passwd"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(AccessError):
        split_credentials(url, Access())
