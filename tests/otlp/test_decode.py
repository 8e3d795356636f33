from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.model import LinkRecord
from otel_multisig.otlp import OtlpDecodeError, decode, encode_line
from otel_multisig.testing import strategies

SPAN = {"traceId": "0AF7651916CD43DD8448EB211C80319C", "spanId": "00F067AA0BA902B7", "name": "n"}


def document(span=None, **fields):
    span = {**SPAN, **(span or {}), **fields}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def value_of(value):
    (record,) = decode(document(attributes=[{"key": "k", "value": value}]))
    return record.attributes["k"]


def test_ids_are_read_in_either_case():
    (record,) = decode(document(parentSpanId="00F067AA0BA902B8", links=[{"traceId": "F" * 32, "spanId": "A" * 16}]))
    assert record.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert record.span_id == "00f067aa0ba902b7"
    assert record.parent_span_id == "00f067aa0ba902b8"
    assert record.links == (LinkRecord("f" * 32, "a" * 16),)


@pytest.mark.parametrize("kind", [3, "SPAN_KIND_CLIENT"])
@pytest.mark.parametrize("code", [2, "STATUS_CODE_ERROR"])
def test_enumerations_are_read_by_number_and_by_name(kind, code):
    (record,) = decode(document(kind=kind, status={"code": code}))
    assert (record.kind, record.status_code) == (3, 2)


@pytest.mark.parametrize("time", [1_700_000_000_000_000_001, "1700000000000000001"])
def test_64_bit_integers_are_read_as_numbers_and_as_texts(time):
    (record,) = decode(document(startTimeUnixNano=time, endTimeUnixNano=time, events=[{"timeUnixNano": time}]))
    assert record.start_time_unix_nano == record.end_time_unix_nano == record.events[0].time_unix_nano == int(time)
    assert value_of({"intValue": time}) == int(time)


def test_every_kind_of_value_is_read():
    nested = {
        "arrayValue": {
            "values": [
                {"stringValue": "s"},
                {"intValue": "-5"},
                {"doubleValue": 1},
                {"boolValue": False},
                {"bytesValue": "aGk="},
                {},
                {"kvlistValue": {"values": [{"key": "a", "value": {"stringValue": ""}}, {"key": "b"}]}},
                {"arrayValue": {}},
            ]
        }
    }
    value = value_of(nested)
    assert value == ("s", -5, 1.0, False, b"hi", None, {"a": "", "b": None}, ())
    assert type(value[2]) is float
    assert value_of({"kvlistValue": {}}) == {}
    assert value_of({"intValue": str(-(2**63))}) == -(2**63)


def test_null_stands_for_absent_and_unknown_fields_are_skipped():
    names = (
        "traceState parentSpanId flags name kind startTimeUnixNano endTimeUnixNano attributes droppedAttributesCount"
        " events droppedEventsCount links droppedLinksCount status"
    )
    nulls = dict.fromkeys(names.split())
    (record,) = decode(document(nulls, somethingNew={"deep": [1]}))
    assert (record.name, record.kind, record.parent_span_id, record.end_time_unix_nano) == ("", 0, "", 0)
    assert decode(b'{"resourceSpans":null}') == []
    assert decode(b'{"resourceSpans":[{"resource":null,"scopeSpans":null}]}') == []
    assert decode(b'{"resourceSpans":[{"scopeSpans":[{"scope":null,"spans":null}]}]}') == []


def test_documents_of_other_signals_have_no_spans():
    assert decode(b"{}") == []
    assert decode(b'{"resourceMetrics":[{"scopeMetrics":[]}]}') == []


def test_a_count_out_of_range_is_no_reason_to_refuse_a_span():
    (record,) = decode(document(droppedEventsCount=-1, flags=2**40))
    assert (record.dropped_events_count, record.flags) == (0, 0)


PLACE = "resourceSpans[0].scopeSpans[0].spans[0]"


