"""all-in-one.yaml with the backends' own files: the demo's set-ups in Jaeger, Tempo, Prometheus and a file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otel_multisig.otlp import encode_protobuf
from tests.running.arrival import ask, check_backend, jaeger_trace, tempo_trace
from tests.running.programs import get, wait_until
from tests.running.spans import ById, by_id, copy_of, read_lines, send, send_bytes

if TYPE_CHECKING:
    from collections.abc import Callable


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


def exemplars(prometheus: Any) -> set[str]:
    """The traces that the durations of spans lead to."""
    query = "start=0&end=9999999999&query=traces_span_metrics_duration_seconds_bucket"
    found = json.loads(get(f"{prometheus.url}/api/v1/query_exemplars?{query}"))["data"]
    return {each["labels"]["trace_id"] for series in found for each in series["exemplars"]}


def number(prometheus: Any, expression: str) -> float:
    return sum(float(found["value"][1]) for found in ask(prometheus, expression))


def test_the_demo_arrives_everywhere(
    jaeger: Any,
    tempo: Any,
    alertmanager: Any,
    start_prometheus: Callable[..., Any],
    run_collector: Callable[..., Any],
    tmp_path: Path,
) -> None:
    # Exemplars are shown until the next flush: the interval must not be shorter than that of the scrapes.
    backends = {"JAEGER_ENDPOINT": jaeger.otlp, "TEMPO_ENDPOINT": tempo.otlp}
    collector = run_collector("all-in-one.yaml", **backends, COLLECTOR_SPAN_METRICS_INTERVAL="3s")
    prometheus = start_prometheus(collector)
    for server in (jaeger, tempo, alertmanager, prometheus):
        server.await_ready()
    sent = read_lines(run_demo(tmp_path, f"http://{collector.grpc}"))
    setups = {trace_id for trace_id, _ in sent}
    assert len(setups) == 4

    path = collector.folder / "traces" / "traces.jsonl"
    assert wait_until(lambda: path.exists() and read_lines(path) == sent)
    check_backend(jaeger_trace(jaeger.query), sent)
    check_backend(tempo_trace(tempo.query), sent)

    def counted(expression: str, wanted: float) -> bool:
        return wait_until(lambda: number(prometheus, expression) == wanted)

    # The application's own metrics, and the span metrics.
    assert counted('monero_escrow_setup_duration_seconds_count{job="otel-multisig-demo"}', 4)
    assert counted('monero_escrow_setup_duration_seconds_count{monero_escrow_outcome="failure"}', 2)
    assert counted('traces_span_metrics_calls_total{span_name="multisig_setup"}', 4)
    assert counted('traces_span_metrics_calls_total{span_name="multisig_setup",status_code="STATUS_CODE_ERROR"}', 2)
    assert counted("traces_span_metrics_calls_total", len(sent))
    assert counted('traces_span_metrics_duration_seconds_count{monero_wallet_role="vendor"}', in_role(sent, "vendor"))
    series = ask(prometheus, "traces_span_metrics_calls_total")
    assert {found["metric"]["instance"] for found in series} == {collector.prometheus}
    assert not any("escrow_id" in label for found in series for label in found["metric"])

    # The set itself.
    assert counted("up", 6)
    assert counted('{__name__=~"otelcol_receiver_accepted_spans(_total)?",job="collector"}', len(sent))
    active = f"{prometheus.url}/api/v1/alertmanagers"
    assert wait_until(lambda: alertmanager.metrics in get(active).decode())
    check_exemplars(prometheus, collector, sent)


def check_exemplars(prometheus: Any, collector: Any, sent: ById) -> None:
    """They lead to traces that were sent. Those of a moment when nobody scraped are lost: then more is sent."""
    known = {trace_id for trace_id, _ in sent}
    one = [record for (trace_id, _), record in sent.items() if trace_id == min(known)]

    def found() -> bool:
        if exemplars(prometheus):
            return True
        again = copy_of(one)
        known.add(again[0].trace_id)
        send(collector.http, again)
        return False

    assert wait_until(found)
    assert exemplars(prometheus) <= known


def in_role(sent: dict[tuple[str, str], Any], role: str) -> int:
    return sum(record.attributes.get("monero.wallet.role") == role for record in sent.values())


def test_a_backend_away_holds_up_nobody_else(
    run_collector: Callable[..., Any], sink: Any, second_sink: Any, healthy: Any
) -> None:
    """One of the two backends away, and the Collector ends meanwhile: it gets all, the other and the file go on."""
    collector = run_collector("all-in-one.yaml", JAEGER_ENDPOINT=sink.address, TEMPO_ENDPOINT=second_sink.address)
    sink.stop()
    setups = [copy_of(healthy) for _ in range(10)]
    for setup in setups[:5]:
        send(collector.http, setup)
    collector.kill()
    collector.start()
    for setup in setups[5:]:
        send(collector.http, setup)
    sent = by_id([record for setup in setups for record in setup])
    assert wait_until(lambda: second_sink.spans == sent)
    assert not sink.spans
    sink.start()
    assert wait_until(lambda: sink.spans == sent)


def test_the_queue_on_disk_does_not_stay_large(run_collector: Callable[..., Any], sink: Any, healthy: Any) -> None:
    # Less than is asked for below: a part may still be on its way when the file is made smaller for the first time.
    agent = run_collector("agent.yaml", GATEWAY_ENDPOINT=sink.address, COLLECTOR_COMPACT_MIB="1")
    sink.keeps = False
    sink.stop()
    data = encode_protobuf(record for _ in range(20) for record in copy_of(healthy))
    for _ in range((12 << 20) // len(data)):
        send_bytes(agent.http, data)

    def size() -> int:
        return sum(map(size_of, (agent.folder / "queue").iterdir()))

    assert size() > 10 << 20
    sink.start()
    assert wait_until(lambda: size() < 2 << 20)


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # a file that is made smaller is copied, and the copy moved to its place
        return 0


def test_the_file_is_rotated(run_collector: Callable[..., Any], healthy: Any) -> None:
    settings = {"COLLECTOR_TRACES_TO": "[file]", "COLLECTOR_FILE_MEGABYTES": "1", "COLLECTOR_FILE_COUNT": "2"}
    collector = run_collector("all-in-one.yaml", **settings)
    folder = collector.folder / "traces"
    records = [record for _ in range(20) for record in copy_of(healthy)]
    for _ in range(8):
        send(collector.http, records)
    assert wait_until(lambda: len(list(folder.iterdir())) == 3)
    collector.end()
    assert all(path.stat().st_size <= 1 << 20 for path in folder.iterdir())
    shutil.rmtree(folder)
