"""None of the old analyzer's defects is one of `analyze`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType


def words(text: str) -> str:
    return " ".join(text.split())


def test_two_files_are_compared_in_the_order_in_which_they_are_named(
    write_events: Any, analyze: Any, made: ModuleType
) -> None:
    first, second = write_events(made.WELL, "first.json"), write_events(made.FAILED, "second_FAILED.json")
    _, out, _ = analyze(first, "--compare", second, "--json")
    (pair,) = json.loads(out)["comparison"]["pairs"]
    assert pair["good"]["sources"] == [str(first)]
    assert pair["bad"]["sources"] == [str(second)]


def test_a_fault_in_the_file_that_is_compared_counts(write_events: Any, analyze: Any, made: ModuleType) -> None:
    code, _, _ = analyze(
        write_events(made.WELL, "first.json"), "--compare", write_events(made.FAILED, "second_FAILED.json")
    )
    assert code == 1


def test_comparing_is_by_meaning_and_not_by_position(write_events: Any, analyze: Any, made: ModuleType) -> None:
    one_more = [made.WELL[0], made.event(10, "CUSTOM", "coordinator", {"event": "note"}), *made.WELL[1:]]
    code, out, _ = analyze(
        write_events(made.WELL, "first.json"), "--compare", write_events(one_more, "second.json"), "--json"
    )
    assert code == 0
    (pair,) = json.loads(out)["comparison"]["pairs"]
    assert pair["diverges"] is False


def test_an_address_that_stays_has_not_changed(write_events: Any, analyze: Any, made: ModuleType) -> None:
    same = [made.snapshot(0, "PRE_ROUND1"), made.snapshot(10, "PRE_ROUND2"), made.snapshot(20, "FINAL")]
    _, out, _ = analyze(write_events(same), "--diff-snapshots", "--snapshots-only")
    assert "What changed between snapshots\n  nothing\n" in out
    assert "*" not in out


def test_only_what_changed_is_told(write_events: Any, analyze: Any, made: ModuleType) -> None:
    _, out, _ = analyze(write_events(made.WELL), "--diff-snapshots")
    told = words(out.partition("What changed between snapshots")[2])
    assert (
        told == "+0.800 s buyer pre_round1 to post_make_multisig: state plain -> multisig, address 1111111 -> 4444444"
    )


def test_failed_calls_are_counted(write_events: Any, analyze: Any, made: ModuleType) -> None:
    _, out, _ = analyze(
        write_events([*made.call(0), *made.call(1000, failed=True), *made.call(2000, took=30_000)]), "--rpc-only"
    )
    (row,) = [line.split() for line in out.splitlines() if line.startswith("  make_multisig")]
    assert row[:4] == ["make_multisig", "buyer", "3", "1"]
    assert " ".join(row[4:]) == "700 ms 30.00 s 30.00 s 31.40 s"


def test_details_of_other_events_are_told(write_events: Any, analyze: Any, made: ModuleType) -> None:
    others = [
        made.event(0, "CUSTOM", "coordinator", {"event": "wallet_pool_exhausted", "waited": 20}),
        made.event(1, "STATE_CHANGE", "coordinator", {"from": "pending", "to": "funded"}),
        made.event(2, "FILE_OPERATION", "buyer", {"src": "/a/x", "dst": "/b/y", "bytes": 12345, "duration_ms": 17}),
        made.event(3, "CACHE_POLLUTION_DETECTED", "buyer", {"reason": "wallet was multisig"}),
    ]
    _, out, _ = analyze(write_events(others), "--timeline")
    told = words(out)
    assert 'wallet_pool_exhausted {"waited":20}' in told
    assert "state: pending -> funded" in told
    assert "file: /a/x -> /b/y, 12,345 bytes, 17 ms" in told
    assert "cache_pollution: wallet was multisig" in told


def test_the_timeline_has_the_number_of_each_event_of_the_file(analyze: Any, made: ModuleType) -> None:
    events = json.loads(made.SWAPPED.read_text())
    _, out, _ = analyze(made.SWAPPED, "--timeline")
    numbers = [word for line in out.partition("Timeline")[2].splitlines() for word in line.split()[2:3]]
    assert [word for word in numbers if word.startswith("#")] == [f"#{n}" for n in range(1, len(events) + 1)]


@pytest.mark.parametrize(
    "damaged",
    [
        {"rpc_port": None},
        {"role": None},
        {"timestamp": 1_795_294_917_947.5},
        {"timestamp": "1795294917947"},
        {"details": None},
        {"details": [1]},
        {"details": "text"},
        {"details": {"method": None, "duration_ms": "7", "success": False}},
    ],
    ids=str,
)
@pytest.mark.parametrize("place", range(4))
def test_an_odd_event_stops_nothing(
    damaged: dict[str, Any], place: int, write_events: Any, analyze: Any, made: ModuleType
) -> None:
    events = [dict(known) for known in made.FAILED]
    events[place] |= damaged
    views = ("--timeline", "--rpc-only", "--snapshots-only", "--errors-only", "--diff-snapshots", "--time", "--all")
    for form in ("text", "json", "markdown"):
        code, out, err = analyze(write_events(events, "odd_FAILED.json"), *views, "--format", form)
        assert code in {0, 1, 2}
        assert out
        assert "Traceback" not in err


@pytest.mark.parametrize(
    "damaged",
    [
        {"balance": None},
        {"balance": [0]},
        {"balance": [None, None]},
        {"address_hash": None},
        {"role": None},
        {"is_multisig": "yes"},
        {"collection_time_ms": "1"},
    ],
    ids=str,
)
def test_an_odd_snapshot_stops_nothing(
    damaged: dict[str, Any], write_events: Any, analyze: Any, made: ModuleType
) -> None:
    odd = made.snapshot(0, "PRE_ROUND1", **damaged)
    code, out, _ = analyze(write_events([odd, made.snapshot(10, "FINAL")]), "--snapshots-only", "--diff-snapshots")
    assert code in {0, 1}
    assert "pre_round1" in out


def test_an_object_in_place_of_the_array_is_an_error_of_one_line(
    write_events: Any, analyze: Any, made: ModuleType
) -> None:
    code, _, err = analyze(write_events(made.FAILED[0]))
    assert code == 2
    assert err.startswith("error: ")
    assert "Traceback" not in err


def test_many_files_are_told_together(analyze: Any, made: ModuleType) -> None:
    code, out, _ = analyze(*made.GENUINE)
    assert code == 1
    assert out.index("By fault") < out.index("By escrow")
    assert all(path.name in out for path in made.GENUINE)
