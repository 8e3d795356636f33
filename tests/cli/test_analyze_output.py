"""The views and the forms of `analyze`, on terminals and in pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from otel_multisig.report.document import json_schema

if TYPE_CHECKING:
    from types import ModuleType

PROGRAM = str(Path(sys.executable).parent / "otel-multisig")


def words(text: str) -> str:
    return " ".join(text.split())


def test_views_combine(write_events: Any, analyze: Any, made: ModuleType) -> None:
    views = ("--timeline", "--rpc-only", "--snapshots-only", "--errors-only", "--diff-snapshots", "--time")
    _, out, _ = analyze(write_events(made.FAILED, "escrow_escrow-1_FAILED.json"), *views)
    titles = ("Timeline", "Calls", "Snapshots", "Errors", "What changed between snapshots", "Where ")
    assert [title for title in titles if f"\n{title}" not in out] == []
    assert out.startswith("FAULT  ")
    assert "\nEvidence\n" not in out


def test_errors_have_the_text_the_role_and_the_wallet(write_events: Any, analyze: Any, made: ModuleType) -> None:
    _, out, _ = analyze(write_events(made.FAILED, "escrow_escrow-1_FAILED.json"), "--errors-only")
    told = words(out.partition("Errors")[2])
    assert "#3 buyer 18082 make_multisig failed after 700 ms: Monero RPC error: something that nobody has" in told
    assert "#4" in told
    assert "in round 1 with wallet wallet-of-buyer" in told


def test_where_the_time_went(write_events: Any, analyze: Any, made: ModuleType) -> None:
    events = [
        made.snapshot(0, "PRE_ROUND1"),
        *made.call(1000, took=500),
        made.event(3500, "CUSTOM", "coordinator", {"event": "cache_purge_wait", "elapsed_ms": 2000, "ok": True}),
        made.event(4500, "CUSTOM", "buyer", {"event": "lock_acquired", "wait_ms": 1000}),
        *made.call(9500, took=500),
    ]
    _, out, _ = analyze(write_events(events), "--time", "--json")
    time = json.loads(out)["setups"][0]["time"]
    assert (time["rpc"], time["wait"], time["lock"]) == (1.0, 2.0, 1.0)
    assert time["total"] == pytest.approx(sum(time[kind] for kind in time if kind != "total"))
    _, out, _ = analyze(write_events(events), "--time")
    assert "+4.500 s 5.00 s before make_multisig of buyer" in words(out)


def test_json_fits_its_schema_with_every_view(analyze: Any, made: ModuleType) -> None:
    views = ("--timeline", "--rpc-only", "--snapshots-only", "--errors-only", "--diff-snapshots", "--time")
    _, out, _ = analyze(*made.GENUINE, *views, "--json")
    document = json.loads(out)
    jsonschema.validate(document, json_schema(), jsonschema.Draft202012Validator)
    assert {"timeline", "snapshots", "changes", "errors", "time"} <= document["setups"][0].keys()
    assert document["calls"]


def test_json_names_the_file_of_each_set_up(analyze: Any, made: ModuleType) -> None:
    _, out, _ = analyze(made.SWAPPED.parent, "--json")
    assert {setup["source"] for setup in json.loads(out)["setups"]} >= {str(path) for path in made.GENUINE}


@pytest.mark.parametrize("form", ["junit", "github"])
def test_forms_for_ci(form: str, analyze: Any, made: ModuleType) -> None:
    code, out, _ = analyze(made.SWAPPED, "--format", form)
    assert code == 1
    assert "wallet_swapped" in out
    assert made.SWAPPED.name in out


def test_markdown_has_the_views_as_code(analyze: Any, made: ModuleType) -> None:
    _, out, _ = analyze(made.SWAPPED, "--markdown", "--timeline")
    assert out.startswith("### ")
    assert "\n```text\nTimeline\n" in out


def test_colours_on_a_terminal_only(on_a_terminal: Any, made: ModuleType) -> None:
    assert "\x1b[1;31mFAULT" in on_a_terminal("analyze", made.SWAPPED)[1]
    done = subprocess.run([PROGRAM, "analyze", made.SWAPPED], capture_output=True, text=True, check=False)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_colours_can_be_refused(environment: dict[str, str], on_a_terminal: Any, made: ModuleType) -> None:
    text = on_a_terminal("analyze", made.SWAPPED, **environment)[1]
    assert "FAULT" in text
    assert "\x1b" not in text


def test_a_terminal_without_a_character_shows_its_escape(write_events: Any, made: ModuleType) -> None:
    path = write_events([known | {"role": "k\u00e4ufer"} for known in made.WELL])
    done = subprocess.run(
        [PROGRAM, "analyze", path, "--timeline"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "k\\xe4ufer" in done.stdout


def test_a_reader_that_goes_away_sees_no_traceback(write_events: Any, tmp_path: Path, made: ModuleType) -> None:
    note = made.event(0, "CUSTOM", "coordinator", {"event": "note", "text": "x" * 200})
    path = write_events([*made.WELL[:1], *[note] * 2000, *made.WELL[1:]])
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
