"""Which step of one set-up is which step of another."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import msgspec

from otel_multisig.diagnosis.comparison.outline import StepKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.diagnosis.comparison.outline import Outline, Step

__all__ = ["Alignment", "align"]


class Alignment(msgspec.Struct, frozen=True):
    """Two set-ups side by side.

    Attributes:
        pairs: the steps that both have, in the order of the good one.
        good_only: the steps that only the good one has, in its order.
        bad_only: the steps that only the bad one has, in its order.
    """

    pairs: tuple[tuple[Step, Step], ...]
    good_only: tuple[Step, ...]
    bad_only: tuple[Step, ...]

    def moved(self) -> tuple[tuple[Step, Step], ...]:
        """The fewest pairs without which the order of all others is the same in both."""
        told = [pair for pair in self.pairs if pair[0].key.kind not in {StepKind.SETUP, StepKind.POINT}]
        in_order = _longest_rise([bad.place for _, bad in told])
        return tuple(pair for index, pair in enumerate(told) if index not in in_order)


def align(good: Outline, bad: Outline) -> Alignment:
    """Set two set-ups side by side: by what steps mean, so that one more in between moves nothing.

    Where one record does not tell the round of a step, its kind, role and name decide.
    """
    by_key = {step.key: step for step in bad.steps}
    pairs = [(step, by_key[step.key]) for step in good.steps if step.key in by_key]
    paired = {step.key for step, _ in pairs}
    good_rest = [step for step in good.steps if step.key not in paired]
    bad_rest = [step for step in bad.steps if step.key not in paired]
    found = [*_pair_roundless(good_rest, bad_rest), *((g, b) for b, g in _pair_roundless(bad_rest, good_rest))]
    if found:
        pairs = sorted([*pairs, *found], key=lambda pair: pair[0].place)
        taken_good, taken_bad = {step.place for step, _ in found}, {step.place for _, step in found}
        good_rest = [step for step in good_rest if step.place not in taken_good]
        bad_rest = [step for step in bad_rest if step.place not in taken_bad]
    return Alignment(tuple(pairs), tuple(good_rest), tuple(bad_rest))


def _pair_roundless(roundless: Iterable[Step], others: Iterable[Step]) -> list[tuple[Step, Step]]:
    """Steps of the one whose round is not known, each with the next of its name in the other whose round is known."""
    waiting: dict[tuple[str, str | None, str], list[Step]] = {}
    for step in others:
        if step.key.round is not None:
            waiting.setdefault((step.key.kind, step.key.role, step.key.name), []).append(step)
    pairs = []
    for step in roundless:
        candidates = waiting.get((step.key.kind, step.key.role, step.key.name))
        if step.key.round is None and candidates:
            pairs.append((step, candidates.pop(0)))
    return pairs


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """The indices of a longest subsequence that rises."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int | None] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else None)
        if length == len(ends):
            ends.append(number)
            at.append(index)
        else:
            ends[length] = number
            at[length] = index
    rise: set[int] = set()
    here = at[-1] if at else None
    while here is not None:
        rise.add(here)
        here = before[here]
    return rise
