"""The spans of a set-up that is read from a recording: numbers, rounds, and what holds more events than a span may."""

from __future__ import annotations

from typing import Any

from otel_multisig.legacy._drawing import MAX_EVENTS, SpanDraft
from otel_multisig.model.identity import imported_span_id, imported_trace_id, split_setup_id
from otel_multisig.model.spans import Event, Moment, SpanKind
from otel_multisig.semconv import spans as names

__all__ = ["Scopes"]


class Scopes:
    """The root, the round that is in force, and all spans so far.

    Args:
        setup_id: the set-up's id.
        start: when it started, in nanoseconds.
    """

    def __init__(self, setup_id: str, start: int) -> None:
        self._setup_id = setup_id
        self._escrow_id = split_setup_id(setup_id)[0]
        self._trace_id = imported_trace_id(setup_id)
        self._number = 0
        self._now = start
        self._spans: list[SpanDraft] = []
        self._rounds: dict[int, SpanDraft] = {}
        self._carriers: dict[str, SpanDraft] = {}
        self._root = self._open(None, SpanKind.SETUP, names.SETUP, start)
        self._scope = self._root

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _open(self, parent: SpanDraft | None, kind: SpanKind, name: str, time: int) -> SpanDraft:
        self._number = number = self._number + 1
        span_id = imported_span_id(self._trace_id, number)
        draft = SpanDraft(self._trace_id, span_id, parent, number, time, time, kind, name)
        self._spans.append(draft)
        return draft

    def _add(self, span: SpanDraft, name: str, role: str | None, port: int | None, attributes: dict[str, Any]) -> int:
        number = self._next()
        span.events.append(Event(name, number, self._now, role, port, attributes))
        return number

    def _enter(self, number: int | None) -> SpanDraft:
        """The span of a round, None for the root; the round that was in force ends before another one starts."""
        if number is None:
            scope = self._root
        elif number in self._rounds:
            scope = self._rounds[number]
        else:
            self._close(self._scope)
            scope = self._open(self._root, SpanKind.ROUND, f"{names.ROUND} {number}", self._now)
            scope.round = number
            self._rounds[number] = scope
        if scope is not self._scope:
            self._close(self._scope)
            self._scope = scope
        return scope

    def _close(self, scope: SpanDraft) -> None:
        if scope.end is not None or (scope is self._root):
            return
        self._end_carrier(scope)
        scope.end = Moment(self._next(), scope.last)

    def _end_carrier(self, scope: SpanDraft) -> None:
        carrier = self._carriers.get(scope.span_id)
        if carrier is not None and carrier.end is None:
            carrier.end = Moment(self._next(), carrier.events[-1].time_unix_nano)

    def _carrier(self, scope: SpanDraft) -> SpanDraft:
        """The span that has room for an event of a scope: itself, or a continuation."""
        carrier = self._carriers.get(scope.span_id, scope)
        if len(carrier.events) < MAX_EVENTS:
            return carrier
        self._end_carrier(scope)
        carrier = self._open(scope, SpanKind.CONTINUATION, scope.name + names.CONTINUED_SUFFIX, self._now)
        carrier.round = scope.round
        self._carriers[scope.span_id] = carrier
        return carrier
