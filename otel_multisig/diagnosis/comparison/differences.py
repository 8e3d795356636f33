"""Where two set-ups part ways: aligned by meaning, the first divergence that matters before all others."""

from __future__ import annotations

from bisect import bisect_left
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.diagnosis.comparison.absence import is_needed, matters_alone, part_at_end, part_by_record
from otel_multisig.diagnosis.comparison.alignment import align
from otel_multisig.diagnosis.comparison.outline import Aspect, CallState, Outline, Step, StepKind, differs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.diagnosis.comparison.alignment import Alignment

__all__ = ["DEFAULT_THRESHOLDS", "Comparison", "Difference", "DifferenceKind", "Thresholds", "compare_setups"]

_SECOND: Final = 1_000_000_000


class DifferenceKind(StrEnum):
    """How two set-ups differ at a step."""

    CHANGED = "changed"
    """Both have it, and it is not the same: see the aspect."""
    EXTRA = "extra"
    """Only BAD has it."""
    MISSING = "missing"
    """Only GOOD has it."""
    SLOWER = "slower"
    """It took longer in BAD."""
    FASTER = "faster"
    """It took longer in GOOD."""
    WAITED_LONGER = "waited_longer"
    """More time passed in BAD before it began."""
    WAITED_LESS = "waited_less"
    """More time passed in GOOD before it began."""
    ORDER = "order"
    """It stands in another order among what both have."""


class Thresholds(msgspec.Struct, frozen=True):
    """From where on a difference of durations is told.

    Attributes:
        ratio: the longer one is at least so many times the shorter one.
        nanoseconds: and longer by at least so much.
    """

    ratio: float = 2.0
    nanoseconds: int = _SECOND // 2

    def exceeded(self, shorter: int, longer: int) -> bool:
        """Whether `longer` is longer by as much as this asks for."""
        return longer - shorter >= self.nanoseconds and longer >= self.ratio * shorter


class Difference(msgspec.Struct, frozen=True):
    """One thing in which two set-ups differ.

    Attributes:
        kind: how.
        good: the step of the good one, None where it has none.
        bad: the step of the bad one, None where it has none.
        matters: whether it may be what went wrong: an error, another state, something that was not done. How long
            something took, and what else happened beside it, does not.
        aspect: what it is that differs, for `CHANGED`.
        until: the step of the bad one up to which the same difference shows again, where it shows more than once.
    """

    kind: DifferenceKind
    good: Step | None
    bad: Step | None
    matters: bool = False
    aspect: Aspect | None = None
    until: Step | None = None

    @property
    def step(self) -> Step:
        """The step, as BAD has it where it has it."""
        step = self.bad or self.good
        assert step is not None
        return step


DEFAULT_THRESHOLDS: Final = Thresholds()
"""Twice as long, and by half a second."""


class Comparison(msgspec.Struct, frozen=True):
    """What came of comparing two set-ups.

    Attributes:
        good: the one that is the measure.
        bad: the one that is asked about.
        differences: the first one that matters, then all others in the order of `bad`.
        bad_ended: steps of `good` that `bad` did not come to, because it had ended.
        good_ended: steps of `bad` that `good` did not come to, because it had ended.
        not_recorded: calls that one of them has, of methods that the legacy recording of the other one has none of.
        alike: the number of steps that are the same in both.
    """

    good: Outline
    bad: Outline
    differences: tuple[Difference, ...] = ()
    bad_ended: tuple[Step, ...] = ()
    good_ended: tuple[Step, ...] = ()
    not_recorded: tuple[Step, ...] = ()
    alike: int = 0

    @property
    def first(self) -> Difference | None:
        """The first divergence that matters, None where none does."""
        return self.differences[0] if self.diverges else None

    @property
    def diverges(self) -> bool:
        """Whether anything differs that matters."""
        return bool(self.differences) and self.differences[0].matters


