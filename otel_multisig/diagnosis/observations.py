"""What is unusual in a set-up without being a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._evidence import evidence_of
from otel_multisig.diagnosis._values import number_of
from otel_multisig.diagnosis._words import call_name, escrow_name, listing, seconds, sentence, wallet_name
from otel_multisig.diagnosis.finding import Finding, Observation
from otel_multisig.diagnosis.methods import OPENERS
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.encounters import Encounters
    from otel_multisig.diagnosis.facts import CallFact, EventFact, SetupFacts

__all__ = ["observe"]

_SLOW: Final = 5_000_000_000
_SLOW_OPENER: Final = 15_000_000_000
_LONG_WAIT: Final = 0.1
_MOST_NAMED: Final = 3

_SLOW_CALL: Final = Observation.SLOW_CALL
_OPEN_CALL: Final = Observation.OPEN_CALL
_SNAPSHOT_FAILED: Final = events.WALLET_SNAPSHOT_FAILED
_TOLD: Final = frozenset({events.LOCK_ACQUIRED, _SNAPSHOT_FAILED})


def observe(setup: SetupFacts, encounters: Encounters) -> Iterator[Finding]:
    """All observations on a set-up."""
    for call in setup.calls:
        duration = call.duration_nano
        if duration is not None and duration > _SLOW and (call.method not in OPENERS or duration > _SLOW_OPENER):
            yield _of_call(setup, call, _SLOW_CALL, f"took {seconds(duration)}")
        if call.end_place is None:
            yield _of_call(setup, call, _OPEN_CALL, "started, and its end was never recorded")
        elif call.failed:
            yield from _failed(setup, call)
    yield from _out_of_order(setup)
    for event in setup.events:
        if event.name in _TOLD:
            yield from _told(setup, event)
    if setup.gaps:
        text = f"{setup.gaps} of the numbers of the record are missing: something of it was lost"
        yield Finding(Observation.LOST_RECORDS, text)
    if setup.backwards:
        yield Finding(Observation.CLOCK_STEP, f"Times run backwards at {setup.backwards} places of the record")
    yield from _shared(setup, encounters)


def _told(setup: SetupFacts, event: EventFact) -> Iterator[Finding]:
    if event.name == _SNAPSHOT_FAILED:
        text = f"A snapshot of {wallet_name(event.role)} could not be taken"
        yield _of_event(setup, event, Observation.FAILED_SNAPSHOT, text)
        return
    wait = number_of(event.attributes.get(attr.MONERO_LOCK_WAIT_DURATION))
    if wait is not None and wait > _LONG_WAIT:
        text = f"The set-up waited {seconds(round(wait * 1e9))} for a lock"
        yield _of_event(setup, event, Observation.LOCK_WAIT, text)


def _of_call(setup: SetupFacts, call: CallFact, kind: Observation, what: str) -> Finding:
    text = f"The call {call_name(call.method, call.role, call.port)} {what}"
    return Finding(kind, text, call.role, call.round, (evidence_of(setup, call, what),))


def _of_event(setup: SetupFacts, event: EventFact, kind: Observation, text: str) -> Finding:
    return Finding(kind, text, event.role, event.round, (evidence_of(setup, event, text),))


def _failed(setup: SetupFacts, call: CallFact) -> Iterator[Finding]:
    alike = (c for c in setup.calls if c.role == call.role and c.method == call.method and c.place > call.place)
    again = next((c for c in alike if c.succeeded), None)
    if again is not None and again.round == call.round:
        yield _of_call(setup, call, Observation.RETRIED, "failed, was made again and came through")
    elif call.method in OPENERS:
        yield _of_call(setup, call, Observation.FAILED_OPEN, "failed")


def _out_of_order(setup: SetupFacts) -> Iterator[Finding]:
    """A wallet that began a round while another one had not ended the one before."""
    last_of_round: dict[int, int] = {}
    for call in setup.calls:
        if call.round and not call.failed and call.method not in OPENERS:
            last_of_round[call.round] = call.last_place
    for call in setup.calls:
        before = last_of_round.get(call.round - 1)
        if before is not None and call.place < before and call.method not in OPENERS and not call.failed:
            what = f"began round {call.round} while another wallet had not ended the one before"
            yield _of_call(setup, call, Observation.ROUNDS_OUT_OF_ORDER, what)
            return


def _shared(setup: SetupFacts, encounters: Encounters) -> Iterator[Finding]:
    if not encounters.may_share(setup):
        return
    spans: dict[int, list[int]] = {}
    for call in setup.calls:
        if call.port is not None:
            span = spans.setdefault(call.port, [call.start_nano, call.last_nano])
            span[1] = max(span[1], call.last_nano)
    met: dict[str, list[int]] = {}
    for port, (since, until) in spans.items():
        for stay in encounters.on_port(setup, port, since, until):
            met.setdefault(stay.setup.escrow_id, []).append(port)
    if met:
        names = [f"escrow {escrow_name(name)}" for name in list(met)[:_MOST_NAMED]]
        more = f" and {len(met) - _MOST_NAMED} more" if len(met) > _MOST_NAMED else ""
        ports = ", ".join(map(str, sorted({port for found in met.values() for port in found})))
        text = sentence(f"{listing(names)}{more} used port {ports} at the same time")
        yield Finding(Observation.SHARED_PORT, text, interfering=tuple(name for name in met if name != setup.escrow_id))
