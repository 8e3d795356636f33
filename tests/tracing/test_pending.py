"""What stays open is shown by markers: when, of what, and that nobody is disturbed by it."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from otel_multisig import SettingsError, configure, trace_escrow
from otel_multisig.legacy import legacy_events
from otel_multisig.model import SpanKind, assemble
from otel_multisig.otlp import decode, from_sdk_span
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.tracing import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

    from otel_multisig.model import EscrowTrace
    from otel_multisig.testing.recording import Recorded

SOON = 0.02


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def is_marker(span: ReadableSpan) -> bool:
    return attr.MONERO_SPAN_PENDING in attributes(span)


def markers(recorded: Recorded, name: str) -> list[ReadableSpan]:
    return [span for span in recorded.spans if is_marker(span) and span.name == name]


def more_markers(recorded: Recorded, before: int) -> bool:
    return len(markers(recorded, "multisig_setup")) > before


def stuck(recorded: Recorded) -> EscrowTrace:
    """The set-up as a backend has it before anything that was marked has ended."""
    ended = [span for span in recorded.spans if attr.MONERO_SPAN_MARKERS not in attributes(span) or is_marker(span)]
    (found,) = assemble(from_sdk_span(span) for span in ended).traces
    return found


@pytest.fixture
def impatient() -> None:
    configure(pending_after=SOON)


@pytest.mark.usefixtures("impatient")
def test_what_hangs_is_shown_with_all_that_is_known_of_it(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow:
        with escrow.round(1), escrow.call("buyer", "prepare_multisig", port=18082):
            pass
        with escrow.round(2) as second, escrow.call("vendor", "exchange_multisig_keys", port=18083) as call:
            escrow.state_change("a", "b")
            wait_until(lambda: markers(recorded_spans, "exchange_multisig_keys"))
            seen = stuck(recorded_spans)
        root = escrow.span
    own = markers(recorded_spans, "exchange_multisig_keys")[0]
    assert own.context.trace_id == root.get_span_context().trace_id
    assert own.context.span_id != call.span.get_span_context().span_id
    assert own.parent is not None
    assert own.parent.span_id == second.span.get_span_context().span_id
    assert own.start_time == call.start_ns
    assert own.end_time is not None
    assert call.start_ns < own.end_time < call.end_ns
    assert attributes(own) == call.attributes | {
        attr.MONERO_SPAN_PENDING: True,
        attr.MONERO_SPAN_OPEN_ID: trace.format_span_id(call.span.get_span_context().span_id),
        attr.MONERO_SPAN_MARKERS: 0,
    }
    assert attributes(own)[upstream.SERVER_PORT] == 18083
    assert markers(recorded_spans, "multisig_setup")[0].parent is None
    assert [(span.kind, span.ended) for span in seen.spans] == [
        (SpanKind.SETUP, False),
        (SpanKind.ROUND, True),
        (SpanKind.CALL, True),
        (SpanKind.ROUND, False),
        (SpanKind.CALL, False),
    ]
    assert [seen.parent(span) for span in seen.spans[1:]] == [
        seen.spans[0],
        seen.spans[1],
        seen.spans[0],
        seen.spans[3],
    ]
    assert [event.name for event in seen.spans[3].events] == ["monero.state.change"]
    assert seen.outcome is None
    assert seen.gaps == ()
    # All of the whole set-up, and nothing more.
    (whole,) = recorded_spans.traces()
    assert whole.outcome == "success"
    assert all(span.ended for span in whole.spans)
    assert len(whole.spans) == 5


@pytest.mark.usefixtures("impatient")
def test_the_span_says_how_many_markers_it_puts_an_end_to(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow:
        wait_until(lambda: len(markers(recorded_spans, "multisig_setup")) > 2)
        with escrow.round(1):
            pass
    told = {span.name: attributes(span).get(attr.MONERO_SPAN_MARKERS) for span in recorded_spans.spans}
    assert told == {"multisig_setup": len(markers(recorded_spans, "multisig_setup")), "multisig_round 1": None}


@pytest.mark.usefixtures("impatient")
def test_each_marker_tells_of_the_events_since_the_last(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow:
        for number in range(3):
            escrow.custom(f"event {number}")
            before = len(markers(recorded_spans, "multisig_setup"))
            wait_until(partial(more_markers, recorded_spans, before))
    found = [event.attributes for span in markers(recorded_spans, "multisig_setup") for event in span.events]
    assert [known[attr.MONERO_CUSTOM_NAME] for known in found if known] == ["event 0", "event 1", "event 2"]


def test_markers_are_renewed_ever_more_seldom(recorded_spans: Recorded) -> None:
    after = 0.05
    configure(pending_after=after)
    with trace_escrow("e-1"):
        wait_until(lambda: len(markers(recorded_spans, "multisig_setup")) == 6)
    ages = [((span.end_time or 0) - (span.start_time or 0)) / 1e9 for span in markers(recorded_spans, "multisig_setup")]
    for age, times in zip(ages, (1, 2, 4, 10, 20, 40), strict=False):
        assert age >= after * times


def test_a_healthy_set_up_shows_none(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "prepare_multisig"):
        pass
    assert [span for span in recorded_spans.spans if is_marker(span)] == []
    assert all(attr.MONERO_SPAN_MARKERS not in attributes(span) for span in recorded_spans.spans)


def test_it_can_be_switched_off_and_on(recorded_spans: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(pending_after=0)
    with trace_escrow("e-1") as off:
        # Told only now, and then of all that is open.
        configure(pending_after=SOON)
        wait_until(lambda: markers(recorded_spans, "multisig_setup"))
    assert off.is_traced
    monkeypatch.setenv(settings.ENV_PENDING_AFTER, "0")
    configure(pending_after=SOON)
    assert settings.current().pending_after == 0


@pytest.mark.parametrize("wrong", [-1, "soon", float("inf"), float("nan")])
def test_a_wrong_time_is_refused(wrong: Any) -> None:
    with pytest.raises(SettingsError, match="pending_after"):
        configure(pending_after=wrong)


def test_the_time_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.current().pending_after == 30
    monkeypatch.setenv(settings.ENV_PENDING_AFTER, "2.5")
    settings.reset()
    assert settings.current().pending_after == 2.5


@pytest.mark.usefixtures("impatient")
def test_what_is_not_sampled_is_not_shown_and_what_is_beside_it_is(
    recorded_spans: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    unsampled = TracerProvider(sampler=ALWAYS_OFF)
    unsampled.add_span_processor(SimpleSpanProcessor(exporter))
    with monkeypatch.context() as patch:
        patch.setattr(trace, "_TRACER_PROVIDER", unsampled)
        hidden = trace_escrow("hidden")
    with hidden, hidden.round(1), trace_escrow("e-2"):
        wait_until(lambda: len(markers(recorded_spans, "multisig_setup")) > 1)
    assert exporter.get_finished_spans() == ()
    assert {attributes(span)[attr.MONERO_ESCROW_ID] for span in recorded_spans.spans} == {"e-2"}


@pytest.mark.usefixtures("impatient")
def test_a_call_that_is_entered_again_begins_anew(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow:
        call = escrow.call("buyer", "make_multisig")
        with call:
            wait_until(lambda: markers(recorded_spans, "make_multisig"))
        settings.update(pending_after=30)
        with call:
            pass
    told = [
        attributes(span).get(attr.MONERO_SPAN_MARKERS)
        for span in recorded_spans.spans
        if span.name == "make_multisig" and not is_marker(span)
    ]
    assert told[0]
    assert told[1] is None


@pytest.mark.usefixtures("impatient")
def test_many_that_hang_at_once_are_shown_bit_by_bit(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow:
        calls = [escrow.call("buyer", "refresh").__enter__() for _ in range(250)]
        wait_until(lambda: all(call.shown and call.shown.markers for call in calls))
        ids = {attributes(span)[attr.MONERO_SPAN_OPEN_ID] for span in markers(recorded_spans, "refresh")}
        assert len(ids) == len(calls)
        for call in reversed(calls):
            call.__exit__(None, None, None)


@pytest.mark.usefixtures("impatient")
def test_the_legacy_recording_of_a_stuck_set_up_has_a_start_and_no_end(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "make_multisig", port=18082):
        wait_until(lambda: markers(recorded_spans, "make_multisig"))
        written = legacy_events(stuck(recorded_spans))
    assert [(event.event_type, event.role, event.rpc_port) for event in written] == [("RPC_CALL_START", "buyer", 18082)]


@pytest.mark.usefixtures("impatient", "lenient")
def test_an_exporter_that_fails_disturbs_nobody(recorded_spans: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()

    def fail(*_: Any) -> None:
        tried.set()
        raise RuntimeError("no more room")

    with trace_escrow("e-1"):
        with monkeypatch.context() as patch:
            patch.setattr("opentelemetry.sdk.trace.SynchronousMultiSpanProcessor.on_end", fail)
            assert tried.wait(30)
        before = len(markers(recorded_spans, "multisig_setup"))
        wait_until(lambda: len(markers(recorded_spans, "multisig_setup")) > before)


def read(path: Path) -> tuple[EscrowTrace, ...]:
    return assemble(record for line in path.read_bytes().splitlines() for record in decode(line)).traces


BEGIN = """
import os, sys, threading, time
from pathlib import Path
from otel_multisig import configure, trace_escrow
from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter

