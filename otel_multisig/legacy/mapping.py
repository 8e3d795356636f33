"""A set-up as legacy events: what starts, happens and ends in it, in the order of its sequence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.legacy._drafts import (
    NO_ROLE,
    Scope,
    draft_event,
    error_code,
    error_text,
    known_class,
    method_of,
    present,
    role_of,
)
from otel_multisig.legacy._facts import as_milliseconds, as_port, get_integer, get_milliseconds, get_text
from otel_multisig.legacy._residue import END, START, residue_of, restore
from otel_multisig.legacy.canonical import LegacyEvent
from otel_multisig.legacy.event_types import EventType
from otel_multisig.model.identity import imported_trace_id
from otel_multisig.model.records import STATUS_ERROR
from otel_multisig.model.spans import SpanKind
from otel_multisig.model.timeline import ItemKind
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.semconv.attributes import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.model.spans import Event, Span
    from otel_multisig.model.timeline import TimelineItem
    from otel_multisig.model.trace import EscrowTrace

__all__ = [
    "NO_ERROR_TEXT",
    "error_of",
    "exact_time",
    "legacy_events",
    "recorded_event",
    "time_of_failure",
    "write_event",
]

NO_ERROR_TEXT: Final = "unknown error"
"""What is said of an error of which nothing is known."""

# A member of an enumeration is slow to look up, for every event.
_END: Final = ItemKind.END
_CALL: Final = SpanKind.CALL
_CALL_START: Final = EventType.RPC_CALL_START
_CALL_END: Final = EventType.RPC_CALL_END
_MILLISECOND: Final = 1_000_000
_SECOND: Final = 1_000_000_000
_LAST_SECOND: Final = 253_402_300_799


def legacy_events(trace: EscrowTrace) -> list[LegacyEvent]:
    """The events of a set-up, as the legacy system would have recorded them.

    Calls give a start and an end, events of the conventions one event each; rounds, foreign spans and foreign events
    give nothing. A set-up that failed has ``ERROR_FINAL`` where its root ended.
    """
    return _Recording(trace).events


class _Recording:
    """The events of one set-up, and what has to be remembered from one to the next."""

    def __init__(self, trace: EscrowTrace) -> None:
        self.events: list[LegacyEvent] = []
        self._trace = trace
        self._failed = trace.outcome is Outcome.FAILURE
        self._failure = trace.failure if self._failed else None
        self._final_written = False
        self._wallet_ids: dict[str, str] = {}
        self._setup_id = trace.setup_id
        for item in trace.timeline():
            if item.event is not None:
                self._record_event(item.event, item.span)
            elif item.span.kind is _CALL:
                self._record_call(item, item.span)
            elif self._failed and item.kind is _END and item.span is trace.root:
                self._add_final(as_milliseconds(item.time_unix_nano))
        # The root tells of a failure, but the record of its end was lost.
        if self._failed and not self._final_written:
            self._add_final(self.events[-1].timestamp if self.events else 0)

    def _record_call(self, item: TimelineItem, call: Span) -> None:
        if self._failed:
            self._remember_wallet(call.role, call.attributes)
        if item.kind is _END:
            if not call.interrupted:
                self._record_end(call, item.time_unix_nano)
            return
        # The end is counted, the start is not: nobody saw it start.
        if call.start.sequence is None and call.end is not None and call.end.sequence is not None:
            return
        timestamp = as_milliseconds(item.time_unix_nano)
        details = {"method": method_of(call), "timestamp": timestamp}
        residue = _part(call.attributes, START)
        self._add(timestamp, _CALL_START, details, call.role or NO_ROLE, call.port, residue)

    def _record_end(self, call: Span, time: int) -> None:
        duration = get_milliseconds(call.attributes, attr.MONERO_CALL_DURATION)
        details: dict[str, Any] = {
            "method": method_of(call),
            "duration_ms": as_milliseconds(time - call.start.time_unix_nano) if duration is None else duration,
            "success": True,
        }
        event_type = _CALL_END
        if call.status_code == STATUS_ERROR or call.error_type is not None or call.error_code is not None:
            event_type = EventType.RPC_CALL_ERROR
            details |= present(success=False, error=error_of(call), code=call.error_code)
        residue = _part(call.attributes, END)
        self._add(as_milliseconds(time), event_type, details, call.role or NO_ROLE, call.port, residue)

    def _record_event(self, event: Event, span: Span) -> None:
        if self._failed:
            self._remember_wallet(event.role or span.role, event.attributes)
        if event.name == upstream.EVENT_EXCEPTION and (span.kind is _CALL or self._is_failure(event)):
            return  # told by the end of the call, and by the end of the set-up
        written = recorded_event(self._setup_id, event, span)
        if written is not None:
            self.events.append(written)

    def _is_failure(self, event: Event) -> bool:
        return self._failure is not None and event == self._failure.event

    def _add_final(self, timestamp: int) -> None:
        """What ended the set-up, at its end: the exception, or what the root itself says where that was lost."""
        self._final_written = True
        residue = None
        if self._failure is not None:
            event, span = self._failure.event, self._failure.span
            role = role_of(event, span)
            text = error_text(event.attributes) or error_of(span)
            context = self._context(event, span, role)
            residue = _residue(event.attributes)
        elif (root := self._trace.root) is not None:
            role = root.role or NO_ROLE
            text = error_of(root)
            context = present(escrow_id=self._trace.escrow_id, code=root.error_code)
        details = {"error": text or NO_ERROR_TEXT, "context": context}
        self._add(timestamp, EventType.ERROR_FINAL, details, role, None, residue)

    def _context(self, event: Event, span: Span, role: str) -> dict[str, Any]:
        known = event.attributes
        code = error_code(known)
        round_number = get_integer(known, attr.MONERO_MULTISIG_ROUND)
        return present(
            escrow_id=self._trace.escrow_id,
            operation=method_of(span) if span.kind is SpanKind.CALL else get_text(known, upstream.RPC_METHOD),
            round=span.round if round_number is None else round_number,
            wallet_id=get_text(known, attr.MONERO_WALLET_ID) or self._wallet_ids.get(role),
            code=span.error_code if code is None else code,
            timestamp=time_of_failure(self._trace, event.time_unix_nano),
        )

    def _remember_wallet(self, role: str | None, attributes: Mapping[str, Any]) -> None:
        wallet_id = get_text(attributes, attr.MONERO_WALLET_ID)
        if role and wallet_id:
            self._wallet_ids[role] = wallet_id

    def _add(
        self,
        timestamp: int,
        event_type: EventType,
        details: dict[str, Any],
        role: str,
        port: int | None,
        residue: Any,
    ) -> None:
        written = LegacyEvent(
            trace_id=self._setup_id,
            timestamp=timestamp,
            event_type=event_type,
            role=role,
            rpc_port=as_port(port),
            details=details,
        )
        self.events.append(written if residue is None else restore(written, residue))


def write_event(setup_id: str, event: Event, span: Scope) -> LegacyEvent | None:
    """The legacy event of a span event, before its residue; None for one that is not of the conventions."""
    draft = draft_event(event, span)
    if draft is None:
        return None
    event_type, details = draft
    return LegacyEvent(
        trace_id=setup_id,
        timestamp=as_milliseconds(event.time_unix_nano),
        event_type=event_type,
        role=role_of(event, span),
        rpc_port=msgspec.UNSET if event.name == events.WALLET_SNAPSHOT else as_port(event.port),
        details=details,
    )


def recorded_event(setup_id: str, event: Event, span: Scope) -> LegacyEvent | None:
    """The legacy event of a span event, as it was before it was converted; None as for `write_event`."""
    written = write_event(setup_id, event, span)
    if written is None:
        return None
    residue = _residue(event.attributes)
    return written if residue is None else restore(written, residue)


def error_of(span: Span) -> str | None:
    """What a span that failed says of it: its exception, else its status; None where nothing is known.

    An exception that came after the end of the span is another one's: the set-up's.
    """
    end = None if span.end is None else span.end.sequence
    for event in reversed(span.events):
        before = end is None or event.sequence is None or event.sequence < end
        if before and event.name == upstream.EVENT_EXCEPTION and (text := error_text(event.attributes)):
            return text
    return span.status_message or known_class(span.error_type)


def _residue(attributes: Mapping[str, Any]) -> Any:
    return residue_of(attributes) if attr.MONERO_LEGACY_RESIDUE in attributes else None


def _part(attributes: Mapping[str, Any], key: str) -> Any:
    if attr.MONERO_LEGACY_RESIDUE not in attributes:
        return None
    residue = residue_of(attributes)
    return residue.get(key) if isinstance(residue, dict) else None


def time_of_failure(trace: EscrowTrace, nanoseconds: int) -> str | None:
    """What the end of a failed set-up says of the time of its failure: only the legacy system said it."""
    return exact_time(nanoseconds) if trace.trace_id == imported_trace_id(trace.setup_id) else None


def exact_time(nanoseconds: int) -> str | None:
    """RFC 3339, as the legacy system wrote it; None where no more than the milliseconds are known."""
    if nanoseconds % _MILLISECOND == 0:
        return None
    seconds, fraction = divmod(nanoseconds, _SECOND)
    if seconds > _LAST_SECOND:
        return None
    digits = f"{fraction:09d}" if fraction % 1000 else f"{fraction // 1000:06d}"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{digits}+00:00"
