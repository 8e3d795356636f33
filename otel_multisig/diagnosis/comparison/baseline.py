"""What is usual, from many set-ups that came through, and what is unusual in one more."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from otel_multisig.diagnosis.comparison.absence import is_needed, is_recorded, last_round, matters_alone, methods_of
from otel_multisig.diagnosis.comparison.differences import DEFAULT_THRESHOLDS, DifferenceKind, Thresholds
from otel_multisig.diagnosis.comparison.outline import Aspect, CallState, Key, Outline, Step, StepKind, differs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Baseline", "Range", "Unusual", "UnusualSetup", "find_unusual"]

# What one in twenty does is unusual, and what one in twenty leaves out is usual.
_RARE = 20


class Range(msgspec.Struct, frozen=True, gc=False):
    """How long something took in the good ones, in nanoseconds."""

    shortest: int
    median: int
    longest: int

    @classmethod
    def of(cls, durations: Iterable[int]) -> Range | None:
        """The range of some durations, None where there is none."""
        ordered = sorted(durations)
        return cls(ordered[0], ordered[len(ordered) // 2], ordered[-1]) if ordered else None


class _Usual(msgspec.Struct):
    """What the good ones show of a step."""

    step: Step
    had: int = 0
    values: dict[Aspect, Counter[Any]] = {}
    durations: list[int] = []
    waits: list[int] = []


class Unusual(msgspec.Struct, frozen=True):
    """One thing in which a set-up differs from the good ones.

    Attributes:
        kind: how; never `DifferenceKind.ORDER`.
        step: the step; for what is missing, as one of the good ones has it.
        matters: whether it may be what went wrong.
        alike: in how many of the good ones it is as it is here.
        known: of how many it is known.
        aspect: what of it is unusual, for `DifferenceKind.CHANGED`.
        usual: what it is in most of the good ones, for `DifferenceKind.CHANGED`.
        usual_time: how long it took in the good ones, for durations.
    """

    kind: DifferenceKind
    step: Step
    matters: bool
    alike: int
    known: int
    aspect: Aspect | None = None
    usual: Any = None
    usual_time: Range | None = None


class UnusualSetup(msgspec.Struct, frozen=True):
    """What is unusual in one set-up.

    Attributes:
        setup: the set-up.
        good: the number of good ones that it was compared with.
        unusual: the first thing that matters, then all others in the order of the set-up.
        ended: what most of the good ones went on to do, and this one had ended.
        alike: the number of its steps in which nothing is unusual.
    """

    setup: Outline
    good: int
    unusual: tuple[Unusual, ...] = ()
    ended: tuple[Step, ...] = ()
    alike: int = 0

    @property
    def first(self) -> Unusual | None:
        """The first thing that matters, None where nothing does."""
        return self.unusual[0] if self.diverges else None

    @property
    def diverges(self) -> bool:
        """Whether anything is unusual that matters."""
        return bool(self.unusual) and self.unusual[0].matters


class Baseline:
    """What many good set-ups have in common.

    Args:
        outlines: the good ones, in any order.
    """

    def __init__(self, outlines: Iterable[Outline]) -> None:
        self.size = 0
        self.all_legacy = True
        self._steps: dict[Key, _Usual] = {}
        self._order: dict[Key, list[int]] = {}
        self.methods: set[str] = set()
        for outline in sorted(outlines, key=lambda one: (one.start_nano, one.setup_id)):
            self._add(outline)

    def _add(self, outline: Outline) -> None:
        self.size += 1
        self.all_legacy &= outline.legacy
        self.methods |= methods_of(outline)
        for step in outline.steps:
            usual = self._steps.get(step.key)
            if usual is None:
                usual = self._steps[step.key] = _Usual(step)
            usual.had += 1
            self._order.setdefault(step.key, []).append(step.place)
            for aspect, value in step.values.items():
                usual.values.setdefault(aspect, Counter())[value] += 1
            if step.wait_nano is not None:
                usual.waits.append(step.wait_nano)
            if step.duration_nano is not None and _came_through(step):
                usual.durations.append(step.duration_nano)

    def usual(self, key: Key) -> _Usual | None:
        """What the good ones show of a step, None where none of them has it."""
        return self._steps.get(key)

    def common(self) -> list[_Usual]:
        """The steps that all but few of them have, in their usual order."""
        found = [usual for usual in self._steps.values() if (self.size - usual.had) * _RARE <= self.size]
        return sorted(found, key=lambda usual: sum(self._order[usual.step.key]) / usual.had)


def _came_through(step: Step) -> bool:
    result = step.values.get(Aspect.RESULT)
    return result is None or result.state is CallState.OK


def find_unusual(baseline: Baseline, setup: Outline, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> UnusualSetup:
    """What is unusual in a set-up, measured by good ones.

    Args:
        baseline: what the good ones have in common.
        setup: the one that is asked about.
        thresholds: by how much a duration must lie outside of what the good ones show.
    """
    both_through = setup.succeeded
    found: list[tuple[float, Unusual]] = []
    alike = 0
    places: dict[Key, int] = {step.key: step.place for step in setup.steps}
    for step in setup.steps:
        usual = baseline.usual(step.key)
        if usual is None or usual.had * _RARE < baseline.size:
            unusual = _judge_extra(step, usual, baseline, both_through=both_through)
        else:
            unusual = [*_judge_values(step, usual, both_through=both_through), *_judge_times(step, usual, thresholds)]
        found += [(step.place, each) for each in unusual]
        alike += not unusual and step.key.kind is not StepKind.SETUP
    missing, ended = _find_missing(baseline, setup, places)
    found += [
        (place, Unusual(DifferenceKind.MISSING, usual.step, matters_alone(usual.step, both_through=both_through),
                        baseline.size - usual.had, baseline.size))
        for place, usual in missing
    ]  # fmt: skip
    found.sort(key=lambda each: (each[0], not each[1].matters))
    told = [each for _, each in found]
    first = next((index for index, each in enumerate(told) if each.matters), None)
    if first is not None:
        told.insert(0, told.pop(first))
    return UnusualSetup(setup, baseline.size, tuple(_merge_repeated(told)), tuple(ended), alike)


def _judge_extra(step: Step, usual: _Usual | None, baseline: Baseline, *, both_through: bool) -> list[Unusual]:
    if step.key.kind is StepKind.POINT:
        return []  # its snapshots tell
    if not is_recorded(step, legacy=baseline.all_legacy, names=baseline.methods):
        return []
    matters = matters_alone(step, both_through=both_through)
    return [Unusual(DifferenceKind.EXTRA, step, matters, usual.had if usual else 0, baseline.size)]


def _judge_values(step: Step, usual: _Usual, *, both_through: bool) -> list[Unusual]:
    found = []
    for aspect, value in step.values.items():
        counts = usual.values.get(aspect)
        if not counts:
            continue
        known = counts.total()
        alike = sum(number for other, number in counts.items() if not differs(aspect, value, other))
        if alike * _RARE < known or alike == 0:
            harmless = aspect is Aspect.RESULT and (
                step.retried or value.state is CallState.OK or (both_through and not is_needed(step))
            )
            most = min(
                ((-number, repr(other), other) for other, number in counts.items() if differs(aspect, value, other)),
                key=lambda each: each[:2],
            )[2]
            found.append(
                Unusual(
                    DifferenceKind.CHANGED, step, not harmless, alike, known, aspect, most, Range.of(usual.durations)
                )
            )
    return found


def _judge_times(step: Step, usual: _Usual, thresholds: Thresholds) -> list[Unusual]:
    kind = DifferenceKind
    found = []
    for took, others, longer, shorter in (
        (step.duration_nano if _came_through(step) else None, usual.durations, kind.SLOWER, kind.FASTER),
        (step.wait_nano, usual.waits, kind.WAITED_LONGER, kind.WAITED_LESS),
    ):
        span = Range.of(others)
        if took is None or span is None or (step.key.kind is StepKind.SETUP and not _same_outcome(step, usual)):
            continue
        if thresholds.exceeded(span.longest, took):
            found.append(Unusual(longer, step, False, 0, len(others), usual_time=span))
        elif thresholds.exceeded(took, span.shortest):
            found.append(Unusual(shorter, step, False, 0, len(others), usual_time=span))
    return found


def _same_outcome(step: Step, usual: _Usual) -> bool:
    outcomes = usual.values.get(Aspect.OUTCOME, Counter())
    return step.values.get(Aspect.OUTCOME) in outcomes


def _find_missing(
    baseline: Baseline, setup: Outline, places: dict[Key, int]
) -> tuple[list[tuple[float, _Usual]], list[Step]]:
    """What all but few of the good ones have and this one has not, each behind what is before it.

    And apart from these what it ended before.
    """
    common = baseline.common()
    last: dict[str | None, int] = {}
    for index, usual in enumerate(common):
        if usual.step.key in places and usual.step.key.kind is not StepKind.SETUP:
            last[usual.step.key.role] = index
    ended_in = last_round(setup)
    missing: list[tuple[float, _Usual]] = []
    ended: list[Step] = []
    here = -1.0
    names = methods_of(setup)
    for index, usual in enumerate(common):
        key = usual.step.key
        if key in places:
            here = places[key] + 0.5
            continue
        if not is_recorded(usual.step, legacy=setup.legacy, names=names):
            continue
        early = key.round is not None and key.round < ended_in
        if setup.succeeded or early or last.get(key.role, -1) > index:
            if key.kind is not StepKind.POINT:
                missing.append((here, usual))
        else:
            ended.append(usual.step)
    return missing, ended


def _merge_repeated(unusual: Iterable[Unusual]) -> list[Unusual]:
    """Only the first of several where a state shows again at each later point."""
    told: list[Unusual] = []
    latest: dict[tuple[str | None, Aspect], Unusual] = {}
    for each in unusual:
        aspect = each.aspect
        if aspect is None or each.step.key.kind not in {StepKind.SNAPSHOT, StepKind.POINT}:
            told.append(each)
            continue
        group = (each.step.key.role, aspect)
        before = latest.get(group)
        if (
            before is not None
            and aspect is not Aspect.ADDRESS_CHANGE
            and not differs(aspect, before.step.values[aspect], each.step.values[aspect])
            and not differs(aspect, before.usual, each.usual)
        ):
            continue
        latest[group] = each
        told.append(each)
    return told
