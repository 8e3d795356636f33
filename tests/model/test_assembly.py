from __future__ import annotations

import itertools

import msgspec
import pytest

from otel_multisig.model import EventRecord, Moment, SpanKind, SpanRecord, assemble, disassemble

replace = msgspec.structs.replace


def record(number, name="make_multisig", **fields):
    attributes = {"monero.escrow.id": "e", "monero.setup.id": "e-1700000000000", **fields.pop("attributes", {})}
    return SpanRecord(
        trace_id=fields.pop("trace_id", "a" * 32),
        span_id=f"{number:016x}",
        name=name,
        start_time_unix_nano=fields.pop("start", 1),
        end_time_unix_nano=fields.pop("end", 2),
        attributes=attributes,
        **fields,
    )


def event(name, sequence=None, time=1, **attributes):
    count = {} if sequence is None else {"monero.setup.sequence": sequence}
    return EventRecord(name, time, {**count, **attributes})


def names(trace):
    return [span.name for span in trace.spans]


def test_set_ups_are_told_apart_by_their_id_and_not_by_trace_id():
    same_trace = [record(1, attributes={"monero.setup.id": "e-1700000000001"}), record(2)]
    other_trace = record(3, trace_id="b" * 32)
    first, second = assemble([*same_trace, other_trace]).traces
    assert first.setup_id == "e-1700000000000"
    assert {span.trace_id for span in first.spans} == {"a" * 32, "b" * 32}
    assert second.setup_id == "e-1700000000001"
    assert first.escrow_id == second.escrow_id == "e"


def test_the_root_is_found_wherever_it_hangs():
    root = record(1, "multisig_setup", parent_span_id="f" * 16, attributes={"monero.setup.sequence": 7})
    (trace,) = assemble([record(2), root]).traces
    assert trace.root is not None
    assert trace.root.span_id == root.span_id


def test_foreign_spans_stay_as_they_came_and_in_their_order():
    odd = record(9, attributes={"monero.setup.id": 5})
    http = replace(record(8), attributes={"http.request.method": "POST"})
    empty = record(7, attributes={"monero.setup.id": ""})
    assembly = assemble([odd, record(1), http, empty, http])
    assert assembly.foreign == (odd, http, empty, http)
    assert all(ours is given for ours, given in zip(assembly.foreign, (odd, http, empty, http), strict=True))


def test_a_complete_span_beats_what_was_sent_of_it_before():
    complete = record(1, attributes={"monero.setup.sequence": 1, "monero.setup.end_sequence": 4})
    complete = replace(complete, events=(event("kept", 2),))
    interrupted = record(1, attributes={"monero.setup.sequence": 1, "monero.setup.interrupted": True})
    interrupted = replace(interrupted, events=(event("other", 3),))
    opened = record(1, end=0, attributes={"monero.setup.sequence": 1})
    (trace,) = assemble([interrupted, complete, opened]).traces
    assert disassemble(trace) == (complete,)


def test_copies_of_an_incomplete_span_are_united_by_sequence():
    counted = {"monero.setup.sequence": 1}
    opened = record(1, end=0, attributes={**counted, "only.here": 1}, events=(event("a", 2), event("b", 3)))
    interrupted = record(
        1, attributes={**counted, "monero.setup.interrupted": True}, events=(event("b", 3), event("c", 4))
    )
    (trace,) = assemble([opened, interrupted, opened]).traces
    (span,) = trace.spans
    assert span.interrupted
    assert [found.name for found in span.events] == ["a", "b", "c"]
    assert span.attributes == {"only.here": 1}


def test_events_without_a_sequence_are_united_by_content():
    twice = (event("a", time=5), event("a", time=5), event("b", time=6))
    once = (event("a", time=5), event("c", time=7))
    (trace,) = assemble([record(1, events=twice), record(1, events=once)]).traces
    assert [found.name for found in trace.spans[0].events] == ["a", "a", "b", "c"]


