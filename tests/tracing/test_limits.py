"""Thousands of events lose nothing under the SDK's limits, which would throw away the oldest."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from otel_multisig import trace_escrow
from otel_multisig.model import SpanKind, assemble
from otel_multisig.otlp import decode
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from otel_multisig.model import EscrowTrace
    from otel_multisig.testing.recording import Recorded

PROGRAM = """
from pathlib import Path
from otel_multisig import configure, trace_escrow
from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter
configure(enabled=True, exporters=[OtlpJsonLinesExporter(Path("spans.jsonl"))], metric_readers=[])
with trace_escrow("e-1") as escrow, escrow.round(1):
    for number in range(5000):
        escrow.custom("tick", {"n": number})
"""


def ticks(trace: EscrowTrace) -> list[int]:
    return [
        json.loads(item.event.attributes[attr.MONERO_CUSTOM_DETAILS])["n"]
        for item in trace.timeline()
        if item.event is not None and item.event.name == events.CUSTOM
    ]


def test_5000_events_of_one_round(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1):
        for number in range(5000):
            escrow.custom("tick", {"n": number})
    assert max(len(span.events) for span in recorded_spans.spans) == 100
    (trace,) = recorded_spans.traces()
    assert ticks(trace) == list(range(5000))
    assert trace.gaps == ()
    continuations = [span for span in trace.spans if span.kind is SpanKind.CONTINUATION]
    assert len(continuations) == 49
    assert {(span.name, span.parent_span_id, span.round) for span in continuations} == {
        ("multisig_round 1 (continued)", trace.rounds[0].span_id, 1)
    }
    assert {item.span.name for item in trace.timeline() if item.event} == {"multisig_round 1"}


def test_events_of_many_threads(recorded_spans: Recorded) -> None:
    together = threading.Barrier(4, timeout=30)

    def work(first: int) -> None:
        together.wait()
        for number in range(first, first + 250):
            escrow.custom("tick", {"n": number})

    with trace_escrow("e-1") as escrow, ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, first) for first in (0, 250, 500, 750)]:
            done.result()
    (trace,) = recorded_spans.traces()
    assert sorted(ticks(trace)) == list(range(1000))
    assert trace.gaps == ()
    assert max(len(span.events) for span in recorded_spans.spans) <= 100


@pytest.mark.parametrize(("limit", "kept"), [(None, 100), ("10", 10)])
def test_the_sdk_s_own_limit_by_default_and_a_lower_one(
    tmp_path: Path, run_python: Callable[..., subprocess.CompletedProcess[str]], limit: str | None, kept: int
) -> None:
    done = run_python(PROGRAM, **({"OTEL_SPAN_EVENT_COUNT_LIMIT": limit} if limit else {}))
    assert (done.returncode, done.stderr) == (0, "")
    (trace,) = assemble(decode((tmp_path / "spans.jsonl").read_bytes())).traces
    assert ticks(trace) == list(range(5000))
    assert max(len(span.events) for span in trace.spans) == kept
    assert sum(span.dropped_events_count for span in trace.spans) == 0
