"""`otel-multisig analyze` on a real Jaeger: the verdicts are those of the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.running.spans import send

if TYPE_CHECKING:
    from types import ModuleType

    import pytest

PROGRAM = Path(sys.executable).with_name("otel-multisig")


def verdicts(folder: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [PROGRAM, "analyze", *arguments, "--json"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    return {setup["setup_id"]: setup["verdict"] for setup in json.loads(done.stdout)["setups"]}


def test_a_backend_is_judged_as_the_file_is(jaeger: Any, tmp_path: Path) -> None:
    endpoint = jaeger.grpc.replace("grpc:", "http:")
    subprocess.run(
        [PROGRAM, "demo", "--wallets", "simulated"],
        cwd=tmp_path,
        env=os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_METRICS_EXPORTER": "none"},
        capture_output=True,
        check=True,
    )
    of_file = verdicts(tmp_path, "demo-output/traces.otlp.jsonl", "--failed")
    of_backend = verdicts(tmp_path, jaeger.query, "--failed")
    # The server is shared by tests.
    found = {setup_id: of_backend[setup_id] for setup_id in of_file}
    for verdict in (*of_file.values(), *found.values()):
        del verdict["remedy"]
    assert of_file == found
    assert [verdict for verdict in of_file.values() if verdict["interfering"]]


def test_the_address_of_the_trace_is_told(
    jaeger: Any, tempo: Any, setups: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    trace_id = uuid.uuid4().hex
    setup = setups.failing(str(uuid.uuid4()), time.time_ns() // 10**6 - 5000)
    records = [replace(record, trace_id=trace_id) for record in setup.records()]
    for backend, path in ((jaeger, "/trace/"), (tempo, "/api/v2/traces/")):
        send(backend.http, records)
        done = subprocess.run(
            [PROGRAM, "analyze", backend.query + "/", "--trace-id", trace_id],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("  trace ")]
        address = line.split()[1]
        assert address == f"{backend.query}{path}{trace_id}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert answer.status == 200
