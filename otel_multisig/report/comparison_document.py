"""What a comparison found, as values of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_multisig.diagnosis.comparison import CONFIDENCE, Difference, DifferenceKind, Groups, Result, Since
from otel_multisig.report._facts_in_words import cause_in_words
from otel_multisig.report._words import plain
from otel_multisig.report.comparison_schema import (
    CauseEntry,
    DifferenceEntry,
    FaultRateEntry,
    PairEntry,
    RangeEntry,
    RateEntry,
    RunsEntry,
    RunsSideEntry,
    SeenEntry,
    SetupEntry,
    StepEntry,
    UnusualEntry,
    UnusualSetupEntry,
)
from otel_multisig.report.comparison_sentences import describe_difference, describe_unusual
from otel_multisig.report.document import rfc3339
from otel_multisig.semconv.attributes import FaultType, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_multisig.diagnosis import Finding
    from otel_multisig.diagnosis.comparison import (
        Comparison,
        FaultRate,
        Key,
        Outline,
        Range,
        Rate,
        Runs,
        RunsComparison,
        Step,
        Unusual,
        UnusualSetup,
    )

__all__ = ["pair_entry", "runs_entry", "unusual_entry"]

_SECOND: Final = 1_000_000_000


def pair_entry(
    comparison: Comparison, sources: tuple[Sequence[str], Sequence[str]], cause: Finding | None, *, diverges: bool
) -> PairEntry:
    """One set-up beside another, as values of JSON."""
    return PairEntry(
        _setup(comparison.good, sources[0]),
        _setup(comparison.bad, sources[1]),
        diverges,
        _cause(cause),
        tuple(
            DifferenceEntry(
                each.kind,
                None if each.aspect is None else str(each.aspect),
                each.matters,
                describe_difference(each),
                _step(each.step.key),
                _seen(each.good, each),
                _seen(each.bad, each),
                None if each.until is None else each.until.key.name,
            )
            for each in comparison.differences
        ),
        tuple(_step(step.key) for step in comparison.bad_ended),
        tuple(_step(step.key) for step in comparison.good_ended),
        tuple(_step(step.key) for step in comparison.not_recorded),
        comparison.alike,
    )


def unusual_entry(
    found: UnusualSetup, sources: Sequence[str], cause: Finding | None, *, left_out: int
) -> UnusualSetupEntry:
    """One set-up measured by many good ones, as values of JSON."""
    return UnusualSetupEntry(
        found.good,
        left_out,
        _setup(found.setup, sources),
        found.diverges or cause is not None,
        _cause(cause),
        tuple(
            UnusualEntry(
                each.kind,
                None if each.aspect is None else str(each.aspect),
                each.matters,
                describe_unusual(each),
                _step(each.step.key),
                None if each.kind is DifferenceKind.MISSING else _seen(each.step, each),
                each.alike,
                each.known,
                _value(each.usual),
                _range(each.usual_time),
            )
            for each in found.unusual
        ),
        tuple(_step(step.key) for step in found.ended),
        found.alike,
    )


def runs_entry(found: RunsComparison, sources: tuple[Sequence[str], Sequence[str]]) -> RunsEntry:
    """Many runs beside many, as values of JSON."""
    return RunsEntry(
        CONFIDENCE,
        _runs(found.before, sources[0]),
        _runs(found.after, sources[1]),
        tuple(_fault(each) for each in found.faults),
        {str(fault): _rate(rate) for fault, rate in found.by_type.items()},
        _rate(found.any_fault),
        _rate(found.not_through),
    )


def _setup(outline: Outline, sources: Sequence[str]) -> SetupEntry:
    return SetupEntry(
        tuple(sources),
        outline.escrow_id,
        outline.setup_id,
        None if outline.outcome is None else Outcome(outline.outcome),
        outline.duration_nano / _SECOND,
    )


def _cause(cause: Finding | None) -> CauseEntry | None:
    if cause is None:
        return None
    return CauseEntry(FaultType(cause.kind), cause.role, cause.round, cause.sure, cause_in_words(cause))


def _step(key: Key) -> StepEntry:
    return StepEntry(str(key.kind), key.round, key.role, plain(key.name), key.occurrence)


def _seen(step: Step | None, of: Difference | Unusual) -> SeenEntry | None:
    if step is None:
        return None
    return SeenEntry(
        step.number,
        step.sequence,
        rfc3339(step.time_unix_nano),
        _seconds(step.duration_nano),
        _seconds(step.wait_nano),
        None if of.aspect is None else _value(step.values.get(of.aspect)),
    )


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / _SECOND


def _value(value: Any) -> Any:
    """A value of a step's aspect as JSON has it."""
    if isinstance(value, Result):
        return {"state": str(value.state), "code": value.code, "text": value.text, "meaning": value.meaning}
    if isinstance(value, Since):
        return {"since": value.point, "changed": value.changed}
    if isinstance(value, Groups):
        return [list(group) for group in value.groups]
    if isinstance(value, tuple):
        return [None if maker == (None, None) else {"role": maker[0], "round": maker[1]} for maker in value]
    return value


def _range(span: Range | None) -> RangeEntry | None:
    if span is None:
        return None
    return RangeEntry(span.shortest / _SECOND, span.median / _SECOND, span.longest / _SECOND)


def _runs(runs: Runs, sources: Sequence[str]) -> RunsSideEntry:
    return RunsSideEntry(tuple(sources), runs.number, runs.succeeded, runs.with_fault, _seconds(runs.median_nano))


def _rate(rate: Rate) -> RateEntry:
    return RateEntry(
        rate.change,
        rate.before,
        rate.runs_before,
        rate.after,
        rate.runs_after,
        rate.remains_at_most,
        rate.by_chance,
    )


def _fault(each: FaultRate) -> FaultRateEntry:
    place = each.place
    return FaultRateEntry(place.fault, place.role, place.round, _rate(each.rate), each.elsewhere_before)
