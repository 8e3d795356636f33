"""The demo ends with one verdict a set-up, a page, and what to type next."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otel_multisig.cli.demo import _empty


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the demo prints into a pipe, and the folder that it writes."""
    folder = tmp_path_factory.mktemp("demo") / "my demo"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    program = Path(sys.executable).with_name("otel-multisig")
    command = [str(program), "demo", "--wallets", "simulated", "--out", str(folder)]
    done = subprocess.run(
        command, env=environment | {"COLUMNS": "80"}, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, folder


def verdicts_of(output: str) -> list[str]:
    block = output.partition("\nverdicts\n")[2].partition("\n\n")[0]
    return block.splitlines()


def test_every_setup_gets_its_verdict(shown: tuple[str, Path]) -> None:
    lines = verdicts_of(shown[0])
    words = {line.split()[0]: line.split()[1] for line in lines if line[2] != " "}
    assert words == {"alone": "ok", "first": "FAULT", "second": "FAULT", "third": "ok"}
    assert list(words) == ["alone", "first", "second", "third"]


def test_who_did_it_is_told_by_name(shown: tuple[str, Path]) -> None:
    text = " ".join(" ".join(verdicts_of(shown[0])).split())
    assert "Escrow second" in text
    assert "between first's" in text
    assert "wallet_swapped: proved by the record" in text
    assert "cache_pollution: proved by the record" in text


def test_faults_are_shown_while_it_runs(shown: tuple[str, Path]) -> None:
    while_it_ran = shown[0].partition("recordings in")[0]
    swapped = while_it_ran.index("first     fault found: wallet_swapped")
    assert swapped < while_it_ran.index("first     buyer exchange_multisig_keys failed")


def test_it_fits_80_columns(shown: tuple[str, Path]) -> None:
    output, folder = shown
    assert [line for line in output.splitlines() if len(line) > 80 and str(folder) not in line] == []
    assert [line for line in verdicts_of(output) if line != line.rstrip()] == []


def test_the_page_and_the_next_command_stand_last(shown: tuple[str, Path]) -> None:
    output, folder = shown
    *_, report, following = output.splitlines()
    assert report == f"report: {folder / 'report.html'}"
    assert following == f"next:   otel-multisig analyze '{folder}'"
    page = (folder / "report.html").read_text()
    assert "wallet_swapped" in page


def test_a_second_run_replaces_what_the_first_left_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    (tmp_path / "mine.html").write_text("mine")
    _empty(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.html"]
