"""Grafana Tempo by its HTTP API: ids by TraceQL, then each trace by its id."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.otlp import decode_protobuf
from otel_multisig.semconv import attributes as attr
from otel_multisig.sources.live.windows import Page, RangeTooWideError, Unfinished, search_all
from otel_multisig.web import WebError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from otel_multisig.model import SpanRecord
    from otel_multisig.sources.live.selection import Selection
    from otel_multisig.web import Client

__all__ = ["Tempo"]

PAGE: Final = 200
"""How many ids one search may give."""

EARLIEST: Final = 1_522_281_600
"""Where no time is asked for, 29 March 2018: the first release of Monero that knows multisig wallets."""

_SECOND: Final = 10**9
_SOON: Final = 3600
_WRONG: Final = 400
_NOT_FOUND: Final = 404
_PROTOBUF: Final = "application/protobuf"
_ID_DIGITS: Final = 32


class _Found(msgspec.Struct, rename={"trace_id": "traceID"}):
    trace_id: str
    start_time_unix_nano: str = msgspec.field(default="0", name="startTimeUnixNano")


class _Search(msgspec.Struct):
    traces: list[_Found] | None = None


class Tempo:
    """A live Tempo.

    Args:
        client: asks it.
        page: how many ids one search may give.
    """

    title: Final = "Tempo"

    def __init__(self, client: Client, *, page: int = PAGE) -> None:
        self._client = client
        self._page = page

    def address_of(self, trace_id: str) -> str:
        """The spans of a trace, below the URL: Tempo has no page of its own."""
        return f"/api/v2/traces/{trace_id}"

    def read_trace(self, trace_id: str, advance: Callable[[int], None]) -> list[SpanRecord]:
        """The spans of one trace; none where there are none."""
        answer = self._client.get(f"/api/v2/traces/{trace_id}", accept=_PROTOBUF)
        if answer.status == _NOT_FOUND:  # before 2.6 there is no v2, and v1 says so of a missing trace
            answer = self._client.get(f"/api/traces/{trace_id}", accept=_PROTOBUF)
        advance(len(answer.body))
        if answer.status == _NOT_FOUND:
            return []
        if not answer.ok:
            raise WebError(f"answers {answer.status}: {answer.text()}", status=answer.status)
        return decode_protobuf(answer.body)

    def search(self, selection: Selection, advance: Callable[[int], None]) -> Iterator[list[SpanRecord] | Unfinished]:
        """The traces that have a span of a set-up."""
        start = EARLIEST if selection.start_unix_nano is None else max(1, selection.start_unix_nano // _SECOND)
        end = int(time.time()) + _SOON if selection.end_unix_nano is None else -(-selection.end_unix_nano // _SECOND)
        seen: set[str] = set()
        for condition in _conditions(selection):

            def search(low: int, high: int, condition: str = condition) -> Page[str]:
                return self._search_window(condition, low, high, advance)

            for found in search_all(search, start, max(start + 1, end)):
                if isinstance(found, Unfinished):
                    yield Unfinished(found.start * _SECOND, found.end * _SECOND)
                elif found not in seen:
                    seen.add(found)
                    yield self.read_trace(found, advance)

    def _search_window(self, condition: str, low: int, high: int, advance: Callable[[int], None]) -> Page[str]:
        query = [("q", condition), ("start", str(low)), ("end", str(high)), ("limit", str(self._page)), ("spss", "1")]
        answer = self._client.get("/api/search", query)
        advance(len(answer.body))
        if answer.status == _WRONG and b"exceeds" in answer.body:
            raise RangeTooWideError
        if not answer.ok:
            raise WebError(f"answers {answer.status}: {answer.text()}", status=answer.status)
        try:
            found = msgspec.json.decode(answer.body, type=_Search).traces or []
        except msgspec.DecodeError as error:
            raise ValueError(f"no answer of Tempo's search ({error})") from None
        starts = sorted(int(item.start_time_unix_nano) // _SECOND for item in found)
        # Search leaves out the zeros at the front of an id.
        ids = [item.trace_id.rjust(_ID_DIGITS, "0") for item in found]
        return Page(ids, full=len(ids) >= self._page, pivot=starts[len(starts) // 2] if starts else None)


def _conditions(selection: Selection) -> list[str]:
    if selection.escrow_ids:
        return [f"{{ span.{attr.MONERO_ESCROW_ID} = {_quote(escrow_id)} }}" for escrow_id in selection.escrow_ids]
    return [f'{{ span.{attr.MONERO_SETUP_ID} != "" }}']


def _quote(text: str) -> str:
    """A text of TraceQL: as in Go, which takes JSON's escapes."""
    return msgspec.json.encode(text).decode()
