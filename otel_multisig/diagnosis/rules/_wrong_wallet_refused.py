"""Refusals that another wallet explains than the one that should have been open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from otel_multisig.diagnosis._words import call_name, plain, seconds, wallet_name
from otel_multisig.diagnosis.claims import LIKELY, STRONG, WEAK, Claim
from otel_multisig.diagnosis.methods import CLOSE, EXCHANGE, MAKE, SETUP_METHODS
from otel_multisig.diagnosis.rules._intruders import (
    accuse,
    cause_time,
    find_intruder,
    interfering,
    own_openers,
)
from otel_multisig.diagnosis.rules._symptoms import had_time, paused, right_until, step_name
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import CallFact

__all__ = ["OTHERS", "find_refused"]

OTHERS: Final = (FaultType.STALE_WALLET_AFTER_FAILED_OPEN, FaultType.RACE)
"""What else it could be that another wallet was open."""

_KIND: Final = FaultType.WALLET_SWAPPED


def find_refused(case: Case, call: CallFact) -> Iterator[Claim]:
    """What a refusal tells of the wallet that was open: never surely, for it does not tell who changed it."""
    found = _read_refusal(case, call)
    if found is None:
        return
    weight, what, others = found
    good = case.last_good(call.role, call.place)
    since = right_until(case, good)
    intruder = find_intruder(case, call.port, call.address, since, call.start_nano)
    if intruder is not None and intruder.fact is not None:
        weight = max(weight, STRONG + 5)
    elif intruder is not None:
        weight += 10
    elif call.meaning is Meaning.ALREADY_MULTISIG:
        weight = WEAK
    evidence = [case.evidence(call, f"{call_name(call.method, call.role)} was refused", at_end=True)]
    if good is not None:
        evidence.append(case.evidence(good, f"{wallet_name(call.role)} was the right one", at_end=True))
    where = f"the port of {wallet_name(call.role)}{_port_in_brackets(call.port)}"
    text = f"{what} on {where} when {plain(call.method)} was called"
    if good is not None:
        text += f", {seconds(call.start_nano - since)} after {step_name(good)}"
    if intruder is not None:
        evidence += intruder.evidence
        text += f"; {accuse(intruder)}"
    own = own_openers(case, call.port, good.place if good is not None else -1, call.place)
    if any(c.method == CLOSE for c in own):
        text += "; the set-up had closed it itself"
    yield Claim(
        _KIND,
        call.role,
        case.round_of_cause(call),
        text,
        tuple(evidence),
        good.place if good is not None else 0,
        call.last_place,
        weight,
        others=others,
        interfering=interfering(case, intruder),
        cause_nano=cause_time(intruder, call.start_nano),
        symptom_nano=call.last_nano,
    )


def _port_in_brackets(port: int | None) -> str:
    return "" if port is None else f" ({port})"


class _Reading(NamedTuple):
    """What a refusal says of the wallet that was open: how strongly, in words, and what else it could mean."""

    weight: int
    what: str
    others: tuple[FaultType, ...]


_OTHER: Final = "Another wallet was open"
_BY_MEANING: Final = {
    Meaning.NOT_MULTISIG: _Reading(STRONG, "A plain wallet was open", OTHERS),
    Meaning.MIXED_INPUTS: _Reading(WEAK, _OTHER, (FaultType.MIXED_SESSION_INPUTS, FaultType.WRONG_ROUND)),
    Meaning.WRONG_ROUND: _Reading(WEAK, _OTHER, (FaultType.WRONG_ROUND, FaultType.MIXED_SESSION_INPUTS)),
    Meaning.DISABLED: _Reading(WEAK, _OTHER, (FaultType.EXPERIMENTAL_FLAG_LOST,)),
}
_NONE_OPEN: Final = _Reading(
    STRONG,
    "No wallet was open",
    (FaultType.SERVER_UNREACHABLE, FaultType.STALE_WALLET_AFTER_FAILED_OPEN, FaultType.UNSAVED_CLOSE),
)
_SECOND_ROUND: Final = 2


def _read_refusal(case: Case, call: CallFact) -> _Reading | None:
    meaning = call.meaning
    if meaning is Meaning.NO_WALLET:
        return _NONE_OPEN
    if meaning is None or call.method not in SETUP_METHODS:
        return None
    if meaning is Meaning.NOT_MULTISIG_REWRITTEN:
        return _read_rewritten(case, call)
    also = (FaultType.RACE, FaultType.LOST_ANSWER_RETRY, FaultType.ALREADY_FINALIZED)
    if meaning is Meaning.ALREADY_FINALIZED and case.exchanges(call.role, call.place) < case.last_round - 1:
        # A second worker cannot have finished a wallet whose partners are in round 2.
        weight = LIKELY + 2 if call.round <= _SECOND_ROUND else LIKELY - 2
        return _Reading(weight, "A finished wallet was open", also)
    if meaning is Meaning.ALREADY_MULTISIG and _was_plain_in_round(case, call):
        return _Reading(LIKELY - 5, "Another, multisig wallet was open", also[:2])
    return _read_pause(case, call) or _BY_MEANING.get(meaning)


def _read_pause(case: Case, call: CallFact) -> _Reading | None:
    """A pause before infos were refused: a client hands on what it has at once, and somebody else was at the server."""
    if call.meaning is Meaning.MIXED_INPUTS and call.method == EXCHANGE and case.is_legacy and paused(case, call):
        return _Reading(LIKELY + 2, _OTHER, (FaultType.MIXED_SESSION_INPUTS, FaultType.WRONG_ROUND))
    return None


def _read_rewritten(case: Case, call: CallFact) -> _Reading:
    """What the legacy client's *not a multisig wallet* says: the refusals of infos in round 2 have no *not*."""
    others = (FaultType.MIXED_SESSION_INPUTS, FaultType.STALE_WALLET_AFTER_FAILED_OPEN)
    if call.round <= _SECOND_ROUND or _was_plain_before(case, call):
        return _Reading(STRONG, "A plain wallet was open", others)
    if not had_time(case, call):
        return _Reading(WEAK, _OTHER, others)
    if paused(case, call) or not case.was_read(call):
        return _Reading(LIKELY + 5, "A plain wallet was open", others)
    return _Reading(LIKELY - 5, _OTHER, others)


def _was_plain_before(case: Case, call: CallFact) -> bool:
    snapshots = [s for s in case.setup.snapshots if s.role == call.role and s.place < call.place]
    return bool(snapshots) and snapshots[-1].is_multisig is False and snapshots[-1].round >= call.round


def _was_plain_in_round(case: Case, call: CallFact) -> bool:
    wallet = case.setup.wallets[call.role]
    return any(s.is_multisig is False and s.place < call.place for s in wallet.snapshots) or any(
        c.method != MAKE and c.succeeded and c.place < call.place for c in wallet.calls if c.method in SETUP_METHODS
    )
