"""Start of the command line, against the import of click alone. Absolute, since the limit is: at most 60 ms over it."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from benchmarks._measure import report

LIMIT_SECONDS = 0.060
COMMAND = Path(sys.executable).with_name("otel-multisig")


def run(*command: str) -> float:
    started = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - started


def measure() -> bool:
    """Run both in turn; the difference is taken pair by pair."""
    pairs = [(run(str(COMMAND), "--version"), run(sys.executable, "-c", "import click")) for _ in range(12)]
    over = statistics.median(ours - theirs for ours, theirs in pairs[2:])
    detail = f"{over * 1e3:.0f} ms over `python -c 'import click'`"
    return report("otel-multisig --version above import click / 60 ms", over / LIMIT_SECONDS, 1.0, detail)


if __name__ == "__main__":
    measure()
