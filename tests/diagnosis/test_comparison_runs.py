from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.diagnosis import Diagnosis, Finding, Observation, SetupFacts
from otel_multisig.diagnosis.comparison import Change, Place, chance_of_difference, compare_runs, upper_bound
from otel_multisig.model import Outcome
from otel_multisig.semconv.attributes import FaultType

SWAPPED = (FaultType.WALLET_SWAPPED, "vendor", 1)
RACE = (FaultType.RACE, "buyer", 1)
RACE_LATER = (FaultType.RACE, "arbiter", 2)
SECOND = 10**9


def run(*faults: tuple[FaultType, str | None, int | None], took: int = 12 * SECOND) -> Diagnosis:
    facts = SetupFacts("escrow", "escrow-1700000000000", "0" * 32, 10**18)
    facts.end(Outcome.FAILURE if faults else Outcome.SUCCESS, time_nano=10**18 + took)
    found = [Finding(fault, "It went wrong.", role, number) for fault, role, number in faults]
    return Diagnosis(facts, (*found, Finding(Observation.SLOW_CALL, "It was slow.")))


def runs(number: int, *faulty: tuple[int, tuple[FaultType, str | None, int | None]]) -> list[Diagnosis]:
    """So many runs, of which so many have each fault."""
    with_faults = [run(fault) for times, fault in faulty for _ in range(times)]
    return with_faults + [run()] * (number - len(with_faults))


def test_gone_new_and_unchanged_with_the_numbers_of_runs() -> None:
    found = compare_runs(runs(100, (12, RACE), (3, SWAPPED)), runs(120, (5, RACE), (1, RACE_LATER)))
    changes = {each.place: (each.rate.change, each.rate.before, each.rate.after) for each in found.faults}
    assert changes == {
        Place(*RACE_LATER): (Change.NEW, 0, 1),
        Place(*RACE): (Change.UNCHANGED, 12, 5),
        Place(*SWAPPED): (Change.GONE, 3, 0),
    }
    assert [each.rate.change for each in found.faults] == [Change.NEW, Change.UNCHANGED, Change.GONE]
    (new,) = found.new
    assert new.elsewhere_before == 12
    assert (found.by_type[FaultType.RACE].before, found.by_type[FaultType.RACE].after) == (12, 6)
    assert (found.before.number, found.before.with_fault, found.after.number, found.after.with_fault) == (
        100,
        15,
        120,
        6,
    )


def test_what_is_gone_may_remain_at_a_rate() -> None:
    found = compare_runs(runs(100, (20, RACE)), runs(120))
    rate = found.faults[0].rate
    assert rate.remains_at_most == upper_bound(0, 120) == pytest.approx(0.0247, abs=5e-5)
    assert rate.by_chance == chance_of_difference(20, 100, 0, 120) < 0.001
    few = compare_runs(runs(3, (1, RACE)), runs(3)).faults[0].rate
    assert few.by_chance > 0.9
    assert few.remains_at_most > 0.6


def test_a_fault_counts_once_a_run_and_an_observation_never() -> None:
    found = compare_runs([run(RACE, RACE, RACE_LATER)], [run()])
    assert {each.place: each.rate.before for each in found.faults} == {Place(*RACE): 1, Place(*RACE_LATER): 1}
    assert found.by_type[FaultType.RACE].before == 1
    assert compare_runs([run()], [run()]).faults == ()


def test_durations_are_those_of_runs_that_came_through() -> None:
    found = compare_runs([run(took=4), run(took=2), run(took=9), run(RACE, took=1)], [run(RACE)])
    assert found.before.durations == (2, 4, 9)
    assert found.before.median_nano == 4
    assert found.after.median_nano is None
    assert (found.not_through.before, found.not_through.after) == (1, 1)


def test_nothing_at_all_is_no_reason_to_fail() -> None:
    found = compare_runs([], [])
    assert found.faults == ()
    assert found.any_fault.remains_at_most == 1


any_faults = st.tuples(
    st.sampled_from(FaultType), st.sampled_from(("buyer", "vendor", None)), st.integers(0, 4) | st.none()
)
any_runs = st.lists(st.lists(any_faults, max_size=3).map(lambda faults: run(*faults)), max_size=8)


@given(any_runs, any_runs, st.randoms())
def test_the_order_of_runs_does_not_matter(before: list[Diagnosis], after: list[Diagnosis], random: Any) -> None:
    found = compare_runs(before, after)
    random.shuffle(before)
    random.shuffle(after)
    assert compare_runs(before, after) == found


@given(any_runs, any_runs)
def test_new_in_one_direction_is_gone_in_the_other(before: list[Diagnosis], after: list[Diagnosis]) -> None:
    there, back = compare_runs(before, after), compare_runs(after, before)
    opposite = {Change.NEW: Change.GONE, Change.GONE: Change.NEW, Change.UNCHANGED: Change.UNCHANGED}
    assert {(each.place, opposite[each.rate.change], each.rate.before, each.rate.after) for each in there.faults} == {
        (each.place, each.rate.change, each.rate.after, each.rate.before) for each in back.faults
    }
    assert there.any_fault.by_chance == back.any_fault.by_chance


@given(any_runs)
def test_nothing_is_new_or_gone_between_the_same_runs(some: list[Diagnosis]) -> None:
    found = compare_runs(some, some)
    assert all(each.rate.change is Change.UNCHANGED and each.rate.by_chance == 1 for each in found.faults)
