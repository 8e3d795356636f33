from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

PROGRAM = str(Path(sys.executable).parent / "otel-multisig")


@pytest.fixture(scope="session")
def made(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """Legacy recordings, and how to make them."""
    return load_module(Path(__file__).parent / "recordings.py")


@pytest.fixture
def write_events(tmp_path: Path) -> Callable[..., Path]:
    """Writes events as a legacy recording."""

    def write(events: Any, name: str = "escrow_escrow-1.json") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(events, indent=2))
        return path

    return write


@pytest.fixture
def analyze(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`analyze` in this process: its exit code and what it wrote."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["analyze", *map(str, arguments)])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def on_a_terminal() -> Callable[..., tuple[int, str]]:
    """The program with a terminal of 80 columns: its exit code and what it writes there."""

    def run(*arguments: str | Path, **environment: str) -> tuple[int, str]:
        leader, follower = pty.openpty()
        known = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "COLUMNS", "FORCE_COLOR"}}
        with subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            stdout=follower,
            stderr=subprocess.DEVNULL,
            env=known | {"TERM": "xterm-256color", "COLUMNS": "80"} | environment,
        ) as process:
            os.close(follower)
            read = b""
            try:
                while piece := os.read(leader, 65_536):
                    read += piece
            except OSError:  # what Linux says when the other side is closed
                pass
        os.close(leader)
        return process.returncode, read.decode()

    return run
