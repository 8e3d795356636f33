from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.model import EventRecord, ResourceRecord, SpanRecord, assemble, disassemble
from otel_multisig.otlp import decode, encode_line
from otel_multisig.testing import strategies

RECORD = {"trace_id": "a" * 32, "span_id": "b" * 16, "name": "n", "start_time_unix_nano": 1}


@settings(max_examples=150)
@given(records=st.lists(strategies.span_records(), max_size=4))
def test_any_records_are_read_as_they_were_written(records):
    line = encode_line(records)
    assert b"\n" not in line
    again = decode(line)
    assert again == records
    assert repr(again) == repr(records)  # 1, 1.0 and True are equal in Python


@settings(max_examples=30)
@given(trace=strategies.traces(max_rounds=2))
def test_a_set_up_survives_the_way_through_a_file(trace):
    assert assemble(decode(encode_line(disassemble(trace)))).traces == (trace,)


def test_neighbours_share_their_resource_and_scope():
    one = ResourceRecord({"a": 1})
    same = ResourceRecord({"a": 1})
    other = ResourceRecord({"a": True})
    records = [SpanRecord(**RECORD, resource=resource) for resource in (one, same, other, one)]
    line = encode_line(records)
    assert len(json.loads(line)["resourceSpans"]) == 3
    again = decode(line)
    assert repr(again) == repr(records)
    assert again[0].resource is again[1].resource
    assert again[0].scope is again[1].scope


def test_numbers_that_are_not_finite_survive():
    values = {"nan": math.nan, "inf": math.inf, "minus": -math.inf}
    line = encode_line([SpanRecord(**RECORD, attributes=values)])
    written = {pair["key"]: pair["value"]["doubleValue"] for pair in spans_of(line)[0]["attributes"]}
    assert written == {"nan": "NaN", "inf": "Infinity", "minus": "-Infinity"}
    (record,) = decode(line)
    assert math.isnan(record.attributes["nan"])
    assert (record.attributes["inf"], record.attributes["minus"]) == (math.inf, -math.inf)


def test_an_integer_beyond_64_bits_is_written_as_text():
    values = {"max": 2**63 - 1, "min": -(2**63), "more": 2**63, "less": -(2**63) - 1}
    (record,) = decode(encode_line([SpanRecord(**RECORD, attributes=values)]))
    assert record.attributes == {**values, "more": str(2**63), "less": str(-(2**63) - 1)}


def test_a_lone_surrogate_costs_only_itself():
    events = (EventRecord("e\udc80", 1, {"k\ud800": ("\ud800", {"x": "ok"})}),)
    (record,) = decode(encode_line([SpanRecord(**RECORD, events=events)]))
    assert record.events == (EventRecord("e\\udc80", 1, {"k\\ud800": ("\\ud800", {"x": "ok"})}),)


def test_no_records_make_a_document_without_spans():
    assert decode(encode_line([])) == []


@pytest.mark.parametrize("field", ["status_message", "status_code"])
def test_half_a_status_is_kept(field):
    record = SpanRecord(**RECORD, **{field: {"status_message": "m", "status_code": 2}[field]})
    assert decode(encode_line([record])) == [record]


def spans_of(line):
    return json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
