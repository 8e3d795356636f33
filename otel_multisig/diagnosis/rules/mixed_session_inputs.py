"""Infos that do not descend from the same round of the same wallets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from otel_multisig.diagnosis._words import call_name, escrow_name, plain, quoted, sentence, wallet_name
from otel_multisig.diagnosis.case import EARLY, FINAL
from otel_multisig.diagnosis.claims import LIKELY, PROVEN, STRONG, WEAK, Claim
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE, PREPARE
from otel_multisig.diagnosis.rules._symptoms import had_time, paused, state_refusal, symptom_of
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.encounters import Sighting
    from otel_multisig.diagnosis.facts import CallFact

__all__ = ["find"]

_KIND: Final = FaultType.MIXED_SESSION_INPUTS
_WHATEVER_THE_INFOS: Final = frozenset({Meaning.ALREADY_MULTISIG, Meaning.ALREADY_FINALIZED})
_INPUT_ERRORS: Final = frozenset({Meaning.MIXED_INPUTS, Meaning.BAD_INFO, Meaning.TOO_FEW_INFOS})


def find(case: Case) -> Iterator[Claim]:
    """Wrong infos, by their hashes where those are recorded; else by placeholders and refusals."""
    proven = list(_by_hashes(case))
    yield from proven
    yield from _by_refusal(case)
    if not proven:
        yield from _by_placeholder(case)


class _Flaw(NamedTuple):
    """What is wrong with the infos of a call: in words, how heavy it is, and whose infos they were."""

    what: str
    weight: int
    kind: FaultType
    interfering: tuple[str, ...]
    source: Sighting[CallFact] | None = None


# By the hashes of the infos.


def _by_hashes(case: Case) -> Iterator[Claim]:
    if case.is_consistent_at_end:
        return
    # Where the infos of one role are crossed with another escrow's, the others are fed wrongly too.
    odd = case.odd_ones(case.early_hashes) or case.odd_ones(case.final_hashes)
    for call in case.setup.calls:
        if call.method not in {MAKE, EXCHANGE} or not call.input_hashes:
            continue
        is_surplus = case.exchanges(call.role, call.place) >= case.last_round - 1
        if is_surplus or call.meaning in _WHATEVER_THE_INFOS:
            continue
        flaw = _find_flaw(case, call)
        if flaw is None:
            continue
        symptom, symptom_nano = symptom_of(case, call.place)
        if symptom == call.place:
            symptom = case.setup.places  # nothing failed: it shows in the end
        evidence = [case.evidence(call, f"{call_name(call.method, call.role)} was given {flaw.what}")]
        if flaw.source is not None:
            whose = "the call that gave out that info"
            evidence.append(case.evidence(flaw.source.fact, whose, at_end=True, setup=flaw.source.setup))
        refusal = state_refusal(case, call.place)
        if refusal is not None:
            evidence.append(case.evidence(refusal, f"{call_name(refusal.method, refusal.role)} failed", at_end=True))
        yield Claim(
            flaw.kind,
            call.role,
            case.round_of(call),
            f"{sentence(wallet_name(call.role))} was given {flaw.what} in {plain(call.method)} of round {call.round}",
            tuple(evidence),
            call.place,
            symptom,
            flaw.weight + (call.role in odd),
            sure=flaw.weight >= PROVEN,
            others=() if flaw.weight >= PROVEN else (FaultType.WALLET_SWAPPED, FaultType.WRONG_ROUND),
            interfering=flaw.interfering,
            cause_nano=call.start_nano,
            symptom_nano=symptom_nano if symptom_nano is not None else call.last_nano,
        )


def _find_flaw(case: Case, call: CallFact) -> _Flaw | None:
    given_out = case.outputs_for(call)
    own = given_out.get(call.role or "")
    wanted = {value: role for role, value in given_out.items() if role != call.role}
    seen: set[str] = set()
    unknown: list[str] = []
    for info in call.input_hashes:
        if info in seen:
            return _Flaw("the same info twice", PROVEN, _KIND, ())
        seen.add(info)
        if info in wanted:
            continue
        if info == own:
            return _Flaw("its own info", PROVEN, _KIND, ())
        flaw = _find_source(case, call, info)
        if flaw is not None:
            return flaw
        if not _was_given_out_before(case, call, info):
            unknown.append(info)
    missing = [role for role in case.wallets if role != call.role and role not in given_out]
    # An info that nobody is known to have given out may be one whose giving out was not recorded.
    if len(unknown) > len(missing):
        what = "an info that none of the wallets of its escrow gave out in the step before"
        # While it runs, it may still turn out that the others were right and another wallet's infos were crossed.
        is_settled = case.is_whole and case.setup.outcome is not None
        proven = is_settled and not missing and not any(case.encounters.gave_out(info) for info in unknown)
        # Of one that stopped without an end it says least: what is missing may have been lost with the rest.
        unproven = STRONG + 5 if case.setup.outcome is not None else WEAK - 5
        return _Flaw(what, PROVEN if proven else unproven, _KIND, ())
    if len(call.input_hashes) < case.participants - 1 and call.failed and call.meaning is Meaning.TOO_FEW_INFOS:
        return _Flaw("too few infos", STRONG, _KIND, ())
    return None


def _find_source(case: Case, call: CallFact, info: str) -> _Flaw | None:
    sightings = sorted(
        case.encounters.gave_out(info), key=lambda sighting: abs(sighting.setup.start_nano - case.setup.start_nano)
    )
    for sighting in sightings:
        source = sighting.fact
        if sighting.setup is case.setup:
            if source.place >= call.place or source.failed:
                continue
            if source.role == call.role:
                return _Flaw(
                    f"its own info of round {source.round}", PROVEN, _kind_of_round(call, source), (), sighting
                )
            if case.outputs_for(call).get(source.role or "") is None:
                continue  # what it gave out in the step before may not have been recorded
            what = (
                f"the info that {wallet_name(source.role)} gave out in {plain(source.method)} of round {source.round}"
            )
            if _is_step_before(source, call):
                continue  # given out twice in the same step
            return _Flaw(what, PROVEN, _kind_of_round(call, source), (), sighting)
        if sighting.setup.escrow_id == case.setup.escrow_id:
            if case.outputs_for(call).get(source.role or "") is None:
                continue  # both work on the same wallets
            what = f"an info that {wallet_name(source.role)} gave out in another set-up of the escrow"
            return _Flaw(what, PROVEN, _KIND, (), sighting)
        if case.outputs_for(call).get(source.role or "") is None and _is_one_port(case, source):
            continue  # likewise
        name = escrow_name(sighting.setup.escrow_id)
        what = f"the info that {wallet_name(source.role)} of escrow {name} gave out"
        return _Flaw(what, PROVEN, _KIND, (sighting.setup.escrow_id,), sighting)
    return None


def _is_step_before(source: CallFact, call: CallFact) -> bool:
    method = PREPARE if call.method == MAKE else EXCHANGE if call.round > 2 else MAKE  # noqa: PLR2004 - round 2 exchanges what make gave out
    return source.method == method and source.round == max(1, call.round - 1)


def _was_given_out_before(case: Case, call: CallFact, info: str) -> bool:
    """Whether another wallet of the set-up gave it out in the step before, and then another one in its place."""
    return any(
        sighting.setup is case.setup
        and sighting.fact.succeeded
        and sighting.fact.place < call.place
        and sighting.fact.role != call.role
        and _is_step_before(sighting.fact, call)
        for sighting in case.encounters.gave_out(info)
    )


def _is_one_port(case: Case, source: CallFact) -> bool:
    wallet = case.setup.wallets.get(source.role)
    return wallet is not None and source.port in wallet.ports


def _kind_of_round(call: CallFact, source: CallFact) -> FaultType:
    return FaultType.WRONG_ROUND if call.meaning in {Meaning.WRONG_ROUND, None} and source.role != call.role else _KIND


# By a refusal, where there are no hashes.


def _by_refusal(case: Case) -> Iterator[Claim]:
    for call in case.refusals:
        weight = _weight(case, call)
        if weight is None:
            continue
        yield Claim.of_call(
            _KIND,
            call,
            f"{sentence(wallet_name(call.role))} refused the infos of {plain(call.method)} in round {call.round}"
            + (f": {quoted(call.error_text)}" if call.error_text else ""),
            (case.evidence(call, f"{call_name(call.method, call.role)} was refused", at_end=True),),
            weight,
            others=(FaultType.WALLET_SWAPPED, FaultType.WRONG_ROUND),
        )


def _weight(case: Case, call: CallFact) -> int | None:
    """How likely it is that the infos were wrong, and not the wallet."""
    if call.method not in {MAKE, EXCHANGE}:
        return None
    right = case.are_inputs_right(call)
    if call.meaning in _INPUT_ERRORS:
        return WEAK - 10 if right else LIKELY
    if call.meaning is Meaning.NOT_MULTISIG_REWRITTEN and call.round > 2:  # noqa: PLR2004 - see `Meaning`
        spent_on_infos = case.was_read(call) and not paused(case, call)
        return LIKELY + 5 if not right and (spent_on_infos or not had_time(case, call)) else WEAK
    return None


# By the placeholder, which is the same for all wallets that were given each other's infos.


def _by_placeholder(case: Case) -> Iterator[Claim]:
    hashes = case.early_hashes
    odd = case.odd_ones(hashes) or case.odd_ones(case.final_hashes)
    if not odd or case.is_consistent_at_end:
        return
    role = odd[0]
    kind = EARLY if role in hashes and case.odd_ones(hashes) else FINAL
    own = (hashes if kind == EARLY else case.final_hashes)[role]
    snapshot = next(s for s in case.wallets[role].snapshots if s.address_hash == own)
    made = case.done(role, MAKE)
    if made and case.are_inputs_right(made[0]):
        return
    sighting = next((s for s in case.encounters.seen_address(own) if s.setup.escrow_id != case.setup.escrow_id), None)
    # With all calls done and another address in the end, all that is known is that the states differ.
    if kind == FINAL or not case.refusals:
        return
    interfering = (sighting.setup.escrow_id,) if sighting is not None else ()
    text = f"{sentence(wallet_name(role))} was made with other infos than the others: its address differs from theirs"
    evidence = [case.evidence(snapshot, f"{wallet_name(role)} had another address than the others")]
    if sighting is not None:
        name = escrow_name(sighting.setup.escrow_id)
        text = f"{sentence(wallet_name(role))} was made with the infos of escrow {name}: they have one address"
        evidence.append(case.evidence(sighting.fact, f"the same address in escrow {name}", setup=sighting.setup))
    symptom, symptom_nano = symptom_of(case, snapshot.place)
    yield Claim(
        _KIND,
        role,
        1 if kind == EARLY else snapshot.round,
        text,
        tuple(evidence),
        made[0].place if made else 0,
        symptom,
        STRONG + 12 if sighting is not None else LIKELY + 2,
        others=(FaultType.WALLET_SWAPPED, FaultType.STATE_DIVERGENCE),
        interfering=interfering,
        cause_nano=made[0].start_nano if made else None,
        symptom_nano=symptom_nano,
    )
