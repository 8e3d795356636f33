"""Markers of open spans pass the real Collector to the backends, and are not in its span metrics."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from otel_multisig.model import ResourceRecord
from otel_multisig.semconv import attributes as attr
from tests.running.programs import wait_until
from tests.running.spans import send

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from tests.running.configured import Collector
    from tests.running.spans import Sink


@pytest.mark.parametrize("files", [["all-in-one.yaml"], ["gateway.yaml"]], ids=str)
def test_markers_go_through_and_are_not_measured(
    files: list[str], run_collector: Callable[..., Collector], sink: Sink, setups: ModuleType
) -> None:
    collector = run_collector(*files, JAEGER_ENDPOINT=sink.address, TEMPO_ENDPOINT=sink.address)
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
    send(collector.http, [marker, odd, *records])
    assert wait_until(lambda: len(sink.spans) == len(records) + 2)
    assert marks.items() <= sink.spans[marker.trace_id, marker.span_id].attributes.items()

    assert wait_until(lambda: collector.measured("prepare_multisig") == 3)
    assert collector.measured("multisig_setup") == 1
