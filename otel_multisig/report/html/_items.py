"""What happened in a set-up, as the page takes it: calls, snapshots, events and rounds, in order.

Everything is a list with fixed places, because a page may hold thousands of them; `FIELDS` names the places for the
page's script.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.model import ItemKind, Snapshot, SpanKind
from otel_multisig.report._words import describe_event, format_duration
from otel_multisig.report.html._numbers import LegacyNumbers
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.diagnosis.finding import Evidence
    from otel_multisig.model import Event, Span, TimelineItem
    from otel_multisig.report.html._texts import TextTable
    from otel_multisig.report.html.reported import Reported

__all__ = ["FIELDS", "SNAPSHOT_FIELDS", "Items"]

FIELDS: Final = (
    "kind",
    "start",
    "end",
    "role",
    "server",
    "round",
    "name",
    "state",
    "number",
    "endNumber",
    "failureNumber",
    "sequence",
    "text",
    "attributes",
)
"""The places of an item. Times are microseconds since the page's first set-up; texts are numbers of the table."""

SNAPSHOT_FIELDS: Final = (
    "item",
    "point",
    "multisig",
    "hash",
    "threshold",
    "participants",
    "wallet",
    "total",
    "unlocked",
    "fileExists",
    "permissions",
    "file",
)
"""The places of a snapshot: first the place of its item, then what it says."""

_CALL: Final = "call"
_OTHER: Final = "other"
_FINE, _FAILED, _OPEN, _INTERRUPTED = range(4)
_MICROSECOND: Final = 1000

_KINDS: Final[Mapping[str, str]] = {
    events.CUSTOM: "custom",
    events.FAULT: "fault",
    events.FILE_OPERATION: "file",
    events.LOCK_ACQUIRED: "lock",
    events.LOCK_RELEASED: "unlock",
    events.STATE_CHANGE: "state",
    events.WALLET_SNAPSHOT: "snapshot",
    events.WALLET_SNAPSHOT_FAILED: "snapshot_failed",
    upstream.EVENT_EXCEPTION: "error",
}


class Items:
    """The items of one set-up, and where each piece of evidence lies among them.

    Args:
        reported: the set-up.
        texts: takes the texts.
        origin_nano: the time that the page counts from.
        servers: what a server on a port is called where it has an address.
    """

    def __init__(
        self, reported: Reported, texts: TextTable, origin_nano: int, servers: Mapping[tuple[str | None, int], str]
    ) -> None:
        self.rows: list[list[Any]] = []
        self.snapshots: list[list[Any]] = []
        self._texts: Final = texts
        self._origin: Final = origin_nano
        self._servers: Final = servers
        self._numbers: Final = LegacyNumbers(reported.diagnosis.setup)
        self._by_sequence: dict[int, int] = {}
        self._by_span: dict[str, int] = {}
        self._wallets = _Wallets(reported.trace.calls)
        for item in reported.trace.timeline():
            if item.event is not None:
                self._add_event(item, item.event)
            elif item.kind is ItemKind.START:
                self._add_span(item.span)

    def time(self, time_nano: int) -> int:
        """A time as the page counts it."""
        return (time_nano - self._origin) // _MICROSECOND

    def find(self, evidence: Evidence) -> int:
        """The place of the item that a piece of evidence speaks of, -1 where there is none."""
        if evidence.sequence is not None and evidence.sequence in self._by_sequence:
            return self._by_sequence[evidence.sequence]
        time = self.time(evidence.time_unix_nano)
        place = self._by_span.get(evidence.span_id, -1)
        if place >= 0 and self.rows[place][0] == _CALL:
            return place
        return next((at for at, row in enumerate(self.rows) if row[1] == time and row[0] != "round"), place)

    def _add_span(self, span: Span) -> None:
        place = len(self.rows)
        self._by_span[span.span_id] = place
        if span.kind is SpanKind.SETUP:
            del self._by_span[span.span_id]  # the set-up is no item of its own
            return
        for moment in (span.start, span.end):
            if moment is not None and moment.sequence is not None:
                self._by_sequence[moment.sequence] = place
        kind = {SpanKind.CALL: _CALL, SpanKind.ROUND: "round"}.get(span.kind, _OTHER)
        number, end_number = self._numbers.of_call(
            span.trace_id, span.span_id, span.start.sequence, span.start.time_unix_nano
        )
        text = self._texts.add
        self.rows.append(
            [
                kind,
                self.time(span.start.time_unix_nano),
                None if span.end is None or not span.ended else self.time(span.end.time_unix_nano),
                text(span.role),
                text(self._server(span.role, span.port, span.address)),
                span.round,
                text(span.called_method or span.name),
                _state(span),
                number,
                end_number,
                None,
                span.start.sequence,
                text(_error_of(span)),
                self._texts.add_attributes(_lifted(span), span.attributes),
            ]
        )

    def _add_event(self, item: TimelineItem, event: Event) -> None:
        span = item.span
        if event.name == upstream.EVENT_EXCEPTION and span.kind is SpanKind.CALL and span.span_id in self._by_span:
            self._add_to_call(self._by_span[span.span_id], event, span)
            return
        place = len(self.rows)
        if event.sequence is not None:
            self._by_sequence[event.sequence] = place
        role = event.role or span.role
        kind = _KINDS.get(event.name, _OTHER)
        failed = kind in {"error", "fault", "snapshot_failed"}
        text = self._texts.add
        description, name = describe_event(event).plain, event.name
        if kind == "snapshot":
            snapshot = Snapshot.of(event)
            self.snapshots.append(self._snapshot(place, snapshot))
            description, name = _words_of(snapshot), snapshot.point or "snapshot"
        elif kind == "custom":
            name = str(event.attributes.get(attr.MONERO_CUSTOM_NAME, event.name))
        self.rows.append(
            [
                kind,
                self.time(event.time_unix_nano),
                None,
                text(role),
                text(self._server(role, event.port, None)),
                span.round,
                text(name),
                _FAILED if failed else _FINE,
                self._number_of(event, span),
                None,
                None,
                event.sequence,
                text(description),
                self._texts.add_attributes(
                    ((attr.MONERO_WALLET_ROLE, event.role), (upstream.SERVER_PORT, event.port)), event.attributes
                ),
            ]
        )

    def _add_to_call(self, place: int, exception: Event, span: Span) -> None:
        """The exception of a call is told by the call."""
        row = self.rows[place]
        if exception.sequence is not None:
            self._by_sequence[exception.sequence] = place
        row[10] = self._number_of(exception, span)
        row[-1] += self._texts.add_attributes(exception.attributes)
        message = exception.attributes.get(upstream.EXCEPTION_MESSAGE)
        if isinstance(message, str) and row[7] == _FAILED:
            code = exception.attributes.get(upstream.RPC_RESPONSE_STATUS_CODE)
            row[12] = self._texts.add(message if code is None else f"{code} {message}")

    def _number_of(self, event: Event, span: Span) -> int | None:
        return self._numbers.of_event(span.trace_id, span.span_id, event.sequence, event.time_unix_nano)

    def _snapshot(self, place: int, snapshot: Snapshot) -> list[Any]:
        text, get = self._texts.add, snapshot.event.attributes.get
        return [
            place,
            text(snapshot.point),
            snapshot.is_multisig,
            text(snapshot.address_hash),
            text(_as_text(get(attr.MONERO_MULTISIG_THRESHOLD))),
            text(_as_text(get(attr.MONERO_MULTISIG_PARTICIPANTS))),
            text(snapshot.wallet_id),
            text(self._texts.amount(snapshot.balance_total)),
            text(self._texts.amount(snapshot.balance_unlocked)),
            snapshot.file_exists,
            text(snapshot.file_permissions),
            text(snapshot.file_name),
        ]

    def _server(self, role: str | None, port: int | None, address: str | None) -> str | None:
        """What the server of an event is called: where the event does not say, it is the one that its role calls."""
        port = self._wallets.port(role) if port is None else port
        if port is None:
            return None
        address = self._wallets.address(port) if address is None else address
        return self._servers.get((address, port), str(port))


