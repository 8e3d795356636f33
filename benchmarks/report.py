"""The HTML page of 200 set-ups: reading, judging and writing it, against plain parsing; and the whole command."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import orjson

from benchmarks._measure import compare, report
from benchmarks.analysis import make
from otel_multisig.diagnosis import SetupFacts, diagnose
from otel_multisig.report.html import Reported, render_page
from otel_multisig.sources import Problem, open_sources, read_setups

SETUPS = 200
LIMIT_SECONDS = 3.0
ROUNDS = 5
COMMAND = Path(sys.executable).with_name("otel-multisig")


def parse(folder: Path) -> int:
    """What a script would do first: all files, as JSON."""
    return sum(len(orjson.loads(path.read_bytes())) for path in folder.iterdir())


def make_page(folder: Path) -> bytes:
    """The page of a folder."""
    found = [one for one in read_setups(open_sources([str(folder)])) if not isinstance(one, Problem)]
    diagnoses = diagnose([SetupFacts.of(one.trace) for one in found])
    return render_page(
        [Reported(one.trace, diagnosis, one.origins) for one, diagnosis in zip(found, diagnoses, strict=True)]
    )


def run(folder: Path) -> float:
    """The seconds that the whole command takes."""
    out = folder.parent / "report.html"
    started = perf_counter()
    done = subprocess.run([COMMAND, "report", folder, "--out", out, "--force"], check=False, capture_output=True)
    taken = perf_counter() - started
    # Some of the set-ups failed, and that is said by the exit code.
    if done.returncode not in {0, 1}:
        sys.exit(done.stderr.decode())
    return taken


def measure() -> bool:
    """Return whether the limit was kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "recordings"
        folder.mkdir()
        make(folder, SETUPS)
        ratio = compare(lambda: make_page(folder), lambda: parse(folder), number=1, rounds=ROUNDS)
        size = len(make_page(folder))
        seconds = statistics.median(run(folder) for _ in range(ROUNDS))
    detail = f"{ratio.ours * 1e3:.0f} ms, parsing {ratio.theirs * 1e3:.0f} ms; {size / 1e3:.0f} kB"
    report(f"page of {SETUPS} set-ups / parsing their files with orjson", ratio.ratio, None, detail)
    return report(
        f"report of {SETUPS} set-ups / {LIMIT_SECONDS:g} s", seconds / LIMIT_SECONDS, 1.0, f"{seconds:.2f} s in all"
    )
