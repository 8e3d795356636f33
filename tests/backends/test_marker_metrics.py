"""Markers of open spans pass the real Collector to the backends, and are not in its span metrics."""

from __future__ import annotations

import time
import urllib.request
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from otel_multisig.model import ResourceRecord
from otel_multisig.otlp import encode_protobuf
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@pytest.mark.parametrize("files", [["all-in-one.yaml"], ["gateway.yaml"]], ids=str)
def test_markers_go_through_and_are_not_measured(
    files: list[str],
    require_server: Callable[[str], Path],
    load_module: Callable[[Path], ModuleType],
    setups: ModuleType,
    tmp_path: Path,
) -> None:
    support = load_module(Path(__file__).parents[1] / "collector" / "conftest.py")
    program = require_server("otelcol-multisig")
    sink = support.Sink()
    sink.start()
    env = dict.fromkeys(("JAEGER_ENDPOINT", "TEMPO_ENDPOINT"), sink.address)
    collector = support.Collector(program, files, env, tmp_path)
    try:
        collector.start()
        setup = setups.healthy(str(uuid.uuid4()), time.time_ns() // 10**6)
        resource = ResourceRecord({"service.name": "measured"})
        records = [replace(record, resource=resource) for record in setup.records()]
        marks = {
            attr.MONERO_SPAN_PENDING: True,
            attr.MONERO_SPAN_OPEN_ID: records[0].span_id,
            attr.MONERO_SPAN_MARKERS: 0,
        }
        left = {key: value for key, value in records[0].attributes.items() if key != attr.MONERO_SETUP_END_SEQUENCE}
        marker = replace(records[0], span_id="e" * 16, attributes=left | marks)
        # By the mark alone, too, whatever else its emitter says.
        odd = replace(records[0], span_id="d" * 16, attributes=records[0].attributes | marks)
        body = encode_protobuf([marker, odd, *records])
        headers = {"Content-Type": "application/x-protobuf"}
        with urllib.request.urlopen(urllib.request.Request(f"{collector.http}/v1/traces", body, headers), timeout=30):
            pass
        assert support.wait_until(lambda: len(sink.spans) == len(records) + 2)
        assert marks.items() <= sink.spans[marker.trace_id, marker.span_id].attributes.items()

        def counted() -> dict[str, float]:
            lines = support.get(f"http://{collector.prometheus}/metrics").decode().splitlines()
            found = [line for line in lines if line.startswith("traces_span_metrics_calls_total{")]
            return {
                name: sum(float(line.partition("} ")[2].split()[0]) for line in found if f'span_name="{name}"' in line)
                for name in ("multisig_setup", "prepare_multisig")
            }

        assert support.wait_until(lambda: counted()["prepare_multisig"] == 3)
        assert counted()["multisig_setup"] == 1
    finally:
        collector.kill()
        sink.stop()
