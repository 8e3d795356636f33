"""Whatever fails inside the instrumentation is logged once, and the application does not notice."""

# Blocks are nested as applications nest them.
# ruff: noqa: SIM117

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from opentelemetry.context import get_current
from opentelemetry.sdk.trace import Span

from otel_multisig import trace_escrow
from otel_multisig.tracing import _lifecycle
from otel_multisig.tracing._setup import Setup

if TYPE_CHECKING:
    from otel_multisig.testing.recording import Recorded


@pytest.fixture
def logged(lenient: None, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING, "otel_multisig")
    return caplog


def fail(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("of the instrumentation")


def use() -> list[str]:
    """An application; what it did."""
    done = []
    with trace_escrow("e-1") as escrow:
        for number in (1, 2):
            with escrow.round(number) as round_, escrow.wallet("buyer", print):
                for _ in range(3):
                    with escrow.call("buyer", "prepare_multisig", params={"a": 1}) as call:
                        call.response({"result": {"multisig_info": "x"}})
                        done.append("call")
                    try:
                        with round_.call("buyer", "prepare_multisig") as call:
                            call.response({"error": {"code": -28, "message": "x"}})
                            raise ValueError("the application's own")  # noqa: TRY301 - what is caught here is what is tested
                    except ValueError:
                        done.append("error")
                    escrow.custom("tick", {"a": 1})
                    escrow.fault("race", reason="x")
                    escrow.error("x")
                    escrow.state_change("a", "b")
                    escrow.snapshot("pre_round1", {"buyer": print})
                    with escrow.file_operation("a", "b"):
                        done.append("file")
    return done


SEAMS = (
    "otel_multisig.tracing._call.record_params",
    "otel_multisig.tracing._call.record_result",
    "otel_multisig.tracing._call.safe_name",
    "otel_multisig.tracing._errors.mark_recorded",
    "otel_multisig.tracing._errors.recorded_sequence",
    "otel_multisig.tracing._errors.safe_error_text",
    "otel_multisig.tracing._node.emit_event",
    "otel_multisig.tracing._node.attach",
    "otel_multisig.tracing._scope.capture_all",
    "otel_multisig.tracing._scope.details_text",
    "otel_multisig.tracing._scope.safe_name",
    "otel_multisig.tracing._lifecycle.remember",
    "otel_multisig.tracing._setup.Setup.now",
    "otel_multisig.tracing._setup.make_setup_id",
    "otel_multisig.tracing.instruments",
    "opentelemetry.sdk.trace.Tracer.start_span",
    "opentelemetry.sdk.trace.Span.set_attributes",
    "opentelemetry.sdk.trace.Span.add_event",
    "opentelemetry.sdk.trace.Span.set_status",
    "opentelemetry.sdk.trace.Span.end",
    "opentelemetry.sdk.metrics._internal.instrument.Histogram.record",
    "opentelemetry.sdk.metrics._internal.instrument.UpDownCounter.add",
    "opentelemetry.sdk.metrics._internal.instrument.Counter.add",
)


@pytest.mark.parametrize("seam", SEAMS)
def test_a_failure_anywhere_is_swallowed_and_logged_once_a_place(
    recorded_spans: Recorded, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, seam: str
) -> None:
    before = get_current()
    monkeypatch.setattr(seam, fail)
    assert use() == ["call", "error", "file"] * 6
    monkeypatch.undo()
    messages = [record.getMessage() for record in logged.records if record.name == "otel_multisig"]
    assert messages
    assert len(messages) == len(set(messages))
    assert "RuntimeError" in messages[0]
    assert not any("of the instrumentation" in message for message in messages)
    assert get_current() is before
    for setup in _lifecycle.open_setups():
        _lifecycle.forget(setup)


def test_a_failure_to_record_still_ends_the_spans(
    recorded_spans: Recorded, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Span, "add_event", fail)
    with pytest.raises(ValueError, match="x"), trace_escrow("e-1") as escrow, escrow.round(1):
        with escrow.call("buyer", "prepare_multisig"):
            raise ValueError("x")
    (trace,) = recorded_spans.traces()
    assert [span.name for span in trace.spans] == ["multisig_setup", "multisig_round 1", "prepare_multisig"]
    assert trace.outcome == "failure"


def test_a_failure_to_begin_a_set_up_leaves_the_application_its_objects(
    recorded_spans: Recorded, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Setup, "__init__", fail)
    with trace_escrow("e-1") as escrow, escrow.round(1):
        assert not escrow.is_traced
    assert "RuntimeError" in logged.text


def test_what_is_used_without_being_entered_does_no_harm(
    recorded_spans: Recorded, logged: pytest.LogCaptureFixture
) -> None:
    escrow = trace_escrow("e-1")
    with escrow.round(1), escrow.call("buyer", "prepare_multisig"):
        escrow.custom("tick")
        escrow.snapshot("pre_round1", {"buyer": print})
    escrow.__exit__(None, None, None)
    assert recorded_spans.spans == ()


def test_an_escrow_object_serves_one_set_up(recorded_spans: Recorded, logged: pytest.LogCaptureFixture) -> None:
    escrow = trace_escrow("e-1")
    for _ in range(2):
        with escrow, escrow.round(1):
            pass
    assert "starting a set-up failed" in logged.text
    assert [span.name for span in recorded_spans.spans].count("multisig_setup") == 1


@pytest.mark.usefixtures("recorded_spans")
def test_under_a_test_suite_it_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_multisig.tracing._scope.details_text", fail)
    with pytest.raises(RuntimeError, match="of the instrumentation"), trace_escrow("e-1") as escrow:
        escrow.custom("tick", {"a": 1})
