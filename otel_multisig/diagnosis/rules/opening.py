"""Wallets that could not be opened: closed without saving before, or the wrong one answered afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import (
    call_name,
    escrow_name,
    on_port,
    plain,
    quoted,
    seconds,
    sentence,
    wallet_name,
    wallet_on,
)
from otel_multisig.diagnosis.claims import LIKELY, PROVEN, STRONG, Claim
from otel_multisig.diagnosis.facts import CallFact
from otel_multisig.diagnosis.methods import CLOSE, CREATE, EXCHANGE, MAKE, OPEN, OPENERS, SETUP_METHODS, STORE
from otel_multisig.diagnosis.rules._intruders import find_owner, interfering, own_opens
from otel_multisig.diagnosis.rules._symptoms import symptom_of
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import FailureFact, SnapshotFact

__all__ = ["find"]

_NOBODY_ANSWERED: Final = frozenset({Meaning.UNREACHABLE, Meaning.TIMED_OUT, Meaning.NO_WALLET})
_NOT_OPENED: Final = frozenset({Meaning.OPEN_FAILED, Meaning.LOCKED, Meaning.WRONG_PASSWORD})


def find(case: Case) -> Iterator[Claim]:
    """Opens that failed in the record, and a failure that says so where opens are not recorded."""
    for call in case.setup.calls:
        if call.method in {OPEN, CREATE} and call.failed and call.error_code is not None:
            yield from _failed_open(case, call)
    failure = case.setup.failure
    failed = case.setup.call_at(failure.call_place) if failure is not None else None
    is_told = failed is not None and failed.method in OPENERS
    if failure is not None and failure.meaning is Meaning.OPEN_FAILED and not is_told:
        yield _unsaved_by_failure(case, failure)
    if not case.came_through:
        yield from _silent_stale(case)


def _failed_open(case: Case, call: CallFact) -> Iterator[Claim]:
    role = call.role
    later = [s for s in (case.wallets[role].steps if role in case.wallets else []) if s.place > call.place]
    again = next((s for s in later if getattr(s, "method", None) in OPENERS and getattr(s, "succeeded", False)), None)
    used = [s for s in later if (again is None or s.place < again.place) and getattr(s, "method", None) not in OPENERS]
    exchanged = _last_exchange(case, role, call.place)
    calls = [s for s in used if isinstance(s, CallFact)]
    worked = bool(calls) and calls[0].meaning is not Meaning.NO_WALLET
    is_unsaved = exchanged is not None and not any(c.succeeded for c in _stores(case, call, exchanged))
    if call.meaning in _NOT_OPENED and exchanged is not None and is_unsaved and not worked and again is None:
        yield _unsaved(case, call, exchanged, refused=calls[0] if calls else call)
        return
    wrong = _first_wrong(case, used)
    if wrong is None and _never_opened(case, call) and again is None and any(c.succeeded for c in calls):
        wrong = next(c for c in calls if c.succeeded)
    if wrong is None:
        if not used and again is None and not case.came_through:
            yield _not_opened(case, call)
        return
    owner = find_owner(case, getattr(wrong, "address_hash", None))
    symptom, symptom_nano = symptom_of(case, wrong.place)
    text = (
        f"The call {call_name(call.method, role, call.port)} failed, and the wallet that was open before "
        "answered in its place"
    )
    evidence = [
        case.evidence(call, f"{plain(call.method)} failed", at_end=True),
        case.evidence(wrong, f"another wallet answered for {wallet_name(role)}", at_end=True),
    ]
    if owner is not None:
        evidence += owner.evidence
        text += f": that of escrow {escrow_name(owner.setup.escrow_id)}"
    yield Claim(
        FaultType.STALE_WALLET_AFTER_FAILED_OPEN,
        role,
        call.round,
        text,
        tuple(evidence),
        call.place,
        symptom,
        PROVEN + 2,
        sure=case.is_whole and not _never_opened(case, call),
        others=(FaultType.WALLET_SWAPPED,),
        interfering=interfering(case, owner),
        cause_nano=call.last_nano,
        symptom_nano=symptom_nano,
    )


def _never_opened(case: Case, call: CallFact) -> bool:
    """Whether the set-up, which opens its wallets itself, never opened one on that port."""
    opened = [c.port for c in case.setup.calls if c.method in OPENERS and c.method != CLOSE and c.succeeded]
    return bool(opened) and call.port not in opened


def _first_wrong(case: Case, steps: list[CallFact | SnapshotFact]) -> CallFact | SnapshotFact | None:
    """The first thing after a failed open that the right wallet would not have shown."""
    if case.is_consistent_at_end:
        return None
    for step in steps:
        if not isinstance(step, CallFact):
            if not case.is_right(step):
                return step
        elif step.method in SETUP_METHODS and step.failed and case.is_refusal(step):
            return step if step.meaning not in _NOBODY_ANSWERED else None
    return None


def _last_exchange(case: Case, role: str | None, before: int) -> CallFact | None:
    found = case.done(role, EXCHANGE, before)
    return found[-1] if found else None


def _unsaved(case: Case, call: CallFact, exchanged: CallFact, *, refused: CallFact) -> Claim:
    name = wallet_name(call.role)
    closes = _closes(case, call, exchanged)
    evidence = [case.evidence(call, f"{plain(call.method)} of {name} failed", at_end=True)]
    evidence += [case.evidence(c, f"{name} was closed", at_end=True) for c in closes]
    evidence.append(case.evidence(exchanged, f"{name} made an exchange", at_end=True))
    cause = closes[-1] if closes else exchanged
    return Claim(
        FaultType.UNSAVED_CLOSE,
        call.role,
        case.round_after(exchanged, closes[-1].place if closes else exchanged.last_place),
        f"{sentence(name)}{on_port(call.port)} was closed without saving after its exchange of round "
        f"{exchanged.round}, and could not be opened {seconds(call.start_nano - cause.last_nano)} later",
        tuple(evidence),
        cause.place,
        refused.last_place,
        PROVEN + 3 if closes else STRONG + 8,
        sure=bool(closes)
        and call.meaning is Meaning.OPEN_FAILED
        and case.is_whole
        and not _stores(case, call, exchanged)
        and _is_same_file(case, call, exchanged)
        and not case.met_others(call),
        others=(FaultType.RACE, FaultType.STALE_WALLET_AFTER_FAILED_OPEN, FaultType.WALLET_SWAPPED),
        cause_nano=cause.last_nano,
        symptom_nano=call.last_nano,
    )


def _closes(case: Case, call: CallFact, exchanged: CallFact) -> list[CallFact]:
    """The closes of a wallet between its last exchange and the open that failed."""
    return [
        c
        for c in case.setup.calls
        if c.port == call.port and c.method == CLOSE and c.succeeded and exchanged.place < c.place < call.place
    ]


def _stores(case: Case, call: CallFact, exchanged: CallFact) -> list[CallFact]:
    """What may have saved a wallet between its last exchange and its close, else the open that failed."""
    closes = _closes(case, call, exchanged)
    until = closes[-1].place if closes else call.place
    return [
        c for c in case.setup.calls if c.port == call.port and c.method == STORE and exchanged.place < c.place < until
    ]


def _is_same_file(case: Case, call: CallFact, exchanged: CallFact) -> bool:
    """Whether the file that could not be opened is that of the wallet that made the exchange; none was opened since."""
    opens = own_opens(case, exchanged.port, call.place)
    opened = opens[-1] if opens else None
    return (
        opened is not None
        and opened.place < exchanged.place
        and opened.file_name is not None
        and (opened.port, opened.file_name) == (call.port, call.file_name)
    )


def _not_opened(case: Case, call: CallFact) -> Claim:
    name = wallet_name(call.role)
    return Claim.of_call(
        FaultType.UNKNOWN,
        call,
        f"{sentence(name)}{on_port(call.port)} could not be opened: {quoted(call.error_text or str(call.error_code))}",
        (case.evidence(call, f"{plain(call.method)} of {name} failed", at_end=True),),
        10,
        others=(FaultType.RACE, FaultType.UNSAVED_CLOSE),
    )


def _unsaved_by_failure(case: Case, failure: FailureFact) -> Claim:
    """What a record without opens tells: the open that ended the set-up, and whether an exchange came before."""
    role = failure.role
    name = wallet_name(role)
    exchanged = _last_exchange(case, role, failure.place)
    evidence = [case.evidence(failure, f"{name} could not be opened")]
    if exchanged is not None:
        evidence.append(case.evidence(exchanged, f"{name} made an exchange", at_end=True))
        return Claim(
            FaultType.UNSAVED_CLOSE,
            role,
            case.round_after(exchanged, exchanged.last_place),
            f"{sentence(name)} was closed without saving after its exchange of round {exchanged.round}, and could not "
            f"be opened {seconds(failure.time_nano - exchanged.last_nano)} later",
            tuple(evidence),
            exchanged.place,
            failure.place,
            STRONG,
            others=(FaultType.RACE,),
            cause_nano=exchanged.last_nano,
            symptom_nano=failure.time_nano,
        )
    return Claim.of_failure(
        FaultType.STALE_WALLET_AFTER_FAILED_OPEN if case.done(role, MAKE) else FaultType.UNKNOWN,
        failure,
        f"{sentence(name)} could not be opened: {quoted(failure.error_text or '')}",
        tuple(evidence),
        LIKELY,
        others=(FaultType.RACE, FaultType.UNSAVED_CLOSE),
    )


def _silent_stale(case: Case) -> Iterator[Claim]:
    """Another wallet in a record without opens, of an application that opens its own before each call."""
    if case.encounters.is_alone or not case.is_legacy or not case.opens_each_time:
        return
    for snapshot in case.setup.snapshots:
        if case.is_right(snapshot) or (snapshot.point or "").startswith("pre_round"):
            continue
        owner = find_owner(case, snapshot.address_hash)
        if owner is None:
            continue
        symptom, symptom_nano = symptom_of(case, snapshot.place)
        yield Claim(
            FaultType.STALE_WALLET_AFTER_FAILED_OPEN,
            snapshot.role,
            case.round_of_cause(snapshot),
            f"{sentence(wallet_on(snapshot.role, snapshot.port))} was that of escrow "
            f"{escrow_name(owner.setup.escrow_id)}, although the application opens its wallet before each call",
            (case.evidence(snapshot, "the wallet of another escrow"), *owner.evidence),
            max(0, snapshot.place - 1),
            symptom,
            LIKELY,
            others=(FaultType.WALLET_SWAPPED,),
            interfering=interfering(case, owner),
            cause_nano=snapshot.time_nano,
            symptom_nano=symptom_nano,
        )
        return
