"""Chosen by name, as ``opentelemetry-instrument`` and the SDK's own configuration do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from otel_multisig_exporter_legacy_json import LegacyJsonSpanExporter

_PROGRAM = """
from opentelemetry import trace
from otel_multisig.semconv import attributes as attr, spans, upstream

tracer = trace.get_tracer("program")
common = {attr.MONERO_ESCROW_ID: "e", attr.MONERO_SETUP_ID: "e-1795294917947"}

def start(name, sequence, **more):
    return tracer.start_as_current_span(name, attributes={**common, attr.MONERO_SETUP_SEQUENCE: sequence, **more})

with start(spans.SETUP, 1, **{attr.MONERO_SETUP_END_SEQUENCE: 4, attr.MONERO_ESCROW_OUTCOME: "success"}):
    with start("make_multisig", 2, **{attr.MONERO_SETUP_END_SEQUENCE: 3, upstream.RPC_METHOD: "make_multisig"}):
        pass
"""


def test_the_exporter_is_found_by_its_name() -> None:
    (entry,) = entry_points(group="opentelemetry_traces_exporter", name="multisig_json")
    assert entry.load() is LegacyJsonSpanExporter


def test_it_is_built_without_arguments_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_MULTISIG_JSON_DIR", str(tmp_path / "there"))
    monkeypatch.setenv("OTEL_MULTISIG_JSON_MODE", "0640")
    exporter = LegacyJsonSpanExporter()
    assert exporter._path == tmp_path / "there"
    assert exporter._mode == 0o640


@pytest.mark.parametrize("exporters", ["multisig_json", "console,multisig_json"])
def test_under_opentelemetry_instrument(exporters: str, tmp_path: Path) -> None:
    program = shutil.which("opentelemetry-instrument", path=str(Path(sys.executable).parent))
    assert program, "opentelemetry-distro is one of the test requirements"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    environment |= {
        "OTEL_TRACES_EXPORTER": exporters,
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_MULTISIG_JSON_DIR": str(tmp_path),
    }
    (tmp_path / "program.py").write_text(_PROGRAM)
    done = subprocess.run(
        [program, sys.executable, str(tmp_path / "program.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    recording = json.loads((tmp_path / "escrow_e.json").read_bytes())
    assert [event["event_type"] for event in recording] == ["RPC_CALL_START", "RPC_CALL_END"]
    assert ("make_multisig" in done.stdout) is exporters.startswith("console")
