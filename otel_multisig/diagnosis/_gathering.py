"""A whole set-up into facts, in one pass over its timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._attributes import (
    note_error,
    note_exception,
    read_call_attributes,
    read_snapshot,
    round_of_point,
)
from otel_multisig.diagnosis._values import number_of, text_of
from otel_multisig.diagnosis.facts import CallFact, EventFact, FailureFact, SetupFacts
from otel_multisig.model import ItemKind, Outcome, SpanKind
from otel_multisig.model.records import STATUS_ERROR
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_multisig.model import EscrowTrace, Event, Span, TimelineItem

__all__ = ["gather_facts"]

# A member of an enumeration is slow to look up, for every item of every set-up.
_END: Final = ItemKind.END
_CALL: Final = SpanKind.CALL
_FAILURE: Final = Outcome.FAILURE
_SNAPSHOT: Final = events.WALLET_SNAPSHOT
_EXCEPTION: Final = upstream.EVENT_EXCEPTION
_POINT: Final = attr.MONERO_SNAPSHOT_POINT
_DURATION: Final = attr.MONERO_CALL_DURATION
_ORIGINAL: Final = upstream.RPC_METHOD_ORIGINAL
_OTHER: Final = upstream.METHOD_OTHER
_SECOND: Final = 1_000_000_000
_TOLERANCE: Final = 1_000_000

# The events that have one of their own in a legacy recording.
_NUMBERED: Final = frozenset(
    {
        _SNAPSHOT,
        events.WALLET_SNAPSHOT_FAILED,
        events.STATE_CHANGE,
        events.FILE_OPERATION,
        events.LOCK_ACQUIRED,
        events.LOCK_RELEASED,
        events.CUSTOM,
        events.FAULT,
        _EXCEPTION,
    }
)


def gather_facts(trace: EscrowTrace) -> SetupFacts:
    """The facts of a set-up. Numbers are counted by the rule of the legacy writer."""
    return _Gathering(trace).facts


class _Gathering:
    def __init__(self, trace: EscrowTrace) -> None:
        root = trace.root
        timeline = trace.timeline()
        start = timeline[0].time_unix_nano if timeline else 0
        if root is not None and root.start.time_unix_nano < start:
            start = root.start.time_unix_nano
        self.facts = facts = SetupFacts(trace.escrow_id, trace.setup_id, trace.trace_id if trace.spans else "", start)
        self._running: dict[int, CallFact] = {}
        self._root = root
        facts.outcome = outcome = trace.outcome
        facts.ended = root is not None and root.ended and not root.interrupted
        self._failed = outcome is _FAILURE
        failure = trace.failure
        self._failure = failure.event if failure is not None else None
        self._failure_span = failure.span if failure is not None else None
        self._failure_place: int | None = None
        self._final_number: int | None = None
        self._number = 0
        self._round = 0
        if timeline:
            facts.gaps = _count_gaps(trace, timeline[0].sequence, timeline[-1].sequence, len(timeline))
        self._read(timeline)
        if root is None or not root.ended:
            facts.last_nano = max(facts.last_nano, _open_until(trace))
        self._finish()
        if root is not None and facts.failure is None:
            facts.failure_text = root.status_message or None

    def _read(self, timeline: Sequence[TimelineItem]) -> None:
        facts = self.facts
        last = latest = facts.start_nano
        backwards = 0
        for place, item in enumerate(timeline):
            time = item.time_unix_nano
            event = item.event
            if time > last:
                last = time
            elif time < latest - _TOLERANCE and (event is None or event.name != _EXCEPTION):
                # An exception may bear the time at which it was raised, and what follows an older one.
                backwards += 1
            latest = time
            if event is None:
                if item.span.kind is _CALL:
                    self._read_call(item, place)
                elif self._failed and item.kind is _END and item.span is self._root:
                    self._number = self._final_number = self._number + 1
            elif event.name == _SNAPSHOT:
                self._read_snapshot(item.span, event, place)
            else:
                self._read_event(item.span, event, place)
        # The root tells of a failure, but the record of its end was lost.
        if self._failed and self._final_number is None:
            self._final_number = self._number + 1
        facts.last_nano = last
        facts.backwards = backwards
        facts.note_counts(places=len(timeline), numbers=self._number, round_number=self._round)

    def _enter(self, number: int | None) -> int:
        """The round of something that says itself which it belongs to, or does not."""
        if number is None:
            return self._round
        self._round = max(self._round, number)
        return number

    def _read_snapshot(self, span: Span, event: Event, place: int) -> None:
        self._number = number = self._number + 1
        attributes = event.attributes
        point = attributes.get(_POINT)
        if type(point) is not str:
            point = None
        round_number = round_of_point(point)
        self.facts.snapshots.append(
            read_snapshot(
                attributes,
                place,
                event.sequence,
                number,
                event.time_unix_nano,
                event.role or span.role,
                event.port,
                point,
                self._enter(span.round if round_number is None else round_number),
                span.trace_id,
                span.span_id,
            )
        )

    def _read_event(self, span: Span, event: Event, place: int) -> None:
        name = event.name
        is_exception = name == _EXCEPTION
        is_call = span.kind is _CALL
        is_numbered = name in _NUMBERED
        if is_exception and (is_call or (self._failed and event == self._failure)):
            is_numbered = False
        if is_numbered:
            self._number += 1
        fact = EventFact(
            place,
            event.sequence,
            self._number if is_numbered else None,
            event.time_unix_nano,
            event.role or span.role,
            event.port if event.port is not None else span.port,
            name,
            self._enter(span.round),
            event.attributes,
            span.trace_id,
            span.span_id,
            span.called_method if is_call else None,
        )
        self.facts.events.append(fact)
        if is_exception:
            self._read_exception(fact, span, event)

    def _read_call(self, item: TimelineItem, place: int) -> None:
        span = item.span
        time = item.time_unix_nano
        if item.kind is _END:
            if not span.interrupted:
                self._number += 1
            call = self._running.get(id(span))
            if call is not None:
                _end(call, span, place, self._number, time)
            return
        # The end is counted, the start is not: nobody saw it start, and the legacy recording has no start.
        is_unseen = item.sequence is None and span.end is not None and span.end.sequence is not None
        if not is_unseen:
            self._number += 1
        attributes = span.attributes
        method = span.method
        if method is None or method == _OTHER or _ORIGINAL in attributes:
            method = text_of(attributes.get(_ORIGINAL)) or method or span.name
        call = CallFact(
            place,
            item.sequence,
            None if is_unseen else self._number,
            time,
            span.role,
            span.port,
            span.address,
            method,
            self._enter(span.round),
            span.trace_id,
            span.span_id,
        )
        # A legacy recording gives a call the name of its protocol and nothing else.
        if len(attributes) > 1:
            read_call_attributes(call, attributes)
        self.facts.calls.append(call)
        self._running[id(span)] = call

    def _read_exception(self, fact: EventFact, span: Span, event: Event) -> None:
        if event is self._failure or (event == self._failure and self._failure_place is None):
            self._failure_place = fact.place
        call = self._running.get(id(span))
        if call is not None:
            note_exception(call, fact)

    def _finish(self) -> None:
        facts, place, span = self.facts, self._failure_place, self._failure_span
        if place is not None and span is not None:
            exception = next(event for event in facts.events if event.place == place)
            facts.failure = FailureFact.of(exception, self._running.get(id(span)), self._final_number)


def _open_until(trace: EscrowTrace) -> int:
    """Until when spans were seen to be open that never ended: what markers of them tell."""
    return max([span.end.time_unix_nano for span in trace.spans if span.end is not None and not span.ended], default=0)


def _end(call: CallFact, span: Span, place: int, number: int, time: int) -> None:
    call.end_place = place
    if span.end is not None:
        call.end_sequence = span.end.sequence
    call.end_nano = time
    call.interrupted = span.interrupted
    if not span.interrupted:
        call.end_number = number
    duration = time - call.start_nano
    if _DURATION in span.attributes:
        seconds = number_of(span.attributes[_DURATION])
        if seconds is not None:
            duration = round(seconds * _SECOND)
    call.duration_nano = duration
    if span.status_code == STATUS_ERROR or span.error_type is not None or span.error_code is not None:
        note_error(call, span.error_code, span.status_message or None, span.error_type)


def _count_gaps(trace: EscrowTrace, first: int | None, last: int | None, counted: int) -> int:
    """How many numbers are missing; looked for only where there are not as many things as numbers."""
    if first is None or last is None or last - first + 1 == counted:
        return 0
    # Not len, which no number of more than 63 bits has.
    return sum(gap.stop - gap.start for gap in trace.gaps)
