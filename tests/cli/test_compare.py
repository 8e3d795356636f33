from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from otel_multisig.cli import main
from otel_multisig.cli.compare import compare
from otel_multisig.legacy import encode, legacy_events
from otel_multisig.otlp import encode_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

PROGRAM = str(Path(sys.executable).parent / "otel-multisig")
FAILED = {("vendor", "make_multisig", 1): ("This wallet is already multisig", -28)}
SHOWN = "Vendor's make_multisig failed with -28"


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    # An error of use is raised here; `main` makes the exit code of it.
    return CliRunner().invoke(
        compare, [*map(str, arguments)], input=stdin, catch_exceptions=False, standalone_mode=False
    )


def words(result: Result) -> str:
    return " ".join(result.stdout.split())


@pytest.fixture(scope="module")
def scene(load_module: Callable[[Path], ModuleType], setups: ModuleType) -> Any:
    """Makes set-ups, each with what is asked for."""
    made = load_module(Path(__file__).parents[1] / "diagnosis" / "test_comparison_differences.py")
    number = iter(range(1, 10_000))

    def make(escrow: str, **asked: Any) -> Any:
        return made.Scene(setups, escrow, setups.START_MS + next(number) * 60_000).play(**asked).script

    return make


@pytest.fixture
def write(scene: Any, tmp_path: Path) -> Any:
    """Writes set-ups, each into a file of its own; gives the folder."""

    def write_all(folder: str, number: int, *, legacy: bool = False, **asked: Any) -> Path:
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        for place in range(number):
            escrow = f"{folder}-{len(list(path.iterdir()))}-{place}"
            script = scene(escrow, **asked)
            if legacy:
                (path / f"escrow_{escrow}.json").write_bytes(encode(legacy_events(script.trace())))
            else:
                (path / f"{escrow}.jsonl").write_bytes(encode_line(script.records()) + b"\n")
        return path

    return write_all


def test_one_beside_another(write: Any) -> None:
    good, bad = write("good", 1), write("bad", 1, failed=FAILED)
    result = run(good, bad)
    assert result.return_value == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "pair: one set-up beside another"
    assert next(line for line in lines if "failed" in line and "FAILED" not in line).startswith(SHOWN)
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert run(good, good).return_value == 0
    assert "The two are the same but for ids, times and hashes." in run(good, good).stdout


def test_the_order_of_the_arguments_is_kept(write: Any) -> None:
    good, bad = write("good", 1), write("bad", 1, failed=FAILED)
    assert f"{SHOWN} after 800 ms in BAD; in GOOD it took 800 ms" in words(run(good, bad))
    assert f"{SHOWN} after 800 ms in GOOD; in BAD it took 800 ms" in words(run(bad, good))
    assert run(bad, good).return_value == 1


def test_a_legacy_recording_beside_a_live_one(write: Any) -> None:
    good, live = write("good", 1, legacy=True), write("live", 1)
    assert run(good, live).return_value == run(live, good).return_value == 0


def test_one_with_many_good_ones(write: Any) -> None:
    good, bad = write("good", 12), write("bad", 1, failed=FAILED)
    write("good", 1, failed=FAILED)
    result = run(good, bad)
    assert result.return_value == 1
    assert result.stdout.startswith("baseline: ")
    assert "12 good set-ups; 1 left out that did not come through well" in words(result)
    assert f"{SHOWN} after 800 ms, as in none of 12 good ones" in words(result)
    assert run(good, write("fine", 1)).return_value == 0


def test_before_and_after_a_fix(write: Any) -> None:
    before, after = write("before", 3, legacy=True, failed=FAILED), write("after", 6, legacy=True)
    write("before", 3, legacy=True)
    result = run(before, after)
    assert result.return_value == 0
    assert result.stdout.startswith("runs: ")
    assert "1 gone, 0 new, 0 unchanged" in result.stdout
    assert "0 of 6 runs; at most 39 % may remain (95 %)" in words(result)
    assert "3 of 6 runs before; the difference could be chance" in words(result)
    back = run(after, before)
    assert back.return_value == 1
    assert "0 gone, 1 new, 0 unchanged" in back.stdout
    assert run(before, before).return_value == 0


