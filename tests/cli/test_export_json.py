from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from otel_multisig_exporter_legacy_json import LegacyJsonSpanExporter

from otel_multisig.cli.program import cli
from otel_multisig.legacy import encode, legacy_events
from otel_multisig.otlp import encode_line
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans, upstream
from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter

if TYPE_CHECKING:
    from types import ModuleType

PROGRAM = str(Path(sys.executable).parent / "otel-multisig")


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(
        cli, ["export-json", *map(str, arguments)], input=stdin, catch_exceptions=False, standalone_mode=False
    )


def code(result: Result) -> Any:
    # What `main` makes the exit code of the process.
    return result.return_value


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def file(setups: ModuleType, tmp_path: Path) -> Path:
    path = tmp_path / "traces.otlp.jsonl"
    scripts = (setups.healthy("good"), setups.failing("bad"), setups.healthy("bad", setups.START_MS + 1))
    path.write_bytes(b"".join(encode_line(script.records()) + b"\n" for script in scripts))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_set_ups_become_files(file: Path, out: Path, setups: ModuleType) -> None:
    result = run(file, "--out", out)
    assert code(result) == 0
    assert names(out) == [f"escrow_bad_{setups.START_MS + 1}.json", "escrow_bad_FAILED.json", "escrow_good.json"]
    assert (out / "escrow_good.json").read_bytes() == encode(legacy_events(setups.healthy("good").trace()))
    assert result.stdout == ""
    assert result.stderr == f"3 set-ups converted into {out} (1 failed)\n"


