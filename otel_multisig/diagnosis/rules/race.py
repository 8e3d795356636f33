"""Two clients at work on one wallet, where the record shows no single swap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import (
    call_name,
    escrow_name,
    listing,
    on_port,
    plain,
    sentence,
    wallet_name,
    wallet_on,
)
from otel_multisig.diagnosis.case import PLAIN
from otel_multisig.diagnosis.claims import LIKELY, STRONG, WEAK, Claim
from otel_multisig.diagnosis.facts import CallFact
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE, OPENERS, PREPARE, SETUP_METHODS
from otel_multisig.diagnosis.rules._symptoms import (
    custom_names,
    last_place_of,
    network_error,
    paused,
    right_until,
    symptom_of,
)
from otel_multisig.semconv import events
from otel_multisig.semconv.attributes import FaultType, SnapshotPoint
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.encounters import Sighting
    from otel_multisig.diagnosis.facts import SetupFacts, SnapshotFact, Step, WalletFacts

__all__ = ["find"]

_KIND: Final = FaultType.RACE
_PRE_ROUND1: Final = SnapshotPoint.PRE_ROUND1.value
_DETECTED: Final = "race_detected"
_DUPLICATE: Final = "duplicate_"
_PORT: Final = "_port"
_TOGETHER: Final = 10_000_000_000
_OTHERS: Final = (FaultType.LOST_ANSWER_RETRY, FaultType.WALLET_SWAPPED, FaultType.CACHE_POLLUTION)


def find(case: Case) -> Iterator[Claim]:
    """A second worker, shared wallets, what the application itself saw, and the last of several that fails."""
    for call in case.refusals:
        yield from _second_worker(case, call)
    yield from _same_wallets(case)
    if not case.came_through:
        yield from _one_wallet(case)
        yield from _reported(case)
        yield from _always_last(case)


def _second_worker(case: Case, call: CallFact) -> Iterator[Claim]:
    """A step that had been done already, though not by this set-up."""
    if not _is_done_already(case, call):
        return
    good = case.last_good(call.role, call.place)
    since = right_until(case, good)
    other = _worker(case, call, since)
    evidence = [case.evidence(call, f"{call_name(call.method, call.role)} was refused", at_end=True)]
    if good is not None:
        evidence.append(case.evidence(good, f"{wallet_name(call.role)} had not been through it", at_end=True))
    text = f"somebody else called {plain(call.method)} on {wallet_on(call.role, call.port)} before this set-up did"
    weight, sure = LIKELY, False
    interfering: tuple[str, ...] = ()
    if other is not None:
        setup, fact = other
        same = setup.escrow_id == case.setup.escrow_id
        who = "another set-up of the same escrow" if same else f"escrow {escrow_name(setup.escrow_id)}"
        text = text.replace("somebody else", who, 1)
        evidence.append(case.evidence(fact, f"{who} called {plain(fact.method)}", at_end=True, setup=setup))
        # Where the other one has opened a wallet of its own since, that was asked, and nobody did our step.
        weight = STRONG + 12 if same else LIKELY if _has_opened(case, setup, call, since) else LIKELY + 8
        interfering = case.ids_of(setup)
        sure = same and fact.succeeded and case.encounters.is_certainly_within(fact.start_nano, since, call.last_nano)
    yield Claim(
        _KIND,
        call.role,
        call.round,
        sentence(text),
        tuple(evidence),
        good.place if good is not None else 0,
        call.last_place,
        weight,
        sure=sure,
        others=(FaultType.ALREADY_FINALIZED, *_OTHERS) if call.meaning is Meaning.ALREADY_FINALIZED else _OTHERS,
        interfering=interfering,
        cause_nano=other.fact.last_nano if other is not None else call.start_nano,
        symptom_nano=call.last_nano,
    )


def _has_opened(case: Case, other: SetupFacts, call: CallFact, since: int) -> bool:
    """Whether another set-up was seen on the port with a plain wallet since this one's was last seen there."""
    return any(
        not isinstance(step, CallFact) and step.is_multisig is False and step.time_nano >= since - case.encounters.skew
        for step in other.by_port.get(call.port or 0, [])
    )


