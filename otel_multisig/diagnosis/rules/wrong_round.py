"""Infos of another round than the wallet is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.diagnosis._words import call_name, plain, sentence, wallet_name
from otel_multisig.diagnosis.claims import LIKELY, STRONG, Claim
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case

__all__ = ["find"]


def find(case: Case) -> Iterator[Claim]:
    """Refusals that say so. Where hashes prove it, `mixed_session_inputs` finds it on its way."""
    for call in case.refusals:
        if call.meaning is not Meaning.WRONG_ROUND:
            continue
        right = case.are_inputs_right(call) and not case.had_done(call)
        number = case.round_of(call)
        yield Claim.of_call(
            FaultType.WRONG_ROUND,
            call,
            f"{sentence(wallet_name(call.role))} was given infos of another round than its own in {plain(call.method)} "
            f"of round {number}",
            (case.evidence(call, f"{call_name(call.method, call.role)} was refused", at_end=True),),
            # With the right infos it is the wallet that is in another round.
            LIKELY - 10 if right else STRONG,
            round_number=number,
            others=(FaultType.RACE, FaultType.LOST_ANSWER_RETRY, FaultType.WALLET_SWAPPED),
        )
