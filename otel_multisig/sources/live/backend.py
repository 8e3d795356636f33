"""What a backend of traces offers, and which one answers at a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from otel_multisig.sources.live.jaeger import Jaeger
from otel_multisig.sources.live.tempo import Tempo
from otel_multisig.web import Client, WebError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from otel_multisig.model import SpanRecord
    from otel_multisig.sources.live.selection import Selection
    from otel_multisig.sources.live.windows import Unfinished
    from otel_multisig.web import Access

__all__ = ["Backend", "find_backend"]


class Backend(Protocol):
    """A backend: a further one is a class with these members, and a case in `find_backend`."""

    @property
    def title(self) -> str:
        """What people call it."""

    def address_of(self, trace_id: str) -> str:
        """Where a trace can be seen, below the URL of the backend: its page, or where there is none, its spans."""

    def read_trace(self, trace_id: str, advance: Callable[[int], None]) -> list[SpanRecord]:
        """The spans of one trace; none where it does not know it.

        Raises:
            WebError: it cannot be asked.
            ValueError: what it answers cannot be read.
        """

    def search(self, selection: Selection, advance: Callable[[int], None]) -> Iterator[list[SpanRecord] | Unfinished]:
        """The spans of each trace that may hold a set-up that is wanted; errors as with `read_trace`."""


def find_backend(url: str, access: Access) -> Backend:
    """Ask who is there.

    Raises:
        WebError: nobody, or neither Jaeger nor Tempo.
        AccessError: the URL or the access cannot be used.
    """
    client = Client(url, access)
    if _is_jaeger(client):
        return Jaeger(client)
    if client.get("/api/echo").body.strip() == b"echo":
        return Tempo(client)
    raise WebError("is neither Jaeger (2, with its v3 API) nor Tempo", remedy="name the URL of the query service")


class _Services(msgspec.Struct):
    services: list[str]


def _is_jaeger(client: Client) -> bool:
    answer = client.get("/api/v3/services")
    try:
        msgspec.json.decode(answer.body, type=_Services)
    except msgspec.DecodeError:
        return False
    return answer.ok
