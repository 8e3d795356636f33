"""The public API is typed for those who use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_mypy_strict_accepts_the_public_api_and_refuses_what_is_wrong() -> None:
    file = Path(__file__).parent / "typing_api.py"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=file.parents[2],
        timeout=300,
    )
    assert (done.stdout.strip(), done.stderr) == ("Success: no issues found in 1 source file", "")
