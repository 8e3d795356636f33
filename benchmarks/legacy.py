"""Legacy recordings read and written, against the cost of just parsing the same bytes with orjson.

On genuine recordings where they are in the tree: set-ups that failed; the one that came through is made of the same
kind of events, 45 of them.
"""

from __future__ import annotations

from pathlib import Path

import orjson

from benchmarks._measure import compare, report
from otel_multisig.legacy import read, write
from otel_multisig.model import EscrowTrace

GENUINE = Path(__file__).parents[1] / "tests" / "data" / "legacy"
READ_LIMIT = 1.5
POINTS = {
    1: ("SNAPSHOT_PRE_ROUND1", ("prepare_multisig", "make_multisig"), "SNAPSHOT_POST_MAKE_MULTISIG"),
    2: ("SNAPSHOT_PRE_ROUND2", ("exchange_multisig_keys",), "SNAPSHOT_POST_EXPORT_MULTISIG"),
    3: ("SNAPSHOT_PRE_ROUND3", ("exchange_multisig_keys",), "SNAPSHOT_POST_IMPORT_MULTISIG"),
}


def healthy() -> bytes:
    """The 45 events of a whole set-up, after the shape of the genuine snapshots and calls."""
    sample = orjson.loads(next(GENUINE.glob("escrow_278*.json")).read_bytes())
    snapshot = next(event for event in sample if event["event_type"].startswith("SNAPSHOT"))
    start, end = (next(e for e in sample if e["event_type"] == f"RPC_CALL_{part}") for part in ("START", "END"))
    now = snapshot["timestamp"]
    recording = []

    def add(event: dict[str, object], kind: str, role: str, port: int, details: dict[str, object]) -> None:
        changed = {**event, "event_type": kind, "role": role, "timestamp": now}
        if "rpc_port" in event:
            changed["rpc_port"] = port
        changed["details"] = {**event["details"], **details}
        recording.append(changed)

    def snap(kind: str, role: str, port: int) -> None:
        add(snapshot, kind, role, port, {"role": role, "rpc_port": port, "timestamp": now})

    roles = {"buyer": 18082, "vendor": 18083, "arbiter": 18084}
    for before, methods, after in POINTS.values():
        for role, port in roles.items():
            snap(before, role, port)
        for method in methods:
            for role, port in roles.items():
                add(start, "RPC_CALL_START", role, port, {"method": method, "timestamp": now})
                now += 583
                add(end, "RPC_CALL_END", role, port, {"method": method, "duration_ms": 582})
                if method == methods[-1]:
                    snap(after, role, port)
    for role, port in roles.items():
        snap("SNAPSHOT_FINAL", role, port)
    return orjson.dumps(recording, option=orjson.OPT_INDENT_2)


def measure() -> bool:
    """Read and write, each against parsing the same bytes."""
    kept = True
    failed = [path.read_bytes() for path in sorted(GENUINE.glob("escrow_*_FAILED.json"))]
    for name, recordings in (("whole", [healthy()]), ("failed", failed)):
        parsing = lambda files=recordings: [orjson.loads(data) for data in files]  # noqa: E731
        ratio = compare(lambda files=recordings: [read(data) for data in files], parsing, number=40)
        detail = f"{ratio.ours * 1e6:.0f} us, parsing {ratio.theirs * 1e6:.0f} us"
        kept &= report(f"legacy JSON to model, {name} / orjson.loads", ratio.ratio, READ_LIMIT, detail)
        traces = [read(data).traces[0] for data in recordings]
        ratio = compare(lambda found=traces: [_write(trace) for trace in found], parsing, number=40)
        report(f"model to legacy JSON, {name} / orjson.loads", ratio.ratio, None, f"{ratio.ours * 1e6:.0f} us")
    return kept


def _write(trace: EscrowTrace) -> bytes:
    # A new one each time: a trace remembers its timeline.
    return write(EscrowTrace(trace.escrow_id, trace.setup_id, trace.spans)).data


if __name__ == "__main__":
    measure()