assert configure(enabled=True, exporters=[OtlpJsonLinesExporter(Path("spans.jsonl"))], metric_readers=[])
from opentelemetry import trace
def watched():
    return [thread.name for thread in threading.enumerate() if thread.name == "otel-multisig-pending"]
def flush():
    trace.get_tracer_provider().force_flush()
def wait_until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
def shown(name="multisig_setup"):
    flush()
    text = Path("spans.jsonl").read_text() if Path("spans.jsonl").exists() else ""
    return "monero.span.pending" in text and name in text
"""


def test_the_thread_begins_with_the_first_set_up_and_is_one(run_python: Any) -> None:
    code = "before = watched()\nwith trace_escrow('a'), trace_escrow('b'): print(before, watched())"
    done = run_python(BEGIN + code)
    assert (done.stdout, done.stderr) == ("[] ['otel-multisig-pending']\n", "")
    done = run_python(BEGIN + code, OTEL_MULTISIG_PENDING_AFTER="0")
    assert (done.stdout, done.stderr) == ("[] []\n", "")


def test_at_the_end_of_the_process_the_spans_themselves_come(run_python: Any, tmp_path: Path) -> None:
    code = "escrow = trace_escrow('a').__enter__()\nescrow.round(1).__enter__()\nwait_until(lambda: shown('round'))"
    done = run_python(BEGIN + code, OTEL_MULTISIG_PENDING_AFTER="0.05")
    assert (done.returncode, done.stderr) == (0, "")
    (found,) = read(tmp_path / "spans.jsonl")
    assert found.outcome == "interrupted"
    assert all(span.ended for span in found.spans)
    assert found.gaps == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks as POSIX has them")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python warns of every fork beside threads")
def test_a_forked_child_shows_its_own_and_nothing_of_its_parent(run_python: Any, tmp_path: Path) -> None:
    code = """
