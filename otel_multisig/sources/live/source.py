"""A live backend as a source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from otel_multisig.sources.live.backend import find_backend
from otel_multisig.sources.live.selection import EVERYTHING
from otel_multisig.sources.live.windows import Unfinished
from otel_multisig.sources.source import Found, Origin, Problem
from otel_multisig.web import Access, AccessError, WebError, split_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from otel_multisig.model import SpanRecord
    from otel_multisig.sources.live.backend import Backend
    from otel_multisig.sources.live.selection import Selection

__all__ = ["LiveSource", "open_url"]


def open_url(url: str, access: Access | None = None, selection: Selection = EVERYTHING) -> LiveSource:
    """A Jaeger or Tempo by the URL of its query service: ``http://host:16686``, ``http://host:3200``; not asked yet."""
    return LiveSource(url, access or Access(), selection)


class LiveSource:
    """A live Jaeger or Tempo; which of them, is asked when it is read.

    Args:
        url: where its query service is.
        access: how it is reached.
        selection: what is read; more may come than was asked for.
    """

    size: Final = None

    def __init__(self, url: str, access: Access, selection: Selection) -> None:
        self._url = url
        self._access = access
        self._selection = selection
        self._backend: Backend | None = None
        try:
            self.name = split_credentials(url, access)[0]
        except AccessError:
            self.name = url.rpartition("@")[2]

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """The spans of every trace that may hold a set-up that is wanted."""
        try:
            self._backend = find_backend(self._url, self._access)
            yield from self._read(self._backend, advance)
        except AccessError as error:
            yield self._problem(str(error), "mend the URL or the option")
        except WebError as error:
            yield self._problem(str(error), error.remedy)
        except ValueError as error:
            yield self._problem(f"its answer cannot be read ({error})", "check which server answers there")

    def address_of(self, trace_id: str) -> str | None:
        """Where a trace that was read can be seen; None before anything was read."""
        return None if self._backend is None else self.name.rstrip("/") + self._backend.address_of(trace_id)

    def _read(self, backend: Backend, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        for trace_id in self._selection.trace_ids:
            records = backend.read_trace(trace_id, advance)
            if not records:
                yield self._problem(f"{backend.title} has no trace {trace_id}", "check the id")
            yield from self._found(records)
        if self._selection.trace_ids:
            return
        for found in backend.search(self._selection, advance):
            if isinstance(found, Unfinished):
                start, end = _moment(found.start), _moment(found.end)
                what = (
                    f"{backend.title} has more traces from {start} to {end} than one search gives: some may be missing"
                )
                yield self._problem(what, "read those by --trace-id or --escrow-id")
            else:
                yield from self._found(found)

    def _found(self, records: list[SpanRecord]) -> Iterator[Found]:
        origin = Origin(self.name)
        for record in records:
            yield Found(origin, record)

    def _problem(self, what: str, remedy: str) -> Problem:
        return Problem(Origin(self.name), what, remedy)


def _moment(unix_nano: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=unix_nano // 1000):%Y-%m-%dT%H:%M:%S.%fZ}"
