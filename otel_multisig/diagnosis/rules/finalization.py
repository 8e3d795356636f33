"""One exchange too many, or a wallet used before its last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import on_port, plain, quoted, sentence, wallet_name
from otel_multisig.diagnosis.claims import LIKELY, STRONG, WEAK, Claim
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE, SETUP_METHODS
from otel_multisig.model import Outcome
from otel_multisig.semconv.attributes import FaultType, SnapshotPoint
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import CallFact, FailureFact

__all__ = ["find"]

_FINAL: Final = SnapshotPoint.FINAL.value


def find(case: Case) -> Iterator[Claim]:
    """Refusals that say so."""
    for call in case.refusals:
        if call.meaning is Meaning.ALREADY_FINALIZED and call.method == EXCHANGE:
            yield _too_many(case, call)
        elif call.meaning is Meaning.NOT_FINALIZED or (
            call.meaning in {Meaning.NOT_MULTISIG_REWRITTEN, Meaning.NOT_MULTISIG} and call.method not in SETUP_METHODS
        ):
            yield _too_early(case, call)
    yield from _left_out(case)
    failure = case.setup.failure
    if failure is None or case.failing_call is not None:
        return
    if failure.meaning is Meaning.NOT_FINALIZED or (
        failure.meaning in {Meaning.NOT_MULTISIG_REWRITTEN, Meaning.NOT_MULTISIG}
        and failure.method not in SETUP_METHODS
    ):
        yield _without_call(case, failure)


def _left_out(case: Case) -> Iterator[Claim]:
    """Wallets that a set-up called done before they had made all their exchanges."""
    setup = case.setup
    if setup.outcome is not Outcome.SUCCESS:
        return
    looks = {s.role: s for s in setup.snapshots if s.point == _FINAL}
    made = {
        role: case.exchanges(role, setup.places) for role in case.wallets if role in looks and case.done(role, MAKE)
    }
    wanted = case.last_round - 1
    missing = [role for role, count in made.items() if count < wanted]
    # Where no exchange at all is in the record, nobody recorded them.
    if not missing or not any(made.values()):
        return
    first = missing[0]
    alone = len(missing) < len(made)
    text = f"{wallet_name(first)} had not made its last exchange" if alone else "no wallet had made its last exchange"
    yield Claim(
        FaultType.NOT_FINALIZED,
        first if alone else None,
        made[first] + 2,
        sentence(f"{text} when the set-up was called done: {made[first]} of {wanted} are recorded"),
        tuple(case.evidence(looks[role], f"the last snapshot of {wallet_name(role)}") for role in missing),
        looks[first].place,
        looks[first].place,
        LIKELY,
        others=(FaultType.STALLED,),
        symptom_nano=looks[first].time_nano,
    )


def _without_call(case: Case, failure: FailureFact) -> Claim:
    """The same, of a call that is not in the record, as in legacy recordings."""
    name = wallet_name(failure.role)
    return Claim.of_failure(
        FaultType.NOT_FINALIZED,
        failure,
        f"{sentence(name)} was used before its last exchange: {quoted(failure.error_text or '')}",
        (case.evidence(failure, "what ended the set-up"),),
        STRONG if failure.meaning is Meaning.NOT_FINALIZED else LIKELY,
        others=(FaultType.WALLET_SWAPPED,),
    )


def _too_many(case: Case, call: CallFact) -> Claim:
    made = case.done(call.role, EXCHANGE, call.place)
    enough = len(made) >= case.last_round - 1
    name = wallet_name(call.role)
    return Claim(
        FaultType.ALREADY_FINALIZED,
        call.role,
        _round_of_surplus(case, call) if enough else case.round_of(call),
        f"{sentence(name)}{on_port(call.port)} had made its last exchange before {plain(call.method)} was called again",
        (
            case.evidence(call, f"{plain(call.method)} of {name} was refused", at_end=True),
            *(case.evidence(c, f"{name} made an exchange", at_end=True) for c in made),
        ),
        made[-1].place if made else call.place,
        call.last_place,
        STRONG + 10 if enough else WEAK,
        sure=enough,
        others=(FaultType.RACE, FaultType.WALLET_SWAPPED),
        cause_nano=call.start_nano,
        symptom_nano=call.last_nano,
    )


def _round_of_surplus(case: Case, call: CallFact) -> int:
    """The last round, as long as another wallet has not come through it; one more after that."""
    missing = [role for role in case.wallets if case.exchanges(role, call.place) < case.last_round - 1]
    return case.last_round if missing else case.last_round + 1


def _too_early(case: Case, call: CallFact) -> Claim:
    name = wallet_name(call.role)
    made = case.exchanges(call.role, call.place)
    told = call.meaning is Meaning.NOT_FINALIZED
    return Claim.of_call(
        FaultType.NOT_FINALIZED,
        call,
        f"{sentence(name)}{on_port(call.port)} was used by {plain(call.method)} before its last exchange",
        (case.evidence(call, f"{plain(call.method)} of {name} was refused", at_end=True),),
        STRONG + 10 if told and made < case.last_round - 1 else STRONG if told else LIKELY,
        round_number=min(call.round, made + 2) if told else None,
        sure=told and call.error_code is not None,
        others=(FaultType.WALLET_SWAPPED,),
    )
