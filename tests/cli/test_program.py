from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from otel_multisig import __version__
from otel_multisig.cli import main
from otel_multisig.cli.program import cli

PROGRAM = str(Path(sys.executable).parent / "otel-multisig")


def test_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_MULTISIG_NATIVE", "0")
    result = CliRunner().invoke(cli, ["--version"])
    assert result.output == f"otel-multisig {__version__}\n"
    assert result.exit_code == 0


def test_the_version_says_whether_the_compiled_part_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_multisig._native.find", lambda _name: object())
    assert CliRunner().invoke(cli, ["--version"]).output == f"otel-multisig {__version__}, with its compiled part\n"


def test_help_shows_commands_and_examples() -> None:
    for flag in ("--help", "-h"):
        result = CliRunner().invoke(cli, [flag])
        assert result.exit_code == 0
        assert "Examples:" in result.output
        for command in ("completion", "demo", "export-json"):
            assert f"\n  {command} " in result.output


def test_help_imports_no_command() -> None:
    program = (
        "import sys; from otel_multisig.cli import main; main(['--help']); main(['--version']);"
        "print([name for name in ('rich', 'opentelemetry', 'msgspec', 'importlib.metadata') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "No such command 'nope'"),
        (["--nope"], "No such option"),
        (["export-json"], "Missing argument 'SOURCE...'"),
        (["export-json", "x", "--stdout", "--force"], "--stdout goes with neither"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
    ],
)
def test_wrong_use_exits_with_2_and_says_what_is_wrong(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(("shell", "word"), [("bash", "complete"), ("zsh", "compdef"), ("fish", "function")])
def test_completion_scripts(shell: str, word: str) -> None:
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert word in result.output
    assert "_OTEL_MULTISIG_COMPLETE" in result.output


def test_completion_completes() -> None:
    environment = os.environ | {
        "_OTEL_MULTISIG_COMPLETE": "bash_complete",
        "COMP_WORDS": "otel-multisig ex",
        "COMP_CWORD": "1",
    }
    done = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "plain,export-json"


def test_an_interrupted_command_exits_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("otel_multisig.cli._opening.open_sources", interrupt)
    assert main(["export-json", str(tmp_path)]) == 130
    assert capsys.readouterr().err.split() == ["interrupted"]


def test_an_error_of_the_system_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("otel_multisig.cli._opening.open_sources", fail)
    assert main(["export-json", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "error: [Errno 5] Input/output error\n"


def test_a_command_that_ends_well_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    assert main(["--version"]) == 0
    assert capsys.readouterr().err == ""
