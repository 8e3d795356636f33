"""Recorders see each start, event and end as it happens; one that fails disturbs nobody."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import Tracer
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from otel_multisig import add_recorder, remove_recorder, trace_escrow
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import metrics, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.testing.recording import Recorded
    from otel_multisig.tracing import LiveEvent, Node


class Diary:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, int]] = []
        self.nodes: list[Node] = []
        self.events: list[LiveEvent] = []

    def started(self, node: Node) -> None:
        assert node.is_open
        self.nodes.append(node)
        self.lines.append(("start", node.name, node.sequence))

    def happened(self, node: Node, event: LiveEvent) -> None:
        self.events.append(event)
        self.lines.append((event.name, node.name, event.sequence))

    def ended(self, node: Node) -> None:
        assert not node.is_open
        self.lines.append(("end", node.name, node.end_sequence))


@pytest.fixture
def diary() -> Iterator[Diary]:
    diary = Diary()
    add_recorder(diary)
    yield diary
    remove_recorder(diary)


def set_up() -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1):
        with escrow.call("buyer", "prepare_multisig", port=18082) as call:
            call.answer({"multisig_info": "MultisigxV2R1abc"})
        escrow.custom("tick")
        with pytest.raises(ValueError, match="x"), escrow.call("vendor", "prepare_multisig"):
            raise ValueError("x")


LINES = [
    ("start", "multisig_setup", 1),
    ("start", "multisig_round 1", 2),
    ("start", "prepare_multisig", 3),
    ("end", "prepare_multisig", 4),
    ("monero.custom", "multisig_round 1", 5),
    ("start", "prepare_multisig", 6),
    ("exception", "prepare_multisig", 7),
    ("end", "prepare_multisig", 8),
    ("end", "multisig_round 1", 9),
    ("end", "multisig_setup", 10),
]


def test_a_recorder_is_told_everything_in_order(recorded_spans: Recorded, diary: Diary) -> None:
    set_up()
    assert diary.lines == LINES


def test_a_recorder_sees_what_the_span_holds(recorded_spans: Recorded, diary: Diary) -> None:
    set_up()
    spans = {span.context.span_id: span for span in recorded_spans.spans}
    for node in diary.nodes:
        span = spans[node.span.get_span_context().span_id]
        assert {**node.attributes, **node.end_attributes} == span.attributes
        assert (node.start_ns, node.end_ns) == (span.start_time, span.end_time)
        assert node.parent_span_id == (span.parent.span_id if span.parent else 0)
        assert node.kind == span.kind
    recorded = [event for span in recorded_spans.spans for event in span.events]
    assert {(event.name, event.time_ns) for event in diary.events} == {
        (event.name, event.timestamp) for event in recorded
    }
    assert diary.nodes[2].outcome is None
    failed = diary.nodes[3].outcome
    assert failed is not None
    assert (failed.error_type, failed.code, failed.interrupted) == ("ValueError", None, False)


def test_continuations_are_told_too(recorded_spans: Recorded, diary: Diary) -> None:
    with trace_escrow("e-1") as escrow:
        for _ in range(101):
            escrow.custom("tick")
    assert [node.name for node in diary.nodes] == ["multisig_setup", "multisig_setup (continued)"]
    assert diary.lines[-2:] == [("end", "multisig_setup (continued)", 104), ("end", "multisig_setup", 105)]


def test_a_recorder_that_is_removed_is_told_no_more(recorded_spans: Recorded, diary: Diary) -> None:
    remove_recorder(diary)
    remove_recorder(diary)
    set_up()
    assert diary.lines == []


class Broken:
    def __getattr__(self, name: str) -> Any:
        def fail(*_: object) -> None:
            raise OSError("disk full")

        return fail


@pytest.mark.usefixtures("lenient")
def test_a_recorder_that_raises_disturbs_nobody(
    recorded_spans: Recorded, diary: Diary, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken()
    add_recorder(broken)
    later = Diary()
    add_recorder(later)
    try:
        with caplog.at_level(logging.WARNING, "otel_multisig"):
            set_up()
    finally:
        remove_recorder(broken)
        remove_recorder(later)
    assert diary.lines == later.lines == LINES
    assert len(recorded_spans.spans) == 4
    assert [(record.name, record.levelname) for record in caplog.records] == [("otel_multisig", "WARNING")]
    assert "OSError" in caplog.text
    assert "disk full" not in caplog.text  # an error's text may quote what was being recorded


def test_unsampled_set_ups_are_measured_and_told_all_the_same(
    recorded_spans: Recorded, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracer = trace.get_tracer("otel_multisig")
    assert isinstance(tracer, Tracer)
    monkeypatch.setattr(tracer, "sampler", ALWAYS_OFF)
    set_up()
    assert recorded_spans.spans == ()
    assert diary.lines == LINES
    root, round_, first, second = diary.nodes
    ids = [node.span.get_span_context().span_id for node in diary.nodes]
    assert [node.parent_span_id for node in diary.nodes] == [0, ids[0], ids[1], ids[1]]
    assert len({node.span.get_span_context().trace_id for node in diary.nodes}) == 1
    assert first.end_attributes[attr.MONERO_MULTISIG_INFO_LENGTH] == 16
    measured = recorded_spans.metrics(upstream.METRIC_RPC_CLIENT_CALL_DURATION)
    assert sum(found.count for found in measured) == 2
    (set_ups,) = recorded_spans.metrics(metrics.MONERO_ESCROW_SETUP_DURATION)
    assert set_ups.count == 1
    assert round_.end_ns >= second.end_ns
    assert root.end_ns >= round_.end_ns
