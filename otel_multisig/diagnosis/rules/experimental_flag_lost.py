"""A wallet that was opened again between prepare and make, and has multisig disabled since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import on_port, plain, seconds, sentence, wallet_name
from otel_multisig.diagnosis.case import EARLY
from otel_multisig.diagnosis.claims import PROVEN, STRONG, Claim
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE, OPENERS, PREPARE
from otel_multisig.diagnosis.rules._intruders import openers_of_others, own_opens
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import CallFact, SetupFacts

__all__ = ["find"]

_KIND: Final = FaultType.EXPERIMENTAL_FLAG_LOST
_ROUND: Final = 1


def find(case: Case) -> Iterator[Claim]:
    """Refusals because multisig is disabled.

    Only the exchange checks the flag: what is refused in round 2 was lost in round 1. A wallet that is opened again
    after make keeps it.
    """
    for call in case.refusals:
        if call.meaning is Meaning.DISABLED:
            yield _claim(case, call)


def _claim(case: Case, call: CallFact) -> Claim:
    role = call.role
    prepared = _last(case.done(role, PREPARE, call.place))
    made = _last(case.done(role, MAKE, call.place))
    evidence = [case.evidence(call, f"{plain(call.method)} of {wallet_name(role)} was refused", at_end=True)]
    weight, sure, cause = STRONG, False, prepared or call
    name = wallet_name(role)
    text = (
        f"{sentence(name)}{on_port(call.port)} was closed and opened again between prepare_multisig and make_multisig"
    )
    reopened = _reopened(case, call, prepared, made)
    if reopened is not None:
        opener, owner = reopened
        evidence.append(case.evidence(opener, f"{name} was opened again", at_end=True, setup=owner))
        weight, cause = PROVEN, opener
        sure = owner is case.setup and prepared is not None and case.is_whole and _is_one_file(case, call, made)
        if prepared is not None:
            text += f", {seconds(opener.start_nano - prepared.last_nano)} after prepare_multisig"
    elif prepared is not None and prepared.experimental is False:
        evidence.append(case.evidence(prepared, "prepare_multisig did not ask for experimental multisig"))
        text = f"prepare_multisig of {name}{on_port(call.port)} did not ask for experimental multisig"
        weight, sure = PROVEN, True
    odd = role in case.odd_ones(case.early_hashes)
    if odd and not sure:
        weight -= 25  # it was made as another wallet
    text += f": multisig is disabled in it in round {call.round}"
    return Claim(
        _KIND,
        role,
        _ROUND if call.method == EXCHANGE else call.round,
        sentence(text),
        tuple(evidence),
        cause.place if reopened is None or reopened[1] is case.setup else 0,
        call.last_place,
        weight,
        sure=sure or (not odd and _is_the_right_wallet(case, call) and not case.met_others(call)),
        others=(FaultType.WALLET_SWAPPED,),
        cause_nano=cause.start_nano if reopened is not None else None,
        symptom_nano=call.last_nano,
    )


def _last(calls: list[CallFact]) -> CallFact | None:
    return calls[-1] if calls else None


def _reopened(
    case: Case, call: CallFact, prepared: CallFact | None, made: CallFact | None
) -> tuple[CallFact, SetupFacts] | None:
    """The open between prepare and make, in this record or in another's."""
    since = prepared.last_nano if prepared is not None else case.setup.start_nano
    until = made.start_nano if made is not None else call.start_nano
    since_place = prepared.place if prepared is not None else -1
    until_place = made.place if made is not None else call.place
    for own in case.setup.calls:
        if own.port == call.port and own.method in OPENERS and since_place < own.place < until_place and own.succeeded:
            return own, case.setup
    file_name = next(
        (c.file_name for c in case.setup.calls if c.port == call.port and c.method in OPENERS and c.file_name), None
    )
    if file_name is None:
        return None
    for setup, fact in openers_of_others(case, call.port, call.address, since, until):
        if fact.file_name == file_name:
            return fact, setup
    return None


def _is_one_file(case: Case, call: CallFact, made: CallFact | None) -> bool:
    """Whether all that was opened on the port until make was one wallet, so that it is that which lost it."""
    until = made.place if made is not None else call.place
    opened = [c.file_name for c in own_opens(case, call.port, until)]
    return None not in opened and len(set(opened)) == 1


def _is_the_right_wallet(case: Case, call: CallFact) -> bool:
    """Whether the last look at it before the refusal showed what the other wallets showed."""
    common = case.common_hashes.get(EARLY)
    looks = [s for s in case.setup.snapshots if s.role == call.role and s.place < call.place and s.round >= call.round]
    others = [h for r, h in case.early_hashes.items() if r != call.role]
    return bool(looks) and looks[-1].address_hash == common and common in others
