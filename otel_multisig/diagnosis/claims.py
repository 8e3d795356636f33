"""What a rule claims, before all claims on a set-up are weighed against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from otel_multisig.diagnosis.facts import CallFact, FailureFact
    from otel_multisig.diagnosis.finding import Evidence
    from otel_multisig.semconv.attributes import FaultType

__all__ = ["LIKELY", "PROVEN", "STRONG", "WEAK", "WEAKEST", "Claim"]

PROVEN: Final = 100
"""The record shows the very thing."""
STRONG: Final = 80
"""All signs of it are there."""
LIKELY: Final = 60
"""The likeliest of several."""
WEAK: Final = 40
"""Possible, where nothing better is claimed."""
WEAKEST: Final = 5
"""Better than nothing."""


class Claim(msgspec.Struct):
    """A fault that a rule sees behind a symptom.

    Several rules may see their fault behind one symptom: the strongest claim wins, and the others become what else it
    could be.

    Attributes:
        kind: the fault.
        role: of the wallet that the cause is at.
        round: in which the cause arose; None where that is not known.
        sentence: what happened, in one sentence.
        evidence: what it rests on, the strongest first.
        cause_place: the place in the set-up after which the cause happened.
        symptom_place: the place of the symptom that it explains.
        weight: how strong the claim is.
        sure: whether the record proves it.
        others: what else it could be.
        interfering: ids of other escrows that took part.
        cause_nano: when the cause happened, None where that is not known.
        symptom_nano: when the symptom showed.
    """

    kind: FaultType
    role: str | None
    round: int | None
    sentence: str
    evidence: tuple[Evidence, ...]
    cause_place: int
    symptom_place: int
    weight: int
    sure: bool = False
    others: tuple[FaultType, ...] = ()
    interfering: tuple[str, ...] = ()
    cause_nano: int | None = None
    symptom_nano: int | None = None

    @classmethod
    def of_call(
        cls,
        kind: FaultType,
        call: CallFact,
        sentence: str,
        evidence: tuple[Evidence, ...],
        weight: int,
        *,
        round_number: int | None = None,
        sure: bool = False,
        others: tuple[FaultType, ...] = (),
    ) -> Claim:
        """A fault that arose in the very call in which it shows, in the round of that call where no other is given."""
        return cls(
            kind,
            call.role,
            call.round if round_number is None else round_number,
            sentence,
            evidence,
            call.place,
            call.last_place,
            weight,
            sure,
            others,
            cause_nano=call.start_nano,
            symptom_nano=call.last_nano,
        )

    @classmethod
    def of_failure(
        cls,
        kind: FaultType,
        failure: FailureFact,
        sentence: str,
        evidence: tuple[Evidence, ...],
        weight: int,
        *,
        others: tuple[FaultType, ...] = (),
    ) -> Claim:
        """A fault of which nothing is known but how the set-up failed."""
        return cls(
            kind,
            failure.role,
            failure.round,
            sentence,
            evidence,
            failure.place,
            failure.place,
            weight,
            others=others,
            symptom_nano=failure.time_nano,
        )