def test_each_event_is_taken_once_from_however_many_copies():
    opened = {"end": 0, "attributes": {"monero.setup.sequence": 1}}
    full = record(1, **opened, events=(event("a", 2), event("b", 3), event("c", 4)))
    first = record(1, **opened, events=(event("d", 5), event("d again", 5)))
    second = record(1, **opened, events=(event("d", 5), event("e", 6)))
    (trace,) = assemble([second, full, first]).traces
    assert [found.sequence for found in trace.spans[0].events] == [2, 3, 4, 5, 5, 6]
    uncounted = [
        record(1, events=(event("a", time=5), event("a", time=5))),
        record(1, events=(event("a", time=5), event("b", time=5), event("c", time=5))),
        record(1, events=(event("b", time=5),)),
    ]
    (trace,) = assemble(uncounted).traces
    assert [found.name for found in trace.spans[0].events] == ["a", "a", "b", "c"]


def test_what_the_fullest_copy_says_goes_before_what_others_say():
    counted = {"monero.setup.sequence": 1}
    interrupted = record(1, "end", end=7, attributes={**counted, "monero.setup.interrupted": True, "both": "late"})
    opened = record(
        1, "start", end=0, attributes={**counted, "both": "early", "more": 1}, events=(event("a", 2), event("b", 3))
    )
    (trace,) = assemble([opened, interrupted]).traces
    (span,) = trace.spans
    assert (span.name, span.end, span.attributes) == ("end", Moment(None, 7), {"both": "late", "more": 1})


def test_the_order_of_events_on_the_wire_does_not_matter():
    """Jaeger sorts the events of a span by name."""
    events = (event("b", time=5), event("a", time=5), event("c", 9), event("a", 2), event("c", time=5, x=1))
    traces = [assemble([record(1, events=order)]).traces for order in itertools.permutations(events)]
    assert all(found == traces[0] for found in traces)


def test_an_end_that_a_backend_made_up_does_not_beat_a_real_one():
    counted = {"monero.setup.sequence": 1}
    mended = record(1, end=99, attributes=counted, events=(event("a", 2), event("b", 3)))
    ended = record(1, end=5, attributes={**counted, "monero.setup.end_sequence": 2})
    (trace,) = assemble([mended, ended]).traces
    assert trace.spans[0].end == Moment(2, 5)


def test_altered_numbers_are_read_where_that_loses_nothing():
    altered = {
        "monero.setup.sequence": "3",
        "monero.setup.end_sequence": "007",
        "server.port": "18082",
        "monero.multisig.round": 2.0,
        "rpc.response.status_code": -28,
        "monero.setup.interrupted": "true",
        "monero.wallet.role": 5,
    }
    (trace,) = assemble([record(1, attributes=altered, end=9)]).traces
    (span,) = trace.spans
    assert (span.start.sequence, span.port, span.error_code, span.interrupted) == (3, 18082, -28, True)
    assert span.end == Moment(None, 9)
    assert (span.round, span.role) == (None, None)
    assert span.attributes == {
        "monero.setup.end_sequence": "007",
        "monero.multisig.round": 2.0,
        "monero.wallet.role": 5,
    }


@pytest.mark.parametrize("number", [-(2**63), -1, 0, 2**63 - 1])
def test_any_64_bit_number_is_read_from_its_text(number):
    (trace,) = assemble([record(1, attributes={"monero.setup.sequence": str(number)})]).traces
    assert trace.spans[0].start.sequence == number


@pytest.mark.parametrize(
    "text", ["", "-", "+1", "-0", "00", " 1", "1 ", "1_0", "1.0", "²", "\u0663", "0x1", str(2**63), "9" * 5000]
)
def test_any_other_text_stays_a_text(text):
    (trace,) = assemble([record(1, attributes={"monero.setup.sequence": text})]).traces
    assert trace.spans[0].start.sequence is None
    assert trace.spans[0].attributes == {"monero.setup.sequence": text}


def test_the_kinds_of_spans():
    spans = {
        "multisig_setup": SpanKind.SETUP,
        "multisig_round": SpanKind.ROUND,
        "multisig_round 2": SpanKind.ROUND,
        "multisig_round 2 (continued)": SpanKind.CONTINUATION,
        "multisig_setup (continued)": SpanKind.CONTINUATION,
        "multisig_rounds": SpanKind.OTHER,
        "POST": SpanKind.OTHER,
    }
    for name, kind in spans.items():
        assert assemble([record(1, name)]).traces[0].spans[0].kind is kind, name
    called = record(1, "whatever", attributes={"rpc.method": "make_multisig"})
    assert assemble([called]).traces[0].spans[0].kind is SpanKind.CALL
    marked = record(1, "renamed", attributes={"monero.span.continuation": True})
    assert assemble([marked]).traces[0].spans[0].kind is SpanKind.CONTINUATION