@pytest.mark.parametrize(
    ("span", "place"),
    [
        ({"traceId": "abc"}, f"{PLACE}.traceId"),
        ({"traceId": None}, f"{PLACE}.traceId"),
        ({"traceId": 5}, f"{PLACE}.traceId"),
        ({"spanId": "zz" * 8}, f"{PLACE}.spanId"),
        ({"spanId": "\u0661" * 16}, f"{PLACE}.spanId"),
        ({"parentSpanId": "1"}, f"{PLACE}.parentSpanId"),
        ({"kind": "CLIENT"}, f"{PLACE}.kind"),
        ({"kind": -1}, f"{PLACE}.kind"),
        ({"status": {"code": "BAD"}}, f"{PLACE}.status.code"),
        ({"status": []}, f"{PLACE}.status"),
        ({"startTimeUnixNano": "-1"}, f"{PLACE}.startTimeUnixNano"),
        ({"endTimeUnixNano": 2**64}, f"{PLACE}.endTimeUnixNano"),
        ({"startTimeUnixNano": "soon"}, f"{PLACE}.startTimeUnixNano"),
        ({"links": [{"traceId": "f" * 32, "spanId": ""}]}, f"{PLACE}.links[0].spanId"),
        ({"events": [{}, {"timeUnixNano": "9" * 25}]}, f"{PLACE}.events[1].timeUnixNano"),
        ({"events": [{}, {"attributes": [{"key": 1}]}]}, f"{PLACE}.events[1].attributes[0].key"),
        ({"attributes": [{"key": "k", "value": {"intValue": str(2**63)}}]}, f"{PLACE}.attributes[0].value.intValue"),
        (
            {"attributes": [{"key": "k", "value": {"arrayValue": {"values": [{}, {"intValue": str(2**63)}]}}}]},
            f"{PLACE}.attributes[0].value.arrayValue.values[1].intValue",
        ),
        (
            {
                "attributes": [
                    {"key": "a"},
                    {"key": "k", "value": {"kvlistValue": {"values": [{"value": {"intValue": 2**63}}]}}},
                ]
            },
            f"{PLACE}.attributes[1].value.kvlistValue.values[0].value.intValue",
        ),
        ({"attributes": {"k": 1}}, f"{PLACE}.attributes"),
        ({"attributes": [{"key": "k", "value": "bare"}]}, f"{PLACE}.attributes[0].value"),
    ],
)
def test_an_error_names_its_place(span, place):
    with pytest.raises(OtlpDecodeError) as caught:
        decode(document(span))
    assert caught.value.place == place
    assert str(caught.value) == f"{caught.value.place}: {caught.value.problem}"
    assert caught.value.problem


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("resourceSpans[1].resource.attributes[0].value.intValue", {"resource": {"attributes": None}}),
        (
            "resourceSpans[1].scopeSpans[0].scope.attributes[0].value.intValue",
            {"scopeSpans": [{"scope": {"attributes": None}}]},
        ),
    ],
)
def test_an_error_outside_the_spans_names_its_place(place, content):
    too_much = [{"key": "k", "value": {"intValue": str(2**63)}}]
    text = json.dumps({"resourceSpans": [{}, content]}).replace("null", json.dumps(too_much))
    with pytest.raises(OtlpDecodeError) as caught:
        decode(text.encode())
    assert caught.value.place == place


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"resourceSpans":5}',
        b'{"resourceSpans":[5]}',
        b'{"resourceSpans":[{"resource":{"attributes":[{"key":"\xff"}]}}]}',
        b'{"resourceSpans":[{"schemaUrl":"\\ud800"}]}',
        b"\xff\xfe{\x00}\x00",
        b'{"resourceSpans":' + b"[" * 100_000,
        b'{"a":' + b"[" * 100_000,
    ],
)
def test_what_is_no_document_is_refused_with_a_clear_error(text):
    with pytest.raises(OtlpDecodeError):
        decode(text)


@pytest.mark.parametrize("levels", [51, 200, 300, 5_000, 100_000])
def test_values_nested_too_deep_are_refused(levels):
    value = '{"arrayValue":{"values":[' * levels + "]}}" * levels
    text = document(attributes=[{"key": "k", "value": None}]).replace(b"null", value.encode())
    with pytest.raises(OtlpDecodeError, match="nested too deep"):
        decode(text)


