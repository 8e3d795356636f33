"""The parts of the JSON that an analysis is written as: the published schema is made of these types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from otel_multisig.report.calls import CallStatistics  # noqa: TC001 - msgspec reads the annotations
from otel_multisig.report.results import ProblemEntry  # noqa: TC001 - likewise
from otel_multisig.semconv.attributes import FaultType, Outcome  # noqa: TC001 - likewise

__all__ = [
    "ChangeEntry",
    "Document",
    "EvidenceEntry",
    "FindingEntry",
    "LineEntry",
    "RemedyEntry",
    "SetupEntry",
    "SnapshotEntry",
    "Summary",
    "TimeEntry",
    "VerdictEntry",
]

_Seconds = Annotated[float, Meta(description="seconds")]
_Offset = Annotated[float, Meta(description="seconds since the start of the set-up that is judged")]
_Time = Annotated[str, Meta(description="RFC 3339, UTC, to the nanosecond")]
_Round = Annotated[
    int, Meta(description="0: before the first snapshot or call of round 1; the last round and one: after the last")
]


class EvidenceEntry(msgspec.Struct, frozen=True):
    """One thing in a record that a finding rests on."""

    setup_id: Annotated[str, Meta(description="the set-up in whose record it stands, which may be another one")]
    number: Annotated[int | None, Meta(description="place of its event in that set-up's legacy recording, from 1")]
    sequence: Annotated[int | None, Meta(description="place in that set-up's own count")]
    time: _Time
    offset_seconds: _Offset
    trace_id: str
    span_id: str
    role: str | None
    port: int | None
    what: Annotated[str, Meta(description="what it says, in words")]


class RemedyEntry(msgspec.Struct, frozen=True):
    """What to do about a fault."""

    title: str
    words: tuple[str, ...]
    commands: Annotated[tuple[str, ...], Meta(description="lines to type in a shell")]
    page: Annotated[str, Meta(description="the page of the documents that says more")]


class FindingEntry(msgspec.Struct, frozen=True):
    """Something that a rule found: a fault, or an observation, which is none."""

    fault: Annotated[str | None, Meta(description="the type of fault; null for an observation")]
    observation: Annotated[str | None, Meta(description="the kind of observation; null for a fault")]
    role: Annotated[str | None, Meta(description="whose wallet the cause is at; null for all")]
    round: _Round | None
    sure: Annotated[bool, Meta(description="whether the record proves it")]
    others: Annotated[tuple[str, ...], Meta(description="what else it could be, the likeliest first")]
    interfering: Annotated[tuple[str, ...], Meta(description="ids of the other escrows that took part")]
    sentence: str
    delay_seconds: Annotated[float | None, Meta(description="seconds from the cause to its first symptom")]
    evidence: tuple[EvidenceEntry, ...]
    consequences: Annotated[tuple[FindingEntry, ...], Meta(description="what followed from it, in order of time")]


class VerdictEntry(msgspec.Struct, frozen=True):
    """The root cause that matters most: the first of the findings, and what to do about it."""

    fault: FaultType
    role: Annotated[str | None, Meta(description="whose wallet the cause is at; null for all")]
    round: _Round | None
    sure: Annotated[bool, Meta(description="whether the record proves it")]
    others: Annotated[tuple[str, ...], Meta(description="what else it could be, the likeliest first")]
    interfering: Annotated[tuple[str, ...], Meta(description="ids of the other escrows that took part")]
    sentence: str
    remedy: RemedyEntry


class LineEntry(msgspec.Struct, frozen=True):
    """One line of a timeline, or one error."""

    time: _Time
    offset_seconds: _Offset
    number: Annotated[int | None, Meta(description="place of its event in the legacy recording, from 1")]
    sequence: int | None
    round: int | None
    role: str
    port: int | None
    what: str


class SnapshotEntry(msgspec.Struct, frozen=True):
    """The state of one wallet at one point."""

    point: str | None
    role: str | None
    time: _Time
    offset_seconds: _Offset
    port: int | None
    is_multisig: bool | None
    address_hash: str | None
    balance_total: Annotated[int | None, Meta(description="piconero")]
    balance_unlocked: Annotated[int | None, Meta(description="piconero")]
    changed: Annotated[tuple[str, ...], Meta(description="what has changed since this wallet's snapshot before")]


class ChangeEntry(msgspec.Struct, frozen=True):
    """What changed in one wallet from one snapshot to its next."""

    role: str
    before: Annotated[str, Meta(description="the point of the snapshot before")]
    after: Annotated[str, Meta(description="the point of this one")]
    offset_seconds: _Offset
    fields: Annotated[
        dict[str, tuple[str, str]], Meta(description="by name: what it was and what it is, hashes shortened")
    ]


class TimeEntry(msgspec.Struct, frozen=True):
    """Where the seconds went; the parts add up to the total."""

    total: _Seconds
    rpc: _Seconds
    lock: _Seconds
    wait: _Seconds
    snapshots: _Seconds
    unexplained: _Seconds


class SetupEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One set-up."""

    source: Annotated[
        str | tuple[str, ...], Meta(description="where it was found; a list where it is in several files")
    ]
    escrow_id: str
    setup_id: str
    trace_id: str
    outcome: Annotated[Outcome | None, Meta(description="how it ended; null where the record does not say")]
    started: _Time
    duration_seconds: _Seconds
    verdict: Annotated[VerdictEntry | None, Meta(description="null where no fault was found")]
    findings: Annotated[tuple[FindingEntry, ...], Meta(description="faults first, then observations")]
    trace_urls: Annotated[
        tuple[str, ...] | UnsetType, Meta(description="where the trace is shown, with a live Jaeger or Tempo")
    ] = UNSET
    timeline: Annotated[tuple[LineEntry, ...] | UnsetType, Meta(description="with --timeline")] = UNSET
    snapshots: Annotated[tuple[SnapshotEntry, ...] | UnsetType, Meta(description="with --snapshots-only")] = UNSET
    changes: Annotated[tuple[ChangeEntry, ...] | UnsetType, Meta(description="with --diff-snapshots")] = UNSET
    errors: Annotated[tuple[LineEntry, ...] | UnsetType, Meta(description="with --errors-only")] = UNSET
    time: Annotated[TimeEntry | UnsetType, Meta(description="with --time")] = UNSET


class Summary(msgspec.Struct, frozen=True):
    """The set-ups in numbers."""

    setups: int
    healthy: Annotated[int, Meta(description="those without a fault")]
    faulty: int
    by_fault: Annotated[dict[str, int], Meta(description="number of set-ups by the fault of their verdict")]


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """What ``otel-multisig analyze --json`` writes."""

    version: Literal[1]
    setups: tuple[SetupEntry, ...]
    summary: Summary
    problems: Annotated[tuple[ProblemEntry, ...], Meta(description="what could not be read; the rest was")]
    calls: Annotated[tuple[CallStatistics, ...] | UnsetType, Meta(description="of all set-ups, with --rpc-only")] = (
        UNSET
    )
    comparison: Annotated[Any, Meta(description="with --compare: what `otel-multisig compare --json` writes")] = UNSET
