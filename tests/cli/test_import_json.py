from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from otel_multisig.cli.program import cli
from otel_multisig.legacy import encode, legacy_events
from otel_multisig.otlp import encode_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

PROGRAM = str(Path(sys.executable).parent / "otel-multisig")
SAMPLES = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("*.json"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False, standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "legacy"
    folder.mkdir()
    for path in SAMPLES:
        shutil.copy(path, folder)
    return folder


@pytest.mark.parametrize("name", ["traces.jsonl", "traces.pb"])
def test_into_a_file_and_back_everything_is_kept(folder: Path, tmp_path: Path, name: str) -> None:
    result = run("import-json", folder, "--out", tmp_path / name)
    assert result.return_value == 0
    assert result.stderr == f"{len(SAMPLES)} set-ups written to {tmp_path / name}\n"
    assert run("export-json", tmp_path / name, "--out", tmp_path / "out").return_value == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        path.name: path.read_bytes() for path in SAMPLES
    }


def test_no_file_is_overwritten_without_force(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "traces.jsonl"
    out.write_text("mine")
    with pytest.raises(Exception, match="--force replaces it"):
        run("import-json", folder, "--out", out)
    assert out.read_text() == "mine"
    assert run("import-json", folder, "--out", out, "--force").return_value == 0
    assert out.read_text() != "mine"


def test_where_nothing_is_found_there_is_no_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("import-json", tmp_path / "empty", "--out", tmp_path / "x.jsonl")
    assert result.return_value == 2
    assert result.stderr.endswith("\nno set-up found; 1 problem in the input\n")
    (tmp_path / "y.jsonl").write_text("mine")
    run("import-json", tmp_path / "empty", "--out", tmp_path / "y.jsonl", "--force")
    assert (tmp_path / "y.jsonl").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "legacy", "y.jsonl"]


def test_a_set_up_with_other_ids_is_taken_once(setups: ModuleType, tmp_path: Path) -> None:
    # As in the demo's folder: the live spans, and the legacy file which was made of them.
    both = tmp_path / "both"
    both.mkdir()
    script = setups.healthy()
    (both / "traces.jsonl").write_bytes(encode_line(script.records()))
    recording = encode(legacy_events(script.trace()))
    (both / "escrow_e.json").write_bytes(recording)
    result = run("import-json", both, "--out", tmp_path / "x.jsonl")
    assert result.return_value == 0
    assert "1 set-up written" in result.stderr
    assert result.stderr.endswith("; further recordings of 1 set-up, with other ids, left out\n")
    result = run("export-json", tmp_path / "x.jsonl", "--stdout")
    assert result.return_value == 0
    assert result.stdout_bytes == recording


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.json", "2 set-ups converted into {} (1 unchanged)\n"),  # before the spans: these say more
        ("z.json", "1 set-up converted into {}\n"),  # after them: a copy, as assembling sees it
    ],
)
def test_two_recordings_of_a_set_up_that_say_the_same(
    setups: ModuleType, tmp_path: Path, name: str, told: str, jobs: str
) -> None:
    both = tmp_path / "both"
    both.mkdir()
    script = setups.healthy()
    lines = [encode_line([record]) + b"\n" for record in script.records()]
    (both / "traces.jsonl").write_bytes(b"".join(lines))
    recording = encode(legacy_events(script.trace()))
    (both / name).write_bytes(recording)
    result = run("export-json", both, "--out", tmp_path / "out", "--jobs", jobs)
    assert result.return_value == 0, result.stderr
    assert result.stderr == told.format(tmp_path / "out")
    assert [path.read_bytes() for path in (tmp_path / "out").iterdir()] == [recording]


def test_a_bad_file_is_named_with_its_place_and_the_others_are_done(folder: Path, tmp_path: Path) -> None:
    events = json.loads(SAMPLES[0].read_bytes())
    events[2]["timestamp"] = "soon"
    (folder / "escrow_bad.json").write_text(json.dumps(events))
    result = run("import-json", folder, "--out", tmp_path / "x.jsonl", "--json")
    report = json.loads(result.stdout)
    assert result.return_value == 2
    assert {problem["place"] for problem in report["problems"]} == {"event 3, field timestamp"}
    assert {problem["source"] for problem in report["problems"]} == {str(folder / "escrow_bad.json")}
    assert len(report["converted"]) == len(SAMPLES)
    assert "1 problem in the input" in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("--out", "x.jsonl", "--to", "http://localhost:1"),
        ("--out", "x.txt"),
        ("--watch", "--out", "x.jsonl"),
        ("--to", "localhost:4318"),
        ("--to", "http://127.0.0.1:1"),
        ("--to", "http://x:1", "--header", "no header", "--no-verify"),
    ],
)
def test_wrong_use(folder: Path, wrong: tuple[str, ...]) -> None:
    done = subprocess.run([PROGRAM, "import-json", folder, *wrong], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_an_endpoint_that_is_away(folder: Path) -> None:
    command = [PROGRAM, "import-json", SAMPLES[0], "--to", "http://127.0.0.1:1", "--no-verify", "--timeout", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "http://127.0.0.1:1 cannot be reached: Connection refused; check the URL and the server" in done.stderr
    assert "0 set-ups sent to http://127.0.0.1:1, 1 skipped" in done.stderr


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_watching_ships_what_appears_once(server: Any, tmp_path: Path) -> None:
    folder = tmp_path / "legacy"
    folder.mkdir()
    shutil.copy(SAMPLES[0], folder)
    whole = SAMPLES[1].read_bytes()
    (folder / "growing.json").write_bytes(whole[: len(whole) // 2])
    command = [PROGRAM, "import-json", folder, "--watch", "--to", server.url, "--no-verify", "--interval", "0.05"]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}

    def watch(until: Callable[[], bool], number: signal.Signals) -> str:
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
            wait_until(until)
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
            assert process.returncode == 0, errors
            return errors

    errors = watch(lambda: len(server.requests) >= 1, signal.SIGINT)
    assert f"sent: {SAMPLES[0].name}" in errors
    assert "growing" not in errors
    (folder / "growing.json").write_bytes(whole)
    errors = watch(lambda: len(server.requests) >= 2, signal.SIGTERM)
    assert "sent: growing.json" in errors
    assert SAMPLES[0].name not in errors
    assert len(server.requests) == 2


def test_a_backend_that_does_not_answer_is_one_line(folder: Path) -> None:
    command = [PROGRAM, "import-json", folder, "--to", "http://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: no Jaeger (16686) or Tempo (3200) answers on that host")
    assert done.stderr.count("\n") == 1