def test_values_nested_as_deep_as_protobuf_allows_are_read():
    value = '{"arrayValue":{"values":[' * 50 + "]}}" * 50
    text = document(attributes=[{"key": "k", "value": None}]).replace(b"null", value.encode())
    (record,) = decode(text)
    assert decode(encode_line([record])) == [record]


@settings(max_examples=150)
@given(
    records=st.lists(strategies.span_records(), min_size=1, max_size=1),
    cuts=st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3), st.integers(0, 3)), min_size=1, max_size=3),
)
def test_damaged_documents_are_read_or_refused_but_never_crash(records, cuts):
    text = bytearray(encode_line(records))
    for place, inserted, removed in cuts:
        at = place % len(text)
        text[at : at + removed] = inserted
    with contextlib.suppress(OtlpDecodeError):
        again = decode(bytes(text))
        assert repr(decode(encode_line(again))) == repr(again)


def test_ids_in_base64_are_read_where_they_have_the_right_length():
    (record,) = decode(document(traceId="CwsLCwsLCwsLCwsLCwsLCw==", spanId="AAAAAAAAAAE="))
    assert (record.trace_id, record.span_id) == ("0b" * 16, "0000000000000001")
    # As long as text, but of 9 and 18 bytes: found by the fuzzer.
    for wrong in ({"spanId": "A" * 12}, {"traceId": "A" * 24}, {"spanId": "AAAAAAAA==!="}):
        with pytest.raises(OtlpDecodeError):
            decode(document(**wrong))


def test_jaegers_first_json_is_read_with_all_its_types():
    tags = [
        {"key": "span.kind", "type": "string", "value": "client"},
        {"key": "error", "type": "bool", "value": True},
        {"key": "big", "type": "int64", "value": "9223372036854775807"},
        {"key": "whole", "type": "int64", "value": 5.0},
        {"key": "half", "type": "float64", "value": 1},
        {"key": "bytes", "type": "binary", "value": "AP8="},
        {"key": "flag", "type": "bool", "value": "true"},
        {"key": "none", "type": "string", "value": None},
    ]
    references = [
        {"refType": "CHILD_OF", "traceID": "b", "spanID": "2"},
        {"refType": "FOLLOWS_FROM", "traceID": "c", "spanID": "3"},
    ]
    logs = [
        {
            "timestamp": 7,
            "fields": [{"key": "event", "type": "string", "value": "e"}, {"key": "n", "type": "int64", "value": 1}],
        }
    ]
    span = {"traceID": "b", "spanID": "1", "operationName": "n", "startTime": 5, "duration": 3, "tags": tags}
    span |= {"references": references, "logs": logs, "processID": "p1"}
    text = json.dumps(
        {"data": [{"traceID": "b", "spans": [span], "processes": {"p1": {"serviceName": "s", "tags": tags[2:3]}}}]}
    )
    (record,) = decode(text.encode())
    assert (record.trace_id, record.span_id, record.parent_span_id) == (
        "b".rjust(32, "0"),
        "1".rjust(16, "0"),
        "2".rjust(16, "0"),
    )
    assert (record.start_time_unix_nano, record.end_time_unix_nano) == (5000, 8000)
    assert (record.kind, record.status_code) == (3, 2)
    expected = {
        "error": True,
        "big": 2**63 - 1,
        "whole": 5,
        "half": 1.0,
        "bytes": b"\0\xff",
        "flag": True,
        "none": None,
    }
    assert record.attributes == expected
    assert record.links == (LinkRecord("c".rjust(32, "0"), "3".rjust(16, "0")),)
    assert [(event.name, event.time_unix_nano, event.attributes) for event in record.events] == [("e", 7000, {"n": 1})]
    assert record.resource.attributes == {"service.name": "s", "big": 2**63 - 1}


@pytest.mark.parametrize(
    "change",
    [{"traceID": "x"}, {"spanID": ""}, {"startTime": -1}, {"tags": [{"key": "k", "type": "int64", "value": 1.5}]}],
)
def test_what_is_wrong_in_jaegers_first_json_is_named_by_its_place(change):
    span = {"traceID": "b", "spanID": "1"} | change
    with pytest.raises(OtlpDecodeError, match=r"data\[0\].spans\[0\]"):
        decode(json.dumps({"data": [{"spans": [span]}]}).encode())
