"""`otel-multisig analyze`: what it prints, what it exits with, and none of the old analyzer's defects."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from otel_multisig.cli import main
from otel_multisig.diagnosis import Diagnosis
from otel_multisig.model import disassemble
from otel_multisig.otlp import encode_line
from otel_multisig.report.document import json_schema
from otel_multisig.sources import Found, Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from otel_multisig.diagnosis import SetupFacts
    from otel_multisig.sources.live import Selection

PROGRAM = str(Path(sys.executable).parent / "otel-multisig")
GENUINE = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("escrow_*.json"))
SWAPPED = next(path for path in GENUINE if "278df8ca" in path.name)
START = 1_795_294_917_947


def event(ms: int, event_type: str, role: Any = "buyer", details: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "trace_id": f"escrow-1-{START}",
        "timestamp": START + ms,
        "event_type": event_type,
        "role": role,
        "details": {} if details is None else details,
    } | more


def snapshot(ms: int, point: str, **more: Any) -> dict[str, Any]:
    role = "buyer"
    details = {
        "address": "5",
        "address_hash": "1" * 64,
        "balance": [0, 0],
        "collection_time_ms": 1,
        "file_exists": False,
        "file_perms": None,
        "is_multisig": False,
        "open_wallets_count": None,
        "role": role,
        "rpc_port": 18082,
        "timestamp": START + ms,
        "wallet_id": f"wallet-of-{role}",
    }
    return event(ms, f"SNAPSHOT_{point}", role, details | more)


def call(ms: int, method: str = "make_multisig", *, took: int = 700, failed: bool = False) -> list[dict[str, Any]]:
    end = {"method": method, "duration_ms": took, "success": not failed}
    return [
        event(ms, "RPC_CALL_START", details={"method": method, "timestamp": START + ms}, rpc_port=18082),
        event(ms + took, "RPC_CALL_ERROR" if failed else "RPC_CALL_END", details=end, rpc_port=18082),
    ]


def final(ms: int, error: str) -> dict[str, Any]:
    context = {"escrow_id": "escrow-1", "operation": "make_multisig", "round": 1, "wallet_id": "wallet-of-buyer"}
    return event(ms, "ERROR_FINAL", details={"error": error, "context": context})


FAILED = [
    snapshot(0, "PRE_ROUND1"),
    *call(50, failed=True),
    final(760, "Monero RPC error: something that nobody has seen before"),
]
WELL = [
    snapshot(0, "PRE_ROUND1"),
    *call(50),
    snapshot(800, "POST_MAKE_MULTISIG", is_multisig=True, address_hash="4" * 64),
    snapshot(900, "FINAL", is_multisig=True, address_hash="4" * 64),
]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(events: Any, name: str = "escrow_escrow-1.json") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(events, indent=2))
        return path

    return write


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The program in this process: its exit code and what it wrote."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["analyze", *map(str, arguments)])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


def words(text: str) -> str:
    return " ".join(text.split())


# What it exits with.


def test_a_healthy_set_up_exits_with_0(write: Any, run: Any) -> None:
    code, out, err = run(write(WELL))
    assert code == 0
    assert out.startswith("OK ")
    assert err == ""


def test_a_fault_exits_with_1_and_is_named(write: Any, run: Any) -> None:
    code, out, _ = run(write(FAILED, "escrow_escrow-1_FAILED.json"))
    assert code == 1
    assert out.startswith("FAULT  ")


def test_a_genuine_recording_is_told_with_evidence_and_remedy(run: Any) -> None:
    code, out, err = run(SWAPPED)
    assert code == 1
    assert out.startswith("FAULT  ")
    for part in ("wallet_swapped: vendor, round 1", "\nEvidence\n", "\nWhat to do\n", "docs/faults/wallet_swapped.md"):
        assert part in out
    assert err == ""


def test_what_cannot_be_read_is_told_and_the_rest_is_analyzed(write: Any, run: Any, tmp_path: Path) -> None:
    well, absent = write(WELL), tmp_path / "absent.json"
    code, out, err = run(well, absent)
    assert code == 2
    assert "No fault" in out
    assert err == f"error: {absent}: No such file or directory; check the path\n"


def test_a_fault_counts_more_than_what_cannot_be_read(write: Any, run: Any, tmp_path: Path) -> None:
    code, _, err = run(write(FAILED, "escrow_escrow-1_FAILED.json"), tmp_path / "absent.json")
    assert code == 1
    assert "error: " in err


def test_sources_without_a_set_up_are_the_wrong_ones(write: Any, run: Any) -> None:
    code, out, err = run(write([]))
    assert (code, out) == (2, "")
    assert err.endswith("no set-up found\n")


def test_selecting_none_is_no_error(write: Any, run: Any) -> None:
    code, out, err = run(write(WELL), "--failed")
    assert (code, out) == (0, "")
    assert "none of them is asked for" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--json", "--markdown"], "one form at a time"),
        (["x", "--format", "xml"], "'xml' is not one of"),
        (["x", "--clock-skew", "soon"], "it is a number and a unit"),
        (["x", "--compare", "y", "--format", "junit"], "--compare goes with text"),
        (["x", "--since", "1h", "--from", "2026-01-01"], "the same thing twice"),
        ([], "Missing argument 'SOURCE...'"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, run: Any) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_an_error_of_the_program_is_no_fault(monkeypatch: pytest.MonkeyPatch, write: Any, run: Any) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("otel_multisig.diagnosis.diagnosing.diagnose", fail)
    code, _, err = run(write(WELL))
    assert code == 70
    assert "RuntimeError: broken" in err


# The old analyzer's defects, each gone.


def test_two_files_are_compared_in_the_order_in_which_they_are_named(write: Any, run: Any) -> None:
    first, second = write(WELL, "first.json"), write(FAILED, "second_FAILED.json")
    _, out, _ = run(first, "--compare", second, "--json")
    (pair,) = json.loads(out)["comparison"]["pairs"]
    assert pair["good"]["sources"] == [str(first)]
    assert pair["bad"]["sources"] == [str(second)]


def test_a_fault_in_the_file_that_is_compared_counts(write: Any, run: Any) -> None:
    code, _, _ = run(write(WELL, "first.json"), "--compare", write(FAILED, "second_FAILED.json"))
    assert code == 1


def test_comparing_is_by_meaning_and_not_by_position(write: Any, run: Any) -> None:
    one_more = [WELL[0], event(10, "CUSTOM", "coordinator", {"event": "note"}), *WELL[1:]]
    code, out, _ = run(write(WELL, "first.json"), "--compare", write(one_more, "second.json"), "--json")
    assert code == 0
    (pair,) = json.loads(out)["comparison"]["pairs"]
    assert pair["diverges"] is False


def test_an_address_that_stays_has_not_changed(write: Any, run: Any) -> None:
    same = [snapshot(0, "PRE_ROUND1"), snapshot(10, "PRE_ROUND2"), snapshot(20, "FINAL")]
    _, out, _ = run(write(same), "--diff-snapshots", "--snapshots-only")
    assert "What changed between snapshots\n  nothing\n" in out
    assert "*" not in out


def test_only_what_changed_is_told(write: Any, run: Any) -> None:
    _, out, _ = run(write(WELL), "--diff-snapshots")
    told = words(out.partition("What changed between snapshots")[2])
    assert (
        told == "+0.800 s buyer pre_round1 to post_make_multisig: state plain -> multisig, address 1111111 -> 4444444"
    )


def test_failed_calls_are_counted(write: Any, run: Any) -> None:
    _, out, _ = run(write([*call(0), *call(1000, failed=True), *call(2000, took=30_000)]), "--rpc-only")
    (row,) = [line.split() for line in out.splitlines() if line.startswith("  make_multisig")]
    assert row[:4] == ["make_multisig", "buyer", "3", "1"]
    assert " ".join(row[4:]) == "700 ms 30.00 s 30.00 s 31.40 s"


def test_details_of_other_events_are_told(write: Any, run: Any) -> None:
    others = [
        event(0, "CUSTOM", "coordinator", {"event": "wallet_pool_exhausted", "waited": 20}),
        event(1, "STATE_CHANGE", "coordinator", {"from": "pending", "to": "funded"}),
        event(2, "FILE_OPERATION", "buyer", {"src": "/a/x", "dst": "/b/y", "bytes": 12345, "duration_ms": 17}),
        event(3, "CACHE_POLLUTION_DETECTED", "buyer", {"reason": "wallet was multisig"}),
    ]
    _, out, _ = run(write(others), "--timeline")
    told = words(out)
    assert 'wallet_pool_exhausted {"waited":20}' in told
    assert "state: pending -> funded" in told
    assert "file: /a/x -> /b/y, 12,345 bytes, 17 ms" in told
    assert "cache_pollution: wallet was multisig" in told


def test_the_timeline_has_the_number_of_each_event_of_the_file(run: Any) -> None:
    events = json.loads(SWAPPED.read_text())
    _, out, _ = run(SWAPPED, "--timeline")
    numbers = [word for line in out.partition("Timeline")[2].splitlines() for word in line.split()[2:3]]
    assert [word for word in numbers if word.startswith("#")] == [f"#{n}" for n in range(1, len(events) + 1)]


@pytest.mark.parametrize(
    "damaged",
    [
        {"rpc_port": None},
        {"role": None},
        {"timestamp": START + 0.5},
        {"timestamp": str(START)},
        {"details": None},
        {"details": [1]},
        {"details": "text"},
        {"details": {"method": None, "duration_ms": "7", "success": False}},
    ],
    ids=str,
)
@pytest.mark.parametrize("place", range(len(FAILED)))
def test_an_odd_event_stops_nothing(damaged: dict[str, Any], place: int, write: Any, run: Any) -> None:
    events = [dict(known) for known in FAILED]
    events[place] |= damaged
    views = ("--timeline", "--rpc-only", "--snapshots-only", "--errors-only", "--diff-snapshots", "--time", "--all")
    for form in ("text", "json", "markdown"):
        code, out, err = run(write(events, "odd_FAILED.json"), *views, "--format", form)
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
def test_an_odd_snapshot_stops_nothing(damaged: dict[str, Any], write: Any, run: Any) -> None:
    odd = snapshot(0, "PRE_ROUND1", **damaged)
    code, out, _ = run(write([odd, snapshot(10, "FINAL")]), "--snapshots-only", "--diff-snapshots")
    assert code in {0, 1}
    assert "pre_round1" in out


def test_an_object_in_place_of_the_array_is_an_error_of_one_line(write: Any, run: Any) -> None:
    code, _, err = run(write(FAILED[0]))
    assert code == 2
    assert err.startswith("error: ")
    assert "Traceback" not in err


def test_many_files_are_told_together(run: Any) -> None:
    code, out, _ = run(*GENUINE)
    assert code == 1
    assert out.index("By fault") < out.index("By escrow")
    assert all(path.name in out for path in GENUINE)


# The views and the forms.


def test_views_combine(write: Any, run: Any) -> None:
    views = ("--timeline", "--rpc-only", "--snapshots-only", "--errors-only", "--diff-snapshots", "--time")
    _, out, _ = run(write(FAILED, "escrow_escrow-1_FAILED.json"), *views)
    titles = ("Timeline", "Calls", "Snapshots", "Errors", "What changed between snapshots", "Where ")
    assert [title for title in titles if f"\n{title}" not in out] == []
    assert out.startswith("FAULT  ")
    assert "\nEvidence\n" not in out


def test_errors_have_the_text_the_role_and_the_wallet(write: Any, run: Any) -> None:
    _, out, _ = run(write(FAILED, "escrow_escrow-1_FAILED.json"), "--errors-only")
    told = words(out.partition("Errors")[2])
    assert "#3 buyer 18082 make_multisig failed after 700 ms: Monero RPC error: something that nobody has" in told
    assert "#4" in told
    assert "in round 1 with wallet wallet-of-buyer" in told


def test_where_the_time_went(write: Any, run: Any) -> None:
    events = [
        snapshot(0, "PRE_ROUND1"),
        *call(1000, took=500),
        event(3500, "CUSTOM", "coordinator", {"event": "cache_purge_wait", "elapsed_ms": 2000, "ok": True}),
        event(4500, "CUSTOM", "buyer", {"event": "lock_acquired", "wait_ms": 1000}),
        *call(9500, took=500),
    ]
    _, out, _ = run(write(events), "--time", "--json")
    time = json.loads(out)["setups"][0]["time"]
    assert (time["rpc"], time["wait"], time["lock"]) == (1.0, 2.0, 1.0)
    assert time["total"] == pytest.approx(sum(time[kind] for kind in time if kind != "total"))
    _, out, _ = run(write(events), "--time")
    assert "+4.500 s 5.00 s before make_multisig of buyer" in words(out)


def test_json_fits_its_schema_with_every_view(run: Any) -> None:
    views = ("--timeline", "--rpc-only", "--snapshots-only", "--errors-only", "--diff-snapshots", "--time")
    _, out, _ = run(*GENUINE, *views, "--json")
    document = json.loads(out)
    jsonschema.validate(document, json_schema(), jsonschema.Draft202012Validator)
    assert {"timeline", "snapshots", "changes", "errors", "time"} <= document["setups"][0].keys()
    assert document["calls"]


def test_json_names_the_file_of_each_set_up(run: Any) -> None:
    _, out, _ = run(SWAPPED.parent, "--json")
    assert {setup["source"] for setup in json.loads(out)["setups"]} >= {str(path) for path in GENUINE}


@pytest.mark.parametrize("form", ["junit", "github"])
def test_forms_for_ci(form: str, run: Any) -> None:
    code, out, _ = run(SWAPPED, "--format", form)
    assert code == 1
    assert "wallet_swapped" in out
    assert SWAPPED.name in out


def test_markdown_has_the_views_as_code(run: Any) -> None:
    _, out, _ = run(SWAPPED, "--markdown", "--timeline")
    assert out.startswith("### ")
    assert "\n```text\nTimeline\n" in out


def test_otlp_is_judged_as_its_recording_is(run: Any, tmp_path: Path, setups: ModuleType) -> None:
    path = tmp_path / "traces.otlp.jsonl"
    path.write_bytes(encode_line(setups.failing("bad").records()) + b"\n")
    code, out, _ = run(path, "--errors-only")
    assert code == 1
    assert "make_multisig failed after 12 ms: -28 This wallet is already multisig" in words(out)


def test_others_are_looked_at_and_only_what_is_asked_for_is_told(write: Any, run: Any) -> None:
    later = [known | {"timestamp": known["timestamp"] + 3_600_000} for known in WELL]
    text = json.dumps(later).replace("escrow-1", "good").replace("1" * 64, "a" * 64).replace("4" * 64, "b" * 64)
    folder = write(FAILED, "recordings/escrow_escrow-1_FAILED.json").parent
    write(json.loads(text), "recordings/escrow_good.json")
    code, out, _ = run(folder, "--escrow-id", "good", "--json")
    assert code == 0
    assert [setup["escrow_id"] for setup in json.loads(out)["setups"]] == ["good"]
    assert run(folder)[0] == 1


class Backend:
    """A backend that holds some set-ups, and gives those that are selected."""

    name = "http://backend"
    size = None

    def __init__(self, scripts: Sequence[Any], selection: Selection) -> None:
        self._traces = [trace for script in scripts if selection.matches(trace := script.trace())]

    def read(self, _advance: object) -> Iterator[Found]:
        for trace in self._traces:
            yield from (Found(Origin(self.name), record) for record in disassemble(trace))


def test_of_a_backend_what_ran_beside_is_looked_at_too(
    monkeypatch: pytest.MonkeyPatch, run: Any, setups: ModuleType
) -> None:
    scripts = [
        setups.failing("bad"),
        setups.healthy("beside", setups.START_MS + 5),
        setups.healthy("long-after", setups.START_MS + 86_400_000),
    ]
    asked: list[Selection] = []

    def open_url(_url: str, _access: object, selection: Selection) -> Backend:
        asked.append(selection)
        return Backend(scripts, selection)

    seen: list[str] = []

    def diagnose(found: Sequence[SetupFacts], **_: Any) -> tuple[Diagnosis, ...]:
        seen.extend(facts.escrow_id for facts in found)
        return tuple(Diagnosis(facts) for facts in found)

    monkeypatch.setattr("otel_multisig.cli._analysis_reading.open_url", open_url)
    monkeypatch.setattr("otel_multisig.diagnosis.diagnosing.diagnose", diagnose)
    _, out, _ = run("http://backend", "--failed", "--json")
    assert [setup["escrow_id"] for setup in json.loads(out)["setups"]] == ["bad"]
    assert seen == ["bad", "beside"]
    first, second = asked
    assert first.failed
    assert second.start_unix_nano == setups.START_MS * 1_000_000


def test_standard_input(write: Any) -> None:
    with write(FAILED).open("rb") as stdin:
        done = subprocess.run([PROGRAM, "analyze", "-"], stdin=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("FAULT  ")


# Terminals and pipes.


def on_a_terminal(arguments: Sequence[str | Path], **environment: str) -> str:
    """What the program writes to a terminal of 80 columns."""
    leader, follower = pty.openpty()
    known = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "COLUMNS", "FORCE_COLOR"}}
    with subprocess.Popen(
        [PROGRAM, "analyze", *map(str, arguments)],
        stdout=follower,
        stderr=subprocess.DEVNULL,
        env=known | {"TERM": "xterm-256color", "COLUMNS": "80"} | environment,
    ):
        os.close(follower)
        read = b""
        try:
            while piece := os.read(leader, 65_536):
                read += piece
        except OSError:  # what Linux says when the other side is closed
            pass
    os.close(leader)
    return read.decode()


def test_colours_on_a_terminal_only() -> None:
    assert "\x1b[1;31mFAULT" in on_a_terminal([SWAPPED])
    done = subprocess.run([PROGRAM, "analyze", SWAPPED], capture_output=True, text=True, check=False)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_colours_can_be_refused(environment: dict[str, str]) -> None:
    text = on_a_terminal([SWAPPED], **environment)
    assert "FAULT" in text
    assert "\x1b" not in text


def test_a_terminal_without_a_character_shows_its_escape(write: Any) -> None:
    path = write([known | {"role": "k\u00e4ufer"} for known in WELL])
    done = subprocess.run(
        [PROGRAM, "analyze", path, "--timeline"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "k\\xe4ufer" in done.stdout


def test_a_reader_that_goes_away_sees_no_traceback(write: Any, tmp_path: Path) -> None:
    note = event(0, "CUSTOM", "coordinator", {"event": "note", "text": "x" * 200})
    path = write([*WELL[:1], *[note] * 2000, *WELL[1:]])
    done = subprocess.run(
        f"{PROGRAM} analyze {path} --timeline | head -n 1; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "OK     No fault: the set-up came through in 900 ms.\n"
    assert done.stderr == ""
    assert done.returncode == 141
