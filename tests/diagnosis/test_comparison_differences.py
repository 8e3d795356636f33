from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.diagnosis import SetupFacts
from otel_multisig.diagnosis.comparison import (
    Aspect,
    CallState,
    Comparison,
    DifferenceKind,
    Key,
    Outline,
    StepKind,
    Thresholds,
    compare_setups,
    outline_of,
)
from otel_multisig.legacy import encode, legacy_events, read
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events
from otel_multisig.testing.strategies import legacy_recordings, odd_traces, traces

if TYPE_CHECKING:
    from types import ModuleType

    from otel_multisig.model import EscrowTrace

ROLES = ("buyer", "vendor", "arbiter")
PLAIN = {"buyer": "b" * 64, "vendor": "c" * 64, "arbiter": "d" * 64}
ROUNDS = {
    1: ("pre_round1", ("prepare_multisig", "make_multisig"), "post_make_multisig"),
    2: ("pre_round2", ("exchange_multisig_keys",), "post_export_multisig"),
    3: ("pre_round3", ("exchange_multisig_keys",), "post_import_multisig"),
}


class Scene:
    """A set-up that goes well but for what a test asks for."""

    def __init__(self, setups: ModuleType, escrow: str = "good", unix_ms: int | None = None) -> None:
        self.script = setups.SetupScript(escrow, unix_ms or setups.START_MS)
        self.final = escrow.encode().hex().ljust(64, "0")[:64]

    def play(self, **asked: Any) -> Scene:
        for number, (before, methods, after) in ROUNDS.items():
            self.script.start_round(number)
            for role in ROLES:
                self.snapshot(role, before, **asked)
            for method in methods:
                for role in asked.get("order", ROLES):
                    if not self.call(role, method, number, **asked):
                        self.script.finish("failure", self.failure)
                        return self
                    if method == methods[-1]:
                        self.snapshot(role, after, **asked)
            self.script.end_round()
        for role in ROLES:
            self.snapshot(role, "final", **asked)
        self.script.finish()
        return self

    def snapshot(self, role: str, point: str, **asked: Any) -> None:
        if (role, point) in asked.get("without", ()):
            return
        fresh = point == "pre_round1"
        known = {
            attr.MONERO_WALLET_IS_MULTISIG: not fresh,
            attr.MONERO_WALLET_ADDRESS_HASH: PLAIN[role] if fresh else self.final,
            **asked.get("states", {}).get((role, point), {}),
        }
        self.script.snapshot(role, point, **known)

    def call(self, role: str, method: str, number: int, **asked: Any) -> bool:
        if (role, method) in asked.get("without", ()):
            return True
        for extra in asked.get("before", {}).get((role, method, number), ()):
            if extra.startswith("!"):
                self.script.failed_call(role, extra[1:], "no", -1)
            elif extra.startswith("#"):
                self.script.here.event(events.CUSTOM, {attr.MONERO_CUSTOM_NAME: extra[1:]})
            else:
                self.script.call(role, extra)
        self.script.wait(asked.get("pause", {}).get((role, method, number), 0))
        ms = asked.get("took", {}).get((role, method, number), 800)
        if (failed := asked.get("failed", {}).get((role, method, number))) is None:
            self.script.call(role, method, ms)
            return True
        self.failure = self.script.failed_call(role, method, *failed, ms=ms)
        self.script.end_round()
        return False

    def outline(self) -> Outline:
        return outline_of(SetupFacts.of(self.script.trace()))


@pytest.fixture
def good(setups: ModuleType) -> Outline:
    return Scene(setups).play().outline()


@pytest.fixture
def bad(setups: ModuleType) -> Any:
    return lambda **asked: Scene(setups, "bad", setups.START_MS + 7_000_000).play(**asked).outline()


def key(kind: StepKind, number: int | None, role: str | None, name: str, occurrence: int = 1) -> Key:
    return Key(kind, number, role, name, occurrence)


def kinds(comparison: Comparison) -> list[DifferenceKind]:
    return [difference.kind for difference in comparison.differences]


def test_nothing_differs_but_ids_times_and_hashes(good: Outline, bad: Any) -> None:
    found = compare_setups(good, bad())
    assert found.differences == found.bad_ended == found.good_ended == found.not_recorded == ()
    assert not found.diverges
    assert found.first is None
    assert found.alike > 33


ALREADY = ("This wallet is already multisig", -28)


