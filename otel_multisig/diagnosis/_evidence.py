"""Facts as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.diagnosis.facts import CallFact, FailureFact
from otel_multisig.diagnosis.finding import Evidence

if TYPE_CHECKING:
    from otel_multisig.diagnosis.facts import Fact, SetupFacts

__all__ = ["evidence_of"]


def evidence_of(setup: SetupFacts, fact: Fact, what: str, *, at_end: bool = False) -> Evidence:
    """A fact of a set-up as evidence; of a call its start, or its end where it has one."""
    if not isinstance(fact, CallFact):
        number, sequence, time = fact.number, fact.sequence, fact.time_nano
    elif at_end and fact.end_place is not None and fact.end_nano is not None:
        number, sequence, time = fact.end_number, fact.end_sequence, fact.end_nano
    else:
        number, sequence, time = fact.number, fact.sequence, fact.start_nano
    port = None if isinstance(fact, FailureFact) else fact.port
    return Evidence(setup.setup_id, sequence, number, time, fact.trace_id, fact.span_id, what, fact.role, port)