def _is_done_already(case: Case, call: CallFact) -> bool:
    meaning = call.meaning
    if meaning is Meaning.ALREADY_MULTISIG and call.method in {PREPARE, MAKE}:
        return case.was_plain(call)
    if call.method != EXCHANGE:
        return False
    if meaning is Meaning.ALREADY_FINALIZED:
        return case.exchanges(call.role, call.place) < case.last_round - 1
    if meaning is not Meaning.WRONG_ROUND or case.had_done(call):
        return False
    return bool(case.are_inputs_right(call)) or (case.is_legacy and paused(case, call))


def _worker(case: Case, call: CallFact, since: int) -> Sighting[CallFact] | None:
    found = [
        sighting
        for sighting in case.encounters.calls_on(case.setup, call.port, call.address, since, call.last_nano)
        if sighting.fact.method == call.method and not network_error(sighting.fact)
    ]
    own = [sighting for sighting in found if sighting.setup.escrow_id == case.setup.escrow_id]
    return next(iter(own or found), None)


# Two roles that talk to one wallet.


def _one_wallet(case: Case) -> Iterator[Claim]:
    first: dict[tuple[int, str | None], str] = {}
    for role, wallet in case.wallets.items():
        for port, host in _servers(wallet):
            other = first.setdefault((port, host), role)
            if other != role:
                yield _claim_of_pair(case, role, other, f"{on_port(port).removeprefix(' ')}, which holds one wallet")
                return
    plain_hashes: dict[str, SnapshotFact] = {}
    for snapshot in case.setup.snapshots:
        if snapshot.address_hash is None or case.kinds[snapshot.place] != PLAIN or snapshot.is_multisig is not False:
            continue
        same = plain_hashes.setdefault(snapshot.address_hash, snapshot)
        if same.role != snapshot.role and same.role is not None and snapshot.role is not None:
            yield _claim_of_pair(case, snapshot.role, same.role, "one wallet: both had the same plain address")
            return


def _servers(wallet: WalletFacts) -> list[tuple[int, str | None]]:
    calls = [c for c in wallet.calls if c.method in SETUP_METHODS and c.port is not None]
    return list(dict.fromkeys((c.port or 0, c.address) for c in calls))


def _claim_of_pair(case: Case, role: str, other: str, what: str) -> Claim:
    step = next(iter(case.wallets[role].steps))
    symptom, symptom_nano = symptom_of(case, step.place)
    return Claim(
        _KIND,
        role,
        max(0, step.round - 1) if not isinstance(step, CallFact) else step.round,
        f"{sentence(wallet_name(other))} and {wallet_name(role)} were used {what}",
        (
            case.evidence(step, f"{wallet_name(role)} was used {what}"),
            case.evidence(case.wallets[other].steps[0], f"{wallet_name(other)} likewise"),
        ),
        min(step.place, case.wallets[other].steps[0].place),
        symptom,
        STRONG + 5,
        sure=False,
        others=(FaultType.WALLET_SWAPPED,),
        cause_nano=case.setup.start_nano,
        symptom_nano=symptom_nano,
    )


# Set-ups that work on the same wallets.


