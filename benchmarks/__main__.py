"""Run every benchmark, each in a process of its own, since the SDK's providers can be set only once in one."""

from __future__ import annotations

import subprocess
import sys

from otel_multisig._native import find

PARTS = (
    "benchmarks.call:measure_off",
    "benchmarks.call:measure_on",
    "benchmarks.instrumented:measure",
    "benchmarks.memory:measure",
    "benchmarks.live_rules:measure",
    "benchmarks.startup:measure",
    "benchmarks.snapshots:measure",
    "benchmarks.legacy:measure",
    "benchmarks.otlp:measure",
    "benchmarks.analysis:measure",
    "benchmarks.report:measure",
    "benchmarks.memory_of_conversion:measure",
)


def main() -> int:
    """Return 1 where a limit was passed."""
    # The limits of conversions are those of the compiled part.
    print("with the compiled part" if find("protobuf") else "without the compiled part", flush=True)
    failed = 0
    for part in PARTS:
        module, _, function = part.partition(":")
        code = f"import sys; from {module} import {function}; sys.exit(not {function}())"
        failed += subprocess.run([sys.executable, "-c", code], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
