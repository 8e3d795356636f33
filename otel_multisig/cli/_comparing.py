"""What `compare` compares: one set-up with one, one with many good ones, many with many."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import click
import msgspec

from otel_multisig.cli._analysis_reading import without_collection
from otel_multisig.diagnosis.comparison import (
    Baseline,
    Comparison,
    RunsComparison,
    Thresholds,
    UnusualSetup,
    compare_runs,
    compare_setups,
    find_unusual,
    outline_of,
)
from otel_multisig.diagnosis.diagnosing import diagnose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from otel_multisig.cli._analysis_reading import Read
    from otel_multisig.diagnosis import Diagnosis, Finding
    from otel_multisig.report.comparison_page import Page
    from otel_multisig.report.comparison_schema import ComparisonDocument
    from otel_multisig.report.results import ProblemEntry

__all__ = ["Compared", "Mode", "Side", "compare_sides", "judge_sides", "side_of"]


class Mode(StrEnum):
    """What is compared with what."""

    PAIR = "pair"
    """One set-up with one other, or with each of several."""
    BASELINE = "baseline"
    """One set-up, or each of several, with what many good ones have in common."""
    RUNS = "runs"
    """Many runs before a change with many after it: how often which fault."""


_TITLES: Final = {
    Mode.PAIR: "pair: one set-up beside another",
    Mode.BASELINE: "baseline: one set-up measured by many good ones",
    Mode.RUNS: "runs: many before a change beside many after it",
}


class Side(msgspec.Struct, frozen=True):
    """One of the two sides.

    Attributes:
        name: the source, as the user named it.
        reads: the set-ups that were found and asked for.
        diagnoses: what the rules say of each.
    """

    name: str
    reads: tuple[Read, ...]
    diagnoses: tuple[Diagnosis, ...]


def side_of(name: str, reads: Iterable[Read], diagnoses: Iterable[Diagnosis]) -> Side:
    """Those of the set-ups of a source that were asked for.

    Args:
        name: the source, as the user named it.
        reads: all that was read of it.
        diagnoses: what the rules say of each.
    """
    wanted = [(read, diagnosis) for read, diagnosis in zip(reads, diagnoses, strict=True) if read.wanted]
    return Side(name, tuple(read for read, _ in wanted), tuple(diagnosis for _, diagnosis in wanted))


def judge_sides(
    reads: tuple[Sequence[Read], Sequence[Read]], mode: Mode | None, clock_skew_nano: int = 0
) -> tuple[tuple[Diagnosis, ...], tuple[Diagnosis, ...]]:
    """What the rules say of each set-up of both sides: also what was not asked for may have been in the way.

    Runs before and after a change are two worlds. Else both sides are judged together: one may have been in the way of
    the other.

    Args:
        reads: what was read of each.
        mode: what is compared with what; by default the numbers of set-ups decide.
        clock_skew_nano: by how much clocks may be off.
    """
    numbers = [sum(read.wanted for read in each) for each in reads]
    groups: Iterable[Iterable[Read]]
    groups = reads if (mode or _mode_for(*numbers)) is Mode.RUNS else ((*reads[0], *reads[1]),)
    found: dict[int, Diagnosis] = {}
    for group in groups:
        # The same set-up may be on both sides.
        facts = {read.facts.setup_id: read.facts for read in group}
        with without_collection():
            judged = diagnose(facts.values(), clock_skew_nano=clock_skew_nano)
        by_setup = dict(zip(facts, judged, strict=True))
        found.update((id(read), by_setup[read.facts.setup_id]) for read in group)
    first, second = (tuple(found[id(read)] for read in each) for each in reads)
    return first, second


class _Pair(msgspec.Struct, frozen=True):
    found: Comparison
    good: Read
    bad: Read
    cause: Finding | None
    shared_cause: bool

    @property
    def diverges(self) -> bool:
        """Whether anything differs that matters; a fault that only BAD has may show in no step that differs."""
        return self.found.diverges or (self.cause is not None and not self.shared_cause)


class _Measured(msgspec.Struct, frozen=True):
    found: UnusualSetup
    bad: Read
    cause: Finding | None

    @property
    def diverges(self) -> bool:
        """Whether anything is unusual that matters; none of the good ones has a fault."""
        return self.found.diverges or self.cause is not None


class Compared(msgspec.Struct, frozen=True):
    """What came of a comparison.

    Attributes:
        mode: what was compared with what.
        good: the one side.
        bad: the other.
        left_out: how many set-ups of the good side are no measure, because they did not come through well.
    """

    mode: Mode
    good: Side
    bad: Side
    pairs: tuple[_Pair, ...] = ()
    measured: tuple[_Measured, ...] = ()
    runs: RunsComparison | None = None
    left_out: int = 0

    @property
    def diverges(self) -> bool:
        """Whether there is a divergence that matters; of runs, a new fault."""
        if self.runs is not None:
            return bool(self.runs.new)
        return any(pair.diverges for pair in self.pairs) or any(one.diverges for one in self.measured)

    @property
    def title(self) -> str:
        """What was compared with what, in one line."""
        return _TITLES[self.mode]

    def pages(self, *, whole: bool) -> Iterator[Page]:
        """What is to be said, a page for each set-up of the bad side."""
        from otel_multisig.report.comparison_pair import pair_page
        from otel_multisig.report.comparison_runs import runs_page
        from otel_multisig.report.comparison_unusual import unusual_page

        if self.runs is not None:
            yield runs_page(self.runs, (self.good.name, self.bad.name))
        for pair in self.pairs:
            sources = ", ".join(pair.good.origins), ", ".join(pair.bad.origins)
            yield pair_page(pair.found, sources, pair.cause, diverges=pair.diverges, whole=whole)
        for each in self.measured:
            sources = self.good.name, ", ".join(each.bad.origins)
            yield unusual_page(each.found, sources, each.cause, left_out=self.left_out, whole=whole)

    def document(self, problems: tuple[ProblemEntry, ...] = ()) -> ComparisonDocument:
        """What is to be said, for programs."""
        from otel_multisig.report import comparison_document as written
        from otel_multisig.report.comparison_schema import VERSION, ComparisonDocument

        return ComparisonDocument(
            VERSION,
            self.mode.value,
            self.diverges,
            tuple(
                written.pair_entry(one.found, (one.good.origins, one.bad.origins), one.cause, diverges=one.diverges)
                for one in self.pairs
            ),
            tuple(
                written.unusual_entry(one.found, one.bad.origins, one.cause, left_out=self.left_out)
                for one in self.measured
            ),
            None if self.runs is None else written.runs_entry(self.runs, ((self.good.name,), (self.bad.name,))),
            problems,
        )


def compare_sides(good: Side, bad: Side, mode: Mode | None, thresholds: Thresholds) -> Compared:
    """Compare two sides.

    Args:
        good: the measure, or the runs before.
        bad: what is asked about, or the runs after.
        mode: what is compared with what; by default the numbers of set-ups decide.
        thresholds: which durations count as different.

    Raises:
        click.UsageError: there is nothing to compare in this mode.
    """
    for label, side in (("GOOD", good), ("BAD", bad)):
        if not side.reads:
            raise click.UsageError(f"there is no set-up in {label}: {side.name}")
    mode = mode or _mode_for(len(good.reads), len(bad.reads))
    if mode is Mode.RUNS:
        return Compared(mode, good, bad, runs=compare_runs(good.diagnoses, bad.diagnoses))
    if mode is Mode.BASELINE:
        return _measure(good, bad, thresholds)
    if len(good.reads) > 1:
        raise click.UsageError(
            f"{good.name} holds {len(good.reads):,} set-ups; of a pair this side is one: name it with --good-escrow"
        )
    (one,) = good.reads
    cause = good.diagnoses[0].verdict
    outline = outline_of(one.facts)
    pairs = (
        _Pair(
            compare_setups(outline, outline_of(read.facts), thresholds),
            one,
            read,
            diagnosis.verdict,
            _same(diagnosis.verdict, cause),
        )
        for read, diagnosis in zip(bad.reads, bad.diagnoses, strict=True)
    )
    return Compared(mode, good, bad, pairs=tuple(pairs))


def _same(one: Finding | None, other: Finding | None) -> bool:
    """Whether two verdicts name the same fault at the same place."""
    if one is None or other is None:
        return one is other
    return (one.kind, one.role, one.round) == (other.kind, other.role, other.round)


def _mode_for(good: int, bad: int) -> Mode:
    if good == 1:
        return Mode.PAIR
    return Mode.BASELINE if bad == 1 else Mode.RUNS


def _measure(good: Side, bad: Side, thresholds: Thresholds) -> Compared:
    outlines = [outline_of(diagnosis.setup) for diagnosis in good.diagnoses if diagnosis.verdict is None]
    outlines = [outline for outline in outlines if outline.succeeded]
    if not outlines:
        raise click.UsageError(f"none of the set-ups in {good.name} came through well: there is nothing to measure by")
    baseline = Baseline(outlines)
    measured = (
        _Measured(find_unusual(baseline, outline_of(read.facts), thresholds), read, diagnosis.verdict)
        for read, diagnosis in zip(bad.reads, bad.diagnoses, strict=True)
    )
    return Compared(Mode.BASELINE, good, bad, measured=tuple(measured), left_out=len(good.reads) - len(outlines))
