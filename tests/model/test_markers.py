"""Markers of open spans: dropped once the span itself is there, else what they stand for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.model import EventRecord, Moment, SpanKind, SpanRecord, assemble, disassemble, validate
from otel_multisig.model.markers import resolve_marker
from otel_multisig.semconv import attributes as attr
from otel_multisig.testing import strategies

replace = msgspec.structs.replace
SECOND = 10**9
OPEN_ID = "0" * 15 + "7"


def marker(number: int = 1, *, end: int = 30 * SECOND, events: tuple[EventRecord, ...] = (), **more: Any) -> SpanRecord:
    attributes = {
        attr.MONERO_ESCROW_ID: "e",
        attr.MONERO_SETUP_ID: "e-1700000000000",
        attr.MONERO_SETUP_SEQUENCE: 4,
        attr.MONERO_SPAN_PENDING: True,
        attr.MONERO_SPAN_OPEN_ID: OPEN_ID,
        attr.MONERO_SPAN_MARKERS: 0,
        **more,
    }
    return SpanRecord("a" * 32, f"{number:x}" * 16, "multisig_round 2", SECOND, "b" * 16, 1, end, attributes, events)


def ended() -> SpanRecord:
    left = {key: value for key, value in marker().attributes.items() if not key.startswith("monero.span.")}
    return replace(marker(), span_id=OPEN_ID, attributes=left | {attr.MONERO_SETUP_END_SEQUENCE: 9})


def event(sequence: int) -> EventRecord:
    return EventRecord("monero.custom", SECOND + sequence, {attr.MONERO_SETUP_SEQUENCE: sequence})


@settings(max_examples=100)
@given(trace=strategies.traces(max_rounds=2), data=st.data())
def test_markers_change_nothing_once_the_spans_are_there(trace, data, exactly):
    records = list(disassemble(trace))
    whole = [record for record in records if attr.MONERO_SETUP_END_SEQUENCE in record.attributes]
    found = [one for record in whole for one in data.draw(strategies.markers_of(record))]
    shuffled = data.draw(st.permutations(records + found + found[:2]))
    assert exactly(assemble(shuffled).traces) == exactly((trace,))


@settings(max_examples=100)
@given(trace=strategies.traces(max_rounds=2), data=st.data())
def test_without_the_span_its_markers_are_the_open_span(trace, data, exactly):
    records = list(disassemble(trace))
    hung = data.draw(st.sampled_from(records))
    found = data.draw(strategies.markers_of(hung, min_size=1))
    rest = [record for record in records if record is not hung]
    shuffled = data.draw(st.permutations(rest + found + found[-1:]))
    (stuck,) = assemble(shuffled).traces
    validate(stuck)
    assert exactly(assemble(disassemble(stuck)).traces) == exactly((stuck,))
    assert {span.span_id for span in stuck.spans} == {record.span_id for record in records}
    (there,) = [span for span in stuck.spans if span.span_id == hung.span_id]
    (before,) = [span for span in trace.spans if span.span_id == hung.span_id]
    assert not there.ended
    assert (there.kind, there.start, there.round, there.role, there.method, there.port) == (
        before.kind,
        before.start,
        before.round,
        before.role,
        before.method,
        before.port,
    )
    told = {known.attributes[attr.MONERO_SETUP_SEQUENCE] for one in found for known in one.events}
    assert {known.sequence for known in there.events} == told
    assert [stuck.parent(span) for span in stuck.spans if span.parent_span_id == hung.span_id] == [
        there for span in trace.spans if span.parent_span_id == hung.span_id
    ]


def test_the_latest_marker_says_until_when_and_all_say_what_happened():
    first, second = marker(1, events=(event(5), event(6))), marker(2, end=60 * SECOND, events=(event(7),))
    late_role = replace(second, attributes={**second.attributes, attr.MONERO_WALLET_ROLE: "buyer"})
    (trace,) = assemble([late_role, first]).traces
    (span,) = trace.spans
    assert (span.kind, span.span_id, span.ended, span.role) == (SpanKind.ROUND, OPEN_ID, False, "buyer")
    assert span.end == Moment(None, 60 * SECOND)
    assert [known.sequence for known in span.events] == [5, 6, 7]
    assert span.attributes == {}
    assert trace.outcome is None


def test_the_span_itself_wins_even_where_the_process_ended_it():
    interrupted = replace(ended(), attributes={**ended().attributes, attr.MONERO_SETUP_INTERRUPTED: True})
    for real in (ended(), interrupted):
        assert assemble([marker(), real, marker(2)]).traces == assemble([real]).traces


def test_a_marker_without_a_count_is_open_as_well():
    record = marker()
    left = {key: value for key, value in record.attributes.items() if key != attr.MONERO_SETUP_SEQUENCE}
    (trace,) = assemble([replace(record, attributes=left | {attr.MONERO_SETUP_END_TIME: 5})]).traces
    assert trace.spans[0].end is None


@pytest.mark.parametrize(
    "change",
    [
        {attr.MONERO_SPAN_PENDING: False},
        {attr.MONERO_SPAN_PENDING: "yes"},
        {attr.MONERO_SPAN_OPEN_ID: "7"},
        {attr.MONERO_SPAN_OPEN_ID: 7},
        {attr.MONERO_SPAN_OPEN_ID: OPEN_ID.replace("7", "X")},
        {attr.MONERO_SETUP_END_SEQUENCE: 9},
        {attr.MONERO_SETUP_INTERRUPTED: True},
    ],
)
def test_what_says_otherwise_is_a_span_like_any_other(change):
    record = marker(**change)
    assert resolve_marker(record) is record
    (trace,) = assemble([record]).traces
    assert trace.spans[0].span_id == record.span_id


def test_a_backend_may_have_made_text_of_the_mark():
    assert resolve_marker(marker(**{attr.MONERO_SPAN_PENDING: "true"})).span_id == OPEN_ID


def test_a_set_up_that_is_built_holds_no_markers(build):
    from otel_multisig.model import InvalidTraceError

    marks = {attr.MONERO_SPAN_PENDING: True, attr.MONERO_SPAN_OPEN_ID: OPEN_ID}
    span = build.span(1, "make_multisig", Moment(0, 5), attributes=marks)
    with pytest.raises(InvalidTraceError, match="marker"):
        validate(build.trace(span))
