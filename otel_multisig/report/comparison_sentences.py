"""What a comparison found, in sentences without a full stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_multisig.diagnosis.comparison import Aspect, CallState, DifferenceKind, StepKind
from otel_multisig.report._comparison_values import (
    outcome_in_words,
    result_in_words,
    subject_of,
    took,
    value_in_words,
)
from otel_multisig.report._words import format_duration
from otel_multisig.report.comparison_words import join, name_of, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_multisig.diagnosis.comparison import Difference, Result, Step, Unusual

__all__ = [
    "describe_difference",
    "describe_differences",
    "describe_unusual",
    "describe_unusuals",
    "likeness",
    "unusual_likeness",
]

# Of these a sentence is a list behind a colon.
_LISTED: Final = frozenset({Aspect.ADDRESSES, Aspect.PORTS})


def describe_differences(group: Sequence[Difference]) -> str:
    """The same difference at the wallets of several roles in one sentence, without a full stop."""
    first = group[0]
    if len(group) == 1 or first.aspect is None or first.good is None or first.bad is None:
        return describe_difference(first)
    bad, good = (value_in_words(first.aspect, step.values[first.aspect]) for step in (first.bad, first.good))
    roles = join([short(each.step.key.role or "") for each in group])
    told = f"the wallets of {roles} at {short(first.step.key.name)} {_plural(bad)} in BAD; in GOOD they {_plural(good)}"
    return f"{told}{_until(first)}"


def likeness(difference: Difference) -> object:
    """What is equal for the same difference at the wallets of several roles; of all else unlike anything."""
    key, aspect = difference.step.key, difference.aspect
    if aspect is None or key.kind is not StepKind.SNAPSHOT or difference.good is None or difference.bad is None:
        return id(difference)
    values = [value_in_words(aspect, step.values[aspect]) for step in (difference.good, difference.bad)]
    return key.name, key.occurrence, aspect, *values, _until(difference)


def describe_difference(difference: Difference) -> str:
    """A difference between GOOD and BAD in one sentence, without a full stop."""
    kind, good, bad = difference.kind, difference.good, difference.bad
    if kind is DifferenceKind.EXTRA:
        return f"{name_of(difference.step)} is in BAD only"
    if kind is DifferenceKind.MISSING:
        return f"{name_of(difference.step)} is in GOOD only"
    assert good is not None
    assert bad is not None
    if kind in {DifferenceKind.SLOWER, DifferenceKind.FASTER}:
        return _of_times(name_of(bad), bad.duration_nano or 0, good.duration_nano or 0)
    if kind in {DifferenceKind.WAITED_LONGER, DifferenceKind.WAITED_LESS}:
        waits = [format_duration(step.wait_nano or 0) for step in (bad, good)]
        return f"{waits[0]} passed before {name_of(bad)} in BAD, {waits[1]} in GOOD"
    if kind is DifferenceKind.ORDER:
        return f"{name_of(bad)} has another place among the steps that both have"
    assert difference.aspect is not None
    told = _of_values(difference.aspect, good, bad, good.values[difference.aspect], bad.values[difference.aspect])
    return f"{told}{_until(difference)}"


def describe_unusual(unusual: Unusual) -> str:
    """What is unusual in a set-up, in one sentence, with how many of the good ones are like it."""
    kind, step = unusual.kind, unusual.step
    if kind is DifferenceKind.EXTRA:
        return f"{name_of(step)} is in {_none_or(unusual)} good ones"
    if kind is DifferenceKind.MISSING:
        return f"{name_of(step)} is missing; {unusual.known - unusual.alike} of {unusual.known} good ones have it"
    span = unusual.usual_time
    if unusual.aspect is None and span is not None:
        usual = f"{format_duration(span.shortest)} to {format_duration(span.longest)} in {unusual.known} good ones"
        if kind in {DifferenceKind.SLOWER, DifferenceKind.FASTER}:
            return f"{name_of(step)} took {took(step)}; {usual}"
        return f"{format_duration(step.wait_nano or 0)} passed before {name_of(step)}; {usual}"
    assert unusual.aspect is not None
    return f"{_of_value(unusual.aspect, step, step.values[unusual.aspect])}, as in {_none_or(unusual)} good ones"


def describe_unusuals(group: Sequence[Unusual]) -> str:
    """The same at the wallets of several roles in one sentence, without a full stop."""
    first = group[0]
    if len(group) == 1 or first.aspect is None:
        return describe_unusual(first)
    roles = join([short(each.step.key.role or "") for each in group])
    told = _plural(value_in_words(first.aspect, first.step.values[first.aspect]))
    return f"the wallets of {roles} at {short(first.step.key.name)} {told}, as in {_none_or(first)} good ones"


def unusual_likeness(unusual: Unusual) -> object:
    """What is equal for the same at the wallets of several roles; of all else unlike anything."""
    key, aspect = unusual.step.key, unusual.aspect
    if aspect is None or key.kind is not StepKind.SNAPSHOT:
        return id(unusual)
    value = value_in_words(aspect, unusual.step.values[aspect])
    return key.name, key.occurrence, aspect, value, unusual.alike, unusual.known


def _plural(words: str) -> str:
    return f"were {words[4:]}" if words.startswith("was ") else words


def _until(difference: Difference) -> str:
    return "" if difference.until is None else f"; and so until {short(difference.until.key.name)}"


def _none_or(unusual: Unusual) -> str:
    return f"none of {unusual.known}" if not unusual.alike else f"{unusual.alike} of {unusual.known}"


def _of_times(name: str, in_bad: int, in_good: int) -> str:
    told = f"{name} took {format_duration(in_bad)} in BAD, {format_duration(in_good)} in GOOD"
    longer, shorter = max(in_bad, in_good), min(in_bad, in_good)
    if shorter <= 0 or longer >= 100 * shorter:
        return told
    return f"{told} ({longer / shorter:.1f} times as long in {'BAD' if in_bad > in_good else 'GOOD'})"


def _of_values(aspect: Aspect, good: Step, bad: Step, in_good: Any, in_bad: Any) -> str:
    """How a step differs between GOOD and BAD."""
    if aspect is Aspect.RESULT:
        return _of_results(good, bad, in_good, in_bad)
    if aspect is Aspect.OUTCOME:
        return f"BAD {outcome_in_words(bad, in_bad)}; GOOD {outcome_in_words(good, in_good)}"
    told_bad, told_good = value_in_words(aspect, in_bad), value_in_words(aspect, in_good)
    return f"{subject_of(aspect, bad)} {told_bad} in BAD; in GOOD {'' if aspect in _LISTED else 'it '}{told_good}"


def _of_value(aspect: Aspect, step: Step, value: Any) -> str:
    """How a step is, measured by nothing."""
    if aspect is Aspect.RESULT:
        again = ", and came through when it was made again" if step.retried else ""
        return f"{name_of(step)} {result_in_words(step, value)}{again}"
    if aspect is Aspect.OUTCOME:
        return f"the set-up {outcome_in_words(step, value)}"
    return f"{subject_of(aspect, step)} {value_in_words(aspect, value)}"


def _of_results(good: Step, bad: Step, in_good: Result, in_bad: Result) -> str:
    name = name_of(bad)
    if in_bad.state is CallState.OK:
        return f"{name} {result_in_words(good, in_good)} in GOOD; in BAD it took {took(bad)}"
    again = ", and came through when it was made again" if bad.retried else ""
    if in_good.state is CallState.OK:
        return f"{name} {result_in_words(bad, in_bad)} in BAD{again}; in GOOD it took {took(good)}"
    return f"{name} {result_in_words(bad, in_bad)} in BAD{again}; in GOOD it {result_in_words(good, in_good)}"
