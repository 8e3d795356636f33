"""A set-up inside the application's own traces."""

# Blocks are nested as applications nest them.
# ruff: noqa: SIM117, TRY301

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import baggage, trace
from opentelemetry.context import attach, detach

from otel_multisig import trace_escrow

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from otel_multisig.testing.recording import Recorded

tracer = trace.get_tracer("the application")


def by_name(recorded: Recorded) -> dict[str, ReadableSpan]:
    return {span.name: span for span in recorded.spans}


def test_a_set_up_is_a_trace_of_its_own_with_a_link_to_the_caller_s_span(recorded_spans: Recorded) -> None:
    with tracer.start_as_current_span("request") as request:
        with trace_escrow("e-1"):
            pass
        assert trace.get_current_span() is request
    root = by_name(recorded_spans)["multisig_setup"]
    caller = request.get_span_context()
    assert root.parent is None
    assert root.context.trace_id != caller.trace_id
    assert [link.context for link in root.links] == [caller]


def test_with_parent_it_is_a_child_of_the_caller_s_span(recorded_spans: Recorded) -> None:
    with tracer.start_as_current_span("request") as request, trace_escrow("e-1", parent=True) as escrow:
        pass
    root = by_name(recorded_spans)["multisig_setup"]
    assert root.parent == request.get_span_context()
    assert root.links == ()
    assert escrow.trace_id == trace.format_trace_id(request.get_span_context().trace_id)
    (found,) = recorded_spans.traces()
    assert found.root is not None


def test_without_a_caller_there_is_no_link_and_no_parent(recorded_spans: Recorded) -> None:
    for parent in (False, True):
        with trace_escrow("e-1", parent=parent):
            pass
    assert [(span.parent, span.links) for span in recorded_spans.spans] == [(None, ())] * 2


def test_the_application_s_spans_inside_hang_below_ours(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1), tracer.start_as_current_span("own work"):
        with escrow.call("buyer", "prepare_multisig"), tracer.start_as_current_span("HTTP POST"):
            pass
    spans = by_name(recorded_spans)
    round_, call = spans["multisig_round 1"].context, spans["prepare_multisig"].context
    assert spans["own work"].parent == round_
    assert spans["prepare_multisig"].parent == round_  # the tree of a set-up is the same whoever else traces
    assert spans["HTTP POST"].parent == call
    (found,) = recorded_spans.traces()
    assert [span.name for span in found.spans] == ["multisig_setup", "multisig_round 1", "prepare_multisig"]


def test_what_else_is_in_the_context_stays_there(recorded_spans: Recorded) -> None:
    token = attach(baggage.set_baggage("customer", "7"))
    try:
        with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "prepare_multisig"):
            assert baggage.get_baggage("customer") == "7"
    finally:
        detach(token)


def test_exceptions_are_not_recorded_by_opentelemetry_itself(recorded_spans: Recorded) -> None:
    try:
        with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "prepare_multisig"):
            raise ValueError("secret words")
    except ValueError:
        pass
    assert [len(span.events) for span in recorded_spans.spans] == [1, 0, 0]
    assert all("exception.stacktrace" not in (event.attributes or {}) for event in recorded_spans.spans[0].events)
