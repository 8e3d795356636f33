"""What the legacy client would have written of a set-up: a projection of its record that loses what that client lost.

Not our own exporter's form, which keeps more. Known from recordings that the legacy client wrote:

- only prepare, make and exchange are recorded, with no code and no text; opens, closes, and all other calls are not;
- prepare and make are tried again up to three times (after 100, 200 and 400 ms) within one recorded call;
- the first failure ends the set-up: RPC_CALL_ERROR, ERROR_FINAL, nothing more;
- snapshots bear the address; those before a round and the last one know of no file, those after a call do;
- errors are rewritten by what they contain.

What is tried again takes time that our client did not take. `Warp` puts it into all set-ups of a group alike.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.legacy import LegacyEvent
from otel_multisig.legacy.event_types import SNAPSHOT_TYPES, EventType
from otel_multisig.model import SpanKind
from otel_multisig.model.timeline import ItemKind
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events
from otel_multisig.semconv.attributes import Outcome
from tools.corpus.legacy_words import exact_time, how_it_broke, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from otel_multisig.model import EscrowTrace, Event, Span

__all__ = ["LegacyClient", "Warp"]

_METHODS: Final = frozenset({"prepare_multisig", "make_multisig", "exchange_multisig_keys"})
_RETRIED: Final = frozenset({"prepare_multisig", "make_multisig"})
_TRIES: Final = 4
_PAUSES: Final = 700_000_000  # 100, 200 and 400 ms
_TIMEOUT: Final = 30_000_000_000
_MILLISECOND: Final = 1_000_000
_NO_ROLE: Final = "coordinator"
_NO_WORDS: Final = "Internal error"
_TIMED_CONTEXT: Final = "make_multisig"  # whose errors bear the exact time
_WRITTEN_CUSTOM: Final = frozenset({"wallet_pool_exhausted", "cache_purge_wait", "race_detected"})


class Warp:
    """Time that the legacy client would have taken beyond what was recorded, for all set-ups that ran together."""

    def __init__(self, clients: Iterable[LegacyClient]) -> None:
        self._jumps = sorted(jump for client in clients for jump in client.jumps())

    def __call__(self, nanoseconds: int) -> int:
        """A recorded time as it would have been: later by all that was waited before."""
        return nanoseconds + sum(extra for moment, extra in self._jumps if moment <= nanoseconds)


class LegacyClient:
    """The legacy client at the work that one set-up records.

    Args:
        trace: The set-up.
        addresses: The addresses seen, by their digests.
        locks: Whether it tells of its locks, as custom events.
    """

    def __init__(self, trace: EscrowTrace, addresses: Mapping[str, str], *, locks: bool) -> None:
        self._trace = trace
        self._addresses = addresses
        self._locks = locks
        self._choose = random.Random(trace.setup_id)  # noqa: S311 - to make the same of a record each time
        self._tries = _tries_of(trace)
        self._extra = {id(tries[-1]): self._waited(tries) for tries in self._tries if tries[-1].error_type is not None}
        self._events: list[LegacyEvent] = []
        self._wallet_ids: dict[str, str] = {}

    def jumps(self) -> list[tuple[int, int]]:
        """At the end of which calls how much more time would have passed, in nanoseconds."""
        spans = {id(tries[-1]): tries[-1] for tries in self._tries}
        return [(end.time_unix_nano, extra) for key, extra in self._extra.items() if (end := spans[key].end)]

    def events(self, warp: Warp) -> list[LegacyEvent]:
        """What it would have written."""
        self._events = []
        first = {id(tries[0]): tries for tries in self._tries}
        last = {id(tries[-1]): tries for tries in self._tries}
        for item in self._trace.timeline():
            span, now = item.span, warp(item.time_unix_nano)
            if item.event is not None:
                self._happened(item.event, now)
            elif item.kind is ItemKind.START and id(span) in first:
                self._started(span, now)
            elif (
                item.kind is ItemKind.END
                and id(span) in last
                and not span.interrupted
                and self._ended(last[id(span)], now, warp)
            ):
                return self._events
        if self._trace.outcome is Outcome.FAILURE:
            self._failed_otherwise(warp)
        return self._events

    @property
    def has_failed(self) -> bool:
        """Whether the last that it wrote was an error."""
        return bool(self._events) and self._events[-1].event_type == EventType.ERROR_FINAL

    def _waited(self, tries: Sequence[Span]) -> int:
        """Nanoseconds that its further tries would have taken, and its pauses between them."""
        span = tries[-1]
        if span.called_method not in _RETRIED:
            return 0
        once = span.duration_nano or 0
        left = max(0, _TRIES - len(tries))
        if len(tries) > 1 and span.error_code is not None:
            left = _TRIES - 2  # the first had no answer, the second was refused, and so on
        wait = _PAUSES - sum(100_000_000 << number for number in range(len(tries) - 1))
        jitter: int = self._choose.randrange(1, 8) * _MILLISECOND
        return wait + left * min(once, _TIMEOUT) + jitter

    def _started(self, span: Span, now: int) -> None:
        details = {"method": span.called_method, "timestamp": now // _MILLISECOND}
        self._add(now, EventType.RPC_CALL_START, details, span.role, span.port)

    def _ended(self, tries: Sequence[Span], now: int, warp: Warp) -> bool:
        """Write the end of a call; say whether it was the end of everything."""
        span = tries[-1]
        failed = span.error_type is not None
        duration = (now - warp(tries[0].start.time_unix_nano)) // _MILLISECOND
        details = {"duration_ms": duration, "method": span.called_method, "success": not failed}
        kind = EventType.RPC_CALL_ERROR if failed else EventType.RPC_CALL_END
        self._add(now, kind, details, span.role, span.port)
        if failed:
            self._final(now, words_of(span), span.role, str(span.called_method), span.round)
        return failed

    def _happened(self, event: Event, now: int) -> None:
        known = event.attributes
        if event.name == events.WALLET_SNAPSHOT:
            self._snapshot(event, now)
        elif event.name == events.LOCK_ACQUIRED and self._locks:
            wait = round(float(str(known[attr.MONERO_LOCK_WAIT_DURATION])) * 1000)
            self._add(now, EventType.CUSTOM, {"event": "lock_acquired", "wait_ms": wait}, _NO_ROLE)
        elif event.name == events.LOCK_RELEASED and self._locks:
            hold = round(float(str(known[attr.MONERO_LOCK_HOLD_DURATION])) * 1000)
            self._add(now, EventType.CUSTOM, {"event": "lock_released", "hold_ms": hold}, _NO_ROLE)
        elif event.name == events.CUSTOM and known.get(attr.MONERO_CUSTOM_NAME) in _WRITTEN_CUSTOM:
            details = json.loads(str(known.get(attr.MONERO_CUSTOM_DETAILS, "{}")))
            details = {"event": known[attr.MONERO_CUSTOM_NAME], **details}
            self._add(now, EventType.CUSTOM, details, event.role or _NO_ROLE)

    def _snapshot(self, event: Event, now: int) -> None:
        known = event.attributes
        kind = SNAPSHOT_TYPES.get(str(known.get(attr.MONERO_SNAPSHOT_POINT)))
        digest = str(known.get(attr.MONERO_WALLET_ADDRESS_HASH))
        if kind is None or digest not in self._addresses:
            return
        of_a_call = "POST" in kind
        wallet_id = str(known.get(attr.MONERO_WALLET_ID))
        self._wallet_ids[str(event.role)] = wallet_id
        details = {
            "address": self._addresses[digest],
            "address_hash": digest,
            "balance": [known.get(attr.MONERO_WALLET_BALANCE_TOTAL), known.get(attr.MONERO_WALLET_BALANCE_UNLOCKED)],
            "collection_time_ms": self._choose.choice((0, 0, 1, 1, 1, 2)),
            "file_exists": of_a_call,
            "file_perms": "rw-" if of_a_call else None,
            "is_multisig": known.get(attr.MONERO_WALLET_IS_MULTISIG),
            "open_wallets_count": None,
            "role": event.role,
            "rpc_port": event.port,
            "timestamp": now // _MILLISECOND,
            "wallet_id": wallet_id,
        }
        self._add(now, kind, details, event.role)

    def _failed_otherwise(self, warp: Warp) -> None:
        """What ended it was none of the calls that it records."""
        failure, root = self._trace.failure, self._trace.root
        if failure is None or root is None:
            return
        event, span = failure.event, failure.span
        role = event.role or span.role or _NO_ROLE
        if span.kind is SpanKind.CALL:
            words, operation = words_of(span), str(span.called_method)
        else:
            words, operation = failure.message or _NO_WORDS, "setup"
        rounds = [each.round or 0 for each in self._trace.rounds]
        # Between two rounds it was about to begin the next one.
        number = span.round or (min(max(rounds) + 1, 3) if rounds else 0)
        self._final(warp(event.time_unix_nano), words, role, operation, number)

    def _final(self, now: int, words: str, role: str | None, operation: str, number: int | None) -> None:
        context: dict[str, Any] = {"escrow_id": self._trace.escrow_id, "operation": operation, "round": number or 0}
        if role in self._wallet_ids or role != _NO_ROLE:
            context["wallet_id"] = self._wallet_ids.get(str(role)) or self._wallet_id(role)
        if operation == _TIMED_CONTEXT:
            context["timestamp"] = exact_time(now, self._choose.randrange(1_000_000))
        self._add(now, EventType.ERROR_FINAL, {"context": context, "error": words}, role)

    def _wallet_id(self, role: str | None) -> str | None:
        ids = (span.attributes.get(attr.MONERO_WALLET_ID) for span in self._trace.calls if span.role == role)
        return next((str(found) for found in ids if found), None)

    def _add(
        self, now: int, kind: EventType, details: dict[str, Any], role: str | None, port: int | None = None
    ) -> None:
        event = LegacyEvent(
            trace_id=self._trace.setup_id,
            timestamp=now // _MILLISECOND,
            event_type=kind,
            role=role or _NO_ROLE,
            details=dict(sorted(details.items())),
        )
        if port is not None:
            event = msgspec.structs.replace(event, rpc_port=port)
        self._events.append(event)


def _tries_of(trace: EscrowTrace) -> list[list[Span]]:
    """The calls that it would have recorded, each with those before it that it would have kept to itself.

    Those are calls of prepare and make that got no answer and were made again by the same client.
    """
    found: list[list[Span]] = []
    for span in trace.calls:
        if span.called_method not in _METHODS:
            continue
        before = found[-1] if found else []
        again = (
            before
            and (before[-1].role, before[-1].called_method) == (span.role, span.called_method)
            and span.called_method in _RETRIED
            and how_it_broke(before[-1]) is not None
        )
        if again:
            before.append(span)
        else:
            found.append([span])
    return found
