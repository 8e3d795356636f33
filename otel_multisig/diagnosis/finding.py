"""What a rule finds: findings with their evidence, and what a set-up's findings say together."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from otel_multisig.diagnosis.facts import SetupFacts

__all__ = ["BEFORE_ROUNDS", "Diagnosis", "Evidence", "Finding", "Observation"]

BEFORE_ROUNDS = 0
"""The round of what happened before the first snapshot or call of round 1. What happened after the last exchange has
the number of the last round and one."""


class Observation(StrEnum):
    """Kinds of findings that are no faults: unusual, and worth a look."""

    SLOW_CALL = "slow_call"
    """A call took far longer than calls of its method do."""
    RETRIED = "retried"
    """A call was made again, and came through."""
    OPEN_CALL = "open_call"
    """A call started, and its end was never recorded."""
    LOCK_WAIT = "lock_wait"
    """The set-up waited long for a lock."""
    ROUNDS_OUT_OF_ORDER = "rounds_out_of_order"
    """A wallet began a round while another one had not ended the one before."""
    SHARED_PORT = "shared_port"
    """Another set-up used a port of this one in the meantime, and did no harm that the record shows."""
    FAILED_OPEN = "failed_open"
    """A wallet could not be opened, and the right one was open all the same."""
    FAILED_SNAPSHOT = "failed_snapshot"
    """A snapshot could not be taken."""
    LOST_RECORDS = "lost_records"
    """The numbers of the record have gaps: something of it was lost."""
    CLOCK_STEP = "clock_step"
    """Times run backwards in the record."""


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One thing in a record that a finding rests on.

    Attributes:
        setup_id: the set-up in whose record it stands; not always the one that is judged.
        sequence: the place of the event, start or end in that set-up's own count; None where its emitter has none.
        number: the place of the event in the legacy recording of that set-up, from 1; None for what has none there.
        time_unix_nano: when it happened, by that record's clock.
        trace_id: the trace of its span.
        span_id: its span.
        what: what it says, as part of a sentence: ``vendor's wallet on port 18083 was multisig before round 1``.
        role: whose wallet it is about.
        port: the port of that wallet's server.
    """

    setup_id: str
    sequence: int | None
    number: int | None
    time_unix_nano: int
    trace_id: str
    span_id: str
    what: str
    role: str | None = None
    port: int | None = None


class Finding(msgspec.Struct, frozen=True):
    """Something that a rule found in a set-up.

    Attributes:
        kind: the kind of fault, or of observation.
        sentence: what happened, whole in one sentence.
        role: the role of the wallet that it happened to, which need not be the one whose call failed; None for all.
        round: the round in which the cause arose, see `BEFORE_ROUNDS`; None where the record does not tell.
        evidence: what it rests on: first what proves it or speaks most for it, then the rest in order of time.
        delay_nano: nanoseconds from the cause to the first symptom, None where either is not known.
        interfering: ids of the other escrows that took part in it.
        sure: whether the record proves it; else it is the likeliest of several.
        others: what else it could be where it is not sure, the likeliest first.
        consequences: what followed from it, in order of time: findings of their own, were it not for their cause.
    """

    kind: FaultType | Observation
    sentence: str
    role: str | None = None
    round: int | None = None
    evidence: tuple[Evidence, ...] = ()
    delay_nano: int | None = None
    interfering: tuple[str, ...] = ()
    sure: bool = True
    others: tuple[FaultType, ...] = ()
    consequences: tuple[Finding, ...] = ()

    @property
    def is_fault(self) -> bool:
        """Whether it is a fault, not just an observation."""
        return isinstance(self.kind, FaultType)


class Diagnosis(msgspec.Struct, frozen=True):
    """What the rules say of one set-up.

    Attributes:
        setup: the set-up, as the rules see it.
        findings: root causes first, the one that explains the end of the set-up before the others; then observations.
    """

    setup: SetupFacts
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Finding | None:
        """The root cause that matters most, None where there is no fault."""
        return self.findings[0] if self.findings and self.findings[0].is_fault else None

    @property
    def faults(self) -> tuple[Finding, ...]:
        """All root causes."""
        return tuple(finding for finding in self.findings if finding.is_fault)

    @property
    def observations(self) -> tuple[Finding, ...]:
        """What is unusual without being a fault."""
        return tuple(finding for finding in self.findings if not finding.is_fault)