escrow = trace_escrow("parent").__enter__()
wait_until(shown)
child = os.fork()
if not child:
    os.chdir("child")
    assert not watched()
    provider = trace.get_tracer_provider()
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    provider.add_span_processor(SimpleSpanProcessor(OtlpJsonLinesExporter(Path("spans.jsonl"))))
    mine = trace_escrow("child").__enter__()
    wait_until(shown)
    os._exit(0 if watched() else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    (tmp_path / "child").mkdir()
    done = run_python(BEGIN + code, OTEL_MULTISIG_PENDING_AFTER="0.05")
    assert (done.returncode, done.stderr) == (0, "")
    assert [trace.escrow_id for trace in read(tmp_path / "child" / "spans.jsonl")] == ["child"]


def test_the_legacy_exporter_writes_a_partial_recording_first(run_python: Any, tmp_path: Path) -> None:
    code = """
import glob
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from otel_multisig_exporter_legacy_json import LegacyJsonSpanExporter
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(LegacyJsonSpanExporter(".", idle=0.1)))
with trace_escrow("a") as escrow:
    with escrow.round(1), escrow.call("buyer", "make_multisig"):
        wait_until(lambda: "make_multisig" in "".join(Path(name).read_text() for name in glob.glob("escrow_*")))
        print(glob.glob("escrow_*"), Path(glob.glob("escrow_*")[0]).read_text())
"""
    done = run_python(BEGIN + code, OTEL_MULTISIG_PENDING_AFTER="0.05")
    assert (done.returncode, done.stderr) == (0, "")
    name, _, text = done.stdout.partition(" ")
    assert name == "['escrow_a_PARTIAL.json']"
    assert [event["event_type"] for event in json.loads(text)] == ["RPC_CALL_START"]
    assert [path.name for path in tmp_path.glob("escrow_*")] == ["escrow_a.json"]
