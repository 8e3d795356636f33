"""Who else was at a wallet's port: which other set-up changed the wallet that is open there, or may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from otel_multisig.diagnosis._words import escrow_name, on_port, plain
from otel_multisig.diagnosis.facts import CallFact
from otel_multisig.diagnosis.methods import CLOSE, OPENERS

if TYPE_CHECKING:
    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.encounters import Sighting
    from otel_multisig.diagnosis.facts import SetupFacts, SnapshotFact
    from otel_multisig.diagnosis.finding import Evidence

__all__ = [
    "Intruder",
    "accuse",
    "cause_time",
    "deed_of",
    "find_intruder",
    "find_owner",
    "interfering",
    "openers_of_others",
    "own_openers",
    "own_opens",
]


class Intruder(NamedTuple):
    """Another set-up that took part.

    Attributes:
        setup: its facts.
        fact: what it did, or where the wallet shows in its record; None where only the time speaks for it.
        did: that in words.
        sure: whether the records prove it.
        evidence: that, as evidence.
    """

    setup: SetupFacts
    fact: CallFact | SnapshotFact | None
    did: str
    sure: bool
    evidence: tuple[Evidence, ...]


def find_owner(case: Case, address_hash: str | None) -> Intruder | None:
    """The set-up of another escrow that an address belongs to."""
    for sighting in case.encounters.seen_by_others(case.setup, address_hash):
        other = sighting.setup
        name = escrow_name(other.escrow_id)
        what = f"the same address in the record of escrow {name}"
        return Intruder(
            other,
            sighting.fact,
            f"the wallet of escrow {name} was open instead",
            True,
            (case.evidence(sighting.fact, what, setup=other),),
        )
    return None


def find_intruder(case: Case, port: int | None, host: str | None, since_nano: int, until_nano: int) -> Intruder | None:
    """The set-up that opened or closed a wallet on a port within a time; else one that was busy there.

    Where opens are recorded, the last one counts: it decides which wallet is open. Where they are not, as in legacy
    recordings, it is likeliest the set-up that appeared on the port first within that time.
    """
    if port is None or case.encounters.is_alone:
        return None
    openers = openers_of_others(case, port, host, since_nano, until_nano)
    if openers:
        setup, fact = openers[-1]
        did = deed_of(fact)
        sure = case.encounters.is_certainly_within(fact.last_nano, since_nano, until_nano)
        text = f"escrow {escrow_name(setup.escrow_id)} {did}{on_port(port)} ({plain(fact.method)})"
        return Intruder(setup, fact, did, sure, (case.evidence(fact, text, at_end=True, setup=setup),))
    stays = case.encounters.on_port(case.setup, port, since_nano, until_nano, host)
    skew = case.encounters.skew
    stays = [stay for stay in stays if _was_there(stay.setup, port, since_nano - skew, until_nano + skew)]
    if not stays:
        return None
    appeared = [stay for stay in stays if since_nano <= stay.since_nano <= until_nano]
    stay = min(appeared or stays, key=lambda s: s.since_nano)
    steps = stay.setup.by_port.get(port, [])
    evidence: tuple[Evidence, ...] = ()
    if steps:
        text = f"escrow {escrow_name(stay.setup.escrow_id)} used port {port} at the same time"
        evidence = (case.evidence(steps[0], text, setup=stay.setup),)
    return Intruder(stay.setup, None, "used the port", False, evidence)


def _was_there(setup: SetupFacts, port: int, since_nano: int, until_nano: int) -> bool:
    """Whether a set-up did anything on a port within a time, not only before and after it."""
    return any(
        step.start_nano <= until_nano and step.last_nano >= since_nano
        if isinstance(step, CallFact)
        else since_nano <= step.time_nano <= until_nano
        for step in setup.by_port.get(port, [])
    )


def openers_of_others(
    case: Case, port: int | None, host: str | None, since_nano: int, until_nano: int
) -> list[Sighting[CallFact]]:
    """What other set-ups did on a port within a time that changed which wallet is open there."""
    if not case.encounters.has_openers:
        return []
    sightings = case.encounters.calls_on(case.setup, port, host, since_nano, until_nano)
    return [sighting for sighting in sightings if sighting.fact.method in OPENERS and sighting.fact.succeeded]


def deed_of(opener: CallFact) -> str:
    """What another set-up did to a wallet, in words."""
    return "closed the wallet" if opener.method == CLOSE else "opened its wallet"


def own_openers(case: Case, port: int | None, since_place: int, until_place: int) -> list[CallFact]:
    """The calls of the set-up itself between two places that change which wallet is open on a port."""
    return [
        call
        for call in case.setup.calls
        if call.method in OPENERS and call.port == port and since_place < call.place < until_place
    ]


def own_opens(case: Case, port: int | None, until_place: int) -> list[CallFact]:
    """The opens of the set-up itself that came through on a port before a place, in order."""
    return [call for call in own_openers(case, port, -1, until_place) if call.method != CLOSE and call.succeeded]


def interfering(case: Case, intruder: Intruder | None) -> tuple[str, ...]:
    """The escrow that took part; none where nobody did, or another set-up of the same escrow."""
    return () if intruder is None else case.ids_of(intruder.setup)


def accuse(intruder: Intruder) -> str:
    """What it did, in words, with its name."""
    name = escrow_name(intruder.setup.escrow_id)
    if isinstance(intruder.fact, CallFact):
        return f"escrow {name} {intruder.did}"
    return intruder.did if intruder.fact is not None else f"escrow {name} used the same port"


def cause_time(intruder: Intruder | None, otherwise: int) -> int:
    """When it did that; another time where that is not known."""
    return intruder.fact.last_nano if intruder is not None and isinstance(intruder.fact, CallFact) else otherwise
