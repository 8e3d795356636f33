from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.diagnosis.comparison import chance_of_difference, upper_bound


def at_most(hits: int, runs: int, rate: Fraction) -> Fraction:
    """The chance of so many hits or fewer, in exact numbers: the definition."""
    return sum(
        (math.comb(runs, number) * rate**number * (1 - rate) ** (runs - number) for number in range(hits + 1)),
        Fraction(0),
    )


@st.composite
def hits_of_runs(draw: st.DrawFn, most: int = 40) -> tuple[int, int]:
    runs = draw(st.integers(0, most))
    return draw(st.integers(0, runs)), runs


@given(hits_of_runs(), st.sampled_from((0.5, 0.9, 0.95, 0.99)))
def test_the_bound_is_where_so_few_hits_become_rare(seen: tuple[int, int], confidence: float) -> None:
    hits, runs = seen
    bound = upper_bound(hits, runs, confidence)
    if hits == runs:
        assert bound == 1
        return
    rare = 1 - confidence
    # A millionth above the bound it is rarer than that, a millionth below it is not.
    assert at_most(hits, runs, Fraction(min(1.0, bound * (1 + 1e-6)))) <= rare
    assert at_most(hits, runs, Fraction(bound * (1 - 1e-6))) >= rare


@given(hits_of_runs())
def test_the_bound_lies_above_the_rate_and_falls_with_more_runs(seen: tuple[int, int]) -> None:
    hits, runs = seen
    assert upper_bound(hits, runs) >= (hits / runs if runs else 0)
    assert upper_bound(hits, runs + 1) <= upper_bound(hits, runs)
    assert upper_bound(hits, runs + 1) <= upper_bound(hits + 1, runs + 1)


@pytest.mark.parametrize(("hits", "runs", "bound"), [(0, 120, 0.02466), (0, 1, 0.95), (0, 0, 1.0), (3, 100, 0.07571)])
def test_bounds_that_tables_have(hits: int, runs: int, bound: float) -> None:
    assert upper_bound(hits, runs) == pytest.approx(bound, abs=5e-6)


def test_without_a_hit_it_is_about_three_in_the_number_of_runs() -> None:
    for runs in (50, 500, 5000):
        assert upper_bound(0, runs) == pytest.approx(3 / runs, rel=0.04)


def fisher(hits: int, runs: int, other_hits: int, other_runs: int) -> Fraction:
    """The definition: all ways that are no more likely than the one that was seen, of all ways."""
    whole = hits + other_hits
    ways = {
        number: math.comb(runs, number) * math.comb(other_runs, whole - number)
        for number in range(whole + 1)
        if number <= runs and whole - number <= other_runs
    }
    return Fraction(sum(way for way in ways.values() if way <= ways[hits]), sum(ways.values()))


@given(hits_of_runs(), hits_of_runs())
def test_chance_is_as_it_is_defined(one: tuple[int, int], other: tuple[int, int]) -> None:
    found = chance_of_difference(*one, *other)
    assert found == pytest.approx(float(fisher(*one, *other)), rel=1e-12)
    assert 0 < found <= 1
    assert chance_of_difference(*other, *one) == found


def test_chances_that_tables_have() -> None:
    assert chance_of_difference(8, 10, 1, 6) == pytest.approx(0.0350, abs=5e-5)
    assert chance_of_difference(3, 10, 0, 10) == pytest.approx(0.2105, abs=5e-5)
    assert chance_of_difference(0, 5, 0, 7) == 1


def test_thousands_of_runs_give_a_number_too() -> None:
    assert chance_of_difference(500, 10_000, 300, 10_000) < 1e-10
    assert 0.05 < upper_bound(500, 10_000) < 0.06


@pytest.mark.parametrize("wrong", [(-1, 3), (4, 3)])
def test_impossible_numbers_are_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="there are no"):
        upper_bound(*wrong)
    with pytest.raises(ValueError, match="there are no"):
        chance_of_difference(*wrong, 0, 1)
    with pytest.raises(ValueError, match="there are no"):
        chance_of_difference(0, 1, *wrong)
