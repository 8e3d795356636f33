"""Many runs before a change and many after it: which faults are gone, which are new, and how much that proves."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from otel_multisig.diagnosis.comparison.rates import chance_of_difference, upper_bound
from otel_multisig.model import Outcome
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.diagnosis.finding import Diagnosis

__all__ = ["Change", "FaultRate", "Place", "Rate", "Runs", "RunsComparison", "compare_runs"]


class Change(StrEnum):
    """What became of a fault."""

    NEW = "new"
    """No run before had it."""
    UNCHANGED = "unchanged"
    """Runs before and runs after had it."""
    GONE = "gone"
    """No run after had it."""


class Rate(msgspec.Struct, frozen=True, gc=False):
    """In how many runs something was, before and after.

    Attributes:
        before: the number of runs before that had it.
        runs_before: the number of all runs before.
        after: the number of runs after that had it.
        runs_after: the number of all runs after.
        remains_at_most: the highest rate after that these numbers leave possible, at 95 %.
        by_chance: how often chance alone would part the two at least so far, between 0 and 1.
    """

    before: int
    runs_before: int
    after: int
    runs_after: int
    remains_at_most: float
    by_chance: float

    @classmethod
    def of(cls, before: int, runs_before: int, after: int, runs_after: int) -> Rate:
        """A rate, with what these numbers prove."""
        return cls(
            before,
            runs_before,
            after,
            runs_after,
            upper_bound(after, runs_after),
            chance_of_difference(before, runs_before, after, runs_after),
        )

    @property
    def change(self) -> Change:
        """What became of it."""
        if not self.after:
            return Change.GONE
        return Change.UNCHANGED if self.before else Change.NEW


class Place(msgspec.Struct, frozen=True, gc=False):
    """A fault, and where it arose.

    Attributes:
        fault: what it is.
        role: whose wallet it arose at, None for all.
        round: the round in which it arose; see `otel_multisig.diagnosis.BEFORE_ROUNDS`.
    """

    fault: FaultType
    role: str | None
    round: int | None


class FaultRate(msgspec.Struct, frozen=True):
    """A fault at one place, and in how many runs it was.

    Attributes:
        place: the fault, its role, its round.
        rate: in how many runs.
        elsewhere_before: the number of runs before that had the fault at any place.
    """

    place: Place
    rate: Rate
    elsewhere_before: int = 0


class Runs(msgspec.Struct, frozen=True):
    """Some runs taken together.

    Attributes:
        number: how many set-ups.
        succeeded: how many of them are known to have come through.
        with_fault: how many of them had any fault.
        durations: how long each one took that came through, in nanoseconds, the shortest first.
    """

    number: int
    succeeded: int
    with_fault: int
    durations: tuple[int, ...] = ()

    @property
    def median_nano(self) -> int | None:
        """How long the middle one of those took that came through."""
        return self.durations[len(self.durations) // 2] if self.durations else None


class RunsComparison(msgspec.Struct, frozen=True):
    """What came of comparing many runs with many.

    Attributes:
        before: the runs before.
        after: the runs after.
        faults: by fault, role and round: new ones first, then those that stay, then those that are gone; of each kind
            the one with the most runs first.
        by_type: by type of fault, at whatever wallet and round, in the same order.
        any_fault: how many runs had any fault.
        not_through: how many runs did not come through.
    """

    before: Runs
    after: Runs
    faults: tuple[FaultRate, ...]
    by_type: dict[FaultType, Rate]
    any_fault: Rate
    not_through: Rate

    @property
    def new(self) -> tuple[FaultRate, ...]:
        """The faults that no run before had at this wallet and round."""
        return tuple(each for each in self.faults if each.rate.change is Change.NEW)


def compare_runs(before: Iterable[Diagnosis], after: Iterable[Diagnosis]) -> RunsComparison:
    """Set many runs before a change beside many after it, in any order.

    Args:
        before: what the rules say of each set-up before.
        after: likewise after.
    """
    counts = _Counts(before), _Counts(after)
    first, second = (count.runs() for count in counts)

    def rate(hits: int, later_hits: int) -> Rate:
        return Rate.of(hits, first.number, later_hits, second.number)

    places = counts[0].places.keys() | counts[1].places.keys()
    types = counts[0].types.keys() | counts[1].types.keys()
    by_place = [
        FaultRate(
            place,
            rate(counts[0].places.get(place, 0), counts[1].places.get(place, 0)),
            counts[0].types.get(place.fault, 0),
        )
        for place in places
    ]
    by_type = {fault: rate(counts[0].types.get(fault, 0), counts[1].types.get(fault, 0)) for fault in types}
    return RunsComparison(
        first,
        second,
        tuple(sorted(by_place, key=lambda each: (*_rank(each.rate), _words(each.place)))),
        dict(sorted(by_type.items(), key=lambda item: (*_rank(item[1]), item[0]))),
        rate(first.with_fault, second.with_fault),
        rate(first.number - first.succeeded, second.number - second.succeeded),
    )


class _Counts:
    """In how many runs each fault was."""

    def __init__(self, diagnoses: Iterable[Diagnosis]) -> None:
        self.places: dict[Place, int] = {}
        self.types: dict[FaultType, int] = {}
        self._number = self._succeeded = self._with_fault = 0
        self._durations: list[int] = []
        for diagnosis in diagnoses:
            self._add(diagnosis)

    def _add(self, diagnosis: Diagnosis) -> None:
        setup = diagnosis.setup
        faults = [(FaultType(each.kind), each.role, each.round) for each in diagnosis.faults]
        self._number += 1
        self._with_fault += bool(faults)
        if setup.outcome is Outcome.SUCCESS:
            self._succeeded += 1
            self._durations.append(max(0, setup.last_nano - setup.start_nano))
        for place in {Place(*each) for each in faults}:
            self.places[place] = self.places.get(place, 0) + 1
        for fault in {fault for fault, _, _ in faults}:
            self.types[fault] = self.types.get(fault, 0) + 1

    def runs(self) -> Runs:
        return Runs(self._number, self._succeeded, self._with_fault, tuple(sorted(self._durations)))


def _rank(rate: Rate) -> tuple[int, int, int]:
    order = (Change.NEW, Change.UNCHANGED, Change.GONE)
    return order.index(rate.change), -rate.after, -rate.before


def _words(place: Place) -> tuple[str, str, int]:
    return place.fault, place.role or "", -1 if place.round is None else place.round
