"""The demo's set-ups in a real Jaeger: what is sent is what comes back."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from otel_multisig.legacy import encode, legacy_events
from otel_multisig.model import EscrowTrace, assemble
from otel_multisig.otlp import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFIGURATION = """
extensions:
  jaeger_storage: {{backends: {{memory: {{memory: {{max_traces: 1000}}}}}}}}
  jaeger_query:
    storage: {{traces: memory}}
    http: {{endpoint: "127.0.0.1:{query}"}}
    grpc: {{endpoint: "127.0.0.1:{query_grpc}"}}
receivers:
  otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{otlp}"}}}}}}
exporters:
  jaeger_storage_exporter: {{trace_storage: memory}}
service:
  extensions: [jaeger_storage, jaeger_query]
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}
"""


class Jaeger(NamedTuple):
    otlp: str
    query: str


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except (OSError, urllib.error.URLError):
        return False


@pytest.fixture(scope="module")
def jaeger(require_server: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    program = require_server("jaeger")
    query, query_grpc, otlp = free_ports(3)
    folder = tmp_path_factory.mktemp("jaeger")
    configuration = folder / "jaeger.yaml"
    configuration.write_text(CONFIGURATION.format(query=query, query_grpc=query_grpc, otlp=otlp))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([program, "--config", configuration], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{query}/api/v3/services"):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
            time.sleep(0.05)
        yield Jaeger(f"http://127.0.0.1:{otlp}", f"http://127.0.0.1:{query}")
    finally:
        process.terminate()
        process.wait(30)


def read_file(path: Path) -> dict[str, EscrowTrace]:
    records = (record for line in path.read_bytes().splitlines() for record in decode(line))
    return {trace.setup_id: trace for trace in assemble(records).traces}


def test_what_the_demo_sends_comes_back(jaeger: Jaeger, tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("otel-multisig"), "demo", "--wallets", "simulated"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "OTEL_EXPORTER_OTLP_ENDPOINT": jaeger.otlp, "OTEL_METRICS_EXPORTER": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"also sending to {jaeger.otlp}" in done.stdout
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
