"""Jaeger 2 by its v3 API (jaeger-idl, ``api_v3/query_service.proto``)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median_low
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from otel_multisig.otlp import decode
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans, upstream
from otel_multisig.sources.live.windows import Page, RangeTooWideError, Unfinished, search_all
from otel_multisig.web import TooLargeError, WebError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from otel_multisig.model import SpanRecord
    from otel_multisig.sources.live.selection import Selection
    from otel_multisig.web import Answer, Client

__all__ = ["Jaeger"]

T = TypeVar("T")

PAGE: Final = 50
"""How many traces one search may give; they come whole, so it should not be many."""

_NOT_FOUND: Final = 404
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = 2**63 - 1
_MICROSECOND: Final = 1000
# Without it Jaeger "mends" what it gives, and on memory storage what it holds, too.
_RAW: Final = ("query.rawTraces", "true")


class _Services(msgspec.Struct):
    services: list[str] = []


class _Operation(msgspec.Struct):
    name: str = ""


class _Operations(msgspec.Struct):
    operations: list[_Operation] = []


class _Envelope(msgspec.Struct):
    result: msgspec.Raw


class Jaeger:
    """A live Jaeger.

    Args:
        client: asks it.
        page: how many traces one search may give.
    """

    title: Final = "Jaeger"

    def __init__(self, client: Client, *, page: int = PAGE) -> None:
        self._client = client
        self._page = page

    def address_of(self, trace_id: str) -> str:
        """The page of a trace, below the URL."""
        return f"/trace/{trace_id}"

    def read_trace(self, trace_id: str, advance: Callable[[int], None]) -> list[SpanRecord]:
        """The spans of one trace, as they are stored; none where there are none."""
        return self._spans(self._client.get(f"/api/v3/traces/{trace_id}", [("rawTraces", "true")]), advance)

    def search(self, selection: Selection, advance: Callable[[int], None]) -> Iterator[list[SpanRecord] | Unfinished]:
        """The traces of every service that may hold set-ups: each search wants to know a service on some storages."""
        start = selection.start_unix_nano or 0
        end = _LAST if selection.end_unix_nano is None else selection.end_unix_nano
        seen: set[str] = set()
        for conditions in self._conditions(selection):

            def search(low: int, high: int, conditions: list[tuple[str, str]] = conditions) -> Page[list[SpanRecord]]:
                return self._search_window(conditions, low, high, seen, advance)

            for found in search_all(search, start, end, smallest=_MICROSECOND):
                if isinstance(found, Unfinished):
                    yield found
                elif found and found[0].trace_id not in seen:
                    seen.add(found[0].trace_id)
                    yield found

    def _conditions(self, selection: Selection) -> Iterator[list[tuple[str, str]]]:
        """The searches that together find every span of a set-up, and little else."""
        for service in self._ask("/api/v3/services", (), _Services).services:
            named = ("query.serviceName", service)
            if selection.escrow_ids:
                for escrow_id in selection.escrow_ids:
                    yield [named, _attributes({attr.MONERO_ESCROW_ID: escrow_id})]
                continue
            answer = self._ask("/api/v3/operations", [("service", service)], _Operations)
            for name in dict.fromkeys(operation.name for operation in answer.operations):
                if name.startswith((spans.SETUP, spans.ROUND)):
                    yield [named, ("query.operationName", name)]
            # Calls of a set-up whose rounds have not ended: their names are the methods', theirs alone is this.
            yield [named, _attributes({upstream.RPC_SYSTEM_NAME: upstream.RPC_SYSTEM_JSONRPC})]

    def _search_window(
        self, conditions: list[tuple[str, str]], low: int, high: int, seen: set[str], advance: Callable[[int], None]
    ) -> Page[list[SpanRecord]]:
        query = [
            ("query.startTimeMin", _timestamp(low)),
            # Jaeger's end belongs to the range.
            ("query.startTimeMax", _timestamp(high - 1)),
            ("query.searchDepth", str(self._page)),
            _RAW,
            *conditions,
        ]
        try:
            records = self._spans(self._client.get("/api/v3/traces", query), advance)
        except TooLargeError:
            raise RangeTooWideError from None
        traces: dict[str, list[SpanRecord]] = {}
        for record in records:
            traces.setdefault(record.trace_id, []).append(record)
        if len(traces) < self._page:
            return Page([spans for trace_id, spans in traces.items() if trace_id not in seen], full=False)
        starts = [start for spans in traces.values() if low <= (start := spans[0].start_time_unix_nano) < high]
        return Page(list(traces.values()), full=True, pivot=median_low(starts) if starts else None)

    def _spans(self, answer: Answer, advance: Callable[[int], None]) -> list[SpanRecord]:
        advance(len(answer.body))
        if answer.status == _NOT_FOUND:
            return []
        if not answer.ok:
            raise WebError(f"answers {answer.status}: {answer.text()}", status=answer.status)
        try:
            return decode(bytes(msgspec.json.decode(answer.body, type=_Envelope).result))
        except msgspec.DecodeError as error:
            raise ValueError(f"no answer of Jaeger's v3 API ({error})") from None

    def _ask(self, path: str, query: Sequence[tuple[str, str]], kind: type[T]) -> T:
        answer = self._client.get(path, query)
        if not answer.ok:
            raise WebError(f"answers {answer.status}: {answer.text()}", status=answer.status)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.DecodeError as error:
            raise ValueError(f"no answer of Jaeger's v3 API ({error})") from None


def _attributes(wanted: dict[str, str]) -> tuple[str, str]:
    return "query.attributes", msgspec.json.encode(wanted).decode()


def _timestamp(unix_nano: int) -> str:
    seconds, nanos = divmod(min(max(unix_nano, 0), _LAST), 10**9)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"
