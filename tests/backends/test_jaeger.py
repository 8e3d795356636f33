"""The demo's set-ups in a real Jaeger: what is sent is what comes back."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from otel_multisig.legacy import encode, legacy_events
from otel_multisig.model import EscrowTrace, assemble
from otel_multisig.otlp import decode


def read_file(path: Path) -> dict[str, EscrowTrace]:
    records = (record for line in path.read_bytes().splitlines() for record in decode(line))
    return {trace.setup_id: trace for trace in assemble(records).traces}


def test_what_the_demo_sends_comes_back(jaeger: Any, tmp_path: Path) -> None:
    endpoint = jaeger.grpc.replace("grpc:", "http:")
    done = subprocess.run(
        [Path(sys.executable).with_name("otel-multisig"), "demo", "--wallets", "simulated"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_METRICS_EXPORTER": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"also sending to {endpoint}" in done.stdout
    assert done.stderr == ""

    sent = read_file(tmp_path / "demo-output" / "traces.otlp.jsonl")
    assert len(sent) == 4
    for setup_id, trace in sent.items():
        with urllib.request.urlopen(f"{jaeger.query}/api/v3/traces/{trace.trace_id}", timeout=10) as answer:
            stored = json.loads(answer.read())["result"]
        (found,) = assemble(decode(json.dumps(stored).encode())).traces
        assert found.setup_id == setup_id
        assert found.outcome == trace.outcome
        # Jaeger sorts attributes and events and mends times; what is left must make the same recording.
        assert encode(legacy_events(found)) == encode(legacy_events(trace))
