"""What real servers write and answer now; tests/data/otlp holds what they did once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from otel_multisig.legacy import encode, legacy_events
from otel_multisig.model import EscrowTrace, ResourceRecord, ScopeRecord, SpanRecord, assemble
from otel_multisig.sources import Gathered, Gathering, StreamSource, load, open_sources
from tests.running.programs import Server, free_ports, get, post, wait_until
from tests.running.spans import send

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

COLLECTOR = """
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}
exporters:
  file/1: {{path: json.out}}
  file/2: {{path: json_zstd.out, compression: zstd}}
  file/3: {{path: proto.out, format: proto}}
  file/4: {{path: proto_zstd.out, format: proto, compression: zstd}}
  file/5: {{path: rotated/traces.json, rotation: {{max_megabytes: 1}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [file/1, file/2, file/3, file/4, file/5]}}
"""
JAEGER = """
extensions:
  jaeger_storage: {{backends: {{memory: {{memory: {{max_traces: 1000}}}}}}}}
  jaeger_query:
    storage: {{traces: memory}}
    http: {{endpoint: "127.0.0.1:{http}"}}
    grpc: {{endpoint: "127.0.0.1:{grpc}"}}
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}
exporters:
  jaeger_storage_exporter: {{trace_storage: memory}}
service:
  extensions: [jaeger_storage, jaeger_query]
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}
"""
TEMPO = """
target: all
server:
  http_listen_address: 127.0.0.1
  http_listen_port: {http}
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: {grpc}
distributor: {{receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}}}}}
storage: {{trace: {{backend: local, local: {{path: blocks}}, wal: {{path: wal}}}}}}
query_frontend: {{query_end_cutoff: 0s}}
live_store: {{fail_on_high_lag: false}}
"""


def takes(otlp: str) -> bool:
    """Whether it takes an export request, an empty one."""
    try:
        post(f"{otlp}/v1/traces", b"{}", "application/json")
    except OSError:
        return False
    return True


def running(command: list[str | Path], folder: Path, otlp: str) -> Server:
    return Server(command, {}, folder, lambda: takes(otlp))


def records_of(script: Any, number: int) -> list[SpanRecord]:
    resource, scope = ResourceRecord({"service.name": "escrow"}), ScopeRecord("otel_multisig", "1")
    return [
        msgspec.structs.replace(record, trace_id=f"{number + 1:032x}", resource=resource, scope=scope)
        for record in script.records()
    ]


def recording(trace: EscrowTrace) -> bytes:
    return encode(legacy_events(trace))


def test_every_layout_of_the_collectors_file_exporter_is_read(
    require_server: Callable[[str], Path], setups: ModuleType, tmp_path: Path
) -> None:
    program = require_server("otelcol-multisig")
    (otlp,) = free_ports(1)
    (tmp_path / "rotated").mkdir()
    (tmp_path / "config.yaml").write_text(COLLECTOR.format(otlp=otlp))
    sent = [records_of(setups.healthy(f"e{number}", setups.START_MS + number), number) for number in range(60)]
    url = f"http://127.0.0.1:{otlp}"
    with running([program, "--config", "config.yaml"], tmp_path, url) as collector:
        for records in sent:
            send(url, records)
        collector.end()  # it writes what it holds
    expected = assemble(record for records in sent for record in records).traces
    assert len(list((tmp_path / "rotated").iterdir())) > 1
    for name in ("json.out", "json_zstd.out", "proto.out", "proto_zstd.out", "rotated"):
        loaded = load(open_sources([str(tmp_path / name)]))
        assert loaded.problems == ()
        assert loaded.traces == expected, name
        gathered = [
            entry.trace for entry in Gathering(open_sources([str(tmp_path / name)])) if isinstance(entry, Gathered)
        ]
        assert tuple(gathered) == expected


@pytest.mark.parametrize(
    ("server", "configuration", "option", "answers"),
    [
        (
            "jaeger",
            JAEGER,
            "--config=config.yaml",
            [("/api/traces/{id}", ""), ("/api/v3/traces/{id}", ""), ("/api/v3/traces/{id}?rawTraces=true", "")],
        ),
        (
            "tempo",
            TEMPO,
            "-config.file=config.yaml",
            [
                (f"/api/{version}traces/{{id}}", accept)
                for version in ("", "v2/")
                for accept in ("application/json", "application/protobuf")
            ],
        ),
    ],
    ids=["jaeger", "tempo"],
)
def test_every_answer_of_a_backend_is_read(
    require_server: Callable[[str], Path],
    setups: ModuleType,
    tmp_path: Path,
    server: str,
    configuration: str,
    option: str,
    answers: list[tuple[str, str]],
) -> None:
    program = require_server(server)
    http, grpc, otlp = free_ports(3)
    (tmp_path / "config.yaml").write_text(configuration.format(http=http, grpc=grpc, otlp=otlp))
    records = records_of(setups.failing(), 7)
    (trace,) = assemble(records).traces
    otlp_url = f"http://127.0.0.1:{otlp}"
    with running([program, option], tmp_path, otlp_url):
        send(otlp_url, records)
        for path, accept in answers:
            url = f"http://127.0.0.1:{http}{path.format(id=trace.trace_id)}"
            (found,) = _wait_for(url, accept)
            assert recording(found) == recording(trace), url
            assert found.trace_id == trace.trace_id


def _wait_for(url: str, accept: str) -> tuple[EscrowTrace, ...]:
    """The set-ups of an answer; a backend may need a moment to show what it took."""
    found: tuple[EscrowTrace, ...] = ()

    def is_there() -> bool:
        nonlocal found
        try:
            data = get(url, accept or "*/*")
        except OSError:
            return False
        loaded = load([StreamSource(io.BytesIO(data))])
        if loaded.traces:
            assert loaded.problems == ()
        found = loaded.traces
        return bool(found)

    assert wait_until(is_there), url
    return found
