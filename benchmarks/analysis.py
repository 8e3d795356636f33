"""A folder of recordings analyzed, against starting the old analyzer once a file; and the rules, against the reading.

The old analyzer is a Python script: what counts is only its start, an interpreter that imports what it imported. Beside
it stands what a script like it takes that also parses the file and prints a line an event.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from benchmarks._measure import compare, report
from benchmarks.legacy import GENUINE
from otel_multisig.diagnosis.diagnosing import diagnose
from otel_multisig.diagnosis.facts import SetupFacts
from otel_multisig.legacy import read
from otel_multisig.sources import open_sources, read_setups

FILES = 10_000
TIMES = 100
COMMAND = Path(sys.executable).with_name("otel-multisig")
APART_MS = 120_000
FAILED_OF = 10
RULES_LIMIT_SECONDS = 0.0001

START = "import argparse, collections, datetime, json, sys"
SCRIPT = f"""{START}
events = json.load(open(sys.argv[1]))
for event in events:
    time = datetime.datetime.fromtimestamp(event["timestamp"] / 1000)
    details = event["details"]
    print(time, event["role"], event["event_type"], event.get("rpc_port"), details.get("method", ""))
"""


def make(folder: Path, number_of_files: int) -> None:
    """Write recordings of set-ups that follow each other on the same ports; of ten of them one failed."""
    paths = sorted(GENUINE.glob("escrow_*.json"))
    failed = [path.read_bytes() for path in paths if "_FAILED" in path.name]
    whole = [path.read_bytes() for path in paths if "_FAILED" not in path.name]
    for number in range(number_of_files):
        broken = number % FAILED_OF == FAILED_OF - 1
        kind = failed if broken else whole
        events = orjson.loads(kind[number // FAILED_OF % len(kind)])
        begun = events[0]["timestamp"]
        escrow_id = f"{number:08x}-2222-4333-8444-555555555555"
        later = 1_790_000_000_000 + number * APART_MS - begun
        for event in events:
            _move(event, f"{escrow_id}-{begun + later}", escrow_id, later)
        name = f"escrow_{escrow_id}{'_FAILED' if broken else ''}.json"
        (folder / name).write_bytes(orjson.dumps(events, option=orjson.OPT_INDENT_2))


def _move(event: dict[str, Any], setup_id: str, escrow_id: str, later: int) -> None:
    """Make an event one of another set-up, so many milliseconds later."""
    event["trace_id"] = setup_id
    event["timestamp"] += later
    details = event["details"]
    if "timestamp" in details:
        details["timestamp"] += later
    if "address_hash" in details:
        # Wallets of its own: an address that many set-ups share would mean something.
        details["address_hash"] = sha256(f"{details['address_hash']} {setup_id}".encode()).hexdigest()
    if "context" in details:
        details["context"]["escrow_id"] = escrow_id
        details["context"].pop("timestamp", None)


def run(*command: str) -> float:
    """The seconds that a command takes, on one core."""
    core = min(os.sched_getaffinity(0))
    started = perf_counter()
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    taken = perf_counter() - started
    # Some of the set-ups failed, and that is said by the exit code.
    if done.returncode not in {0, 1}:
        sys.exit(done.stderr.decode())
    return taken


def measure_folder(number_of_files: int = FILES) -> bool:
    """The whole command on a folder, against starts of the old analyzer in between."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, number_of_files)
        one = str(next(folder.glob("*.json")))
        ratios, ours, starts, scripts = [], [], [], []
        for _ in range(3):
            before = [run(sys.executable, "-c", START) for _ in range(15)]
            ours.append(run(str(COMMAND), "analyze", name) / number_of_files)
            after = [run(sys.executable, "-c", START) for _ in range(15)]
            starts.append(statistics.median(before + after))
            scripts.append(statistics.median(run(sys.executable, "-c", SCRIPT, one) for _ in range(15)))
            ratios.append(ours[-1] / starts[-1])
    mine, start, script = (statistics.median(values) for values in (ours, starts, scripts))
    detail = (
        f"{mine * 1e3:.2f} ms a file of {number_of_files:,}, its start {start * 1e3:.0f} ms ({start / mine:.0f}x),"
        f" a script that parses and prints {script * 1e3:.0f} ms ({script / mine:.0f}x)"
    )
    return report(
        f"analyze {TIMES} recordings / start the old analyzer", statistics.median(ratios) * TIMES, 1.0, detail
    )


def measure_rules() -> bool:
    """Of one set-up that came through and one that failed: what the rules see, and the rules, against the reading."""
    kept = True
    failed = min(GENUINE.glob("escrow_*_FAILED.json")).read_bytes()
    whole = min(path for path in GENUINE.glob("escrow_*.json") if "_FAILED" not in path.name).read_bytes()
    with tempfile.TemporaryDirectory() as name:
        for title, data in (("whole", whole), ("failed", failed)):
            path = Path(name) / f"escrow_{title}.json"
            path.write_bytes(data)
            sources = open_sources([str(path)])
            trace = read(data).traces[0]
            facts = SetupFacts.of(trace)
            # Bound now: the names change with the next turn.
            reading = lambda here=sources: list(read_setups(here))  # noqa: E731
            seeing = lambda seen=trace: SetupFacts.of(type(seen)(seen.escrow_id, seen.setup_id, seen.spans))  # noqa: E731
            judging = lambda seen=facts: diagnose([seen])  # noqa: E731
            ratio = compare(seeing, reading, number=200)
            report(
                f"facts of a set-up, {title} / reading its recording", ratio.ratio, None, f"{ratio.ours * 1e6:.0f} us"
            )
            ratio = compare(judging, reading, number=200)
            detail = f"{ratio.ours * 1e6:.0f} us, reading {ratio.theirs * 1e6:.0f} us"
            report(f"rules of a set-up, {title} / reading its recording", ratio.ratio, None, detail)
            kept &= report(f"rules of a set-up, {title} / 0.1 ms", ratio.ours / RULES_LIMIT_SECONDS, 1.0, detail)
    return kept


def measure() -> bool:
    """Print both; true where they keep their limits."""
    kept = measure_rules()
    return measure_folder() and kept


if __name__ == "__main__":
    sys.exit(0 if measure() else 1)
