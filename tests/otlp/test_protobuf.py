"""OTLP protobuf read and written by hand, compared with the official classes."""

from __future__ import annotations

import random

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from otel_multisig.model import LinkRecord, SpanRecord
from otel_multisig.otlp import OtlpDecodeError, decode_protobuf, encode_protobuf
from otel_multisig.testing import strategies

RECORD = {"trace_id": "a" * 32, "span_id": "b" * 16, "name": "n", "start_time_unix_nano": 1}


@settings(max_examples=150)
@given(records=st.lists(strategies.span_records(), max_size=4))
def test_any_records_are_read_as_they_were_written_also_by_the_official_classes(records):
    message = encode_protobuf(records)
    assert repr(decode_protobuf(message)) == repr(records)
    official = ExportTraceServiceRequest.FromString(message)
    again = official.SerializeToString(deterministic=True)
    assert repr(decode_protobuf(again)) == repr(records)


@settings(max_examples=60)
@given(records=st.lists(strategies.span_records(), min_size=1, max_size=3), data=st.data())
def test_what_is_damaged_is_refused_as_the_official_classes_refuse_it(records, data):
    message = bytearray(encode_protobuf(records))
    for _ in range(data.draw(st.integers(1, 3))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    try:
        records = decode_protobuf(bytes(message))
    except OtlpDecodeError:
        return
    try:
        official = TracesData.FromString(bytes(message))
    except DecodeError:
        # Fields that we do not read may be damaged without harm: what was read is sound.
        assert decode_protobuf(encode_protobuf(records)) == records or repr(decode_protobuf(encode_protobuf(records)))
        return
    spans = [span for part in official.resource_spans for scope in part.scope_spans for span in scope.spans]
    assert [(record.trace_id, record.name, record.start_time_unix_nano) for record in records] == [
        (span.trace_id.hex(), span.name, span.start_time_unix_nano) for span in spans
    ] or len(official.resource_spans) == 1  # one that looks like Tempo's wrapping


def test_unknown_fields_long_numbers_and_parts_that_come_twice_are_taken():
    message = TracesData()
    span = message.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    span.attributes.add(key="k").value.int_value = -(2**63)
    span.attributes.add(key="x" * 300).value.string_value = "y" * 70_000
    span.status.message = "m"
    raw = message.SerializeToString()
    one = raw[raw.index(b"\x12", 2) :]
    assert one
    scope = b"\n\x07\n\x05scope" + b"\n\x05\x12\x03ver"
    group = b"\xfb\x01\x0b\x0c\xfc\x01"
    inner = span.SerializeToString() + b"\x7a\x02\x18\x02" + b"\xf8\x07\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + group
    spans = b"\x12" + length(inner) + inner
    resource = b"\n\x02\x10\x07" * 2
    scopes = b"\x12" + length(scope + spans) + scope + spans
    data = b"\n" + length(resource + scopes) + resource + scopes
    official = TracesData.FromString(data)
    assert official.resource_spans[0].scope_spans[0].scope.version == "ver"
    (record,) = decode_protobuf(data)
    assert (record.scope.name, record.scope.version) == ("scope", "ver")
    assert (record.status_code, record.status_message) == (2, "m")
    assert record.attributes == {"k": -(2**63), "x" * 300: "y" * 70_000}
    assert record.resource.dropped_attributes_count == 7


def length(data):
    result = b""
    number = len(data)
    while number > 0x7F:
        result += bytes((number & 0x7F | 0x80,))
        number >>= 7
    return result + bytes((number,))


def test_of_values_that_exclude_each_other_the_last_one_counts():
    first, second = AnyValue(string_value="a"), AnyValue(int_value=5)
    both = first.SerializeToString() + second.SerializeToString()
    assert AnyValue.FromString(both).int_value == 5
    pair = b"\n\x01k\x12" + length(both) + both
    span = b"\n\x10" + b"t" * 16 + b"\x12\x08" + b"s" * 8 + b"J" + length(pair) + pair
    scopes = b"\x12" + length(span) + span
    resources = b"\x12" + length(scopes) + scopes
    (record,) = decode_protobuf(b"\n" + length(resources) + resources)
    assert record.attributes == {"k": 5}


def test_lone_surrogates_and_numbers_beyond_64_bits_are_written_as_texts():
    record = SpanRecord(
        **RECORD, attributes={"k\ud800": "\ud800", "big": 2**64}, links=(LinkRecord("c" * 32, "d" * 16),)
    )
    (again,) = decode_protobuf(encode_protobuf([record]))
    assert again.attributes == {"k\\ud800": "\\ud800", "big": str(2**64)}


def test_values_nested_too_deep_are_refused():
    value = 1
    for _ in range(60):
        value = (value,)
    data = encode_protobuf([SpanRecord(**RECORD, attributes={"k": value})])
    with pytest.raises(OtlpDecodeError, match="nested too deep"):
        decode_protobuf(data)


def test_an_error_names_the_span_and_its_byte():
    data = encode_protobuf([SpanRecord(**RECORD), SpanRecord(**RECORD)])
    at = data.rindex(b"\xbb" * 8)
    with pytest.raises(OtlpDecodeError, match=r"resourceSpans\[0\].scopeSpans\[0\].spans\[1\]"):
        decode_protobuf(data[: at - 1] + b"\x07" + data[at:])


def test_cut_off_anywhere_it_is_an_error_or_less():
    data = encode_protobuf([SpanRecord(**RECORD, attributes={"k": "v" * 200})] * 3)
    choose = random.Random(1)
    for at in choose.sample(range(1, len(data)), 60):
        with pytest.raises(OtlpDecodeError):
            decode_protobuf(data[:at])


@pytest.mark.parametrize("data", [b"\xfb\x01\x0c", b"\xfb\x01\x01\x02\xfc\x01", b"\xfb\x01\x0b\xfc\x01\x0c"])
def test_groups_that_are_not_closed_as_they_were_opened_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        TracesData.FromString(data)
    with pytest.raises(OtlpDecodeError):
        decode_protobuf(data)
