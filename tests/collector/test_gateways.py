"""load-balancer.yaml before gateway.yaml: the spans of a trace meet, whichever way they come."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from tests.running.programs import wait_until
from tests.running.spans import by_id, copy_of, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TO_TEMPO = {"COLLECTOR_TRACES_TO": "[otlp_grpc/tempo]"}


def places(*sinks: Any) -> dict[str, set[int]]:
    """Where spans of each trace came out."""
    found: dict[str, set[int]] = defaultdict(set)
    for place, sink in enumerate(sinks):
        for trace_id, _ in sink.spans:
            found[trace_id].add(place)
    return found


def send_scattered(url: str, setups: Iterable[Any]) -> dict[tuple[str, str], Any]:
    """All spans in any order, a few at a time: no request holds a whole set-up, most hold parts of several."""
    records = [record for setup in setups for record in setup]
    random.Random(6).shuffle(records)
    for start in range(0, len(records), 7):
        send(url, records[start : start + 7])
    return by_id(records)


def test_all_spans_of_a_trace_meet_in_one_gateway(
    run_collector: Callable[..., Any], sink: Any, second_sink: Any, healthy: Any
) -> None:
    first = run_collector("gateway.yaml", TEMPO_ENDPOINT=sink.address, **TO_TEMPO)
    second = run_collector("gateway.yaml", TEMPO_ENDPOINT=second_sink.address, **TO_TEMPO)
    balancer = run_collector("load-balancer.yaml", GATEWAYS=f"[{first.grpc}, {second.grpc}]")
    sent = send_scattered(balancer.http, [copy_of(healthy) for _ in range(20)])
    assert wait_until(lambda: sink.spans | second_sink.spans == sent)
    assert {len(found) for found in places(sink, second_sink).values()} == {1}
    assert sink.spans
    assert second_sink.spans

    # One gateway away: the other's spans go on; the balancer may die meanwhile.
    second.end()
    before = len(second_sink.spans)
    sent |= send_scattered(balancer.http, [copy_of(healthy) for _ in range(10)])
    routed = {trace_id: found for trace_id, found in places(sink, second_sink).items() if 0 in found}
    assert wait_until(lambda: {trace_id for trace_id, _ in sink.spans} > routed.keys())
    assert balancer.metric("otelcol_exporter_queue_size") > 0
    balancer.kill()
    balancer.start()
    sent |= send_scattered(balancer.http, [copy_of(healthy) for _ in range(5)])
    assert len(second_sink.spans) == before
    second.start()
    assert wait_until(lambda: sink.spans | second_sink.spans == sent)
    assert {len(found) for found in places(sink, second_sink).values()} == {1}


def test_gateways_by_name(run_collector: Callable[..., Any], sink: Any, healthy: Any) -> None:
    gateway = run_collector("gateway.yaml", TEMPO_ENDPOINT=sink.address, **TO_TEMPO)
    port = gateway.grpc.rpartition(":")[2]
    balancer = run_collector("load-balancer.yaml", "dns-gateways.yaml", GATEWAYS_NAME="localhost", GATEWAYS_PORT=port)
    sent = send_scattered(balancer.http, [copy_of(healthy) for _ in range(3)])
    assert wait_until(lambda: sink.spans == sent)

    # Metrics go the same way, those of one process to one gateway.
    resource = Resource({"service.name": "escrow-service", "service.instance.id": "one"})
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"http://{balancer.grpc}", insecure=True))
    provider = MeterProvider([reader], resource=resource)
    provider.get_meter("test").create_counter("of.the.application").add(3)
    provider.shutdown()
    line = 'of_the_application_total{instance="one",job="escrow-service"'
    assert wait_until(lambda: line in gateway.shown())
