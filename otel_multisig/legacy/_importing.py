"""The events of one set-up, in the order of their recording, to its spans: the inverse of `mapping`.

Everything gets its number in one pass from the first event to the last: the root first, each event in its turn, a round
where its first event comes. So the beginning of a recording and the whole of it give the same ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from otel_multisig.legacy._drafts import NO_ROLE
from otel_multisig.legacy._drawing import MAX_EVENTS, SpanDraft, nanoseconds
from otel_multisig.legacy._failure import is_usual, parse_time
from otel_multisig.legacy._inverse import POINTS, count_of, error_attributes, mean, text_of
from otel_multisig.legacy._residue import END, START, as_object, differ, spread
from otel_multisig.legacy._scopes import Scopes
from otel_multisig.legacy._typed import SNAPSHOTS, CallEnd, CallError, CallStart, RecordedEvent, untyped
from otel_multisig.legacy.canonical import LegacyEvent
from otel_multisig.legacy.event_types import EventType
from otel_multisig.legacy.mapping import legacy_events, write_event
from otel_multisig.model.identity import imported_span_id, split_setup_id
from otel_multisig.model.spans import Event, Moment, SpanKind
from otel_multisig.model.trace import EscrowTrace
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.semconv import spans as names
from otel_multisig.semconv.attributes import Outcome, SnapshotPoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["import_setup"]

_FIRST_ROUND: Final = {"prepare_multisig", "make_multisig"}
_MAKE: Final = "make_multisig"
_EXCHANGE: Final = "exchange_multisig_keys"
_EXCHANGES: Final = 2
_ROUND_OF_POINT: Final[dict[str, int]] = {
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
_CALL: Final = SpanKind.CALL
_SNAPSHOT: Final = events.WALLET_SNAPSHOT
_ODD_METHODS: Final = frozenset({"", names.SETUP, upstream.METHOD_OTHER})

Recorded: TypeAlias = LegacyEvent | RecordedEvent


def import_setup(setup_id: str, recorded: Sequence[Recorded], *, partial: bool = False) -> EscrowTrace:
    """The set-up that was recorded as these events, of which there is at least one.

    Args:
        setup_id: its id, the ``trace_id`` of all the events.
        recorded: its events, in the order of the recording.
        partial: whether it is known that the recording ends before the set-up did.
    """
    return _Import(setup_id, recorded).trace(partial=partial)


class _Import(Scopes):
    def __init__(self, setup_id: str, recorded: Sequence[Recorded]) -> None:
        super().__init__(setup_id, _start_of(setup_id, recorded[0]))
        # The events that may need residue: their place, themselves, and where it would go.
        self._unsure: list[tuple[int, LegacyEvent, tuple[SpanDraft, str] | dict[str, Any]]] = []
        self._is_in_order = True
        self._failure: int | None = None
        self._running: dict[tuple[str, Any], list[SpanDraft]] = {}
        self._latest: dict[str, SpanDraft] = {}
        self._exchanged: dict[str, int] = {}
        self._made: set[str] = set()
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

    def _add(self, span: SpanDraft, name: str, role: str | None, port: int | None, attributes: dict[str, Any]) -> int:
        number = self._next()
        span.events.append(Event(name, number, self._now, role, port, attributes))
        return number

    # Events.

    def _read_all(self, recorded: Sequence[Recorded]) -> None:
        ways: dict[type, Callable[[Any, int], None]] = {
            CallStart: self._read_start,
            CallEnd: self._read_end,
            CallError: self._read_end,
            LegacyEvent: self._read_untyped,
        }
        snapshots = SNAPSHOTS.get
        for place, event in enumerate(recorded):
            kind = type(event)
            self._now = nanoseconds(int(event.timestamp))
            point = snapshots(kind)  # type: ignore[arg-type]
            if point is None:
                ways[kind](event, place)
            else:
                self._read_snapshot(event, point, place)
            self._scope.last = self._now

    def _read_untyped(self, event: LegacyEvent, place: int) -> None:
        if event.event_type in _CALLS:
            self._read_call(event, place)
        elif event.event_type == EventType.ERROR_FINAL:
            self._read_final(event, place)
        else:
            self._read_other(event)

    # Events of the usual shape: no residue, but for what is checked here.

    def _read_snapshot(self, event: Any, point: str, place: int) -> None:
        details = event.details
        role: str = event.role
        if details.role != role or details.timestamp != event.timestamp:
            self._read_other(untyped(event))
            return
        if point == _SNAPSHOT_FINAL:
            self._has_final_snapshot = True
        number = _ROUND_OF_POINT.get(point)
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
        if event.rpc_port is not None:
            self._unsure.append((place, untyped(event), known))
        span = scope if len(scope.events) < MAX_EVENTS else self._carrier(scope)
        self._number = count = self._number + 1
        span.events.append(
            Event(_SNAPSHOT, count, self._now, None if role == NO_ROLE else role, details.rpc_port, known)
        )

    def _read_start(self, event: CallStart, place: int) -> None:
        details = event.details
        method = details.method
        if details.timestamp != event.timestamp or is_odd(method):
            self._read_call(untyped(event), place)
            return
        role = event.role
        number = 1 if method in _FIRST_ROUND else self._round_of_call(role, method)
        scope = self._scope
        if number != scope.round:
            scope = self._enter(number)
        self._number = count = self._number + 1
        now = self._now
        trace_id = self._trace_id
        call = SpanDraft(
            trace_id,
            imported_span_id(trace_id, count),
            scope,
            count,
            now,
            now,
            _CALL,
            method,
            None if role == NO_ROLE else role,
            method,
            event.rpc_port,
            number,
            {upstream.RPC_SYSTEM_NAME: upstream.RPC_SYSTEM_JSONRPC},
        )
        self._spans.append(call)
        self._latest[role] = call
        key = (role, method)
        running = self._running.get(key)
        if running is None:
            self._running[key] = [call]
        else:
            running.append(call)

    def _read_end(self, event: CallEnd | CallError, place: int) -> None:
        details = event.details
        failed = type(event) is CallError
        running = self._running.get((event.role, details.method))
        if details.success is failed or not running or len(running) > 1 or running[0].port != event.rpc_port:
            self._read_call(untyped(event), place)
            return
        self._end_call(running.pop(), details.duration_ms, failed=failed)

    # Events of any shape.

    def _read_call(self, event: LegacyEvent, place: int) -> None:
        role = _role(event)
        details = event.details if isinstance(event.details, dict) else {}
        method = text_of(details, "method")
        key = (role or NO_ROLE, method)
        if event.event_type == EventType.RPC_CALL_START:
            call = self._open_call(role, method, _port(event))
            self._running.setdefault(key, []).append(call)
            self._unsure.append((place, event, (call, START)))
            return
        duration = count_of(details, "duration_ms")
        call = self._find_running(key, duration) or self._open_unseen(event, role, method, duration)
        self._unsure.append((place, event, (call, END)))
        failed = event.event_type == EventType.RPC_CALL_ERROR
        if failed:
            call.error_code = count_of(details, "code")
            if isinstance(details.get("error"), str):
                known = error_attributes(details["error"], call.error_code)
                self._add(call, upstream.EVENT_EXCEPTION, None, None, known)
        self._end_call(call, duration, failed=failed)

    def _open_call(self, role: str | None, method: str | None, port: int | None, *, seen: bool = True) -> SpanDraft:
        scope = self._enter(self._round_of_call(role, method))
        name = "call" if method is None or is_odd(method) else method
        call = self._open(scope, SpanKind.CALL, name, self._now)
        call.counted = seen
        call.attributes = {upstream.RPC_SYSTEM_NAME: upstream.RPC_SYSTEM_JSONRPC}
        call.role, call.port, call.round, call.method = role, port, scope.round, method or name
        if method == upstream.METHOD_OTHER:
            call.attributes[upstream.RPC_METHOD_ORIGINAL] = method
        self._latest[role or NO_ROLE] = call
        return call

    def _open_unseen(self, event: LegacyEvent, role: str | None, method: str | None, duration: int | None) -> SpanDraft:
        """A call of which only the end was recorded: it began as long before as it took."""
        self._is_in_order = False
        call = self._open_call(role, method, _port(event), seen=False)
        call.time = max(0, call.time - nanoseconds(max(0, duration or 0)))
        return call

    def _find_running(self, key: tuple[str, Any], duration: int | None) -> SpanDraft | None:
        """The call that ends: of several of one role and method the one whose duration fits best, the latest of these.

        One that was made again without an end had failed, and its end never comes.
        """
        running = self._running.get(key)
        if not running:
            return None
        place = len(running) - 1
        if place and duration is not None:
            began = self._now - nanoseconds(max(0, duration))
            place = min(reversed(range(len(running))), key=lambda place: abs(running[place].time - began))
        return running.pop(place)

    def _end_call(self, call: SpanDraft, duration: int | None, *, failed: bool) -> None:
        now = self._now
        call.failed = failed
        call.end = Moment(self._next() if call.counted else call.number, now)
        if duration is not None and duration != max(0, now - call.time) // 1_000_000:
            call.attributes[attr.MONERO_CALL_DURATION] = duration / 1000
        if call.method == _MAKE:
            self._made.add(call.role or NO_ROLE)
        elif call.method == _EXCHANGE and not failed:
            role = call.role or NO_ROLE
            self._exchanged[role] = self._exchanged.get(role, 0) + 1

    def _round_of_call(self, role: str | None, method: str | None) -> int | None:
        if method in _FIRST_ROUND:
            return 1
        if method == _EXCHANGE:
            return self._exchanged.get(role or NO_ROLE, 0) + 2
        return self._scope.round

    def _read_other(self, event: LegacyEvent) -> None:
        point = POINTS.get(event.event_type)
        if point is not None:
            self._has_final_snapshot |= point == _SNAPSHOT_FINAL
            scope = self._enter(_ROUND_OF_POINT.get(point))
        else:
            scope = self._scope
        name, attributes, port = mean(event.event_type, event.details)
        role = _role(event)
        if name != _SNAPSHOT:
            port = _port(event)
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
        role = _role(event)
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
        if not (first and span is call and call.error_code is None and is_usual(event, self._escrow_id)):
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
        return self._has_final_snapshot or (
            bool(self._made) and all(self._exchanged.get(role, 0) >= _EXCHANGES for role in self._made)
        )


def _start_of(setup_id: str, first: Recorded) -> int:
    """When the set-up started: its id says so, unless the first event of the recording is far from that."""
    time = nanoseconds(int(first.timestamp))
    began_ms = split_setup_id(setup_id)[1]
    if began_ms is not None and 0 <= time - nanoseconds(began_ms) <= nanoseconds(_DAY_MS):
        return nanoseconds(began_ms)
    return time


def _role(event: LegacyEvent) -> str | None:
    role = text_of({"role": event.role}, "role")
    return None if role == NO_ROLE else role


def _port(event: LegacyEvent) -> int | None:
    return event.rpc_port if isinstance(event.rpc_port, int) else None


def is_odd(method: str) -> bool:
    """Whether a method cannot be the name of a call's span: by some names spans of other kinds are known."""
    return method in _ODD_METHODS or method.startswith(names.ROUND) or method.endswith(names.CONTINUED_SUFFIX)