def test_the_call_that_failed_stands_first_and_what_never_came_is_no_difference(good: Outline, bad: Any) -> None:
    found = compare_setups(good, bad(failed={("vendor", "make_multisig", 1): ALREADY}))
    assert found.first is not None
    assert found.first.step.key == key(StepKind.CALL, 1, "vendor", "make_multisig")
    assert found.first.aspect is Aspect.RESULT
    assert found.first.good is not None
    assert found.first.good.duration_nano == 800_000_000
    assert found.first.bad is not None
    assert found.first.bad.values[Aspect.RESULT].code == -28
    # Nothing else but that the whole of it failed.
    assert [difference.aspect for difference in found.differences] == [Aspect.RESULT, Aspect.OUTCOME]
    never = {step.key for step in found.bad_ended}
    assert key(StepKind.CALL, 1, "arbiter", "make_multisig") in never
    assert key(StepKind.CALL, 3, "buyer", "exchange_multisig_keys") in never
    assert key(StepKind.CALL, 1, "arbiter", "prepare_multisig") not in never


def test_one_event_more_is_one_difference_and_moves_nothing(good: Outline, bad: Any) -> None:
    found = compare_setups(good, bad(before={("buyer", "make_multisig", 1): ("#noise", "#noise", "#noise")}))
    assert kinds(found) == [DifferenceKind.EXTRA] * 3
    assert {difference.step.key.occurrence for difference in found.differences} == {1, 2, 3}
    assert not found.diverges


def test_the_arguments_are_not_swapped(good: Outline, bad: Any) -> None:
    other = bad(failed={("buyer", "make_multisig", 1): ALREADY})
    assert compare_setups(good, other).first.bad.values[Aspect.RESULT].state is CallState.FAILED  # type: ignore[union-attr]
    assert compare_setups(other, good).first.good.values[Aspect.RESULT].state is CallState.FAILED  # type: ignore[union-attr]
    assert compare_setups(other, good).good.escrow_id == "bad"


def test_errors_are_the_same_where_they_mean_the_same(good: Outline, bad: Any) -> None:
    by_server = bad(failed={("buyer", "make_multisig", 1): ALREADY})
    by_legacy_client = bad(failed={("buyer", "make_multisig", 1): ("Multisig error: Already in multisig mode", None)})
    another = bad(failed={("buyer", "make_multisig", 1): ("No wallet file", -13)})
    assert not compare_setups(by_server, by_legacy_client).diverges
    assert compare_setups(by_server, another).diverges


def test_a_call_that_came_through_in_the_end_did_no_harm(good: Outline, bad: Any) -> None:
    found = compare_setups(good, bad(before={("buyer", "make_multisig", 1): ("!make_multisig",)}))
    assert not found.diverges
    assert {(each.kind, each.step.key.occurrence) for each in found.differences} == {
        (DifferenceKind.CHANGED, 1),
        (DifferenceKind.EXTRA, 2),
    }


def test_a_wallet_closed_in_between_comes_before_the_error_that_follows_from_it(good: Outline, bad: Any) -> None:
    steps = {("buyer", "make_multisig", 1): ("close_wallet", "get_address", "open_wallet")}
    harmless = compare_setups(good, bad(before=steps))
    assert kinds(harmless) == [DifferenceKind.EXTRA] * 3
    assert not harmless.diverges
    failed = {("buyer", "exchange_multisig_keys", 2): ("This wallet is multisig, and multisig is disabled.", -48)}
    found = compare_setups(good, bad(before=steps, failed=failed))
    assert found.first is not None
    assert found.first.step.key.name == "close_wallet"
    assert [each.step.key.name for each in found.differences if each.matters] == [
        "close_wallet", "open_wallet", "exchange_multisig_keys", "outcome",
    ]  # fmt: skip


def test_a_wallet_that_was_there_already_did_no_harm(good: Outline, bad: Any, setups: ModuleType) -> None:
    steps = {("buyer", "prepare_multisig", 1): ("create_wallet",)}
    failing = {("buyer", "prepare_multisig", 1): ("!create_wallet",)}
    created = Scene(setups).play(before=steps).outline()
    found = compare_setups(created, bad(before=failing))
    assert [each.aspect for each in found.differences] == [Aspect.RESULT]
    assert not found.diverges
    assert compare_setups(created, bad(before=failing, failed={("buyer", "make_multisig", 1): ALREADY})).diverges


