"""All rules over all set-ups that are read together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.diagnosis.case import Case
from otel_multisig.diagnosis.encounters import Encounters
from otel_multisig.diagnosis.finding import Diagnosis
from otel_multisig.diagnosis.health import is_plainly_healthy, plain_hashes
from otel_multisig.diagnosis.methods import OPENERS
from otel_multisig.diagnosis.observations import observe
from otel_multisig.diagnosis.rules.all_rules import RULES
from otel_multisig.diagnosis.verdict import weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.diagnosis.facts import SetupFacts
    from otel_multisig.diagnosis.finding import Finding

__all__ = ["diagnose", "find_faults"]


def diagnose(setups: Iterable[SetupFacts], *, clock_skew_nano: int = 0) -> tuple[Diagnosis, ...]:
    """What the rules say of each set-up, in the order given.

    Set-ups that used the same ports at the same time are read together, and address hashes and infos of each are looked
    for in all others.

    Args:
        setups: The set-ups, each once.
        clock_skew_nano: By how many nanoseconds the clocks of two recordings may differ.
    """
    together = tuple(setups)
    encounters = Encounters(together, clock_skew_nano)
    shared = _shared_plain_hashes(together)
    return tuple(
        Diagnosis(setup, (*_faults_of(setup, encounters, shared), *observe(setup, encounters))) for setup in together
    )


def find_faults(wanted: Iterable[SetupFacts], *, among: Sequence[SetupFacts]) -> list[list[Finding]]:
    """What is wrong in some of the set-ups that are read together, root causes first, without what is just unusual."""
    encounters = Encounters(among)
    shared = _shared_plain_hashes(among)
    return [_faults_of(setup, encounters, shared) for setup in wanted]


def _faults_of(setup: SetupFacts, encounters: Encounters, shared: frozenset[str]) -> list[Finding]:
    if (
        is_plainly_healthy(setup)
        and (not shared or shared.isdisjoint(plain_hashes(setup)))
        and not _may_be_swapped(setup, encounters)
    ):
        return []
    case = Case(setup, encounters)
    claims = [claim for rule in RULES for claim in rule(case)]
    return weigh(case, claims) if claims else []


def _may_be_swapped(setup: SetupFacts, encounters: Encounters) -> bool:
    """Whether others were at a port since the set-up opened its wallet there: it may have worked on theirs."""
    if encounters.is_alone:
        return False
    opened = {call.port: call for call in reversed(setup.calls) if call.method in OPENERS and call.succeeded}
    return any(
        encounters.on_port(setup, port, call.last_nano, setup.last_nano, call.address) for port, call in opened.items()
    )


def _shared_plain_hashes(setups: Sequence[SetupFacts]) -> frozenset[str]:
    """Plain addresses that show in the records of two escrows: one of them works on the other's wallet."""
    if len(setups) < 2:  # noqa: PLR2004 - one has nobody to meet
        return frozenset()
    first: dict[str, str] = {}
    shared = set()
    for setup in setups:
        for address_hash in plain_hashes(setup):
            if first.setdefault(address_hash, setup.escrow_id) != setup.escrow_id:
                shared.add(address_hash)
    return frozenset(shared)
