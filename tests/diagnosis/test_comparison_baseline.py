from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.diagnosis import SetupFacts
from otel_multisig.diagnosis.comparison import (
    Aspect,
    Baseline,
    DifferenceKind,
    Outline,
    StepKind,
    find_unusual,
    outline_of,
)
from otel_multisig.semconv import attributes as attr
from otel_multisig.testing.strategies import odd_traces, traces

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from otel_multisig.model import EscrowTrace


@pytest.fixture(scope="module")
def scene(load_module: Callable[[Path], ModuleType], setups: ModuleType) -> Any:
    """Makes outlines of set-ups, each with what is asked for."""
    made = load_module(Path(__file__).parent / "test_comparison_differences.py")
    number = iter(range(1, 10_000))

    def make(**asked: Any) -> Outline:
        this = next(number)
        return made.Scene(setups, f"escrow{this}", setups.START_MS + this * 60_000).play(**asked).outline()

    return make


MAKE = ("buyer", "make_multisig", 1)


@pytest.fixture
def usual(scene: Any) -> Baseline:
    return Baseline(scene(took={MAKE: 700 + 20 * number}) for number in range(40))


def test_one_like_the_others(usual: Baseline, scene: Any) -> None:
    found = find_unusual(usual, scene(took={MAKE: 1450}))
    assert found.unusual == found.ended == ()
    assert found.good == usual.size == 40
    assert found.first is None


def test_durations_outside_of_what_the_good_ones_show(usual: Baseline, scene: Any) -> None:
    (slow,) = find_unusual(usual, scene(took={MAKE: 4000})).unusual
    assert (slow.kind, slow.matters) == (DifferenceKind.SLOWER, False)
    assert slow.usual_time is not None
    assert slow.usual_time.shortest == 700_000_000
    assert slow.usual_time.longest == 1_480_000_000
    assert slow.usual_time.median == 1_100_000_000
    (fast,) = find_unusual(usual, scene(took={MAKE: 1})).unusual
    assert fast.kind is DifferenceKind.FASTER
    (late,) = find_unusual(usual, scene(pause={MAKE: 3000})).unusual
    assert late.kind is DifferenceKind.WAITED_LONGER


def test_what_failed_and_what_never_came(usual: Baseline, scene: Any) -> None:
    found = find_unusual(usual, scene(failed={("vendor", "exchange_multisig_keys", 2): ("no", -1)}))
    assert found.first is not None
    assert (found.first.aspect, found.first.alike, found.first.known) == (Aspect.RESULT, 0, 40)
    assert found.first.step.key.role == "vendor"
    assert found.diverges
    assert {step.key.name for step in found.ended if step.key.kind is StepKind.CALL} == {"exchange_multisig_keys"}
    assert len([step for step in found.ended if step.key.kind is StepKind.CALL]) == 4


def test_extra_and_missing_are_counted(usual: Baseline, scene: Any) -> None:
    extra = find_unusual(usual, scene(before={MAKE: ("#noise", "get_address")})).unusual
    assert [(each.kind, each.alike, each.known) for each in extra] == [(DifferenceKind.EXTRA, 0, 40)] * 2
    (missing,) = find_unusual(usual, scene(without={("arbiter", "pre_round2")})).unusual
    assert (missing.kind, missing.alike, missing.known, missing.matters) == (DifferenceKind.MISSING, 0, 40, False)
    (needed, *_) = find_unusual(usual, scene(without={("arbiter", "make_multisig")})).unusual
    assert needed.matters


def test_what_one_in_twenty_does_is_usual(scene: Any) -> None:
    mixed = Baseline([scene() for _ in range(18)] + [scene(before={MAKE: ("#noise",)}) for _ in range(2)])
    assert find_unusual(mixed, scene(before={MAKE: ("#noise",)})).unusual == ()
    assert find_unusual(mixed, scene()).unusual == ()


def test_a_state_that_none_of_them_shows(usual: Baseline, scene: Any) -> None:
    states = {("buyer", "pre_round1"): {attr.MONERO_WALLET_IS_MULTISIG: True}}
    found = find_unusual(usual, scene(states=states))
    assert found.first is not None
    assert (found.first.aspect, found.first.usual, found.first.alike) == (Aspect.IS_MULTISIG, False, 0)
    points = ("post_import_multisig", "final")
    apart = {("arbiter", point): {attr.MONERO_WALLET_ADDRESS_HASH: "e" * 64} for point in points}
    aspects = [each.aspect for each in find_unusual(usual, scene(states=apart)).unusual]
    # The final snapshots show the same again, which is told once.
    assert sorted(map(str, aspects)) == ["address_change", "addresses"]


@given(st.lists(st.one_of(traces(), odd_traces()), min_size=1, max_size=4), st.randoms())
def test_the_order_of_the_good_ones_does_not_matter(some: list[EscrowTrace], random: Any) -> None:
    outlines = [outline_of(SetupFacts.of(trace)) for trace in some]
    asked = outlines[0]
    found = find_unusual(Baseline(outlines), asked)
    random.shuffle(outlines)
    assert find_unusual(Baseline(outlines), asked) == found


@given(st.one_of(traces(), odd_traces()))
def test_nothing_is_unusual_in_the_only_one_there_is(trace: EscrowTrace) -> None:
    outline = outline_of(SetupFacts.of(trace))
    found = find_unusual(Baseline([outline]), outline)
    assert found.unusual == found.ended == ()
