"""A call that succeeded on the server although its answer was lost, and was refused when it was made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import on_port, plain, seconds, sentence, wallet_name
from otel_multisig.diagnosis.claims import PROVEN, STRONG, Claim
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE
from otel_multisig.diagnosis.rules._intruders import own_openers
from otel_multisig.diagnosis.rules._symptoms import network_error, never_arrived, took_time_limit
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import CallFact

__all__ = ["find"]

_DONE_ALREADY: Final = frozenset({Meaning.ALREADY_MULTISIG, Meaning.ALREADY_FINALIZED, Meaning.WRONG_ROUND})


def find(case: Case) -> Iterator[Claim]:
    """Refusals of what had been done, after a call whose answer never came."""
    for call in case.refusals:
        if call.meaning not in _DONE_ALREADY or call.method not in {MAKE, EXCHANGE}:
            continue
        lost = _lost_call(case, call)
        if lost is not None:
            yield _claim(case, call, lost)
        elif call.method == MAKE and took_time_limit(call) and case.was_plain(call):
            yield _silent(case, call)


def _lost_call(case: Case, call: CallFact) -> CallFact | None:
    """The call before it of the same step, of which nobody knows whether the server did it."""
    found = [
        c
        for c in case.setup.calls
        if c.role == call.role
        and c.method == call.method
        and c.round == call.round
        and c.place < call.place
        and not never_arrived(c)
        and (
            network_error(c)
            or c.end_place is None
            or c.interrupted
            or (c.failed and c.meaning is Meaning.UNKNOWN and c.error_code is None)
        )
    ]
    return found[-1] if found else None


def _claim(case: Case, call: CallFact, lost: CallFact) -> Claim:
    name = wallet_name(call.role)
    plain_before = call.method != MAKE or case.was_plain(call)
    return Claim(
        FaultType.LOST_ANSWER_RETRY,
        call.role,
        lost.round,
        f"{sentence(name)}{on_port(call.port)} had done {plain(call.method)}, but its answer was lost; made again "
        f"{seconds(call.start_nano - lost.start_nano)} later, it was refused",
        (
            case.evidence(lost, f"{plain(lost.method)} of {name} had no answer"),
            case.evidence(call, f"{plain(call.method)} of {name} was refused", at_end=True),
        ),
        lost.place,
        call.last_place,
        PROVEN if plain_before else STRONG - 10,
        sure=call.method == MAKE and network_error(lost) and case.is_whole and _is_same_wallet(case, call, lost),
        others=(FaultType.RACE,) if plain_before else (FaultType.CACHE_POLLUTION, FaultType.RACE),
        cause_nano=lost.start_nano,
        symptom_nano=call.last_nano,
    )


def _is_same_wallet(case: Case, call: CallFact, lost: CallFact) -> bool:
    """Whether one wallet, and no other one, was open from when it was seen plain to when the retry was refused."""
    seen = case.seen_plain(lost)
    return (
        seen is not None
        and seen.port == lost.port == call.port
        and not own_openers(case, call.port, seen.place, call.place)
        and not case.met_others(call)
    )


def _silent(case: Case, call: CallFact) -> Claim:
    """A client that tries again by itself: the one call that it shows took as long as a time limit and a retry."""
    name = wallet_name(call.role)
    refused = f"was refused after {seconds(call.duration_nano or 0)}"
    return Claim.of_call(
        FaultType.LOST_ANSWER_RETRY,
        call,
        f"{sentence(name)}{on_port(call.port)} had done {plain(call.method)}, but its answer was lost, and the "
        f"client's own retry {refused}",
        (case.evidence(call, f"{plain(call.method)} of {name} {refused}", at_end=True),),
        STRONG + 8,
        others=(FaultType.RACE, FaultType.WALLET_SWAPPED),
    )