def compare_setups(good: Outline, bad: Outline, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> Comparison:
    """Set two set-ups side by side, and tell all in which they differ.

    Ids, times of day and hashes differ between any two set-ups: hashes are compared by their pattern only, which roles
    agree and where they change.

    Args:
        good: the measure.
        bad: the one that is asked about.
        thresholds: which durations count as different.
    """
    aligned = align(good, bad)
    good_only, unseen_in_bad = part_by_record(aligned.good_only, bad)
    bad_only, unseen_in_good = part_by_record(aligned.bad_only, good)
    missing, bad_ended = part_at_end(good_only, bad, [(one, other) for one, other in aligned.pairs])
    extra, good_ended = part_at_end(bad_only, good, [(other, one) for one, other in aligned.pairs])
    both_through = good.succeeded and bad.succeeded
    changed = [
        found
        for one, other in aligned.pairs
        for found in _compare_steps(one, other, thresholds, both_through=both_through)
    ]
    changed += [Difference(DifferenceKind.ORDER, one, other) for one, other in aligned.moved()]
    found = _merge_repeated(changed)
    found += [
        Difference(DifferenceKind.MISSING, step, None, matters_alone(step, both_through=both_through))
        for step in missing
    ]
    found += [
        Difference(DifferenceKind.EXTRA, None, step, matters_alone(step, both_through=both_through)) for step in extra
    ]
    touched = {difference.bad.place for difference in changed if difference.bad is not None}
    return Comparison(
        good,
        bad,
        tuple(_in_order(found, aligned)),
        tuple(bad_ended),
        tuple(good_ended),
        (*unseen_in_bad, *unseen_in_good),
        alike=sum(other.place not in touched for _, other in aligned.pairs if other.key.kind is not StepKind.SETUP),
    )


def _compare_steps(good: Step, bad: Step, thresholds: Thresholds, *, both_through: bool) -> list[Difference]:
    """All in which a step of two set-ups differs."""
    kind = DifferenceKind
    found = [
        Difference(kind.CHANGED, good, bad, _matters(good, bad, aspect, both_through=both_through), aspect)
        for aspect, value in good.values.items()
        if differs(aspect, value, bad.values.get(aspect))
    ]
    results = [_state(step) for step in (good, bad)]
    comparable = results[0] == results[1] and CallState.OPEN not in results
    if comparable:
        found += _compare_times(
            good, bad, good.duration_nano, bad.duration_nano, (kind.SLOWER, kind.FASTER), thresholds
        )
    found += _compare_times(
        good, bad, good.wait_nano, bad.wait_nano, (kind.WAITED_LONGER, kind.WAITED_LESS), thresholds
    )
    return found


def _state(step: Step) -> Any:
    result = step.values.get(Aspect.RESULT)
    return step.values.get(Aspect.OUTCOME) if result is None else result.state


def _compare_times(
    good: Step,
    bad: Step,
    in_good: int | None,
    in_bad: int | None,
    kinds: tuple[DifferenceKind, DifferenceKind],
    thresholds: Thresholds,
) -> list[Difference]:
    if in_good is None or in_bad is None:
        return []
    if thresholds.exceeded(in_good, in_bad):
        return [Difference(kinds[0], good, bad)]
    if thresholds.exceeded(in_bad, in_good):
        return [Difference(kinds[1], good, bad)]
    return []


def _matters(good: Step, bad: Step, aspect: Aspect, *, both_through: bool) -> bool:
    if aspect is not Aspect.RESULT:
        return True
    if both_through and not is_needed(bad):
        return False  # it failed, and nothing came of it: a wallet that was to be created, and is there
    # A call that failed and came through when it was made again did no harm.
    return not all(step.retried or step.values[aspect].state is CallState.OK for step in (good, bad))


def _merge_repeated(differences: Sequence[Difference]) -> list[Difference]:
    """One difference in place of several where the same shows again at each later point: a state stays what it is."""
    told: list[Difference] = []
    latest: dict[tuple[str | None, Aspect], int] = {}
    for difference in differences:
        aspect = difference.aspect
        if aspect is None or difference.step.key.kind not in {StepKind.SNAPSHOT, StepKind.POINT}:
            told.append(difference)
            continue
        group = (difference.step.key.role, aspect)
        before = told[latest[group]] if group in latest else None
        if before is not None and aspect is not Aspect.ADDRESS_CHANGE and _same(before, difference, aspect):
            told[latest[group]] = msgspec.structs.replace(before, until=difference.bad)
        else:
            latest[group] = len(told)
            told.append(difference)
    return told


def _same(one: Difference, other: Difference, aspect: Aspect) -> bool:
    assert one.good is not None
    assert one.bad is not None
    assert other.good is not None
    assert other.bad is not None
    return not differs(aspect, one.good.values[aspect], other.good.values[aspect]) and not differs(
        aspect, one.bad.values[aspect], other.bad.values[aspect]
    )


def _in_order(differences: Iterable[Difference], aligned: Alignment) -> list[Difference]:
    """The first that matters, then all in BAD's order; what only GOOD has stands behind what is before it there."""
    good_places = [good.place for good, _ in aligned.pairs]
    bad_places = [bad.place for _, bad in aligned.pairs]

    def place(difference: Difference) -> tuple[float, bool]:
        if difference.bad is not None:
            return difference.bad.place, not difference.matters
        assert difference.good is not None
        index = bisect_left(good_places, difference.good.place)
        return (bad_places[index - 1] + 0.5 if index else -1.0), not difference.matters

    told = sorted(differences, key=place)
    first = next((index for index, difference in enumerate(told) if difference.matters), None)
    if first is not None:
        told.insert(0, told.pop(first))
    return told
