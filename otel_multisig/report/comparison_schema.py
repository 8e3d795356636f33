"""What a comparison found as JSON, for programs: the types that the published schema is made of."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

# Not for type checkers only: the types here are read at run time.
from otel_multisig.diagnosis.comparison import Change, DifferenceKind  # noqa: TC001
from otel_multisig.report.document import schema_of
from otel_multisig.report.results import ProblemEntry  # noqa: TC001
from otel_multisig.semconv.attributes import FaultType, Outcome  # noqa: TC001

__all__ = ["VERSION", "ComparisonDocument", "comparison_schema"]

VERSION: Final = 1
"""Goes up when a program that reads the document could break; a field that is added does not raise it."""

_Seconds = Annotated[float, Meta(description="seconds")]


class StepEntry(msgspec.Struct, frozen=True):
    """What a step means: the same in every set-up."""

    kind: Annotated[str, Meta(description="call, snapshot, point (all wallets at one), event, or setup")]
    round: int | None
    role: str | None
    name: Annotated[str, Meta(description="the method, the point, the name of the event; of a setup: ports or outcome")]
    occurrence: Annotated[int, Meta(description="the first, the second of its kind, round, role and name")]


class SeenEntry(msgspec.Struct, frozen=True):
    """A step in one of the set-ups."""

    number: Annotated[int | None, Meta(description="place in its legacy recording, from 1")]
    sequence: Annotated[int | None, Meta(description="place in the set-up's own count")]
    time: Annotated[str, Meta(description="RFC 3339, UTC, to the nanosecond")]
    seconds: Annotated[float | None, Meta(description="how long it took")]
    waited_seconds: Annotated[float | None, Meta(description="how long nothing had happened before it")]
    value: Annotated[Any, Meta(description="what it is there, by the aspect: see the documents")]


class DifferenceEntry(msgspec.Struct, frozen=True):
    """One thing in which two set-ups differ."""

    kind: DifferenceKind
    aspect: Annotated[str | None, Meta(description="what of the step differs; null but for `changed`")]
    matters: Annotated[bool, Meta(description="whether it may be what went wrong")]
    sentence: str
    step: StepEntry
    good: SeenEntry | None
    bad: SeenEntry | None
    until: Annotated[str | None, Meta(description="the last point at which the same difference shows again")]


class RangeEntry(msgspec.Struct, frozen=True):
    """How long something took in the good ones."""

    shortest_seconds: _Seconds
    median_seconds: _Seconds
    longest_seconds: _Seconds


class UnusualEntry(msgspec.Struct, frozen=True):
    """One thing in which a set-up differs from the good ones."""

    kind: DifferenceKind
    aspect: str | None
    matters: bool
    sentence: str
    step: StepEntry
    bad: Annotated[SeenEntry | None, Meta(description="null for what is missing")]
    alike: Annotated[int, Meta(description="how many of the good ones are so too")]
    known: Annotated[int, Meta(description="of how many of them it is known")]
    usual: Annotated[Any, Meta(description="what it is in most of the good ones, for `changed`")]
    usual_seconds: RangeEntry | None


class SetupEntry(msgspec.Struct, frozen=True):
    """One of the set-ups."""

    sources: tuple[str, ...]
    escrow_id: str
    setup_id: str
    outcome: Annotated[Outcome | None, Meta(description="how it ended; null where the record does not say")]
    duration_seconds: _Seconds


class CauseEntry(msgspec.Struct, frozen=True):
    """What the rules say of BAD: its verdict, as `analyze` has it."""

    fault: FaultType
    role: str | None
    round: int | None
    sure: bool
    sentence: str


class PairEntry(msgspec.Struct, frozen=True):
    """One set-up beside another."""

    good: SetupEntry
    bad: SetupEntry
    diverges: Annotated[bool, Meta(description="whether anything differs that matters, or BAD alone has a fault")]
    cause: CauseEntry | None
    differences: Annotated[
        tuple[DifferenceEntry, ...], Meta(description="the first that matters, then all others in the order of BAD")
    ]
    bad_ended: Annotated[tuple[StepEntry, ...], Meta(description="what BAD did not come to because it had ended")]
    good_ended: Annotated[tuple[StepEntry, ...], Meta(description="what GOOD did not come to because it had ended")]
    not_recorded: Annotated[
        tuple[StepEntry, ...], Meta(description="what the form of one of the two records never has")
    ]
    alike: Annotated[int, Meta(description="number of steps that are the same")]


class UnusualSetupEntry(msgspec.Struct, frozen=True):
    """One set-up measured by many good ones."""

    good: Annotated[int, Meta(description="number of good ones")]
    left_out: Annotated[int, Meta(description="number of those named as good that did not come through well")]
    bad: SetupEntry
    diverges: bool
    cause: CauseEntry | None
    unusual: Annotated[
        tuple[UnusualEntry, ...], Meta(description="the first that matters, then all others in the order of BAD")
    ]
    ended: Annotated[tuple[StepEntry, ...], Meta(description="what it did not come to because it had ended")]
    alike: int


class RunsSideEntry(msgspec.Struct, frozen=True):
    """Some runs taken together."""

    sources: tuple[str, ...]
    runs: int
    succeeded: int
    with_fault: int
    median_seconds: Annotated[float | None, Meta(description="of those that came through")]


class RateEntry(msgspec.Struct, frozen=True):
    """In how many runs something was, before and after."""

    change: Annotated[Change, Meta(description="of what no run had, before or after: gone")]
    before: int
    runs_before: int
    after: int
    runs_after: int
    remains_at_most: Annotated[float, Meta(description="upper bound of the rate after: exact, one-sided")]
    by_chance: Annotated[float, Meta(description="p of Fisher's exact test, two-sided")]


class FaultRateEntry(msgspec.Struct, frozen=True):
    """A fault at one place."""

    fault: FaultType
    role: str | None
    round: int | None
    rate: RateEntry
    elsewhere_before: Annotated[int, Meta(description="number of runs before with this fault at any place")]


class RunsEntry(msgspec.Struct, frozen=True):
    """Many runs before a change beside many after it."""

    confidence: Annotated[float, Meta(description="of remains_at_most")]
    before: RunsSideEntry
    after: RunsSideEntry
    faults: Annotated[tuple[FaultRateEntry, ...], Meta(description="new, then unchanged, then gone")]
    by_fault: Annotated[dict[str, RateEntry], Meta(description="at whatever wallet and round")]
    any_fault: RateEntry
    not_through: Annotated[RateEntry, Meta(description="runs that did not come through")]


class ComparisonDocument(msgspec.Struct, frozen=True):
    """What ``otel-multisig compare --json`` writes."""

    version: Literal[1]
    mode: Literal["pair", "baseline", "runs"]
    diverges: Annotated[bool, Meta(description="whether the exit code is 1")]
    pairs: Annotated[tuple[PairEntry, ...], Meta(description="mode pair: GOOD beside each set-up of BAD")]
    unusual: Annotated[tuple[UnusualSetupEntry, ...], Meta(description="mode baseline: each set-up of BAD")]
    runs: Annotated[RunsEntry | None, Meta(description="mode runs")]
    problems: Annotated[tuple[ProblemEntry, ...], Meta(description="what could not be read; the rest was")]


def comparison_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    return schema_of(ComparisonDocument, "urn:otel-multisig:comparison:1", "otel-multisig compare --json")
