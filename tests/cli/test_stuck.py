"""A stuck set-up, of which there are markers only, in every command; and the same one once it went on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from otel_multisig.otlp import encode_line
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from types import ModuleType

    from otel_multisig.model import SpanRecord

PROGRAM = Path(sys.executable).with_name("otel-multisig")
MINUTE = 60 * 10**9


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def marker_of(record: SpanRecord, number: int) -> SpanRecord:
    not_yet = {attr.MONERO_SETUP_END_SEQUENCE, attr.MONERO_ESCROW_OUTCOME}
    attributes = {key: value for key, value in record.attributes.items() if key not in not_yet}
    attributes |= {attr.MONERO_SPAN_PENDING: True, attr.MONERO_SPAN_OPEN_ID: record.span_id}
    end = record.start_time_unix_nano + number * MINUTE
    return replace(
        record, span_id=f"{0xA0 + number:x}{record.span_id[2:]}", attributes=attributes, end_time_unix_nano=end
    )


@pytest.fixture
def files(setups: ModuleType, tmp_path: Path) -> None:
    """One of the stuck set-up, one with what came when it went on."""
    setup = setups.SetupScript()
    setup.start_round(1)
    for role in setups.PORTS:
        setup.call(role, "prepare_multisig")
    setup.end_round()
    setup.start_round(2)
    call = setup.start_call("vendor", "exchange_multisig_keys")
    ended = setup.records()
    marked = [span.record() for span in (setup.root, setup.round, call)]
    found = [marker_of(record, number) for number in (1, 2, 5) for record in marked]
    (tmp_path / "stuck.jsonl").write_bytes(encode_line([*found, *ended]) + b"\n")
    setup.wait(400_000)
    call.finish()
    setup.end_round()
    setup.finish()
    later = [span.record() for span in (call, *setup.spans) if span.record() not in ended]
    (tmp_path / "later.jsonl").write_bytes(encode_line(later) + b"\n")


@pytest.mark.usefixtures("files")
def test_a_stuck_set_up_is_stalled_in_the_call_that_hangs(tmp_path: Path) -> None:
    done = run(tmp_path, "analyze", "stuck.jsonl", "--json")
    assert done.returncode == 1, done.stderr
    (setup,) = json.loads(done.stdout)["setups"]
    assert setup["outcome"] is None
    assert (setup["verdict"]["fault"], setup["verdict"]["role"], setup["verdict"]["round"]) == ("stalled", "vendor", 2)
    text = run(tmp_path, "analyze", "stuck.jsonl", "--timeline").stdout
    assert "exchange_multisig_keys started, and never ended" in text
    assert "last seen after 5 min" in " ".join(text.split())


@pytest.mark.usefixtures("files")
def test_its_legacy_recording_is_partial_with_a_start_and_no_end(tmp_path: Path) -> None:
    done = run(tmp_path, "export-json", "stuck.jsonl")
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("escrow_*")
    assert path.name.endswith("_PARTIAL.json")
    events = [(event["event_type"], event["details"]["method"]) for event in json.loads(path.read_bytes())]
    called = [("RPC_CALL_START", "prepare_multisig"), ("RPC_CALL_END", "prepare_multisig")]
    assert events == [*called * 3, ("RPC_CALL_START", "exchange_multisig_keys")]


@pytest.mark.usefixtures("files")
def test_the_page_shows_it(tmp_path: Path) -> None:
    done = run(tmp_path, "report", "stuck.jsonl", "--out", "page.html")
    assert done.returncode in {0, 1}, done.stderr
    page = (tmp_path / "page.html").read_text()
    assert "exchange_multisig_keys" in page
    assert "stalled" in page


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("names", [("stuck.jsonl", "later.jsonl"), ("later.jsonl", "stuck.jsonl")])
def test_once_it_went_on_nothing_is_left_of_its_markers(tmp_path: Path, names: tuple[str, str]) -> None:
    done = run(tmp_path, "analyze", *names, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (setup,) = json.loads(done.stdout)["setups"]
    assert (setup["outcome"], setup["verdict"]) == ("success", None)
    assert run(tmp_path, "export-json", *names).returncode == 0
    (path,) = tmp_path.glob("escrow_*")
    assert "PARTIAL" not in path.name
    assert len(json.loads(path.read_bytes())) == 8
