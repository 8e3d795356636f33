"""What the rules see of a set-up, as the steps that a comparison is made of."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.diagnosis.comparison.outline import (
    OUTCOME,
    PORTS,
    Aspect,
    CallState,
    Groups,
    Key,
    Outline,
    Result,
    Since,
    Step,
    StepKind,
)
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE, PREPARE
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from otel_multisig.diagnosis.facts import CallFact, EventFact, SetupFacts, SnapshotFact

__all__ = ["outline_of"]

_SECOND: Final = 1_000_000_000
# The round of a call follows from its method; with exchanges the record says which one it is, or nobody does.
_ROUND_OF_METHOD: Final = {PREPARE: 1, MAKE: 1}
_FIRST_EXCHANGE: Final = 2
_LONGEST_WAIT: Final = 10**9
# What an event is about, beside its name.
_TELLING: Final = (
    attr.MONERO_CUSTOM_NAME,
    attr.MONERO_STATE_FROM,
    attr.MONERO_STATE_TO,
    attr.MONERO_FAULT_TYPE,
    attr.MONERO_SNAPSHOT_POINT,
    upstream.EXCEPTION_TYPE,
)
_WAITS: Final = {events.LOCK_ACQUIRED: attr.MONERO_LOCK_WAIT_DURATION}


def outline_of(facts: SetupFacts) -> Outline:
    """The steps of a set-up, in their order."""
    return _Outlining(facts).outline()


class _Outlining:
    def __init__(self, facts: SetupFacts) -> None:
        self._facts = facts
        self._seen: dict[tuple[str, int | None, str | None, str], int] = {}
        self._steps: list[Step] = []
        self._last_snapshots: dict[str | None, SnapshotFact] = {}
        self._points: dict[tuple[str, int], dict[str, str]] = {}
        self._outputs: dict[str, tuple[str | None, int | None]] = {}
        # Who makes infos, and of whom one is in the record by now: without all of them nobody knows whose an info is.
        self._makers = {call.role for call in facts.calls if call.method == MAKE}
        self._made: set[str | None] = set()
        self._busy_until = facts.start_nano
        self._retried = _find_retried(facts.calls)

    def outline(self) -> Outline:
        facts = self._facts
        self._add(Step(Key(StepKind.SETUP, None, None, PORTS), 0, facts.start_nano, values=_ports(facts.calls)))
        add: list[tuple[int, Callable[[Any], None], Any]] = [
            *((call.place, self._add_call, call) for call in facts.calls),
            *((snapshot.place, self._add_snapshot, snapshot) for snapshot in facts.snapshots),
            *((event.place, self._add_event, event) for event in facts.events if not _told_by_call(event)),
        ]
        for _, add_fact, fact in sorted(add, key=itemgetter(0)):
            add_fact(fact)
        self._add_points()
        duration = max(0, facts.last_nano - facts.start_nano)
        values: dict[Aspect, Any] = {Aspect.OUTCOME: "unfinished" if facts.outcome is None else str(facts.outcome)}
        self._add(
            Step(
                Key(StepKind.SETUP, None, None, OUTCOME),
                0,
                facts.last_nano,
                duration,
                values=values,
                text=facts.failure_text,
            )
        )
        return Outline(
            facts.escrow_id,
            facts.setup_id,
            facts.outcome,
            facts.start_nano,
            duration,
            tuple(msgspec.structs.replace(step, place=place) for place, step in enumerate(self._steps)),
            legacy=facts.is_legacy,
            lossy=bool(facts.gaps),
        )

    def _add(self, step: Step) -> None:
        self._steps.append(step)

    def _key(self, kind: StepKind, round_number: int | None, role: str | None, name: str) -> Key:
        known = (kind, round_number, role, name)
        self._seen[known] = occurrence = self._seen.get(known, 0) + 1
        return Key(kind, round_number, role, name, occurrence)

    def _add_call(self, call: CallFact) -> None:
        round_number = _round_of(call)
        result = _result(call)
        values: dict[Aspect, Any] = {Aspect.RESULT: result}
        if call.input_hashes and self._makers <= self._made:
            makers = [self._outputs.get(each, (None, None)) for each in call.input_hashes]
            values[Aspect.INPUTS] = tuple(sorted(makers, key=repr))
        if call.output_hash is not None:
            self._outputs[call.output_hash] = (call.role, round_number)
            self._made.add(call.role)
        # Clocks may be set back; a wait is never less than none.
        wait = max(0, call.start_nano - self._busy_until)
        self._busy_until = max(self._busy_until, call.start_nano, call.end_nano or 0)
        self._add(
            Step(
                self._key(StepKind.CALL, round_number, call.role, call.method),
                0,
                call.start_nano,
                call.duration_nano if result.state is not CallState.OPEN else None,
                wait,
                values,
                call.number,
                call.sequence,
                call.end_number,
                retried=call.place in self._retried,
            )
        )

    def _add_snapshot(self, snapshot: SnapshotFact) -> None:
        point = snapshot.point or ""
        key = self._key(StepKind.SNAPSHOT, snapshot.round, snapshot.role, point)
        before = self._last_snapshots.get(snapshot.role)
        since = None
        if snapshot.address_hash is not None:
            if before is not None and before.address_hash is not None:
                since = Since(before.point or "", before.address_hash != snapshot.address_hash)
            if snapshot.role is not None:
                self._points.setdefault((point, key.occurrence), {})[snapshot.role] = snapshot.address_hash
        self._last_snapshots[snapshot.role] = snapshot
        values = {
            Aspect.IS_MULTISIG: snapshot.is_multisig,
            Aspect.THRESHOLD: snapshot.threshold,
            Aspect.PARTICIPANTS: snapshot.participants,
            Aspect.ADDRESS_CHANGE: since,
        }
        self._busy_until = max(self._busy_until, snapshot.time_nano)
        known = {aspect: value for aspect, value in values.items() if value is not None}
        self._add(Step(key, 0, snapshot.time_nano, None, None, known, snapshot.number, snapshot.sequence))

    def _add_points(self) -> None:
        """Behind the last snapshot of each point, how the wallets stand to each other there."""
        for (point, occurrence), hashes in self._points.items():
            last = max(
                index
                for index, step in enumerate(self._steps)
                if step.key.kind is StepKind.SNAPSHOT and step.key.name == point and step.key.occurrence == occurrence
            )
            at = self._steps[last]
            key = Key(StepKind.POINT, at.key.round, None, point, occurrence)
            values: dict[Aspect, Any] = {Aspect.ADDRESSES: Groups.of(hashes)}
            self._steps.insert(
                last + 1, Step(key, 0, at.time_unix_nano, values=values, number=at.number, sequence=at.sequence)
            )

    def _add_event(self, event: EventFact) -> None:
        told = [str(value) for name in _TELLING if (value := event.attributes.get(name)) is not None]
        # An id in a name would make two names of one.
        name = " ".join([event.name, *told]).replace(self._facts.escrow_id or " ", "*")
        waited = event.attributes.get(_WAITS.get(event.name, ""))
        duration = None
        if isinstance(waited, int | float) and 0 <= waited < _LONGEST_WAIT:
            duration = round(waited * _SECOND)
        self._busy_until = max(self._busy_until, event.time_nano)
        key = self._key(StepKind.EVENT, event.round, event.role, name)
        self._add(
            Step(key, 0, event.time_nano, duration, number=event.number, sequence=event.sequence, text=event.error_text)
        )


def _round_of(call: CallFact) -> int | None:
    if call.method == EXCHANGE:
        return call.round if call.round >= _FIRST_EXCHANGE else None
    return _ROUND_OF_METHOD.get(call.method, call.round)


def _told_by_call(event: EventFact) -> bool:
    """Whether it is the exception of a call that failed, which the call itself tells."""
    return event.name == upstream.EVENT_EXCEPTION and event.method is not None


def _result(call: CallFact) -> Result:
    if call.interrupted or not call.ended:
        return Result(CallState.OPEN)
    if not call.failed:
        return Result(CallState.OK)
    meaning = None if call.meaning is None else str(call.meaning)
    return Result(CallState.FAILED, call.error_code, call.error_text, meaning)


def _find_retried(calls: Sequence[CallFact]) -> frozenset[int]:
    """The failed calls that came through when they were made again, and all that were made after such a failure."""
    groups: dict[tuple[int | None, str | None, str], list[CallFact]] = {}
    for call in calls:
        groups.setdefault((_round_of(call), call.role, call.method), []).append(call)
    retried: list[CallFact] = []
    for group in groups.values():
        first = next((index for index, call in enumerate(group) if call.failed), None)
        if first is not None and group[-1].succeeded:
            retried += group[first:]
    return frozenset(call.place for call in retried)


def _ports(calls: Iterable[CallFact]) -> dict[Aspect, Any]:
    """Which roles share a server, by the first port that each called."""
    first: dict[str, tuple[str | None, int]] = {}
    for call in calls:
        if call.role is not None and call.port is not None:
            first.setdefault(call.role, (call.address, call.port))
    return {Aspect.PORTS: Groups.of(first)} if first else {}
