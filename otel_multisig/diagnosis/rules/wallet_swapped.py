"""Another wallet was open on the port than the set-up had opened there, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import (
    escrow_name,
    on_port,
    seconds,
    sentence,
    wallet_name,
    wallet_on,
)
from otel_multisig.diagnosis.case import EARLY, FINAL, PLAIN
from otel_multisig.diagnosis.claims import LIKELY, PROVEN, STRONG, WEAK, Claim
from otel_multisig.diagnosis.facts import CallFact, SnapshotFact
from otel_multisig.diagnosis.methods import CLOSE, EXCHANGE, MAKE, OPENERS, WALLETLESS
from otel_multisig.diagnosis.rules._intruders import (
    Intruder,
    accuse,
    cause_time,
    deed_of,
    find_intruder,
    find_owner,
    interfering,
    openers_of_others,
    own_openers,
    own_opens,
)
from otel_multisig.diagnosis.rules._symptoms import (
    end_of,
    right_until,
    start_of,
    state_refusal,
    step_name,
    symptom_of,
)
from otel_multisig.diagnosis.rules._wrong_wallet_refused import OTHERS, find_refused
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case

__all__ = ["find"]

_KIND: Final = FaultType.WALLET_SWAPPED


def find(case: Case) -> Iterator[Claim]:
    """What snapshots, refusals and the opens of other set-ups tell of a wallet that was not the right one."""
    for role in case.wallets:
        yield from _opened_by_others(case, role)
        yield from _changed(case, role)
    for call in case.refusals:
        yield from find_refused(case, call)
    yield from _odd_placeholder(case)


# What other records prove: somebody opened or closed a wallet between this set-up's open and its use.


def _opened_by_others(case: Case, role: str) -> Iterator[Claim]:
    if case.encounters.is_alone or not case.encounters.has_openers:
        return
    before: CallFact | SnapshotFact | None = None
    own: CallFact | None = None
    for step in case.wallets[role].steps:
        if isinstance(step, CallFact) and step.method in OPENERS:
            if step.succeeded:
                before, own = step, step
            continue
        if before is not None and step.port is not None and step.port == before.port:
            claim = _between(case, role, before, step, own)
            if claim is not None:
                yield claim
                return
        before = step


def _between(
    case: Case, role: str, before: CallFact | SnapshotFact, step: CallFact | SnapshotFact, own: CallFact | None
) -> Claim | None:
    since, until = end_of(before), start_of(step)
    openers = openers_of_others(case, step.port, step.address, since, until)
    if not openers:
        return None
    setup, fact = openers[-1]
    if own is not None and own.file_name is not None and own.file_name == fact.file_name:
        return None  # it opened this set-up's own wallet again
    also = own_openers(case, step.port, before.place, step.place)
    if not all(c.succeeded for c in also):
        return None  # the set-up's own open failed: that is the cause
    named = own is not None and own.file_name is not None and (fact.file_name is not None or fact.method == CLOSE)
    if case.came_through and not named:
        return None
    if not _did_harm(case, step):
        return None
    certain = case.encounters.is_certainly_within(
        fact.start_nano, since, until
    ) and case.encounters.is_certainly_within(fact.last_nano, since, until)
    symptom, symptom_nano = symptom_of(case, step.place)
    name = escrow_name(setup.escrow_id)
    did = deed_of(fact)
    after, then = step_name(before), step_name(step)
    return Claim(
        _KIND,
        role,
        case.round_of_cause(step),
        f"Escrow {name} {did}{on_port(step.port)} between {escrow_name(case.setup.escrow_id)}'s {after} and its {then}",
        (
            case.evidence(fact, f"escrow {name} {did}{on_port(step.port)}", at_end=True, setup=setup),
            case.evidence(before, f"{wallet_name(role)} was in use before", at_end=True),
            case.evidence(step, f"{wallet_name(role)} was used again"),
        ),
        before.place,
        symptom,
        PROVEN,
        sure=certain
        and _is_explained(fact, before, step, own)
        and not also
        and case.is_whole
        and not case.may_lack_others(step.port, since, until),
        others=OTHERS,
        interfering=case.ids_of(setup),
        cause_nano=fact.last_nano,
        symptom_nano=symptom_nano or until,
    )


def _is_explained(
    fact: CallFact, before: CallFact | SnapshotFact, step: CallFact | SnapshotFact, own: CallFact | None
) -> bool:
    """Whether the step met what another set-up had left: no wallet after a close, another one after an open."""
    found_none = isinstance(step, CallFact) and step.meaning is Meaning.NO_WALLET
    if fact.method == CLOSE:
        had_one = not isinstance(before, CallFact) or (before.succeeded and before.method not in WALLETLESS)
        return found_none and had_one
    return not found_none and fact.file_name is not None and own is not None and own.file_name is not None


def _did_harm(case: Case, step: CallFact | SnapshotFact) -> bool:
    """Whether what came after was not just as it should be."""
    if isinstance(step, SnapshotFact):
        kind = case.kinds.get(step.place)
        if kind in {EARLY, FINAL} and step.address_hash is not None:
            others = [h for r, h in case.hashes(kind).items() if r != step.role]
            if step.address_hash in others and step.is_multisig is not False:
                return False
        return True
    if step.method == EXCHANGE and step.succeeded:
        return not case.is_consistent_at_end
    return True


# What snapshots tell.


def _changed(case: Case, role: str) -> Iterator[Claim]:
    last: dict[int, SnapshotFact] = {}
    for snapshot in case.wallets[role].snapshots:
        kind = case.kinds[snapshot.place]
        if kind is None:
            continue
        before = last.get(kind)
        last[kind] = snapshot
        is_plain_again = kind != PLAIN and snapshot.is_multisig is False
        has_changed = (
            before is not None
            and before.address_hash is not None
            and snapshot.address_hash is not None
            and before.address_hash != snapshot.address_hash
            and snapshot.address_hash != case.common_hashes.get(kind)
        )
        if not (is_plain_again or has_changed) or _is_harmless(case, snapshot):
            continue
        if case.final_from > 2 and kind == EARLY and not is_plain_again:  # noqa: PLR2004 - of 2-of-3
            continue
        yield _claim_of_change(case, role, snapshot, is_plain=is_plain_again)
        return


def _is_harmless(case: Case, snapshot: SnapshotFact) -> bool:
    """Whether the right wallet was back before it was needed."""
    return case.is_consistent_at_end and any(
        s.role == snapshot.role and s.place > snapshot.place and case.kinds[s.place] == FINAL and case.is_right(s)
        for s in case.setup.snapshots
    )


def _claim_of_change(case: Case, role: str, snapshot: SnapshotFact, *, is_plain: bool) -> Claim:
    good = case.last_good(role, snapshot.place)
    since = right_until(case, good)
    owner = find_owner(case, snapshot.address_hash)
    intruder = owner or find_intruder(case, snapshot.port, snapshot.address, since, snapshot.time_nano)
    failed_open = [c for c in own_openers(case, snapshot.port, good.place if good else -1, snapshot.place) if c.failed]
    symptom, symptom_nano = symptom_of(case, snapshot.place)
    what = "was no longer multisig" if is_plain else "had another address"
    evidence = [case.evidence(snapshot, f"{wallet_on(role, snapshot.port)} {what}")]
    if good is not None:
        evidence.append(case.evidence(good, f"{wallet_name(role)} was the right one", at_end=True))
    text = f"{sentence(wallet_on(role, snapshot.port))} {what} in {step_name(snapshot)}"
    if good is not None:
        text += f", {seconds(snapshot.time_nano - since)} after {step_name(good)}"
    if intruder is not None:
        evidence += intruder.evidence
        text += f": {accuse(intruder)}"
    sure = owner is not None and not failed_open and case.is_whole
    others = OTHERS if is_plain else (*OTHERS, FaultType.STATE_DIVERGENCE)
    return Claim(
        _KIND,
        role,
        case.round_of_cause(snapshot),
        text,
        tuple(evidence),
        good.place if good is not None else 0,
        symptom,
        STRONG + 10 if not failed_open else WEAK,
        sure=sure,
        others=others,
        interfering=interfering(case, intruder),
        cause_nano=cause_time(intruder, snapshot.time_nano),
        symptom_nano=symptom_nano,
    )


# What the placeholder tells, which is the same for all wallets that were made together.


def _is_another_wallet(case: Case, make: CallFact, intruder: Intruder) -> bool:
    """Whether what an intruder opened is by its name another wallet than that of this set-up."""
    own = own_opens(case, make.port, make.place)
    theirs = intruder.fact
    if not own or not isinstance(theirs, CallFact):
        return False
    return None not in {own[-1].file_name, theirs.file_name} and own[-1].file_name != theirs.file_name


def _odd_placeholder(case: Case) -> Iterator[Claim]:
    odd = case.odd_ones(case.early_hashes)
    if not odd or case.came_through:
        return
    role = odd[0]
    make = next(iter(case.done(role, MAKE)), None)
    makes = [c for c in case.setup.calls if c.method == MAKE and c.succeeded]
    if make is None or any(case.are_inputs_right(c) is False for c in makes):
        return  # where the others were given wrong infos, it is the odd one because it is right
    snapshot = next(s for s in case.wallets[role].snapshots if s.address_hash == case.early_hashes[role])
    good = case.last_good(role, make.place)
    since = right_until(case, good)
    intruder = find_intruder(case, make.port, make.address, since, make.last_nano)
    refusal = state_refusal(case, snapshot.place)
    weight = LIKELY - 5
    if case.are_inputs_right(make):
        weight = STRONG + 10
    elif refusal is not None and refusal.meaning is Meaning.DISABLED and refusal.role == role:
        weight = STRONG
    elif intruder is not None or case.waited_before(make):
        weight = LIKELY + 10
    evidence = [
        case.evidence(snapshot, f"{wallet_name(role)} had another placeholder address than the others"),
        case.evidence(make, f"make_multisig of {wallet_name(role)}", at_end=True),
    ]
    text = f"{sentence(wallet_on(role, make.port))} was another one at make_multisig than at prepare_multisig"
    if intruder is not None:
        evidence += intruder.evidence
        text += f"; {accuse(intruder)}"
    symptom, symptom_nano = symptom_of(case, snapshot.place)
    yield Claim(
        _KIND,
        role,
        case.round_of_cause(make),
        text,
        tuple(evidence),
        good.place if good is not None else 0,
        symptom,
        weight,
        sure=bool(case.are_inputs_right(make))
        and intruder is not None
        and intruder.sure
        and _is_another_wallet(case, make, intruder)
        and case.is_whole
        and not case.may_lack_others(make.port, since, make.last_nano),
        others=(FaultType.MIXED_SESSION_INPUTS, *OTHERS, FaultType.STATE_DIVERGENCE),
        interfering=interfering(case, intruder),
        cause_nano=cause_time(intruder, make.start_nano),
        symptom_nano=symptom_nano,
    )
