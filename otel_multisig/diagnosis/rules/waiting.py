"""Set-ups that did not get what they waited for: a server of the pool, a lock, or any progress at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import call_name, plain, quoted, seconds, sentence, wallet_name
from otel_multisig.diagnosis.claims import LIKELY, PROVEN, STRONG, WEAKEST, Claim
from otel_multisig.diagnosis.finding import BEFORE_ROUNDS
from otel_multisig.diagnosis.methods import OPEN
from otel_multisig.diagnosis.rules._symptoms import custom_names, last_place_of, network_error
from otel_multisig.model import Outcome
from otel_multisig.semconv import events
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import CallFact, FailureFact
    from otel_multisig.diagnosis.finding import Evidence

__all__ = ["find_lock_contention", "find_pool_exhausted", "find_stalled", "find_unknown"]

_EXHAUSTED: Final = "wallet_pool_exhausted"


def find_pool_exhausted(case: Case) -> Iterator[Claim]:
    """A set-up that failed because no wallet server was free."""
    failure = case.setup.failure
    told = failure is not None and failure.meaning is Meaning.POOL_EXHAUSTED
    calls = [c for c in case.refusals if c.meaning is Meaning.POOL_EXHAUSTED]
    reported = [e for e in case.setup.events if e.name == events.CUSTOM and _EXHAUSTED in custom_names(e)]
    if not told and not calls and not (reported and not case.came_through and case.setup.outcome is not None):
        return
    failed: CallFact | FailureFact | None = calls[0] if calls else failure
    place = reported[-1].place if failed is None else last_place_of(failed)
    role = None if failed is None else failed.role
    number = reported[-1].round if failed is None else failed.round
    if not any(step.place < place for step in case.setup.steps):
        number = BEFORE_ROUNDS  # whatever round the client says: nothing of it had begun
    evidence = [case.evidence(e, "the application reported that its pool was exhausted") for e in reported]
    evidence += _failures(case, calls)
    text = failure.error_text if failure is not None else None
    yield Claim(
        FaultType.POOL_EXHAUSTED,
        role if role is not None or not reported else reported[0].role,
        number,
        f"No wallet server was free for {wallet_name(role)}" + (f": {quoted(text)}" if text else ""),
        tuple(evidence),
        reported[0].place if reported else place,
        place,
        PROVEN if told or calls else LIKELY,
        sure=told or bool(calls),
        others=(FaultType.LOCK_CONTENTION,),
        cause_nano=reported[0].time_nano if reported else None,
    )


def _failures(case: Case, calls: list[CallFact]) -> list[Evidence]:
    """The calls that failed, else what ended the set-up."""
    failure = case.setup.failure
    if failure is not None and not calls:
        return [case.evidence(failure, "what ended the set-up")]
    return [case.evidence(call, f"{plain(call.method)} failed", at_end=True) for call in calls]


def find_lock_contention(case: Case) -> Iterator[Claim]:
    """A set-up that failed because somebody else held a lock. To have waited for one is no fault."""
    failure = case.setup.failure
    calls = [c for c in case.refusals if c.meaning is Meaning.LOCKED and c.method != OPEN]
    if failure is not None and failure.meaning is Meaning.LOCKED:
        failed: CallFact | FailureFact = failure
    elif calls:
        failed = calls[0]
    else:
        return
    place, role, text = last_place_of(failed), failed.role, failed.error_text
    waits = [e for e in case.setup.events if e.name == events.LOCK_ACQUIRED]
    if role is None and waits and not calls:
        role = waits[-1].role
    evidence = _failures(case, calls)
    evidence += [case.evidence(event, "the set-up waited for a lock") for event in waits[-1:]]
    yield Claim(
        FaultType.LOCK_CONTENTION,
        role,
        failed.round,
        f"Somebody else held the lock of {wallet_name(role)}: {quoted(text or '')}",
        tuple(evidence),
        place,
        calls[0].last_place if calls else place,
        STRONG,
        others=(FaultType.POOL_EXHAUSTED, FaultType.RACE),
        interfering=_holders(case, text),
    )


def _holders(case: Case, text: str | None) -> tuple[str, ...]:
    """The escrows that held the lock that the error names while the set-up waited."""
    setup, encounters = case.setup, case.encounters
    found: set[str] = set()
    for name in encounters.lock_names:
        if name is None:
            # A lock without a name is that one only where it was held all the time.
            stays = encounters.held(name, setup.last_nano, setup.start_nano)
        elif name in (text or ""):
            stays = encounters.held(name, setup.start_nano, setup.last_nano)
        else:
            continue
        found.update(stay.setup.escrow_id for stay in stays if stay.setup.start_nano <= setup.last_nano)
    return tuple(sorted(found - {setup.escrow_id}))


def find_stalled(case: Case) -> Iterator[Claim]:
    """A set-up without an end and without an error."""
    setup = case.setup
    if setup.failure is not None or case.came_through or setup.outcome is Outcome.SUCCESS or not case.wallets:
        return
    if setup.outcome is Outcome.FAILURE or any(not network_error(c) or c.failed for c in case.refusals):
        return
    opened = [c for c in setup.calls if c.end_place is None or c.interrupted]
    call = opened[-1] if opened else None
    if not setup.steps:
        return
    last = call or setup.steps[-1]
    since = call.start_nano if call is not None else setup.last_nano
    role = last.role if call is not None else _waiting_role(case)
    if call is not None:
        text = f"The call {call_name(call.method, call.role, call.port)} never ended, and the set-up went no further"
    else:
        passed = seconds(since - setup.start_nano)
        text = f"The set-up went no further in round {last.round}: nothing is recorded after {passed}"
    yield Claim(
        FaultType.STALLED,
        role,
        last.round,
        sentence(text),
        (case.evidence(last, "the last that is known"),),
        last.place,
        last.place,
        LIKELY,
        others=(FaultType.SERVER_UNREACHABLE, FaultType.TIMEOUT) if call is not None else (FaultType.UNKNOWN,),
        cause_nano=since,
        symptom_nano=setup.last_nano,
    )


def _waiting_role(case: Case) -> str | None:
    """The wallet whose turn it was: the first that has come less far than the one before it."""
    done = {role: sum(c.succeeded for c in wallet.calls) for role, wallet in case.wallets.items()}
    most = max(done.values())
    waiting = [role for role, count in done.items() if count < most]
    # Where all have come as far, the first one's turn comes again.
    return waiting[0] if waiting else next(iter(done)) if most else None


def find_unknown(case: Case) -> Iterator[Claim]:
    """An error that no rule explains."""
    failure = case.setup.failure
    call = case.failing_call
    if call is not None:
        yield _unknown_call(case, call)
    elif failure is not None:
        yield Claim.of_failure(
            FaultType.UNKNOWN,
            failure,
            f"The set-up failed: {quoted(failure.error_text or failure.error_type or 'no error was recorded')}",
            (case.evidence(failure, "what ended the set-up"),),
            WEAKEST,
        )
    elif case.setup.outcome is Outcome.FAILURE:
        opened = [c for c in case.setup.calls if c.end_place is None]
        last = opened[-1] if opened else None
        yield Claim(
            FaultType.UNKNOWN,
            last.role if last is not None else None,
            last.round if last is not None else None,
            f"The set-up failed, and its error was not recorded: {quoted(case.setup.failure_text or 'no text')}",
            (case.evidence(last, "a call that never ended"),) if last is not None else (),
            last.place if last is not None else case.setup.places,
            last.place if last is not None else case.setup.places,
            WEAKEST,
        )


def _unknown_call(case: Case, call: CallFact) -> Claim:
    text = call.error_text or call.error_type or "no error was recorded"
    return Claim.of_call(
        FaultType.UNKNOWN,
        call,
        f"The call {call_name(call.method, call.role, call.port)} failed: {quoted(text)}",
        (case.evidence(call, f"{plain(call.method)} failed", at_end=True),),
        WEAKEST,
    )
