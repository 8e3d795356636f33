"""The events of one set-up, in the order of their recording, to its spans: the inverse of `mapping`.

Everything gets its number in one pass from the first event to the last: the root first, each event in its turn, a round
where its first event comes. So the beginning of a recording and the whole of it give the same ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from msgspec.structs import astuple

from otel_multisig.legacy._calls import Calls
from otel_multisig.legacy._drafts import NO_ROLE
from otel_multisig.legacy._drawing import MAX_EVENTS, SpanDraft, nanoseconds
from otel_multisig.legacy._failure import is_usual, parse_time
from otel_multisig.legacy._inverse import POINTS, count_of, error_attributes, mean, port_of, role_of, text_of
from otel_multisig.legacy._residue import as_object, differ, spread
from otel_multisig.legacy._typed import (
    OTHERS,
    SNAPSHOTS,
    CallEnd,
    CallError,
    CallStart,
    OtherEvent,
    RecordedEvent,
    untyped,
)
from otel_multisig.legacy.canonical import LegacyEvent
from otel_multisig.legacy.event_types import EventType
from otel_multisig.legacy.mapping import legacy_events, write_event
from otel_multisig.model.identity import split_setup_id
from otel_multisig.model.spans import Event, Moment
from otel_multisig.model.trace import EscrowTrace
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.semconv.attributes import Outcome, SnapshotPoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ROUND_OF_POINT", "import_setup"]

ROUND_OF_POINT: Final[dict[str, int]] = {
    SnapshotPoint.PRE_ROUND1: 1,
    SnapshotPoint.POST_MAKE_MULTISIG: 1,
    SnapshotPoint.PRE_ROUND2: 2,
    SnapshotPoint.POST_EXPORT_MULTISIG: 2,
    SnapshotPoint.PRE_ROUND3: 3,
    SnapshotPoint.POST_IMPORT_MULTISIG: 3,
}
_DAY_MS: Final = 86_400_000
_CALLS: Final = {EventType.RPC_CALL_START, EventType.RPC_CALL_END, EventType.RPC_CALL_ERROR}
_SNAPSHOT_FINAL: Final = SnapshotPoint.FINAL.value
_POINTS: Final = {
    kind: (point, ROUND_OF_POINT.get(point), point == _SNAPSHOT_FINAL) for kind, point in SNAPSHOTS.items()
}
_MILLISECOND: Final = 1_000_000
_SNAPSHOT: Final = events.WALLET_SNAPSHOT

Recorded: TypeAlias = LegacyEvent | RecordedEvent


def import_setup(setup_id: str, recorded: Sequence[Recorded], *, partial: bool = False) -> EscrowTrace:
    """The set-up that was recorded as these events, of which there is at least one.

    Args:
        setup_id: its id, the ``trace_id`` of all the events.
        recorded: its events, in the order of the recording.
        partial: whether it is known that the recording ends before the set-up did.
    """
    return _Import(setup_id, recorded).trace(partial=partial)


class _Import(Calls):
    def __init__(self, setup_id: str, recorded: Sequence[Recorded]) -> None:
        super().__init__(setup_id, _start_of(setup_id, recorded[0]))
        self._failure: int | None = None
        self._has_final_snapshot = False
        self._read_all(recorded)

    def trace(self, *, partial: bool) -> EscrowTrace:
        self._finish(partial=partial)
        trace = self._build()
        if not self._unsure:
            return trace
        odd = set()
        written = legacy_events(trace)
        for place, event, target in self._unsure:
            residue = differ(as_object(written[place]), as_object(event))
            if residue and isinstance(target, dict):
                target.update(spread(residue))
            elif residue:
                draft, part = target
                assert isinstance(draft, SpanDraft)
                draft.residue[part] = residue
                odd.add(draft)
        for draft in odd:
            draft.attributes.update(spread(draft.residue))
        return self._build()

    def _build(self) -> EscrowTrace:
        spans = [draft.finish() for draft in self._spans]
        if self._is_in_order:
            return EscrowTrace(self._escrow_id, self._setup_id, tuple(spans))
        return EscrowTrace.build(self._escrow_id, self._setup_id, spans)

    # Events.

    def _read_all(self, recorded: Sequence[Recorded]) -> None:
        ways = self._WAYS
        for place, event in enumerate(recorded):
            ways[type(event)](self, event, place)
            self._scope.last = self._now

    def _read_snapshot(self, event: RecordedEvent, place: int) -> None:
        """One of the usual shape: no residue, but for what is checked here."""
        # At once: each attribute is slow to find, since snapshots are of several types.
        _, timestamp, role, details, port = astuple(event)
        self._now = now = timestamp * _MILLISECOND
        if details.role != role or details.timestamp != timestamp:
            self._read_other(untyped(event))
            return
        point, number, is_final = _POINTS[type(event)]
        if is_final:
            self._has_final_snapshot = True
        scope = self._scope if self._scope.round == number else self._enter(number)
        total, unlocked = details.balance
        known: dict[str, Any] = {
            attr.MONERO_SNAPSHOT_POINT: point,
            attr.MONERO_SNAPSHOT_DURATION: details.collection_time_ms / 1000,
            attr.MONERO_WALLET_IS_MULTISIG: details.is_multisig,
            attr.MONERO_WALLET_BALANCE_TOTAL: total,
            attr.MONERO_WALLET_BALANCE_UNLOCKED: unlocked,
            attr.MONERO_WALLET_ADDRESS_HASH: details.address_hash,
        }
        if details.wallet_id:
            known[attr.MONERO_WALLET_ID] = details.wallet_id
        if details.address:
            known[attr.MONERO_WALLET_ADDRESS_VALUE] = details.address
        if details.file_exists:
            known[attr.MONERO_WALLET_FILE_EXISTS] = True
        if details.file_perms is not None:
            known[attr.MONERO_WALLET_FILE_PERMISSIONS] = details.file_perms
        if port is not None:
            self._unsure.append((place, untyped(event), known))
        span = scope if len(scope.events) < MAX_EVENTS else self._carrier(scope)
        self._number = count = self._number + 1
        span.events.append(Event(_SNAPSHOT, count, now, None if role == NO_ROLE else role, details.rpc_port, known))

    def _read_opaque(self, event: OtherEvent, place: int) -> None:
        self._read_untyped(untyped(event), place)

    def _read_untyped(self, event: LegacyEvent, place: int) -> None:
        self._now = nanoseconds(int(event.timestamp))
        if event.event_type in _CALLS:
            self.read_call(event, place)
        elif event.event_type == EventType.ERROR_FINAL:
            self._read_final(event, place)
        else:
            self._read_other(event)

    def _read_other(self, event: LegacyEvent) -> None:
        point = POINTS.get(event.event_type)
        if point is not None:
            self._has_final_snapshot |= point == _SNAPSHOT_FINAL
            scope = self._enter(ROUND_OF_POINT.get(point))
        else:
            scope = self._scope
        name, attributes, port = mean(event.event_type, event.details)
        role = role_of(event)
        if name != _SNAPSHOT:
            port = port_of(event)
        span = self._carrier(scope)
        self._add(span, name, role, port, attributes)
        written = write_event(self._setup_id, span.events[-1], scope)
        assert written is not None
        residue = differ(as_object(written), as_object(event))
        if residue:
            attributes.update(spread(residue))

    def _read_final(self, event: LegacyEvent, place: int) -> None:
        """What ended the set-up: an exception of the call that failed; the set-up ends with it."""
        details = event.details if isinstance(event.details, dict) else {}
        context = details.get("context")
        context = context if isinstance(context, dict) else {}
        role = role_of(event)
        operation = text_of(context, "operation")
        attributes = error_attributes(details.get("error"), count_of(context, "code"))
        wallet_id = text_of(context, "wallet_id")
        if wallet_id:
            attributes[attr.MONERO_WALLET_ID] = wallet_id
        first = self._failure is None
        call = self._latest.get(role or NO_ROLE)
        if call is None or not first or call.method != operation or len(call.events) >= MAX_EVENTS:
            span = self._carrier(self._scope)
            if operation is not None:
                attributes[upstream.RPC_METHOD] = operation
        else:
            span = call
        number = count_of(context, "round")
        if number is not None and number != span.round:
            attributes[attr.MONERO_MULTISIG_ROUND] = number
        now = self._now
        self._now = parse_time(context.get("timestamp")) or now
        sequence = self._add(span, upstream.EVENT_EXCEPTION, role, None, attributes)
        self._now = now
        if not (first and span is call and is_usual(event, self._escrow_id, call.error_code)):
            self._unsure.append((place, event, attributes))
        if first:
            self._fail(sequence)

    def _fail(self, sequence: int) -> None:
        self._failure = sequence
        root, scope = self._root, self._scope
        root.attributes[attr.MONERO_SETUP_FAILURE_SEQUENCE] = sequence
        root.attributes[attr.MONERO_ESCROW_OUTCOME] = Outcome.FAILURE.value
        root.failed = scope.failed = True
        scope.last = self._now
        self._close(scope)
        self._end_carrier(root)
        root.end = Moment(self._next(), self._now)

    def _finish(self, *, partial: bool) -> None:
        if partial and self._root.end is None:
            for scope in {self._root, self._scope}:
                # It has no sequence: this is not its end, only the last that is known of it.
                if scope.end is None and self._now:
                    scope.end = Moment(None, self._now)
            return
        for scope in [*self._rounds.values(), self._root]:
            self._close(scope)
            self._end_carrier(scope)
        if self._root.end is None:
            self._root.end = Moment(self._next(), self._now)
            if self._is_complete():
                self._root.attributes[attr.MONERO_ESCROW_OUTCOME] = Outcome.SUCCESS.value

    def _is_complete(self) -> bool:
        """Whether the recording shows that the set-up came through: a snapshot of the end, or all exchanges of all."""
        return self._has_final_snapshot or self._all_exchanged()

    _WAYS: ClassVar[dict[type, Callable[[Any, Any, int], None]]] = {
        CallStart: Calls.read_start,
        CallEnd: Calls.read_end,
        CallError: Calls.read_end,
        LegacyEvent: _read_untyped,
        **dict.fromkeys(SNAPSHOTS, _read_snapshot),
        **dict.fromkeys(OTHERS, _read_opaque),
    }


def _start_of(setup_id: str, first: Recorded) -> int:
    """When the set-up started: its id says so, unless the first event of the recording is far from that."""
    time = nanoseconds(int(first.timestamp))
    began_ms = split_setup_id(setup_id)[1]
    if began_ms is not None and 0 <= time - nanoseconds(began_ms) <= nanoseconds(_DAY_MS):
        return nanoseconds(began_ms)
    return time
