"""OTLP/JSON as types, for decoding in one go (opentelemetry-proto ``trace/v1/trace.proto`` in protobuf's JSON form).

Decoded leniently, these types take 64-bit integers as text or number and doubles as text (``"NaN"``); null stands for
absent, as in protobuf's JSON; unknown fields are skipped.
"""

from __future__ import annotations

from typing import Any

import msgspec


class AnyValue(msgspec.Struct, rename="camel", gc=False):
    """The value of an attribute: at most one field is set."""

    string_value: str | None = None
    int_value: int | None = None
    bool_value: bool | None = None
    double_value: float | None = None
    array_value: ArrayValue | None = None
    kvlist_value: KeyValueList | None = None
    bytes_value: bytes | None = None


class ArrayValue(msgspec.Struct, gc=False):
    """A list of values."""

    values: list[AnyValue] | None = None


class KeyValue(msgspec.Struct, gc=False):
    """One attribute."""

    key: str = ""
    value: AnyValue | None = None


class KeyValueList(msgspec.Struct, gc=False):
    """A map as a list of pairs."""

    values: list[KeyValue] | None = None


class Event(msgspec.Struct, rename="camel", gc=False):
    """A span event."""

    name: str | None = None
    time_unix_nano: int | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: int | None = None


class Link(msgspec.Struct, rename="camel", gc=False):
    """A link to another span."""

    trace_id: str | None = None
    span_id: str | None = None
    trace_state: str | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: int | None = None
    flags: int | None = None


class Status(msgspec.Struct, gc=False):
    """How a span ended; the code is a number or its name."""

    message: str | None = None
    code: int | str | None = None


class Span(msgspec.Struct, rename="camel", gc=False):
    """A span; its kind is a number or its name."""

    trace_id: str | None = None
    span_id: str | None = None
    trace_state: str | None = None
    parent_span_id: str | None = None
    flags: int | None = None
    name: str | None = None
    kind: int | str | None = None
    start_time_unix_nano: int | None = None
    end_time_unix_nano: int | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: int | None = None
    events: list[Event] | None = None
    dropped_events_count: int | None = None
    links: list[Link] | None = None
    dropped_links_count: int | None = None
    status: Status | None = None


class Scope(msgspec.Struct, rename="camel", gc=False):
    """An instrumentation scope."""

    name: str | None = None
    version: str | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: int | None = None


class ScopeSpans(msgspec.Struct, rename="camel", gc=False):
    """The spans of one scope."""

    scope: Scope | None = None
    spans: list[Span] | None = None
    schema_url: str | None = None


class Resource(msgspec.Struct, rename="camel", gc=False):
    """What emitted the spans."""

    attributes: list[KeyValue] | None = None
    dropped_attributes_count: int | None = None


class ResourceSpans(msgspec.Struct, rename="camel", gc=False):
    """The spans of one resource."""

    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None
    schema_url: str | None = None


class TracesData(msgspec.Struct, rename="camel", gc=False):
    """A ``TracesData``, an export request, or what Tempo makes of one."""

    resource_spans: list[ResourceSpans] | None = None
    batches: list[ResourceSpans] | None = None


class JaegerReference(msgspec.Struct, gc=False):
    """A parent or a link in Jaeger's first JSON."""

    refType: str | None = None  # noqa: N815
    traceID: str | None = None  # noqa: N815
    spanID: str | None = None  # noqa: N815


class JaegerTag(msgspec.Struct, gc=False):
    """An attribute in Jaeger's first JSON."""

    key: str = ""
    type: str | None = None
    value: Any = None


class JaegerLog(msgspec.Struct, gc=False):
    """An event in Jaeger's first JSON: a time in microseconds, and fields, one of which may be its name."""

    timestamp: int | None = None
    fields: list[JaegerTag] | None = None


class JaegerSpan(msgspec.Struct, gc=False):
    """A span in Jaeger's first JSON; times in microseconds."""

    traceID: str | None = None  # noqa: N815
    spanID: str | None = None  # noqa: N815
    parentSpanID: str | None = None  # noqa: N815
    operationName: str | None = None  # noqa: N815
    references: list[JaegerReference] | None = None
    flags: int | None = None
    startTime: int | None = None  # noqa: N815
    duration: int | None = None
    tags: list[JaegerTag] | None = None
    logs: list[JaegerLog] | None = None
    processID: str | None = None  # noqa: N815


class JaegerProcess(msgspec.Struct, gc=False):
    """A resource in Jaeger's first JSON."""

    serviceName: str | None = None  # noqa: N815
    tags: list[JaegerTag] | None = None


class JaegerTrace(msgspec.Struct, gc=False):
    """A trace in Jaeger's first JSON."""

    spans: list[JaegerSpan] | None = None
    processes: dict[str, JaegerProcess] | None = None


class Document(TracesData):
    """All JSON that holds spans: at most one field is set."""

    result: TracesData | None = None
    trace: TracesData | None = None
    data: list[JaegerTrace] | None = None
    error: Any = None
