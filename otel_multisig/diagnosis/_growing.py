"""Facts of a set-up as they come: what is known so far, and how a call, a snapshot or an event is added to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otel_multisig.diagnosis._attributes import (
    note_error,
    note_exception,
    read_call_attributes,
    read_snapshot,
    round_of_point,
)
from otel_multisig.diagnosis._fact_kinds import CallFact, EventFact
from otel_multisig.diagnosis._values import text_of
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.diagnosis._fact_kinds import FailureFact, SnapshotFact
    from otel_multisig.model import Outcome

__all__ = ["GrowingFacts"]


class GrowingFacts:
    """What is known of a set-up so far, and how more is added.

    Attributes:
        escrow_id: the escrow's id.
        setup_id: the set-up's id.
        trace_id: its trace id.
        start_nano: when it began: the start of its root, else of what comes first.
        last_nano: the latest time in it.
        outcome: how it ended; None where that is not known.
        ended: whether its end was recorded.
        failure: what ended it; None where no error did, or none was recorded.
        failure_text: what the root itself says of its failure, where the error was not recorded.
        calls: in order.
        snapshots: in order.
        events: all else, in order.
        gaps: how many numbers of its own count are missing.
        backwards: how many times its clock ran backwards.
        places: how many places were given away.
    """

    __slots__ = (
        "_numbers",
        "_round",
        "backwards",
        "calls",
        "ended",
        "escrow_id",
        "events",
        "failure",
        "failure_text",
        "gaps",
        "last_nano",
        "outcome",
        "places",
        "setup_id",
        "snapshots",
        "start_nano",
        "trace_id",
    )

    def __init__(self, escrow_id: str, setup_id: str, trace_id: str = "", start_nano: int = 0) -> None:
        self.escrow_id = escrow_id
        self.setup_id = setup_id
        self.trace_id = trace_id
        self.start_nano = start_nano
        self.last_nano = start_nano
        self.outcome: Outcome | None = None
        self.ended = False
        self.failure: FailureFact | None = None
        self.failure_text: str | None = None
        self.calls: list[CallFact] = []
        self.snapshots: list[SnapshotFact] = []
        self.events: list[EventFact] = []
        self.gaps = 0
        self.backwards = 0
        self.places = 0
        self._numbers = 0
        self._round = 0

    def add_call(
        self,
        *,
        method: str,
        time_nano: int,
        role: str | None = None,
        port: int | None = None,
        address: str | None = None,
        round_number: int | None = None,
        sequence: int | None = None,
        span_id: str = "",
        attributes: Mapping[str, Any] | None = None,
    ) -> CallFact:
        """A call that starts now, with the attributes that its span has at its start."""
        call = CallFact(
            self._next_place(time_nano),
            sequence,
            self._next_number(),
            time_nano,
            role,
            port,
            address,
            method,
            self._enter(round_number),
            self.trace_id,
            span_id,
        )
        if attributes:
            read_call_attributes(call, attributes)
        self.calls.append(call)
        return call

    def end_call(
        self,
        call: CallFact,
        *,
        time_nano: int,
        sequence: int | None = None,
        failed: bool = False,
        interrupted: bool = False,
        error_code: int | None = None,
        error_type: str | None = None,
        error_text: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """A call ends now, with the attributes that its span got at its end."""
        call.end_place = self._next_place(time_nano)
        call.end_sequence = sequence
        call.end_number = None if interrupted else self._next_number()
        call.end_nano = time_nano
        call.duration_nano = time_nano - call.start_nano
        call.interrupted = interrupted
        if attributes:
            read_call_attributes(call, attributes)
        if failed or error_code is not None or error_type is not None:
            note_error(call, error_code, error_text, error_type)

    def add_snapshot(
        self,
        attributes: Mapping[str, Any],
        *,
        time_nano: int,
        role: str | None = None,
        port: int | None = None,
        round_number: int | None = None,
        sequence: int | None = None,
        span_id: str = "",
    ) -> SnapshotFact:
        """A snapshot, with the attributes of its event."""
        point = text_of(attributes.get(attr.MONERO_SNAPSHOT_POINT))
        of_point = round_of_point(point)
        snapshot = read_snapshot(
            attributes,
            self._next_place(time_nano),
            sequence,
            self._next_number(),
            time_nano,
            role,
            port,
            point,
            self._enter(round_number if of_point is None else of_point),
            self.trace_id,
            span_id,
        )
        self.snapshots.append(snapshot)
        return snapshot

    def add_event(
        self,
        name: str,
        attributes: Mapping[str, Any],
        *,
        time_nano: int,
        role: str | None = None,
        port: int | None = None,
        round_number: int | None = None,
        sequence: int | None = None,
        span_id: str = "",
        call: CallFact | None = None,
    ) -> EventFact:
        """Any other event, with the call in which it happened. An exception of a call says what failed in it.

        Each has a number in the legacy recording, but for exceptions of calls, which have no event of their own there.
        """
        is_exception = name == upstream.EVENT_EXCEPTION
        event = EventFact(
            self._next_place(time_nano),
            sequence,
            None if is_exception and call is not None else self._next_number(),
            time_nano,
            role if role is not None or call is None else call.role,
            port if port is not None or call is None else call.port,
            name,
            self._enter(round_number),
            attributes,
            self.trace_id,
            span_id,
            None if call is None else call.method,
        )
        self.events.append(event)
        if is_exception and call is not None:
            note_exception(call, event)
        return event

    def end(self, outcome: Outcome | None, *, time_nano: int, failure: FailureFact | None = None) -> None:
        """The set-up ends now."""
        self._next_place(time_nano)
        self.outcome = outcome
        self.ended = True
        self.failure = failure

    # The counting.

    def note_counts(self, *, places: int, numbers: int, round_number: int) -> None:
        """Go on counting from here: so much has been read."""
        self.places, self._numbers, self._round = places, numbers, round_number

    def _next_place(self, time_nano: int) -> int:
        place = self.places
        self.places = place + 1
        self.last_nano = max(self.last_nano, time_nano)
        return place

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _enter(self, round_number: int | None) -> int:
        """The round that is in force: the highest that anything has belonged to so far."""
        if round_number is None:
            return self._round
        self._round = max(self._round, round_number)
        return round_number