def test_what_a_wallet_is_is_told_once_and_until_when(good: Outline, bad: Any) -> None:
    points = ("post_make_multisig", "pre_round2", "post_export_multisig")
    states = {("vendor", point): {attr.MONERO_WALLET_IS_MULTISIG: False} for point in points}
    found = compare_setups(good, bad(states=states))
    (difference,) = [each for each in found.differences if each.aspect is Aspect.IS_MULTISIG]
    assert difference.matters
    assert difference.step.key.name == points[0]
    assert difference.until is not None
    assert difference.until.key.name == points[-1]


def test_threshold_and_participants(good: Outline, setups: ModuleType, bad: Any) -> None:
    def with_threshold(number: int) -> dict[Any, Any]:
        known = {attr.MONERO_MULTISIG_THRESHOLD: number, attr.MONERO_MULTISIG_PARTICIPANTS: 3}
        return {("buyer", "final"): known}

    one = Scene(setups).play(states=with_threshold(2)).outline()
    found = compare_setups(one, bad(states=with_threshold(3)))
    assert [each.aspect for each in found.differences] == [Aspect.THRESHOLD]
    # What a record does not tell differs from nothing.
    assert compare_setups(good, bad(states=with_threshold(3))).differences == ()


def test_hashes_are_compared_by_who_agrees_with_whom(good: Outline, bad: Any) -> None:
    points = ("post_import_multisig", "final")
    states = {("arbiter", point): {attr.MONERO_WALLET_ADDRESS_HASH: "e" * 64} for point in points}
    found = compare_setups(good, bad(states=states))
    assert found.diverges
    by_aspect = {each.aspect: each for each in found.differences}
    assert set(by_aspect) == {Aspect.ADDRESSES, Aspect.ADDRESS_CHANGE}
    assert by_aspect[Aspect.ADDRESSES].bad is not None
    assert by_aspect[Aspect.ADDRESSES].bad.values[Aspect.ADDRESSES].odd_ones() == ("arbiter",)
    assert by_aspect[Aspect.ADDRESSES].until is not None
    assert by_aspect[Aspect.ADDRESSES].until.key.name == "final"
    assert by_aspect[Aspect.ADDRESS_CHANGE].step.key == key(StepKind.SNAPSHOT, 3, "arbiter", points[0])


def test_a_missing_snapshot_or_first_call_matters_not_a_missing_exchange_does(good: Outline, bad: Any) -> None:
    without = {("vendor", "pre_round2"), ("buyer", "prepare_multisig")}
    found = compare_setups(good, bad(without=without))
    assert kinds(found) == [DifferenceKind.MISSING] * 2
    assert not found.diverges
    assert compare_setups(good, bad(without={("buyer", "exchange_multisig_keys")})).diverges


def test_slower_by_ratio_and_by_much(good: Outline, bad: Any) -> None:
    slow = bad(took={("buyer", "make_multisig", 1): 3200}, pause={("vendor", "make_multisig", 1): 2500})
    found = compare_setups(good, slow)
    assert kinds(found) == [DifferenceKind.SLOWER, DifferenceKind.WAITED_LONGER]
    assert [each.step.key.role for each in found.differences] == ["buyer", "vendor"]
    assert not found.diverges
    assert compare_setups(good, slow, Thresholds(ratio=5, nanoseconds=3 * 10**9)).differences == ()
    assert kinds(compare_setups(slow, good)) == [DifferenceKind.FASTER, DifferenceKind.WAITED_LESS]


def test_another_order_is_told_of_the_fewest_steps(good: Outline, bad: Any) -> None:
    found = compare_setups(good, bad(order=("vendor", "buyer", "arbiter")))
    moved = [each.step.key for each in found.differences if each.kind is DifferenceKind.ORDER]
    assert {each.role for each in moved if each.kind is StepKind.CALL} in ({"buyer"}, {"vendor"}, {"buyer", "vendor"})
    assert len([each for each in moved if each.kind is StepKind.CALL]) == 4
    assert not found.diverges


def test_a_legacy_recording_is_compared_with_what_it_can_hold(good: Outline, bad: Any, setups: ModuleType) -> None:
    (recorded,) = read(encode(legacy_events(Scene(setups).play().script.trace()))).traces
    legacy = outline_of(SetupFacts.of(recorded))
    assert legacy.legacy
    assert compare_setups(legacy, good).differences == ()
    other = bad(before={("buyer", "make_multisig", 1): ("open_wallet",)})
    found = compare_setups(legacy, other)
    assert found.differences == ()
    assert [step.key.name for step in found.not_recorded] == ["open_wallet"]