def test_the_mode_can_be_chosen(write: Any) -> None:
    good, bad = write("good", 3), write("bad", 2, failed=FAILED)
    assert run(good, bad).stdout.startswith("runs: ")
    measured = run(good, bad, "--mode", "baseline")
    assert measured.stdout.count(SHOWN) == 2
    one = run(good, bad, "--mode", "pair", "--good-escrow", "good-1-1")
    assert one.stdout.count(SHOWN) == 2
    assert run(bad, bad, "--mode", "runs").return_value == 0


def test_one_file_that_holds_both(scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    scripts = scene("alone"), scene("third", failed=FAILED)
    path.write_bytes(b"".join(encode_line(script.records()) + b"\n" for script in scripts))
    result = run(path, path, "--good-escrow", "alone", "--bad-escrow", "third")
    assert result.return_value == 1
    assert result.stdout.startswith("pair: ")
    piped = run("-", path, "--good-escrow", "alone", "--bad-escrow", "third", stdin=path.read_bytes())
    assert SHOWN in piped.stdout


def test_thresholds_of_durations(write: Any) -> None:
    good, slow = write("good", 1), write("slow", 1, took={("buyer", "make_multisig", 1): 1500})
    assert "Nothing differs" not in run(good, slow).stdout
    told = run(good, slow, "--slower-ratio", "1.5")
    assert told.return_value == 0
    assert "buyer's make_multisig took 1.50 s in BAD, 800 ms in GOOD (1.9 times as long in BAD)" in words(told)
    assert "took" not in run(good, slow, "--slower-ratio", "1.5", "--slower-by", "5s").stdout


def test_json(write: Any) -> None:
    good, bad = write("good", 1), write("bad", 1, failed=FAILED)
    result = run(good, bad, "--json")
    assert result.return_value == 1
    told = json.loads(result.stdout)
    assert (told["version"], told["mode"], told["diverges"]) == (1, "pair", True)
    (pair,) = told["pairs"]
    assert pair["good"]["escrow_id"].startswith("good")
    assert pair["bad"]["outcome"] == "failure"
    assert pair["bad"]["sources"] == [str(next(bad.iterdir()))]
    assert pair["differences"][0]["step"]["role"] == "vendor"
    assert json.loads(run(good, good, "--json").stdout)["diverges"] is False
    both = json.loads(run(bad, bad, "--mode", "runs", "--json").stdout)
    assert both["runs"]["before"]["runs"] == 1
    assert both["runs"]["faults"][0]["rate"]["change"] == "unchanged"


def test_markdown(write: Any) -> None:
    result = run(write("good", 1), write("bad", 1, failed=FAILED), "--markdown")
    assert f"**{SHOWN}" in result.stdout.replace("\\", "")
    assert "| BAD |" in result.stdout


def test_what_cannot_be_read_is_told(write: Any, tmp_path: Path) -> None:
    good = write("good", 1)
    (good / "broken.json").write_text('[{"trace_id": 1, "event_type": "RPC_CALL_START"}]')
    result = run(good, good)
    assert result.return_value == 2
    assert "broken.json" in result.stderr
    assert "The two are the same" in result.stdout
    missing = run(good, tmp_path / "nowhere")
    assert missing.return_value == 2
    assert "nowhere" in missing.stderr
    assert missing.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{good}"], "Missing argument 'BAD'"),
        (["{good}", "{good}", "--mode", "all"], "is not one of"),
        (["{good}", "{good}", "--mode", "pair"], "name it with --good-escrow"),
        (["{good}", "{good}", "--bad-escrow", "x"], "there is no set-up in BAD"),
        (["{bad}", "{bad}", "--mode", "baseline"], "came through well"),
        (["-", "-"], "one of the two only"),
        (["{good}", "{good}", "--json", "--markdown"], "one form at a time"),
        (["{good}", "{good}", "--slower-by", "x"], "a number and a unit"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folders = {"good": str(write("good", 2)), "bad": str(write("bad", 1, failed=FAILED))}
    assert main(["compare", *(argument.format(**folders) for argument in arguments)]) == 2
    captured = capsys.readouterr()
    assert message in " ".join(captured.err.split())
    assert captured.out == ""


def test_colours_on_a_terminal_only(write: Any, on_a_terminal: Any) -> None:
    good, bad = write("good", 1), write("bad", 1, failed=FAILED)
    piped = subprocess.run([PROGRAM, "compare", good, bad], capture_output=True, text=True, check=False)
    assert piped.returncode == 1
    assert "\x1b" not in piped.stdout
    code, output = on_a_terminal("compare", good, bad)
    assert code == 1
    assert "\x1b[1;31m" in output
