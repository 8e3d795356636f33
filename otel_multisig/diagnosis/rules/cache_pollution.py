"""A wallet that was multisig before round 1 began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import (
    call_name,
    escrow_name,
    listing,
    plain,
    sentence,
    wallet_name,
    wallet_on,
)
from otel_multisig.diagnosis.claims import LIKELY, PROVEN, STRONG, WEAK, Claim
from otel_multisig.diagnosis.finding import BEFORE_ROUNDS
from otel_multisig.diagnosis.methods import CLOSE, MAKE, OPENERS, PREPARE
from otel_multisig.diagnosis.rules._intruders import openers_of_others
from otel_multisig.diagnosis.rules._symptoms import took_time_limit
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events
from otel_multisig.semconv.attributes import FaultType, SnapshotPoint
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.encounters import Sighting
    from otel_multisig.diagnosis.facts import CallFact, EventFact, SetupFacts, SnapshotFact, Step

__all__ = ["find"]

_PRE_ROUND1: Final = SnapshotPoint.PRE_ROUND1.value


def find(case: Case) -> Iterator[Claim]:
    """Wallets that were multisig when they should have been plain, and refusals that say so."""
    shown = {}
    for role, wallet in case.wallets.items():
        first = wallet.snapshots[0] if wallet.snapshots else None
        if first is not None and first.is_multisig and _is_before_make(case, first) and not case.done(role, PREPARE):
            shown[role] = first
    if shown and not case.came_through:
        yield _shown(case, shown)
    elif not shown and (refusal := _refused(case)) is not None:
        yield from _unseen(case, refusal)


def _is_before_make(case: Case, snapshot: SnapshotFact) -> bool:
    if snapshot.point != _PRE_ROUND1:
        return False
    return not any(c.method == MAKE and c.place < snapshot.place for c in case.calls_of(snapshot.role))


def _refused(case: Case) -> CallFact | None:
    return next(
        (c for c in case.refusals if c.meaning is Meaning.ALREADY_MULTISIG and c.method in {PREPARE, MAKE}), None
    )


def _shown(case: Case, shown: dict[str, SnapshotFact]) -> Claim:
    refusal = next((c for c in case.refusals if c.role in shown and c.method in {PREPARE, MAKE}), _refused(case))
    first = shown[refusal.role] if refusal is not None and refusal.role in shown else next(iter(shown.values()))
    # The wallet that was refused was multisig too, though no snapshot of it is in the record.
    role = refusal.role if refusal is not None and refusal.role not in shown else first.role
    evidence = [
        case.evidence(snapshot, f"{wallet_on(role, snapshot.port)} was multisig before round 1")
        for role, snapshot in sorted(shown.items(), key=lambda item: item[1] is not first)
    ]
    if refusal is not None:
        evidence.append(case.evidence(refusal, f"{call_name(refusal.method, refusal.role)} was refused", at_end=True))
    symptom = refusal.last_place if refusal is not None else first.place
    owner, maker, proven = _find_maker(case, first)
    names = [wallet_name(role) for role in shown]
    what = f"{listing(names)} {'was' if len(names) == 1 else 'were'} multisig before round 1 began"
    if owner is not None:
        if maker is not None:
            evidence.append(case.evidence(maker.fact, "the wallet of this address", setup=owner))
        sure = proven and case.is_whole
        return Claim(
            FaultType.WALLET_SWAPPED,
            first.role,
            BEFORE_ROUNDS,
            f"{sentence(wallet_on(first.role, first.port))} was that of escrow {escrow_name(owner.escrow_id)} "
            "before round 1 began",
            tuple(evidence),
            first.place,
            symptom,
            PROVEN,
            sure=sure,
            others=() if sure else (FaultType.CACHE_POLLUTION, FaultType.STALE_WALLET_AFTER_FAILED_OPEN),
            interfering=case.ids_of(owner),
            cause_nano=first.time_nano,
            symptom_nano=refusal.last_nano if refusal is not None else None,
        )
    interfering: tuple[str, ...] = ()
    if maker is not None:
        interfering = case.ids_of(maker.setup)
        who = f"escrow {escrow_name(maker.setup.escrow_id)}" if interfering else "an earlier set-up of the same escrow"
        what += f": {who} had made it multisig"
        evidence.append(case.evidence(maker.fact, f"{who} made the wallet multisig", setup=maker.setup))
    agrees = refusal is not None and refusal.meaning is Meaning.ALREADY_MULTISIG
    since, until = case.setup.start_nano, first.time_nano
    stays = case.encounters.on_port(case.setup, first.port, since, until, first.address)
    alone = not stays and not case.may_lack_others(first.port, since, until)
    # Where opens are not recorded, one that failed shows the same: another's wallet had stayed open.
    sure = role in shown and case.is_whole and (proven or (agrees and alone))
    return Claim(
        FaultType.CACHE_POLLUTION,
        role,
        BEFORE_ROUNDS,
        sentence(what),
        tuple(evidence),
        first.place,
        symptom,
        PROVEN,
        sure=sure,
        others=() if sure else (FaultType.WALLET_SWAPPED, FaultType.STALE_WALLET_AFTER_FAILED_OPEN),
        interfering=interfering,
        cause_nano=first.time_nano,
        symptom_nano=refusal.last_nano if refusal is not None else None,
    )


def _find_maker(case: Case, snapshot: SnapshotFact) -> tuple[SetupFacts | None, Sighting[Step] | None, bool]:
    """Whose wallet it is where it is another's, else who made it multisig; and whether that is certain.

    The wallet's placeholder stands in the record of whoever ran make on it. That one worked on this set-up's wallet, if
    its make came after this set-up had opened the wallet and before anybody opened another one. Whether it opened this
    very wallet or another one, the names of the files tell.
    """
    sightings = sorted(
        case.encounters.seen_address(snapshot.address_hash),
        key=lambda sighting: abs(sighting.setup.start_nano - case.setup.start_nano),
    )
    for sighting in sightings:
        other = sighting.setup
        if other is case.setup:
            continue
        makes = [c for c in other.calls if c.method == MAKE and c.port == snapshot.port and c.succeeded]
        if not makes:
            continue
        made = makes[0]
        opened = _last_opener(case.setup, snapshot.port, snapshot.time_nano)
        theirs = _last_opener(other, snapshot.port, snapshot.time_nano)
        skew = case.encounters.skew
        if opened is None or theirs is None:
            # An opening is not in the records: this set-up's lies between its start and the snapshot.
            return None, sighting, False
        own = opened.file_name
        told = not case.may_lack_others(snapshot.port, opened.last_nano, snapshot.time_nano)
        openers = openers_of_others(case, snapshot.port, snapshot.address, opened.last_nano, snapshot.time_nano)
        # What others did there since, but for opening this very wallet again.
        foreign = [fact for _, fact in openers if own is None or fact.file_name != own]
        if theirs.start_nano > opened.last_nano and (own is None or theirs.file_name != own):
            named = own is not None and theirs.file_name is not None and foreign[-1:] == [theirs]
            return other, sighting, named and told and theirs.start_nano - skew > opened.last_nano
        is_own = not foreign and told and opened.method != CLOSE
        return None, sighting, is_own and made.start_nano - skew > opened.last_nano
    return None, None, False


def _last_opener(setup: SetupFacts, port: int | None, before_nano: int) -> CallFact | None:
    found = [
        c for c in setup.calls if c.method in OPENERS and c.port == port and c.succeeded and c.start_nano <= before_nano
    ]
    return found[-1] if found else None


def _unseen(case: Case, refusal: CallFact) -> Iterator[Claim]:
    """A refusal, with no snapshot before round 1 to say since when the wallet is multisig."""
    role = refusal.role
    looks = case.setup.wallets[role].snapshots
    if any(s.is_multisig is False and s.place < refusal.place for s in looks) or case.done(role, PREPARE):
        return  # it was plain in round 1
    reported = next((event for event in case.setup.events if _reports_pollution(event)), None)
    evidence = [case.evidence(refusal, f"{plain(refusal.method)} of {wallet_name(role)} was refused", at_end=True)]
    if reported is not None:
        evidence.append(case.evidence(reported, "the application reported cache pollution"))
    yield Claim(
        FaultType.CACHE_POLLUTION,
        role,
        BEFORE_ROUNDS,
        f"{sentence(wallet_on(role, refusal.port))} was multisig already when {plain(refusal.method)} was called",
        tuple(evidence),
        refusal.place,
        refusal.last_place,
        WEAK if took_time_limit(refusal) else STRONG if reported is not None else LIKELY + 5,
        others=(FaultType.RACE, FaultType.LOST_ANSWER_RETRY, FaultType.WALLET_SWAPPED),
        symptom_nano=refusal.last_nano,
    )


def _reports_pollution(event: EventFact) -> bool:
    """Whether the application itself said so; what rules recorded while the set-up ran is no evidence for rules."""
    return (
        event.name == events.FAULT
        and event.text(attr.MONERO_FAULT_TYPE) == FaultType.CACHE_POLLUTION.value
        and attr.MONERO_FAULT_SURE not in event.attributes
    )