def inputs_of(setups: ModuleType, vendor_gets: tuple[str, ...], *, late: bool = False) -> Outline:
    """A first round in which vendor is given infos of these makers."""
    script = setups.SetupScript()
    script.start_round(1)
    for role in () if late else ROLES:
        call = script.start_call(role, "prepare_multisig")
        call.attributes[attr.MONERO_MULTISIG_INFO_HASH] = role.encode().hex().ljust(64, "0")
        call.finish()
    call = script.start_call("vendor", "make_multisig")
    hashes = " ".join(role.encode().hex().ljust(64, "0") for role in vendor_gets)
    call.attributes[attr.MONERO_MULTISIG_INFO_INPUT_HASH] = hashes
    call.finish()
    script.end_round()
    script.finish()
    return outline_of(SetupFacts.of(script.trace()))


def test_who_fed_whom_is_compared(setups: ModuleType) -> None:
    good = inputs_of(setups, ("buyer", "arbiter"))
    assert compare_setups(good, inputs_of(setups, ("arbiter", "buyer"))).differences == ()
    found = compare_setups(good, inputs_of(setups, ("buyer", "stranger")))
    assert found.first is not None
    assert found.first.aspect is Aspect.INPUTS
    assert found.first.bad is not None
    assert set(found.first.bad.values[Aspect.INPUTS]) == {("buyer", 1), (None, None)}
    # A record that began too late does not tell whose the infos were.
    assert compare_setups(good, inputs_of(setups, ("buyer", "stranger"), late=True)).diverges is False


# Laws.


SWAPPED = {
    DifferenceKind.EXTRA: DifferenceKind.MISSING,
    DifferenceKind.MISSING: DifferenceKind.EXTRA,
    DifferenceKind.SLOWER: DifferenceKind.FASTER,
    DifferenceKind.FASTER: DifferenceKind.SLOWER,
    DifferenceKind.WAITED_LONGER: DifferenceKind.WAITED_LESS,
    DifferenceKind.WAITED_LESS: DifferenceKind.WAITED_LONGER,
}


def told(comparison: Comparison, *, turned: bool) -> set[tuple[Any, ...]]:
    """All differences, or what they are when GOOD and BAD change places; which steps moved is a matter of choice."""
    found = set()
    for each in comparison.differences:
        if each.kind in SWAPPED:
            sides = (each.good and each.good.key, each.bad and each.bad.key)
            kind = SWAPPED[each.kind] if turned else each.kind
            found.add((kind, each.matters, *(reversed(sides) if turned else sides)))
    return found


any_trace = st.one_of(traces(), odd_traces())


def outlined(trace: EscrowTrace) -> Outline:
    return outline_of(SetupFacts.of(trace))


@given(any_trace)
def test_a_set_up_does_not_differ_from_itself(trace: EscrowTrace) -> None:
    outline = outlined(trace)
    found = compare_setups(outline, outline)
    assert found.differences == found.bad_ended == found.good_ended == found.not_recorded == ()


@settings(max_examples=40)
@given(any_trace, any_trace)
def test_extra_in_one_direction_is_missing_in_the_other(one: EscrowTrace, other: EscrowTrace) -> None:
    first, second = outlined(one), outlined(other)
    there, back = compare_setups(first, second), compare_setups(second, first)
    assert {step.key for step in there.bad_ended} == {step.key for step in back.good_ended}
    assert {step.key for step in there.good_ended} == {step.key for step in back.bad_ended}
    assert there.diverges == back.diverges
    assert told(there, turned=True) == told(back, turned=False)


@settings(max_examples=40)
@given(any_trace, any_trace)
def test_what_matters_stands_first_and_the_rest_in_order(one: EscrowTrace, other: EscrowTrace) -> None:
    found = compare_setups(outlined(one), outlined(other))
    assert found.diverges == any(each.matters for each in found.differences)
    rest = [each.bad.place for each in found.differences[found.diverges :] if each.bad is not None]
    assert rest == sorted(rest)


@settings(max_examples=40)
@given(legacy_recordings(), legacy_recordings())
def test_any_two_recordings_can_be_compared(one: list[Any], other: list[Any]) -> None:
    for first in read(json.dumps(one).encode()).traces:
        for second in read(json.dumps(other).encode()).traces:
            compare_setups(outlined(first), outlined(second))
