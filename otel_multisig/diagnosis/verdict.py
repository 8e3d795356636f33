"""All claims on a set-up, weighed against each other: what explains a symptom best, and what followed from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.diagnosis._words import call_name, quoted
from otel_multisig.diagnosis.claims import LIKELY, PROVEN, Claim
from otel_multisig.diagnosis.finding import Finding
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import CallFact

__all__ = ["weigh"]

_MOST_OTHERS: Final = 5
_MOST_CONSEQUENCES: Final = 20

# What brings a wallet, or what it is given, into a state in which later calls fail.
_OF_STATE: Final = frozenset(
    {
        FaultType.CACHE_POLLUTION,
        FaultType.WALLET_SWAPPED,
        FaultType.STALE_WALLET_AFTER_FAILED_OPEN,
        FaultType.EXPERIMENTAL_FLAG_LOST,
        FaultType.MIXED_SESSION_INPUTS,
        FaultType.WRONG_ROUND,
        FaultType.LOST_ANSWER_RETRY,
        FaultType.RACE,
        FaultType.ALREADY_FINALIZED,
    }
)
_AFTER_STATE: Final = _OF_STATE | {
    FaultType.STATE_DIVERGENCE,
    FaultType.NOT_FINALIZED,
    FaultType.UNKNOWN,
    FaultType.STALLED,
}
_OF_SERVERS: Final = frozenset(
    {FaultType.SERVER_UNREACHABLE, FaultType.TIMEOUT, FaultType.POOL_EXHAUSTED, FaultType.LOCK_CONTENTION}
)
_AFTER_SERVERS: Final = frozenset({FaultType.UNKNOWN, FaultType.STALLED})

_KIND_OF_ERROR: Final = {
    Meaning.ALREADY_MULTISIG: FaultType.CACHE_POLLUTION,
    Meaning.ALREADY_FINALIZED: FaultType.ALREADY_FINALIZED,
    Meaning.NOT_MULTISIG: FaultType.WALLET_SWAPPED,
    Meaning.NOT_MULTISIG_REWRITTEN: FaultType.WALLET_SWAPPED,
    Meaning.NO_WALLET: FaultType.WALLET_SWAPPED,
    Meaning.NOT_FINALIZED: FaultType.NOT_FINALIZED,
    Meaning.DISABLED: FaultType.EXPERIMENTAL_FLAG_LOST,
    Meaning.WRONG_ROUND: FaultType.WRONG_ROUND,
    Meaning.MIXED_INPUTS: FaultType.MIXED_SESSION_INPUTS,
    Meaning.TOO_FEW_INFOS: FaultType.MIXED_SESSION_INPUTS,
    Meaning.BAD_INFO: FaultType.MIXED_SESSION_INPUTS,
    Meaning.ADDRESS_MISMATCH: FaultType.STATE_DIVERGENCE,
    Meaning.UNREACHABLE: FaultType.SERVER_UNREACHABLE,
    Meaning.TIMED_OUT: FaultType.TIMEOUT,
    Meaning.POOL_EXHAUSTED: FaultType.POOL_EXHAUSTED,
    Meaning.LOCKED: FaultType.LOCK_CONTENTION,
}


def weigh(case: Case, claims: Iterable[Claim]) -> list[Finding]:
    """The faults of a set-up: root causes, the one that explains its end first, with what followed from each."""
    winners = _winners(case, claims)
    winners.sort(key=_by_cause)
    causes: dict[int, int] = {}
    for place, claim in enumerate(winners):
        for earlier in range(place):
            if earlier not in causes and _explains(winners[earlier], claim):
                causes[place] = earlier
                break
    roots = [place for place in range(len(winners)) if place not in causes]
    below = {root: [winners[p] for p, cause in causes.items() if cause == root] for root in roots}
    end = _end_of(case)

    def rank(root: int) -> tuple[bool, int, int]:
        explains_end = any(claim.symptom_place == end for claim in (winners[root], *below[root]))
        return (not explains_end, -winners[root].weight, winners[root].cause_place)

    return [_finding(case, winners[root], below[root]) for root in sorted(roots, key=rank)]


def _end_of(case: Case) -> int | None:
    call = case.failing_call
    if call is not None:
        return call.last_place
    return case.setup.failure.place if case.setup.failure is not None else None


def _by_cause(claim: Claim) -> tuple[int, int, int]:
    return claim.cause_place, -claim.weight, claim.symptom_place


def _winners(case: Case, claims: Iterable[Claim]) -> list[Claim]:
    """The strongest claim on each symptom; what lost against it becomes what else it could be."""
    failure, end = case.setup.failure, _end_of(case)
    groups: dict[int, list[Claim]] = {}
    for claim in claims:
        if failure is not None and end is not None and claim.symptom_place == failure.place:
            claim.symptom_place = end
        groups.setdefault(claim.symptom_place, []).append(claim)
    return [_strongest(group) for group in groups.values()]


def _strongest(group: list[Claim]) -> Claim:
    group.sort(key=lambda claim: (-claim.weight, claim.cause_place))
    winner = group[0]
    same = [c for c in group[1:] if c.kind == winner.kind and c.interfering == winner.interfering]
    rivals = [c for c in group[1:] if c.kind != winner.kind]
    evidence = list(winner.evidence)
    for claim in same:
        evidence += [e for e in claim.evidence if e not in evidence]
    if any(c.weight >= PROVEN for c in rivals) and winner.weight <= PROVEN:
        winner.sure = False
    others: tuple[FaultType, ...] = ()
    if not winner.sure:
        named = [c.kind for c in rivals if c.weight >= LIKELY - 15]
        candidates = dict.fromkeys((*named, *winner.others))
        others = tuple(kind for kind in candidates if kind != winner.kind and kind is not FaultType.UNKNOWN)[
            :_MOST_OTHERS
        ]
    return msgspec.structs.replace(
        winner,
        evidence=(evidence[0], *sorted(evidence[1:], key=lambda e: e.time_unix_nano)) if evidence else (),
        others=others,
    )


def _explains(cause: Claim, later: Claim) -> bool:
    if later.sure and not cause.sure and later.weight > cause.weight:
        return False
    if cause.weight < LIKELY and later.weight > cause.weight:
        return False
    if later.kind == cause.kind and later.interfering == cause.interfering and later.role == cause.role:
        return True
    if cause.kind is FaultType.LOST_ANSWER_RETRY and later.cause_place == cause.cause_place:
        return True  # the call whose answer was lost is one that failed on its way
    if cause.kind in _OF_STATE:
        return later.kind in _AFTER_STATE
    return cause.kind in _OF_SERVERS and later.kind in _AFTER_SERVERS


def _finding(case: Case, claim: Claim, below: list[Claim]) -> Finding:
    consequences = [_plain_finding(later) for later in below]
    told = {e.sequence for c in below for e in c.evidence[:1]}
    for call in case.refusals:
        is_after = call.last_place > claim.cause_place and call.end_sequence not in told
        if is_after and not _is_itself(claim, call) and len(consequences) < _MOST_CONSEQUENCES:
            consequences.append(_consequence(case, call))
    finding = _plain_finding(claim)
    return msgspec.structs.replace(finding, consequences=tuple(consequences))


def _is_itself(claim: Claim, call: CallFact) -> bool:
    """Whether the refusal is the very thing that was found, not what followed from it."""
    first = claim.evidence[0] if claim.evidence else None
    return first is not None and first.span_id == call.span_id and claim.symptom_place == call.last_place


def _plain_finding(claim: Claim) -> Finding:
    delay = None
    if claim.cause_nano is not None and claim.symptom_nano is not None:
        delay = claim.symptom_nano - claim.cause_nano
    return Finding(
        claim.kind,
        claim.sentence,
        claim.role,
        claim.round,
        claim.evidence,
        delay,
        claim.interfering,
        claim.sure,
        claim.others,
    )


def _consequence(case: Case, call: CallFact) -> Finding:
    text = call.error_text or call.error_type or "no error was recorded"
    return Finding(
        _KIND_OF_ERROR.get(call.meaning or Meaning.UNKNOWN, FaultType.UNKNOWN),
        f"The call {call_name(call.method, call.role, call.port)} failed in round {call.round}: {quoted(text)}",
        call.role,
        call.round,
        (case.evidence(call, "the call that failed", at_end=True),),
        sure=False,
    )
