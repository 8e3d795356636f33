"""The calls of a set-up that is read from a recording: which end belongs to which start, and which round to a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from otel_multisig.legacy._drafts import NO_ROLE
from otel_multisig.legacy._drawing import SpanDraft, nanoseconds
from otel_multisig.legacy._inverse import count_of, error_attributes, port_of, role_of, text_of
from otel_multisig.legacy._residue import END, START
from otel_multisig.legacy._scopes import Scopes
from otel_multisig.legacy._typed import CallEnd, CallEndDetails, CallError, CallErrorDetails, CallStart, untyped
from otel_multisig.legacy.event_types import EventType
from otel_multisig.model.identity import imported_span_id
from otel_multisig.model.spans import Moment, SpanKind
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans as names
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_multisig.legacy.canonical import LegacyEvent

__all__ = ["EXCHANGE", "EXCHANGES", "FIRST_ROUND", "MAKE", "Calls", "is_odd"]

FIRST_ROUND: Final = frozenset({"prepare_multisig", "make_multisig"})
MAKE: Final = "make_multisig"
EXCHANGE: Final = "exchange_multisig_keys"
EXCHANGES: Final = 2
_USUAL_METHODS: Final = FIRST_ROUND | {EXCHANGE}
_ODD_METHODS: Final = frozenset({"", names.SETUP, upstream.METHOD_OTHER})
# A member of an enumeration is slow to look up, for every call.
_CALL: Final = SpanKind.CALL
_MILLISECOND: Final = 1_000_000


class Calls(Scopes):
    """The calls of a set-up, paired in one pass.

    Args:
        setup_id: the set-up's id.
        start: when it started, in nanoseconds.
    """

    def __init__(self, setup_id: str, start: int) -> None:
        super().__init__(setup_id, start)
        # The events that may need residue: their place, themselves, and where it would go.
        self._unsure: list[tuple[int, LegacyEvent, tuple[SpanDraft, str] | dict[str, Any]]] = []
        self._is_in_order = True
        # By role: the calls that have no end yet, in order, with their methods as they were recorded.
        self._running: dict[str, list[tuple[str | None, SpanDraft]]] = {}
        self._latest: dict[str, SpanDraft] = {}
        self._exchanged: dict[str, int] = {}
        self._made: set[str] = set()

    def _all_exchanged(self) -> bool:
        """Whether all wallets that became multisig ones came through all exchanges."""
        return bool(self._made) and all(self._exchanged.get(role, 0) >= EXCHANGES for role in self._made)

    def read_start(self, event: CallStart, place: int) -> None:
        """The start of a call of the usual shape."""
        details = event.details
        method = details.method
        time = event.timestamp
        self._now = now = time * _MILLISECOND
        if details.timestamp != time or (method not in _USUAL_METHODS and is_odd(method)):
            self.read_call(untyped(event), place)
            return
        role = event.role
        number = 1 if method in FIRST_ROUND else self._round_of_call(role, method)
        scope = self._scope
        if number != scope.round:
            scope = self._enter(number)
        self._number = count = self._number + 1
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
        running = self._running.get(role)
        if running is None:
            self._running[role] = [(method, call)]
        else:
            running.append((method, call))

    def read_end(self, event: CallEnd | CallError, place: int) -> None:
        """The end of a call of the usual shape."""
        details = event.details
        self._now = event.timestamp * _MILLISECOND
        failed = type(event) is CallError
        running = self._running.get(event.role, [])
        which = 0 if len(running) == 1 else _find_only(running, details.method)
        if which is not None:
            method, call = running[which]
            matches = method == details.method and call.port == event.rpc_port and details.success is not failed
            if matches and (not failed or self._take_reason(call, details)):
                del running[which]
                self._end_call(call, details.duration_ms, failed)
                return
        self.read_call(untyped(event), place)

    def _take_reason(self, call: SpanDraft, details: CallEndDetails) -> bool:
        """Take over why a call failed; False, and nothing is taken, where the writer would write something else."""
        assert isinstance(details, CallErrorDetails)
        reason = None if details.error is UNSET else details.error
        code = None if details.code is UNSET else details.code
        # Of a code alone the writer makes a text as well.
        if reason == "" or (reason is None and code is not None):
            return False
        self._fail_call(call, reason, code)
        return True

    def read_call(self, event: LegacyEvent, place: int) -> None:
        """The start or the end of a call, of any shape."""
        role = role_of(event)
        details = event.details if isinstance(event.details, dict) else {}
        method = text_of(details, "method")
        if event.event_type == EventType.RPC_CALL_START:
            call = self._open_call(role, method, port_of(event))
            self._running.setdefault(role or NO_ROLE, []).append((method, call))
            self._unsure.append((place, event, (call, START)))
            return
        duration = count_of(details, "duration_ms")
        call = self._take_running(role, method, duration) or self._open_unseen(event, role, method, duration)
        self._unsure.append((place, event, (call, END)))
        failed = event.event_type == EventType.RPC_CALL_ERROR
        if failed:
            self._fail_call(call, details.get("error"), count_of(details, "code"))
        self._end_call(call, duration, failed)

    def _open_call(self, role: str | None, method: str | None, port: int | None, *, seen: bool = True) -> SpanDraft:
        scope = self._enter(self._round_of_call(role or NO_ROLE, method))
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
        call = self._open_call(role, method, port_of(event), seen=False)
        call.time = max(0, call.time - nanoseconds(max(0, duration or 0)))
        return call

    def _take_running(self, role: str | None, method: str | None, duration: int | None) -> SpanDraft | None:
        """The call that ends: of several of one role and method the one whose duration fits best, the latest of these.

        One that was made again without an end had failed, and its end never comes.
        """
        running = self._running.get(role or NO_ROLE, [])
        places = [place for place, (known, _) in enumerate(running) if known == method]
        if not places:
            return None
        place = places[-1]
        if len(places) > 1 and duration is not None:
            began = self._now - nanoseconds(max(0, duration))
            place = min(reversed(places), key=lambda place: abs(running[place][1].time - began))
        return running.pop(place)[1]

    def _fail_call(self, call: SpanDraft, reason: Any, code: int | None) -> None:
        call.error_code = code
        if isinstance(reason, str):
            self._add(call, upstream.EVENT_EXCEPTION, None, None, error_attributes(reason, code))

    def _end_call(self, call: SpanDraft, duration: int | None, failed: bool) -> None:
        now = self._now
        number = call.number
        if call.counted:
            self._number = number = self._number + 1
        call.failed = failed
        call.end = Moment(number, now)
        if duration is not None:
            elapsed = now - call.time
            if duration != (elapsed // _MILLISECOND if elapsed > 0 else 0):
                call.attributes[attr.MONERO_CALL_DURATION] = duration / 1000
        method = call.method
        if method == MAKE:
            self._made.add(call.role or NO_ROLE)
        elif method == EXCHANGE and not failed:
            role = call.role or NO_ROLE
            self._exchanged[role] = self._exchanged.get(role, 0) + 1

    def _round_of_call(self, role: str, method: str | None) -> int | None:
        if method in FIRST_ROUND:
            return 1
        if method == EXCHANGE:
            return self._exchanged.get(role, 0) + 2
        return self._scope.round


def _find_only(running: Sequence[tuple[str | None, SpanDraft]], method: str) -> int | None:
    """The place of the call of this method that is running; None where there is none or more than one."""
    found = [place for place, (known, _) in enumerate(running) if known == method]
    return found[0] if len(found) == 1 else None


def is_odd(method: str) -> bool:
    """Whether a method cannot be the name of a call's span: by some names spans of other kinds are known."""
    return method in _ODD_METHODS or method.startswith(names.ROUND) or method.endswith(names.CONTINUED_SUFFIX)