def test_spans_are_in_order_of_their_sequence_whatever_their_times():
    shuffled = [
        record(1, "second", start=1, attributes={"monero.setup.sequence": 2}),
        record(2, "third", start=0, attributes={"monero.setup.sequence": 10}),
        record(3, "first", start=9, attributes={"monero.setup.sequence": 1}),
    ]
    assert names(assemble(shuffled).traces[0]) == ["first", "second", "third"]


def test_without_sequences_time_orders_and_parents_stand_before_children():
    shuffled = [
        record(1, "grandchild", start=5, parent_span_id=f"{2:016x}"),
        record(2, "child", start=5, parent_span_id=f"{3:016x}"),
        record(3, "parent", start=5),
        record(4, "earlier", start=4, parent_span_id=f"{1:016x}"),
    ]
    assert names(assemble(shuffled).traces[0]) == ["earlier", "parent", "child", "grandchild"]


def test_a_span_without_a_sequence_stands_where_its_time_puts_it():
    counted = [record(n, f"c{n}", start=n * 10, attributes={"monero.setup.sequence": n}) for n in (1, 2, 3)]
    uncounted = [record(8, "u25", start=25), record(9, "u20", start=20), record(7, "u5", start=5)]
    assert names(assemble(uncounted + counted).traces[0]) == ["u5", "c1", "c2", "u20", "u25", "c3"]


def test_where_the_clock_went_back_its_latest_time_counts():
    counted = [
        record(n, f"c{n}", start=time, attributes={"monero.setup.sequence": n})
        for n, time in ((1, 10), (2, 40), (3, 20), (4, 50))
    ]
    assert names(assemble([*counted, record(9, "u30", start=30)]).traces[0]) == ["c1", "u30", "c2", "c3", "c4"]


def test_parents_that_run_in_a_circle_are_no_trouble():
    circle = [record(n, f"s{n}", parent_span_id=f"{n % 3 + 1:016x}", start=1) for n in (1, 2, 3)]
    outside = record(4, "outside", start=1)
    trace = assemble([*circle, outside]).traces[0]
    assert names(trace) == ["outside", "s1", "s2", "s3"]
    assert assemble(reversed([*circle, outside])).traces == (trace,)


def test_a_very_long_chain_of_parents_is_no_trouble():
    chain = [record(n, parent_span_id=f"{n - 1:016x}", start=1) for n in range(2, 20_000)]
    trace = assemble(reversed(chain)).traces[0]
    assert [span.span_id for span in trace.spans] == [span.span_id for span in chain]


def test_spans_that_name_no_escrow_belong_to_that_of_the_set_up():
    nameless = replace(record(1), attributes={"monero.setup.id": "e-x-1700000000000"})
    assert assemble([nameless]).traces[0].escrow_id == "e-x"
    odd = record(1, attributes={"monero.escrow.id": {"not": "hashable"}})
    (trace,) = assemble([odd]).traces
    assert trace.escrow_id == "e"
    assert trace.spans[0].attributes == {"monero.escrow.id": {"not": "hashable"}}


def test_the_first_span_decides_which_escrow_it_is():
    first = record(1, attributes={"monero.setup.sequence": 1})
    second = record(2, attributes={"monero.setup.sequence": 2, "monero.escrow.id": "f"})
    (trace,) = assemble([second, first]).traces
    assert trace.escrow_id == "e"
    assert [span.attributes for span in trace.spans] == [{}, {"monero.escrow.id": "f"}]


def test_traces_come_in_order_of_their_start():
    later = record(1, start=5, attributes={"monero.setup.id": "a"})
    sooner = record(1, start=4, attributes={"monero.setup.id": "b"})
    assert [trace.setup_id for trace in assemble([later, sooner]).traces] == ["b", "a"]
