"""The peak of resident memory while a large OTLP JSON Lines file becomes legacy files, and how fast the first is there.

``python -m benchmarks.memory_of_conversion [SETUPS] [plain|gzip|zstd|stdin]``: 35,000 (1.6 GB; all of them are open at
once) unless told otherwise. Temporary files take about as much again.
"""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.otlp import Recording, batches
from otel_multisig.otlp import encode_line

LIMIT_MB = 300


def make(path: Path, number_of_setups: int) -> None:
    """Write the file: first the first round of every set-up, in the end the roots, each group shuffled."""
    groups = [path.with_suffix(f".{group}") for group in range(4)]
    files = [group.open("wb") for group in groups]
    shuffle = random.Random(7)
    for start in range(0, number_of_setups, 1000):
        numbers = range(start, min(start + 1000, number_of_setups))
        parts = [[encode_line(batch) for batch in batches(Recording(number).record())] for number in numbers]
        shuffle.shuffle(parts)
        for place, file in enumerate(files):
            file.writelines(part[place] + b"\n" for part in parts)
    for file in files:
        file.close()
    with path.open("wb") as whole:
        for group in groups:
            with group.open("rb") as part:
                while data := part.read(1 << 20):
                    whole.write(data)
            group.unlink()


def convert(path: str) -> None:
    """In a process of its own: the conversion, and what it took."""
    from otel_multisig.legacy import encode, legacy_events
    from otel_multisig.sources import Problem, open_sources
    from otel_multisig.sources.gathering import Gathering

    started = time.perf_counter()
    first = 0.0
    number = size = 0
    for found in Gathering(open_sources([path])):
        if isinstance(found, Problem):
            sys.exit(str(found))
        size += len(encode(legacy_events(found.trace)))
        number += 1
        first = first or time.perf_counter() - started
    # Not getrusage: its peak is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000
    print(number, size, f"{peak:.0f}", f"{time.perf_counter() - started:.1f}", f"{first:.2f}")


def measure(number_of_setups: int = 1500, how: str = "plain") -> bool:
    """Print the peak; true where it keeps the limit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traces.jsonl"
        make(path, number_of_setups)
        size = path.stat().st_size
        if how == "gzip":
            path.write_bytes(gzip.compress(path.read_bytes(), 1))
        elif how == "zstd":
            import zstandard

            path.write_bytes(zstandard.compress(path.read_bytes()))
        argument = "-" if how == "stdin" else str(path)
        with path.open("rb") as stream:
            code = f"from benchmarks.memory_of_conversion import convert; convert({argument!r})"
            done = subprocess.run(
                [sys.executable, "-c", code], stdin=stream, stdout=subprocess.PIPE, text=True, check=True
            )
    number, written, peak, seconds, first = done.stdout.split()
    kept = float(peak) <= LIMIT_MB and int(number) == number_of_setups
    print(
        f"{size / 1e6:.0f} MB of OTLP JSON ({how}), {number} set-ups, {int(written) / 1e6:.0f} MB of legacy JSON:"
        f" peak {peak} MB (at most {LIMIT_MB}) {'ok' if kept else 'TOO MUCH'}, {seconds} s, first after {first} s"
    )
    return kept


if __name__ == "__main__":
    arguments = sys.argv[1:]
    ok = measure(int(arguments[0]) if arguments else 35_000, *arguments[1:2])
    sys.exit(0 if ok else 1)
