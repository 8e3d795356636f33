"""A set-up as legacy events: what starts, happens and ends in it, in the order of its sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_multisig.legacy._drafts import (
    NO_ROLE,
    Draft,
    draft_event,
    error_code,
    error_text,
    method_of,
    present,
    role_of,
)
from otel_multisig.legacy._facts import as_milliseconds, as_port, get_integer, get_text
from otel_multisig.legacy.canonical import LegacyEvent
from otel_multisig.legacy.event_types import EventType
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

__all__ = ["legacy_events"]

_NO_ERROR_TEXT: Final = "unknown error"


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
        for item in trace.timeline():
            self._record(item)
        # The root tells of a failure, but the record of its end was lost.
        if self._failed and not self._final_written:
            self._add_final(self.events[-1].timestamp if self.events else 0)

    def _record(self, item: TimelineItem) -> None:
        span = item.span
        if item.kind is ItemKind.EVENT:
            assert item.event is not None
            self._record_event(item.event, span)
        elif span.kind is SpanKind.CALL:
            self._remember_wallet(span.role, span.attributes)
            if item.kind is ItemKind.START:
                self._record_start(span, as_milliseconds(item.time_unix_nano))
            elif not span.interrupted:
                self._record_end(span, as_milliseconds(item.time_unix_nano))
        elif item.kind is ItemKind.END and span is self._trace.root and self._failed:
            self._add_final(as_milliseconds(item.time_unix_nano))

    def _record_start(self, call: Span, timestamp: int) -> None:
        details = {"method": method_of(call), "timestamp": timestamp}
        self._add(timestamp, Draft(EventType.RPC_CALL_START, details), call.role or NO_ROLE, call.port)

    def _record_end(self, call: Span, timestamp: int) -> None:
        failed = call.status_code == STATUS_ERROR or call.error_type is not None or call.error_code is not None
        details: dict[str, Any] = {
            "method": method_of(call),
            "duration_ms": as_milliseconds(call.duration_nano or 0),
            "success": not failed,
        }
        if failed:
            details |= present(error=_error_of(call), code=call.error_code)
        event_type = EventType.RPC_CALL_ERROR if failed else EventType.RPC_CALL_END
        self._add(timestamp, Draft(event_type, details), call.role or NO_ROLE, call.port)

    def _record_event(self, event: Event, span: Span) -> None:
        self._remember_wallet(event.role or span.role, event.attributes)
        if event.name == upstream.EVENT_EXCEPTION and (span.kind is SpanKind.CALL or self._is_failure(event)):
            return  # told by the end of the call, and by the end of the set-up
        draft = draft_event(event, span)
        if draft is not None:
            port = None if event.name == events.WALLET_SNAPSHOT else event.port
            self._add(as_milliseconds(event.time_unix_nano), draft, role_of(event, span), port)

    def _is_failure(self, event: Event) -> bool:
        return self._failure is not None and event == self._failure.event

    def _add_final(self, timestamp: int) -> None:
        """What ended the set-up, at its end: the exception, or what the root itself says where that was lost."""
        self._final_written = True
        if self._failure is not None:
            event, span = self._failure.event, self._failure.span
            role = role_of(event, span)
            text = error_text(event.attributes) or _error_of(span)
            context = self._context(event, span, role)
        elif (root := self._trace.root) is not None:
            role = root.role or NO_ROLE
            text = _error_of(root)
            context = present(escrow_id=self._trace.escrow_id, code=root.error_code)
        self._add(timestamp, Draft(EventType.ERROR_FINAL, {"error": text, "context": context}), role, None)

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
        )

    def _remember_wallet(self, role: str | None, attributes: Mapping[str, Any]) -> None:
        wallet_id = get_text(attributes, attr.MONERO_WALLET_ID)
        if role and wallet_id:
            self._wallet_ids[role] = wallet_id

    def _add(self, timestamp: int, draft: Draft, role: str, port: int | None) -> None:
        self.events.append(
            LegacyEvent(
                trace_id=self._trace.setup_id,
                timestamp=timestamp,
                event_type=draft.event_type,
                role=role,
                rpc_port=as_port(port),
                details=draft.details,
            ),
        )


def _error_of(span: Span) -> str:
    """What a span that failed says of it: its exception, else its status."""
    for event in reversed(span.events):
        if event.name == upstream.EVENT_EXCEPTION and (text := error_text(event.attributes)):
            return text
    return span.status_message or span.error_type or _NO_ERROR_TEXT
