"""The views of set-ups: timeline, calls, snapshots, changes, errors, and where the time went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from otel_multisig.cli._analysis_output import to_text
from otel_multisig.diagnosis import Diagnosis
from otel_multisig.diagnosis.facts import SetupFacts
from otel_multisig.legacy import legacy_events
from otel_multisig.model import EscrowTrace, Moment, Span, SpanKind
from otel_multisig.report.calls import Calls, calls_table
from otel_multisig.report.errors import errors_table, troubles
from otel_multisig.report.snapshots import changes, changes_table, snapshots_of, snapshots_table
from otel_multisig.report.spending import KINDS, spending_of, spending_table, spendings_table
from otel_multisig.report.timeline import timeline, timeline_lines
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.testing.strategies import odd_traces, traces

if TYPE_CHECKING:
    from types import ModuleType

MS = 1_000_000
HOSTILE = "evil\x1b[31m[bold]\n"


def diagnosis(trace: EscrowTrace) -> Diagnosis:
    return Diagnosis(SetupFacts.of(trace))


def calls_of(*durations: int | None, failed: int = 0) -> EscrowTrace:
    """A set-up of calls that took so many milliseconds; None for one that never ended."""
    spans = [
        Span(
            SpanKind.CALL,
            "0" * 31 + "1",
            f"{number:016x}",
            "make_multisig",
            Moment(2 * number, 0),
            end=None if took is None else Moment(2 * number + 1, took * MS),
            role="buyer",
            method="make_multisig",
            status_code=2 if number <= failed else 0,
        )
        for number, took in enumerate(durations, 1)
    ]
    return EscrowTrace.build("e", "e-1", spans)


def counted(trace: EscrowTrace) -> Any:
    calls = Calls()
    calls.add(trace)
    (statistics,) = calls.statistics()
    return statistics


def test_calls_are_counted_with_their_failures_and_those_that_never_ended() -> None:
    found = counted(calls_of(10, 20, 30, None, failed=2))
    assert (found.calls, found.errors, found.unfinished) == (4, 2, 1)
    assert (found.p50_seconds, found.p95_seconds, found.max_seconds, found.total_seconds) == (0.02, 0.03, 0.03, 0.06)


def test_calls_that_never_ended_have_no_durations() -> None:
    found = counted(calls_of(None))
    assert (found.p50_seconds, found.max_seconds, found.total_seconds) == (None, None, 0)
    assert to_text(calls_table([found])).splitlines()[-1].split() == [
        "make_multisig", "buyer", "1", "0", "1", "-", "-", "-", "0.0", "ms",
    ]  # fmt: skip


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=60))
def test_a_percentile_is_a_duration_that_so_many_do_not_exceed(durations: list[int]) -> None:
    found = counted(calls_of(*durations))
    for percent, seconds in ((50, found.p50_seconds), (95, found.p95_seconds), (100, found.max_seconds)):
        milliseconds = round(seconds * 1000)
        assert milliseconds in durations
        assert sum(one <= milliseconds for one in durations) * 100 >= percent * len(durations)
        assert sum(one < milliseconds for one in durations) * 100 < percent * len(durations)


def test_the_timeline_leaves_nothing_of_the_recording_out(setups: ModuleType) -> None:
    for script in (setups.healthy(), setups.failing()):
        trace = script.trace()
        numbers = [line.number for line in timeline_lines(trace, diagnosis(trace)) if line.number is not None]
        assert numbers == list(range(1, len(legacy_events(trace)) + 1))


def test_the_snapshots_stand_side_by_side_and_what_changed_is_marked(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    for role in ("buyer", "vendor", "arbiter"):
        setup.snapshot(role, "pre_round1")
    for role in ("buyer", "vendor", "arbiter"):
        changed = {attr.MONERO_WALLET_IS_MULTISIG: True} if role == "vendor" else {}
        setup.snapshot(role, "pre_round2", **changed)
    setup.finish()
    trace = setup.trace()
    text = to_text(snapshots_table(trace, diagnosis(trace)))
    (row,) = [line for line in text.splitlines() if "pre_round2" in line]
    assert row.split() == ["pre_round2", "plain", "3de0074", "multisig*", "3de0074", "plain", "3de0074"]
    assert "* changed" in text


def test_a_missing_snapshot_leaves_its_place_empty(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    for role, point in (("buyer", "pre_round1"), ("vendor", "pre_round1"), ("vendor", "final")):
        setup.snapshot(role, point)
    trace = setup.trace()
    rows = to_text(snapshots_table(trace, diagnosis(trace))).splitlines()
    assert next(row.split() for row in rows if "final" in row)[:2] == ["final", "-"]


def test_more_wallets_than_fit_are_told_below(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    roles = [f"signer{number}" for number in range(7)]
    for role in roles:
        setup.here.event(events.WALLET_SNAPSHOT, {attr.MONERO_SNAPSHOT_POINT: "post_export_multisig"}, role)
    trace = setup.trace()
    text = to_text(snapshots_table(trace, diagnosis(trace)))
    assert all(role in text for role in roles)
    assert max(map(cell_len, text.splitlines())) <= 80


def test_hashes_that_differ_far_behind_differ_in_what_is_told(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    for digit in "12":
        setup.snapshot("buyer", "final", **{attr.MONERO_WALLET_ADDRESS_HASH: "a" * 40 + digit})
    ((change,),) = [change.fields for change in changes(snapshots_of(setup.trace()))]
    name, before, after = change
    assert name == "address"
    assert before != after


def test_what_was_not_recorded_has_not_changed(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    setup.snapshot("buyer", "pre_round1")
    setup.here.event(events.WALLET_SNAPSHOT, {attr.MONERO_SNAPSHOT_POINT: "final"}, "buyer")
    assert changes(snapshots_of(setup.trace())) == ()


def test_each_failure_is_told_once(setups: ModuleType) -> None:
    trace = setups.failing().trace()
    call, end = troubles(trace, diagnosis(trace))
    assert call.what == "make_multisig failed after 12 ms: -28 This wallet is already multisig"
    assert end.what == "the set-up failed in make_multisig in round 1"
    assert (call.number, end.number) == (3, 4)


def test_an_error_outside_of_calls_is_told(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    sequence = setup.here.event(upstream.EVENT_EXCEPTION, {upstream.EXCEPTION_MESSAGE: "Multisig address mismatch"})
    setup.finish("failure", sequence)
    trace = setup.trace()
    assert [trouble.what for trouble in troubles(trace, diagnosis(trace))] == [
        "error: Multisig address mismatch",
        "the set-up failed",
    ]


def test_time_of_calls_that_overlap_counts_once(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    first = setup.start_call("buyer", "refresh")
    setup.wait(100)
    second = setup.start_call("vendor", "refresh")
    setup.wait(100)
    first.finish()
    setup.wait(100)
    second.finish()
    setup.wait(50)
    setup.finish()
    spending = spending_of(setup.trace())
    assert spending.total_nano == 350 * MS
    assert (spending.parts["rpc"], spending.parts["unexplained"]) == (300 * MS, 50 * MS)


def test_what_was_recorded_of_locks_and_waits_is_no_riddle(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    setup.wait(200)
    setup.here.event(events.LOCK_ACQUIRED, {attr.MONERO_LOCK_WAIT_DURATION: 0.2})
    setup.wait(300)
    known = {attr.MONERO_CUSTOM_NAME: "cache_purge_wait", attr.MONERO_CUSTOM_DETAILS: '{"elapsed_ms":300}'}
    setup.here.event(events.CUSTOM, known)
    setup.wait(500)
    setup.call("buyer", "refresh")
    setup.finish()
    spending = spending_of(setup.trace())
    assert spending.parts == {
        "rpc": MS, "lock": 200 * MS, "wait": 300 * MS, "snapshots": 0, "unexplained": 500 * MS,
    }  # fmt: skip
    (pause,) = spending.pauses
    assert (pause.duration_nano, pause.before) == (500 * MS, "refresh of buyer")


@settings(max_examples=40)
@given(traces() | odd_traces())
def test_any_set_up_can_be_looked_at(trace: EscrowTrace) -> None:
    found = diagnosis(trace)
    spending = spending_of(trace)
    assert sum(spending.parts.values()) == spending.total_nano
    assert all(part >= 0 for part in spending.parts.values())
    calls = Calls()
    calls.add(trace)
    for view in (
        timeline(trace, found),
        snapshots_table(trace, found),
        changes_table(trace, found),
        errors_table(trace, found),
        calls_table(calls.statistics()),
        spending_table(spending),
        spendings_table([(trace.escrow_id, spending)]),
    ):
        text = to_text(view)
        assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_time_has_a_line(kind: str, setups: ModuleType) -> None:
    assert f"\n  {kind} " in to_text(spending_table(spending_of(setups.healthy().trace())))


def test_views_fit_80_columns_whatever_names_say(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    setup.here.event(events.CUSTOM, {attr.MONERO_CUSTOM_NAME: HOSTILE * 20, attr.MONERO_CUSTOM_DETAILS: "x" * 300})
    setup.failed_call("buyer", "exchange_multisig_keys", HOSTILE * 20, -1)
    trace = setup.trace()
    found = diagnosis(trace)
    for view in (timeline(trace, found), errors_table(trace, found), changes_table(trace, found)):
        text = to_text(view)
        assert "\x1b" not in text
        assert max(map(cell_len, text.splitlines())) <= 80