def _same_wallets(case: Case) -> Iterator[Claim]:
    """Plain wallets that other escrows saw as theirs too, where no record tells whose they are."""
    if case.encounters.is_alone or any(call.method in OPENERS for call in case.setup.calls):
        return
    for snapshot in case.setup.snapshots:
        if snapshot.point != _PRE_ROUND1 or snapshot.is_multisig is not False:
            continue
        setup = case.setup
        sightings = case.encounters.seen_by_others(setup, snapshot.address_hash)
        if not sightings:
            continue
        there = [s.setup for s in case.encounters.on_port(setup, snapshot.port, setup.start_nano, setup.last_nano)]
        others = {s.setup.escrow_id: s for s in sightings if s.setup in there}
        if not others or (case.came_through and not _is_overtaken(case, list(others.values()))):
            continue
        symptom, symptom_nano = symptom_of(case, snapshot.place)
        names = listing([f"escrow {escrow_name(name)}" for name in sorted(others)[:3]])
        yield Claim(
            _KIND,
            snapshot.role,
            0,
            f"{sentence(wallet_on(snapshot.role, snapshot.port))} was that of {names} as well before round 1 began",
            (
                case.evidence(snapshot, f"the plain address of {wallet_name(snapshot.role)}"),
                *(case.evidence(s.fact, "the same address", setup=s.setup) for s in others.values()),
            ),
            0,
            symptom,
            STRONG + 14,
            others=(FaultType.WALLET_SWAPPED,),
            interfering=tuple(sorted(others)),
            cause_nano=snapshot.time_nano,
            symptom_nano=symptom_nano,
        )
        return


def _is_overtaken(case: Case, sightings: list[Sighting[Step]]) -> bool:
    """Whether one that saw the same wallet began later: who opens last, has its own wallet on the port."""
    return any(s.setup.start_nano > case.setup.start_nano + case.encounters.skew for s in sightings)


# What the application saw.


def _reported(case: Case) -> Iterator[Claim]:
    for event in case.setup.events:
        if event.name != events.CUSTOM or _DETECTED not in custom_names(event):
            continue
        details = event.details
        roles = [
            key.removeprefix(_DUPLICATE).removesuffix(_PORT)
            for key in details
            if key.startswith(_DUPLICATE) and key.endswith(_PORT) and details[key]
        ]
        role = roles[0] if roles else event.role
        symptom, symptom_nano = symptom_of(case, event.place)
        names = listing([wallet_name(name) for name in roles]) or "its wallets"
        yield Claim(
            _KIND,
            role,
            event.round,
            f"The application saw a race: the port of {names} was given to two set-ups",
            (case.evidence(event, "the application reported a race"),),
            event.place,
            symptom,
            STRONG + 2,
            others=(FaultType.WALLET_SWAPPED,),
            cause_nano=event.time_nano,
            symptom_nano=symptom_nano,
        )
        return


# The last of several that were started together.


def _always_last(case: Case) -> Iterator[Claim]:
    """A set-up that began last of several on the same ports, and failed where the others came through."""
    call = case.failing_call
    failure = case.setup.failure
    failed = call or failure
    if case.encounters.is_alone or failed is None:
        return
    if (call is not None and network_error(call)) or (
        failure is not None and failure.meaning is Meaning.POOL_EXHAUSTED
    ):
        return
    setup = case.setup
    ports = dict.fromkeys(c.port for c in setup.calls if c.port is not None)
    met: dict[str, SetupFacts] = {}
    for port in ports:
        for stay in case.encounters.on_port(setup, port, setup.start_nano, setup.last_nano):
            if abs(stay.setup.start_nano - setup.start_nano) <= _TOGETHER and stay.setup.escrow_id != setup.escrow_id:
                met[stay.setup.escrow_id] = stay.setup
    if not met:
        return
    last = all(other.start_nano <= setup.start_nano + case.encounters.skew for other in met.values())
    names = listing([f"escrow {escrow_name(other)}" for other in sorted(met)[:3]])
    yield Claim(
        _KIND,
        failed.role,
        failed.round,
        f"{sentence(names)} used the same ports at the same time, without a lock that the record shows"
        + (", and this set-up, the last to begin, failed" if last else ""),
        (case.evidence(failed, "where it failed", at_end=True),),
        0,
        last_place_of(failed),
        WEAK - (0 if last else 10),
        others=(FaultType.WALLET_SWAPPED,),
        interfering=tuple(sorted(met)),
        cause_nano=setup.start_nano,
    )
