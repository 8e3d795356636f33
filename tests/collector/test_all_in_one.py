"""all-in-one.yaml with the backends' own files: the demo's set-ups in Jaeger, Tempo, Prometheus and a file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from msgspec.structs import replace

from otel_multisig.model.records import NO_RESOURCE, NO_SCOPE
from otel_multisig.otlp import decode, encode_protobuf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@pytest.fixture
def run_server(tmp_path: Path, support: Any) -> Iterator[Callable[..., Any]]:
    running = []

    def run(command: list[Any], env: Mapping[str, str], ready: str) -> Any:
        folder = tmp_path / f"server-{len(running)}"
        folder.mkdir()
        server = support.Server(command, env, folder, ready)
        running.append(server)
        server.launch()
        return server

    yield run
    for server in running:
        server.kill()


@pytest.fixture
def jaeger(require_server: Any, run_server: Any, support: Any) -> Any:
    program = require_server("jaeger")
    health, query, grpc, otlp, metrics = support.free_ports(5)
    env = {
        "JAEGER_HEALTH_PORT": health,
        "JAEGER_QUERY_PORT": query,
        "JAEGER_QUERY_GRPC_PORT": grpc,
        "JAEGER_OTLP_PORT": otlp,
        "JAEGER_METRICS_PORT": metrics,
    }
    env = {key: str(value) for key, value in env.items()}
    server = run_server(
        [program, "--config", support.BACKENDS / "jaeger.yaml"], env, f"http://127.0.0.1:{query}/api/v3/services"
    )
    server.query, server.otlp, server.metrics = f"http://127.0.0.1:{query}", f"127.0.0.1:{otlp}", f"127.0.0.1:{metrics}"
    return server


@pytest.fixture
def tempo(require_server: Any, run_server: Any, support: Any) -> Any:
    program = require_server("tempo")
    query, grpc, otlp = support.free_ports(3)
    env = {"TEMPO_QUERY_PORT": str(query), "TEMPO_GRPC_PORT": str(grpc), "TEMPO_OTLP_PORT": str(otlp)}
    command = [program, f"-config.file={support.BACKENDS / 'tempo.yaml'}", "-config.expand-env=true"]
    server = run_server(command, env, f"http://127.0.0.1:{query}/ready")
    server.query, server.otlp, server.metrics = f"http://127.0.0.1:{query}", f"127.0.0.1:{otlp}", f"127.0.0.1:{query}"
    return server


@pytest.fixture
def alertmanager(require_server: Any, run_server: Any, support: Any) -> Any:
    program = require_server("alertmanager")
    (port,) = support.free_ports(1)
    server = run_server(
        [
            program,
            f"--config.file={support.BACKENDS / 'alertmanager.yaml'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--storage.path=data",
        ],
        {},
        f"http://127.0.0.1:{port}/-/ready",
    )
    server.metrics = f"127.0.0.1:{port}"
    return server


@pytest.fixture
def start_prometheus(require_server: Any, run_server: Any, support: Any, tmp_path: Path) -> Callable[..., Any]:
    program = require_server("prometheus")

    def start(**targets: str) -> Any:
        """With prometheus.yaml as it is, but for the pace; and target files of its own."""
        (port,) = support.free_ports(1)
        folder = tmp_path / "prometheus"
        (folder / "targets").mkdir(parents=True)
        text = (support.BACKENDS / "prometheus.yaml").read_text()
        assert text.count(": 15s") == 2
        (folder / "prometheus.yaml").write_text(text.replace(": 15s", ": 1s"))
        for job, target in (targets | {"prometheus": f"127.0.0.1:{port}"}).items():
            (folder / "targets" / f"{job}.yaml").write_text(yaml.safe_dump([{"targets": [target]}]))
        server = run_server(
            [
                program,
                f"--config.file={folder / 'prometheus.yaml'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--storage.tsdb.path=data",
                "--enable-feature=exemplar-storage",
            ],
            {},
            f"http://127.0.0.1:{port}/-/ready",
        )
        server.url = f"http://127.0.0.1:{port}"
        return server

    return start


def run_demo(folder: Path, endpoint: str) -> Path:
    """The demo in a process of its own; gives the file of what it sent."""
    done = subprocess.run(
        [Path(sys.executable).with_name("otel-multisig"), "demo", "--wallets", "simulated"],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder / "demo-output" / "traces.otlp.jsonl"


def read_lines(path: Path, support: Any) -> dict[tuple[str, str], Any]:
    return support.by_id([record for line in path.read_bytes().splitlines() for record in decode(line)])


def alike(record: Any) -> Any:
    """What every backend must give back: all but how a span was packed, and the order of its events."""
    events = sorted(record.events, key=lambda event: (event.time_unix_nano, repr(sorted(event.attributes.items()))))
    return replace(record, resource=NO_RESOURCE, scope=NO_SCOPE, events=tuple(events), flags=0)


def check_backend(fetch: Callable[[str], bytes], sent: dict[tuple[str, str], Any], support: Any) -> None:
    """Every span, event and attribute is there."""
    for trace_id in {trace_id for trace_id, _ in sent}:
        wanted = {key: alike(record) for key, record in sent.items() if key[0] == trace_id}

        def found(trace_id: str = trace_id) -> Any:
            return {key: alike(record) for key, record in support.by_id(decode(fetch(trace_id))).items()}

        support.wait_until(lambda: found().keys() == wanted.keys())  # noqa: B023 - called here and now
        assert found() == wanted


def jaeger_trace(query: str, support: Any) -> Callable[[str], bytes]:
    def fetch(trace_id: str) -> bytes:
        try:
            stored = json.loads(support.get(f"{query}/api/v3/traces/{trace_id}?rawTraces=true"))["result"]
        except OSError:  # not there yet
            stored = {"resourceSpans": []}
        return json.dumps(stored).encode()

    return fetch


def tempo_trace(query: str, support: Any) -> Callable[[str], bytes]:
    return lambda trace_id: support.get(f"{query}/api/v2/traces/{trace_id}")


def ask(prometheus: Any, support: Any, expression: str) -> list[dict[str, Any]]:
    query = urllib.parse.urlencode({"query": expression})
    return json.loads(support.get(f"{prometheus.url}/api/v1/query?{query}"))["data"]["result"]


def exemplars(prometheus: Any, support: Any) -> set[str]:
    """The traces that the durations of spans lead to."""
    query = "start=0&end=9999999999&query=traces_span_metrics_duration_seconds_bucket"
    found = json.loads(support.get(f"{prometheus.url}/api/v1/query_exemplars?{query}"))["data"]
    return {each["labels"]["trace_id"] for series in found for each in series["exemplars"]}


def number(prometheus: Any, support: Any, expression: str) -> float:
    return sum(float(found["value"][1]) for found in ask(prometheus, support, expression))


def test_the_demo_arrives_everywhere(
    jaeger: Any,
    tempo: Any,
    alertmanager: Any,
    start_prometheus: Callable[..., Any],
    run_collector: Callable[..., Any],
    support: Any,
    tmp_path: Path,
) -> None:
    # An exemplar is shown until the next flush: the interval must not be shorter than that of the scrapes.
    backends = {"JAEGER_ENDPOINT": jaeger.otlp, "TEMPO_ENDPOINT": tempo.otlp}
    collector = run_collector("all-in-one.yaml", **backends, COLLECTOR_SPAN_METRICS_INTERVAL="3s")
    prometheus = start_prometheus(
        application=collector.prometheus,
        collector=urllib.parse.urlsplit(collector.own).netloc,
        jaeger=jaeger.metrics,
        tempo=tempo.metrics,
        alertmanager=alertmanager.metrics,
    )
    for server in (jaeger, tempo, alertmanager, prometheus):
        server.await_ready()
    sent = read_lines(run_demo(tmp_path, f"http://{collector.grpc}"), support)
    setups = {trace_id for trace_id, _ in sent}
    assert len(setups) == 4

    path = collector.folder / "traces" / "traces.jsonl"
    assert support.wait_until(lambda: path.exists() and read_lines(path, support) == sent)
    check_backend(jaeger_trace(jaeger.query, support), sent, support)
    check_backend(tempo_trace(tempo.query, support), sent, support)

    def counted(expression: str, wanted: float) -> bool:
        return support.wait_until(lambda: number(prometheus, support, expression) == wanted)

    # The application's own metrics, the span metrics, the exemplars.
    assert counted('monero_escrow_setup_duration_seconds_count{job="otel-multisig-demo"}', 4)
    assert counted('monero_escrow_setup_duration_seconds_count{monero_escrow_outcome="failure"}', 2)
    assert counted('traces_span_metrics_calls_total{span_name="multisig_setup"}', 4)
    assert counted('traces_span_metrics_calls_total{span_name="multisig_setup",status_code="STATUS_CODE_ERROR"}', 2)
    assert counted("traces_span_metrics_calls_total", len(sent))
    assert counted('traces_span_metrics_duration_seconds_count{monero_wallet_role="vendor"}', in_role(sent, "vendor"))
    series = ask(prometheus, support, "traces_span_metrics_calls_total")
    assert {found["metric"]["instance"] for found in series} == {collector.prometheus}
    assert not any("escrow_id" in label for found in series for label in found["metric"])
    assert support.wait_until(lambda: exemplars(prometheus, support))
    assert exemplars(prometheus, support) <= setups

    # The set itself.
    assert counted("up", 6)
    assert counted('{__name__=~"otelcol_receiver_accepted_spans(_total)?",job="collector"}', len(sent))
    active = f"{prometheus.url}/api/v1/alertmanagers"
    assert support.wait_until(lambda: alertmanager.metrics in support.get(active).decode())


def in_role(sent: dict[tuple[str, str], Any], role: str) -> int:
    return sum(record.attributes.get("monero.wallet.role") == role for record in sent.values())


def test_a_backend_away_holds_up_nobody_else(
    run_collector: Callable[..., Any], sink: Any, second_sink: Any, healthy: Any, support: Any
) -> None:
    """One of the two backends away, and the Collector ends meanwhile: it gets all, the other and the file go on."""
    collector = run_collector("all-in-one.yaml", JAEGER_ENDPOINT=sink.address, TEMPO_ENDPOINT=second_sink.address)
    sink.stop()
    setups = [support.copy_of(healthy) for _ in range(10)]
    for setup in setups[:5]:
        support.send(collector.http, setup)
    collector.kill()
    collector.start()
    for setup in setups[5:]:
        support.send(collector.http, setup)
    sent = support.by_id([record for setup in setups for record in setup])
    assert support.wait_until(lambda: second_sink.spans == sent)
    assert not sink.spans
    sink.start()
    assert support.wait_until(lambda: sink.spans == sent)


def test_the_queue_on_disk_does_not_stay_large(
    run_collector: Callable[..., Any], sink: Any, healthy: Any, support: Any
) -> None:
    agent = run_collector("agent.yaml", GATEWAY_ENDPOINT=sink.address, COLLECTOR_COMPACT_MIB="8")
    sink.keeps = False
    sink.stop()
    data = encode_protobuf(record for _ in range(20) for record in support.copy_of(healthy))
    for _ in range((12 << 20) // len(data)):
        support.send_bytes(agent.http, data)
    queue = agent.folder / "queue"

    def size() -> int:
        return sum(path.stat().st_size for path in queue.iterdir())

    assert size() > 10 << 20
    sink.start()
    assert support.wait_until(lambda: size() < 2 << 20)


def test_the_file_is_rotated(run_collector: Callable[..., Any], healthy: Any, support: Any) -> None:
    settings = {"COLLECTOR_TRACES_TO": "[file]", "COLLECTOR_FILE_MEGABYTES": "1", "COLLECTOR_FILE_COUNT": "2"}
    collector = run_collector("all-in-one.yaml", **settings)
    folder = collector.folder / "traces"
    records = [record for _ in range(20) for record in support.copy_of(healthy)]
    for _ in range(8):
        support.send(collector.http, records)
    assert support.wait_until(lambda: len(list(folder.iterdir())) == 3)
    collector.end()
    assert all(path.stat().st_size <= 1 << 20 for path in folder.iterdir())
    shutil.rmtree(folder)