class _Wallets:
    """Where the wallets of a set-up are, as its calls tell."""

    def __init__(self, calls: tuple[Span, ...]) -> None:
        ports: defaultdict[str, set[int]] = defaultdict(set)
        addresses: defaultdict[int, set[str]] = defaultdict(set)
        for call in calls:
            if call.port is not None:
                if call.role is not None:
                    ports[call.role].add(call.port)
                if call.address is not None:
                    addresses[call.port].add(call.address)
        self._ports = {role: found.pop() for role, found in ports.items() if len(found) == 1}
        self._addresses = {port: found.pop() for port, found in addresses.items() if len(found) == 1}

    def port(self, role: str | None) -> int | None:
        return None if role is None else self._ports.get(role)

    def address(self, port: int) -> str | None:
        return self._addresses.get(port)


def _state(span: Span) -> int:
    if span.interrupted:
        return _INTERRUPTED
    if not span.ended:
        return _OPEN
    return _FAILED if span.error_type is not None or span.error_code is not None else _FINE


def _error_of(span: Span) -> str | None:
    if span.error_type is None and span.error_code is None:
        return None
    words = span.status_message or span.error_type or ""
    return words if span.error_code is None else f"{span.error_code} {words}"


def _lifted(span: Span) -> tuple[tuple[str, Any], ...]:
    """What the model has taken out of a span's attributes."""
    return (
        (attr.MONERO_WALLET_ROLE, span.role),
        (attr.MONERO_MULTISIG_ROUND, span.round),
        (upstream.RPC_METHOD, span.method),
        (upstream.SERVER_ADDRESS, span.address),
        (upstream.SERVER_PORT, span.port),
        (upstream.ERROR_TYPE, span.error_type),
        (upstream.RPC_RESPONSE_STATUS_CODE, span.error_code),
        (attr.MONERO_SETUP_INTERRUPTED, True if span.interrupted else None),
    )


def _words_of(snapshot: Snapshot) -> str:
    state = {True: "multisig", False: "not multisig", None: "not known whether multisig"}[snapshot.is_multisig]
    if snapshot.duration is None:
        return state
    return f"{state}; taken in {format_duration(round(snapshot.duration * 1e9))}"


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)
