"""What we write and read is OTLP: compared with the official protobuf classes and the SDK's own encoder."""

from __future__ import annotations

import base64
import enum
import json

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import trace as api
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from otel_multisig.otlp import decode, encode_line, from_sdk_span
from otel_multisig.testing import strategies

IDS = {"traceId", "spanId", "parentSpanId"}


def ids_in(node, change):
    """The JSON with its ids changed: OTLP writes them in hex, protobuf's own JSON in base64."""
    if isinstance(node, list):
        return [ids_in(inner, change) for inner in node]
    if isinstance(node, dict):
        return {key: change(inner) if key in IDS else ids_in(inner, change) for key, inner in node.items()}
    return node


def to_protobuf(line):
    plain = ids_in(json.loads(line), lambda text: base64.b64encode(bytes.fromhex(text)).decode())
    return json_format.ParseDict(plain, TracesData())


def from_protobuf(message):
    plain = json_format.MessageToDict(message, use_integers_for_enums=True)
    return json.dumps(ids_in(plain, lambda text: base64.b64decode(text).hex())).encode()


@settings(max_examples=100)
@given(records=st.lists(strategies.span_records(), max_size=2))
def test_the_official_classes_read_what_we_write_and_lose_nothing(records):
    message = TracesData.FromString(to_protobuf(encode_line(records)).SerializeToString())
    again = decode(from_protobuf(message))
    assert again == records
    assert repr(again) == repr(records)


class Level(enum.IntEnum):
    HIGH = 3


class Point(enum.StrEnum):
    FINAL = "final"


class Named(str, enum.Enum):  # noqa: UP042 (its text is not its value)
    ONE = "one"


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter):
    resource = Resource({"service.name": "escrow", "count": 3}, schema_url="https://example.org/resource")
    provider = TracerProvider(resource=resource, span_limits=SpanLimits(max_events=3, max_span_attributes=8))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider.get_tracer("otel_multisig", "1.2", "https://example.org/scope", {"a": True})
    provider.shutdown()


def official(spans):
    message = encode_spans(spans)
    return decode(from_protobuf(message))


def test_a_span_of_the_sdk_becomes_what_its_own_exporter_sends(tracer, exporter):
    remote = SpanContext(5, 6, is_remote=True, trace_flags=TraceFlags(1), trace_state=TraceState([("k", "v")]))
    parent = api.set_span_in_context(api.NonRecordingSpan(remote))
    values = {
        "text": "täxt",
        "int": 7,
        "float": 1.5,
        "whole": 1.0,
        "bool": True,
        "array": ["a", "b"],
        "none": (1, 2),
    }
    with tracer.start_as_current_span(
        "multisig_setup", parent, SpanKind.CLIENT, values, links=[Link(remote, {"l": 1})], start_time=17
    ) as span:
        for number in range(5):
            span.add_event(f"e{number}", {"n": number}, 20 + number)
        span.set_attributes({f"k{number}": number for number in range(4)} | {"lowest": -(2**63)})
        span.set_status(Status(StatusCode.ERROR, "no wallet"))
        with tracer.start_as_current_span("inner"):
            pass
    spans = exporter.get_finished_spans()
    ours = [from_sdk_span(span) for span in spans]
    assert repr(ours) == repr(official(spans))
    assert ours[1].dropped_events_count == 2
    assert ours[1].dropped_attributes_count == 4
    assert ours[1].flags == 0x300
    assert ours[0].resource is ours[1].resource
    assert ours[0].scope is ours[1].scope
    assert decode(encode_line(ours)) == ours


@pytest.mark.parametrize("kind", SpanKind)
@pytest.mark.parametrize("code", StatusCode)
def test_kinds_and_codes_are_those_of_otlp(tracer, exporter, kind, code):
    span = tracer.start_span("s", kind=kind)
    span.set_status(code)
    span.end()
    (done,) = exporter.get_finished_spans()
    assert [from_sdk_span(done)] == official([done])


def test_an_open_span_has_no_end(tracer):
    span = tracer.start_span("s")
    assert from_sdk_span(span).end_time_unix_nano == 0
    span.end()


def test_what_the_exporter_could_not_send_becomes_text(tracer, exporter):
    with tracer.start_as_current_span("s") as span:
        span.set_attribute("big", 2**64)
        span.set_attribute("huge", 10**5000)
        span.set_attribute("surrogate", "a\ud800")
        span.set_attribute("levels", Level.HIGH)
        span.set_attribute("point", Point.FINAL)
        span.set_attribute("named", Named.ONE)
    (done,) = exporter.get_finished_spans()
    record = from_sdk_span(done)
    values = record.attributes
    assert values["big"] == "18446744073709551616"
    assert values["huge"].startswith("0x")
    assert values["surrogate"] == "a\\ud800"
    assert (values["levels"], type(values["levels"])) == (3, int)
    assert (values["point"], type(values["point"])) == ("final", str)
    assert (values["named"], type(values["named"])) == ("one", str)
    assert decode(encode_line([record])) == [record]


class Bare:
    """A span as the SDK could give it some day: values of any type, no resource, no scope, no status."""

    name = "s"
    context = SpanContext(1, 2, is_remote=False)
    parent = None
    kind = SpanKind.INTERNAL
    start_time = 1
    end_time = None
    attributes = {"d": {"x": [1, None]}, "b": b"hi", "ba": bytearray(b"ho"), "o": range(2), "f": 1 + 2j}  # noqa: RUF012
    events = ()
    links = ()
    status = None
    resource = None
    instrumentation_scope = None
    dropped_attributes = dropped_events = dropped_links = 0


def test_a_span_needs_only_look_like_one_of_the_sdk():
    record = from_sdk_span(Bare())
    assert record.attributes == {"d": {"x": (1, None)}, "b": b"hi", "ba": b"ho", "o": (0, 1), "f": "(1+2j)"}
    assert record.resource.attributes == {}
    assert decode(encode_line([record])) == [record]


def test_resources_that_come_and_go_are_never_mixed_up():
    for number in range(300):
        span = Bare()
        span.resource = Resource({"n": number})
        assert from_sdk_span(span).resource.attributes == {"n": number}
