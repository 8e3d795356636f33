from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from otel_multisig.cli.program import cli
from otel_multisig.legacy import encode, legacy_events
from otel_multisig.model import disassemble
from otel_multisig.otlp import encode_line
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture
def recordings(tmp_path: Path, setups: ModuleType, htmls: ModuleType) -> Path:
    """One set-up with a fault as OTLP, and one without as legacy JSON."""
    folder = tmp_path / "my recordings"
    folder.mkdir()
    polluted = setups.SetupScript(htmls.ESCROW_A)
    polluted.start_round(1)
    for role in setups.PORTS:
        polluted.snapshot(role, "pre_round1", **{attr.MONERO_WALLET_IS_MULTISIG: True})
    polluted.call("buyer", "prepare_multisig")
    sequence = polluted.failed_call("buyer", "make_multisig", "This wallet is already multisig", -28, ms=12.5)
    polluted.end_round()
    polluted.finish("failure", sequence)
    (folder / "traces.otlp.jsonl").write_bytes(encode_line(polluted.records()))
    well = htmls.healthy(setups, htmls.ESCROW_B, setups.START_MS + 3_600_000)
    (folder / f"escrow_{htmls.ESCROW_B}.json").write_bytes(encode(legacy_events(well)))
    return folder


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(
        cli, ["report", *map(str, arguments)], input=stdin, catch_exceptions=False, standalone_mode=False
    )


def code(result: Result) -> Any:
    return result.return_value


def test_the_page_is_written_and_a_fault_is_the_exit_code(recordings: Path, tmp_path: Path, htmls: ModuleType) -> None:
    out = tmp_path / "new" / "page.html"
    result = run(recordings, "--out", out, "--title", "Night of 4 May")
    assert code(result) == 1
    assert result.stderr == f"2 set-ups, 1 with a fault: {out}\n"
    assert result.stdout == ""
    data = htmls.data_of(out.read_bytes())
    assert data["title"] == "Night of 4 May"
    assert len(data["setups"]) == 2
    (fault,) = data["faults"].values()
    assert f"otel-multisig analyze '{recordings}'" in "\n".join(fault["commands"])
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_healthy_set_up_is_no_fault(recordings: Path, tmp_path: Path) -> None:
    result = run(*recordings.glob("*.json"), "--out", tmp_path / "page.html")
    assert code(result) == 0
    assert result.stderr.startswith("1 set-up, 0 with a fault: ")


def test_no_file_is_replaced_unless_forced(recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import click

    monkeypatch.chdir(tmp_path)
    Path("report.html").write_text("mine")
    with pytest.raises(click.UsageError, match=r"report\.html exists; --force replaces it"):
        run(recordings)
    assert Path("report.html").read_text() == "mine"
    assert code(run(recordings, "--force", "--quiet")) == 1
    assert Path("report.html").read_text().startswith("<!DOCTYPE html>")


def test_standard_input_and_output(recordings: Path, htmls: ModuleType) -> None:
    result = run("-", "--out", "-", stdin=(recordings / "traces.otlp.jsonl").read_bytes())
    assert code(result) == 1
    data = htmls.data_of(result.stdout_bytes)
    assert data["texts"][data["setups"][0]["escrow"]] == htmls.ESCROW_A
    assert "1 set-up, 1 with a fault: standard output" in result.stderr


def test_what_cannot_be_read_is_told_and_listed(recordings: Path, tmp_path: Path, htmls: ModuleType) -> None:
    (recordings / "escrow_half.json").write_text('[{"trace_id": "x", ')
    out = tmp_path / "page.html"
    result = run(*recordings.glob("*.json"), "--out", out)
    assert code(result) == 2
    assert "error: " in result.stderr
    assert "escrow_half.json" in result.stderr
    assert "1 thing could not be read" in result.stderr
    data = htmls.data_of(out.read_bytes())
    assert "escrow_half.json" in data["problems"][0][0]
    assert len(data["setups"]) == 1
    assert code(run(recordings, "--out", out, "--force")) == 1


def test_nothing_to_show_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert code(run(tmp_path / "empty", "--out", tmp_path / "page.html")) == 2


def test_only_what_is_asked_for_is_shown(recordings: Path, tmp_path: Path, htmls: ModuleType) -> None:
    out = tmp_path / "page.html"
    result = run(recordings, "--escrow-id", htmls.ESCROW_B, "--out", out)
    assert code(result) == 0
    data = htmls.data_of(out.read_bytes())
    assert [data["texts"][one["escrow"]] for one in data["setups"]] == [htmls.ESCROW_B]


def test_who_took_part_in_a_fault_is_shown_too(tmp_path: Path, setups: ModuleType, htmls: ModuleType) -> None:
    other = htmls.healthy(setups, htmls.ESCROW_B, setups.START_MS)
    made = next(
        event for span in other.spans for event in span.events if event.attributes[attr.MONERO_WALLET_IS_MULTISIG]
    )
    spoilt = setups.SetupScript(htmls.ESCROW_A, setups.START_MS + 100)
    spoilt.start_round(1)
    for role in setups.PORTS:
        spoilt.snapshot(
            role,
            "pre_round1",
            **{attr.MONERO_WALLET_IS_MULTISIG: True},
            **{attr.MONERO_WALLET_ADDRESS_HASH: made.attributes[attr.MONERO_WALLET_ADDRESS_HASH]},
        )
    sequence = spoilt.failed_call("buyer", "prepare_multisig", "This wallet is already multisig", -28)
    spoilt.end_round()
    spoilt.finish("failure", sequence)
    source = tmp_path / "traces.otlp.jsonl"
    source.write_bytes(encode_line([*spoilt.records(), *disassemble(other)]))
    out = tmp_path / "page.html"
    assert code(run(source, "--escrow-id", htmls.ESCROW_A, "--out", out)) == 1
    data = htmls.data_of(out.read_bytes())
    shown = {data["texts"][one["escrow"]]: one["context"] for one in data["setups"]}
    assert shown == {htmls.ESCROW_B: True, htmls.ESCROW_A: False}


def test_the_skew_of_clocks_is_told(recordings: Path, tmp_path: Path, htmls: ModuleType) -> None:
    out = tmp_path / "page.html"
    run(recordings, "--out", out, "--clock-skew", "1.5s")
    assert htmls.data_of(out.read_bytes())["clockSkew"] == 1_500_000