def test_the_default_is_the_current_folder(file: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out.mkdir()
    monkeypatch.chdir(out)
    assert code(run(file)) == 0
    assert len(names(out)) == 3


def test_folders_and_standard_input(file: Path, out: Path) -> None:
    assert code(run(file.parent, "--out", out)) == 0
    first = {name: (out / name).read_bytes() for name in names(out)}
    assert code(run("-", "--out", out / "again", stdin=file.read_bytes())) == 0
    assert {path.name: path.read_bytes() for path in (out / "again").iterdir()} == first


def test_again_changes_nothing(file: Path, out: Path) -> None:
    run(file, "--out", out)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    result = run(file, "--out", out)
    assert code(result) == 0
    assert "3 unchanged" in result.stderr
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_nothing_is_overwritten_without_force(file: Path, out: Path, setups: ModuleType) -> None:
    run(file, "--out", out)
    mine = (out / "escrow_good.json").read_bytes().replace(b"18082", b"28082")
    (out / "escrow_good.json").write_bytes(mine)
    result = run(file, "--out", out)
    assert code(result) == 2
    assert (
        f"skipped good-{setups.START_MS}: {out / 'escrow_good.json'} exists and differs; --force replaces it"
        in result.stderr
    )
    assert "2 set-ups converted" in result.stderr
    assert "1 skipped" in result.stderr
    assert (out / "escrow_good.json").read_bytes() == mine
    assert code(run(file, "--out", out, "--force")) == 0
    assert (out / "escrow_good.json").read_bytes() != mine


def test_anothers_file_is_not_overwritten_even_with_force(file: Path, out: Path, setups: ModuleType) -> None:
    out.mkdir()
    (out / "escrow_good.json").write_text("mine")
    assert code(run(file, "--out", out, "--force")) == 0
    assert (out / "escrow_good.json").read_text() == "mine"
    assert f"escrow_good_{setups.START_MS}.json" in names(out)


def test_to_standard_output_come_the_files_bytes(file: Path, out: Path) -> None:
    run(file, "--out", out)
    lines = file.read_bytes().splitlines()
    result = run("-", "--stdout", stdin=lines[0])
    assert code(result) == 0
    assert result.stdout_bytes == (out / "escrow_good.json").read_bytes()
    assert result.stderr == "1 set-up converted\n"
    decoder = json.JSONDecoder()
    text = run(file, "--stdout", "--quiet").stdout
    found = 0
    while text:
        recording, end = decoder.raw_decode(text)
        text = text[end:].lstrip("\n")
        found += bool(recording)
    assert found == 3


def test_bad_input_is_told_and_the_rest_is_done(file: Path, out: Path) -> None:
    file.write_bytes(file.read_bytes() + b"not JSON\n")
    result = run(file, file.parent / "missing", "--out", out)
    assert code(result) == 2
    assert len(names(out)) == 3
    assert f"error: {file}:4: the line " in result.stderr
    assert f"error: {file.parent / 'missing'}: No such file or directory; check the path" in result.stderr
    assert "2 problems in the input" in result.stderr
    assert code(run(file, "--stdout")) == 2


def test_quiet_tells_of_errors_only(file: Path, out: Path) -> None:
    assert run(file, "--out", out, "--quiet").stderr == ""
    file.write_bytes(file.read_bytes() + b"not JSON\n")
    assert len(run(file, "--out", out, "--quiet").stderr.splitlines()) == 1


def test_a_report_for_programs(file: Path, out: Path, setups: ModuleType) -> None:
    empty = setups.SetupScript("empty")
    empty.finish()
    file.write_bytes(file.read_bytes() + encode_line(empty.records()) + b"\nnot JSON\n")
    result = run(file, "--out", out, "--json")
    report = json.loads(result.stdout)
    assert code(result) == 2
    assert report["version"] == 1
    assert report["folder"] == str(out)
    assert [done["state"] for done in report["converted"]] == ["failed", "complete", "complete"]
    assert report["converted"][0] == {
        "escrow_id": "bad",
        "setup_id": f"bad-{setups.START_MS}",
        "sources": [str(file)],
        "file": str(out / "escrow_bad_FAILED.json"),
        "state": "failed",
        "change": "created",
        "events": 4,
    }
    assert [skipped["why"] for skipped in report["skipped"]] == ["it has no events"]
    assert [(problem["source"], problem["line"]) for problem in report["problems"]] == [(str(file), 5)]
    assert report["error"] is None


def test_input_without_a_set_up(tmp_path: Path, setups: ModuleType) -> None:
    record = setups.healthy().records()[0]
    record.attributes.pop(attr.MONERO_SETUP_ID)
    (tmp_path / "x").write_bytes(encode_line([record]))
    result = run(tmp_path / "x", "--out", tmp_path)
    assert code(result) == 0
    assert result.stderr == "no set-up found (1 other span)\n"


def test_a_folder_that_cannot_be_written(file: Path, tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    result = run(file, "--out", tmp_path / "in-the-way" / "out")
    assert code(result) == 2
    assert f"error: cannot write into {tmp_path / 'in-the-way' / 'out'}: " in result.stderr


def test_live_files_and_converted_ones_are_the_same_bytes(tmp_path: Path) -> None:
    live, out, lines = tmp_path / "live", tmp_path / "out", tmp_path / "traces.otlp.jsonl"
    provider = TracerProvider(shutdown_on_exit=False)
    for exporter in (LegacyJsonSpanExporter(live), OtlpJsonLinesExporter(lines)):
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    roots = {}
    for unix_ms, outcome in (
        (1_795_294_917_947, "success"),
        (1_795_294_917_948, "failure"),
        (1_795_294_917_949, "success"),
    ):
        common = {attr.MONERO_ESCROW_ID: "\u00e9/e", attr.MONERO_SETUP_ID: f"\u00e9/e-{unix_ms}"}
        root = tracer.start_span(spans.SETUP, attributes={**common, attr.MONERO_SETUP_SEQUENCE: 1})
        call = tracer.start_span("x", attributes={**common, attr.MONERO_SETUP_SEQUENCE: 2, upstream.RPC_METHOD: "x"})
        call.set_attribute(attr.MONERO_SETUP_END_SEQUENCE, 3)
        call.end()
        root.set_attributes({attr.MONERO_SETUP_END_SEQUENCE: 4, attr.MONERO_ESCROW_OUTCOME: outcome})
        roots[unix_ms] = root
    for root in reversed(roots.values()):
        root.end()
    provider.shutdown()
    run(lines, "--out", out)
    assert {path.name: path.read_bytes() for path in live.iterdir()} == {
        path.name: path.read_bytes() for path in out.iterdir()
    }
    assert len(names(live)) == 3


@pytest.fixture
def mixed(setups: ModuleType, tmp_path: Path) -> Path:
    """A folder of several forms: set-ups that are whole, spread, partial, failed, of one escrow, and a bad line."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    scripts = [setups.healthy(f"e{number % 7}", setups.START_MS + number) for number in range(20)]
    scripts += [setups.failing("bad")]
    records = [script.records() for script in scripts]
    records[3] = records[3][1:]
    for number, spans_ in enumerate(records):
        (folder / f"{number:02}.jsonl").write_bytes(encode_line(spans_[::2]) + b"\n")
        (folder / f"{number * 7 % 21:02}-rest.jsonl").write_bytes(encode_line(spans_[1::2]) + b"\n")
        if number % 3 == 0:
            recording = encode(legacy_events(setups.healthy(f"l{number}", setups.START_MS).trace()))
            (folder / f"legacy{number}.json").write_bytes(recording)
    (folder / "worse.jsonl").write_bytes(b'{"resourceSpans":[]}\nnot JSON\n')
    (folder / "notes.txt").write_text("hello")
    return folder


def test_several_jobs_make_what_one_makes(mixed: Path, tmp_path: Path) -> None:
    results, made = [], []
    for jobs in ("1", "2", "0"):
        out = tmp_path / f"out{jobs}"
        results.append(run(mixed, "--out", out, "--jobs", jobs))
        made.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert len(made[0]) == 28
    assert made[1] == made[2] == made[0]
    assert {code(result) for result in results} == {2}
    told = [
        result.stderr.replace(str(tmp_path / f"out{jobs}"), "out") for jobs, result in zip("120", results, strict=True)
    ]
    assert told[0] == told[1] == told[2]
    assert "28 set-ups converted into out (1 failed, 1 partial); 1 problem in the input, see above" in told[0]


def test_several_jobs_to_standard_output(mixed: Path) -> None:
    found = []
    for jobs in ("1", "2"):
        text = run(mixed, "--stdout", "--quiet", "-j", jobs, "--escrow-id", "e1").stdout
        found.append(sorted(text.replace("]\n[", "]\n\n[").split("\n\n")))
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_ctrl_c_ends_several_jobs(setups: ModuleType, tmp_path: Path, out: Path) -> None:
    folder, temporary = tmp_path / "in", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    for number in range(3000):
        (folder / f"{number}.jsonl").write_bytes(encode_line(setups.healthy(f"e{number}").records()))
    process = subprocess.Popen(
        [PROGRAM, "export-json", str(folder), "--out", str(out), "-j", "2"],
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not out.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.split() == [b"interrupted"]
    assert list(temporary.iterdir()) == []
    assert all(json.loads(path.read_bytes()) for path in out.iterdir())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from otel_multisig.cli._progress import show_conversion

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with show_conversion(10, shown=True) as progress:
        progress.advance(5)
        for _ in range(3):
            progress.done()
    assert "3 set-ups" in terminal.getvalue()
    for stream, shown in ((Terminal(), False), (io.StringIO(), True)):
        monkeypatch.setattr(sys, "stderr", stream)
        with show_conversion(None, shown=shown) as progress:
            progress.advance(5)
            progress.done()
        assert stream.getvalue() == ""


def test_a_reader_that_goes_away_is_no_error(setups: ModuleType, tmp_path: Path) -> None:
    many = [setups.healthy(f"e{number}") for number in range(20)]
    (tmp_path / "x").write_bytes(b"\n".join(encode_line(script.records()) for script in many))
    process = subprocess.Popen(
        [PROGRAM, "export-json", str(tmp_path / "x"), "--stdout"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    process.stdout.read(10)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 141
    assert errors == b""


def test_ctrl_c_leaves_whole_files_only(file: Path, tmp_path: Path, out: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    process = subprocess.Popen([PROGRAM, "export-json", str(fifo), "--out", str(out)], stderr=subprocess.PIPE)
    with fifo.open("wb") as pipe:  # opens when the program reads
        pipe.write(file.read_bytes())
        pipe.flush()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.split() == [b"interrupted"]
    assert not out.exists()
