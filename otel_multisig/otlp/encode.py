"""Span records to OTLP/JSON (OpenTelemetry's OTLP specification, "JSON Protobuf Encoding")."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from otel_multisig.model.records import (
        Attributes,
        EventRecord,
        LinkRecord,
        ResourceRecord,
        ScopeRecord,
        SpanRecord,
    )

_ENCODER: Final = msgspec.json.Encoder()
_INT64_MAX: Final = 2**63 - 1


def encode_line(records: Iterable[SpanRecord]) -> bytes:
    r"""One OTLP/JSON document (``TracesData``) of spans, without a line end: a line of a JSON Lines file.

    Neighbours of the same resource and scope are grouped, so that the order is kept: decoding gives the same records.
    A lone surrogate, which is no Unicode, is written as its escape (``\ud800``), an integer beyond 64 bits as text.
    """
    document = {"resourceSpans": _group(records)}
    try:
        return _ENCODER.encode(document)
    except UnicodeEncodeError:
        return _ENCODER.encode(_without_surrogates(document))


def _group(records: Iterable[SpanRecord]) -> list[dict[str, Any]]:
    result = []
    for of_resource in runs(records, lambda record: record.resource):
        scopes = [
            _write_scope(of_scope[0].scope) | {"spans": [_write_span(record) for record in of_scope]}
            for of_scope in runs(of_resource, lambda record: record.scope)
        ]
        result.append(_write_resource(of_resource[0].resource) | {"scopeSpans": scopes})
    return result


def runs(records: Iterable[SpanRecord], part: Callable[[SpanRecord], object]) -> list[list[SpanRecord]]:
    """Neighbours whose resource or scope is the same, in content and in types (1, 1.0 and True are equal in Python)."""
    runs: list[list[SpanRecord]] = []
    before: object = None
    for record in records:
        here = part(record)
        if here is not before and (here != before or repr(here) != repr(before)):
            runs.append([])
        runs[-1].append(record)
        before = here
    return runs


def _write_resource(record: ResourceRecord) -> dict[str, Any]:
    resource: dict[str, Any] = {"attributes": _write_attributes(record.attributes)}
    resource |= _set(droppedAttributesCount=record.dropped_attributes_count)
    return {"resource": resource} | _set(schemaUrl=record.schema_url)


def _write_scope(record: ScopeRecord) -> dict[str, Any]:
    scope: dict[str, Any] = {"name": record.name}
    scope |= _set(version=record.version, droppedAttributesCount=record.dropped_attributes_count)
    if record.attributes:
        scope["attributes"] = _write_attributes(record.attributes)
    return {"scope": scope} | _set(schemaUrl=record.schema_url)


def _write_span(record: SpanRecord) -> dict[str, Any]:
    span: dict[str, Any] = {"traceId": record.trace_id, "spanId": record.span_id}
    if record.parent_span_id:
        span["parentSpanId"] = record.parent_span_id
    span |= {
        "name": record.name,
        "kind": record.kind,
        "startTimeUnixNano": str(record.start_time_unix_nano),
        "endTimeUnixNano": str(record.end_time_unix_nano),
        "attributes": _write_attributes(record.attributes),
    }
    if record.events:
        span["events"] = [_write_event(event) for event in record.events]
    if record.links:
        span["links"] = [_write_link(link) for link in record.links]
    if status := _set(message=record.status_message, code=record.status_code):
        span["status"] = status
    return span | _set(
        traceState=record.trace_state,
        flags=record.flags,
        droppedAttributesCount=record.dropped_attributes_count,
        droppedEventsCount=record.dropped_events_count,
        droppedLinksCount=record.dropped_links_count,
    )


def _write_event(record: EventRecord) -> dict[str, Any]:
    event: dict[str, Any] = {"timeUnixNano": str(record.time_unix_nano), "name": record.name}
    if record.attributes:
        event["attributes"] = _write_attributes(record.attributes)
    return event | _set(droppedAttributesCount=record.dropped_attributes_count)


def _write_link(record: LinkRecord) -> dict[str, Any]:
    link: dict[str, Any] = {"traceId": record.trace_id, "spanId": record.span_id}
    if record.attributes:
        link["attributes"] = _write_attributes(record.attributes)
    return link | _set(
        traceState=record.trace_state,
        flags=record.flags,
        droppedAttributesCount=record.dropped_attributes_count,
    )


def _set(**fields: str | int) -> dict[str, str | int]:
    """The fields that are not at their default: protobuf's JSON leaves out the others."""
    return {key: value for key, value in fields.items() if value}


def _write_attributes(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _write_value(value)} for key, value in attributes.items()]


def _write_value(value: Any) -> dict[str, Any]:  # noqa: PLR0911 (one line a type)
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        # 64-bit integers are texts in protobuf's JSON. What is larger has no number there.
        return {"intValue" if -_INT64_MAX <= value + (value < 0) <= _INT64_MAX else "stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _NOT_FINITE[str(value)]}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": _write_attributes(value)}}
    if isinstance(value, tuple):
        return {"arrayValue": {"values": [_write_value(inner) for inner in value]}}
    return {}


_NOT_FINITE: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_without_surrogates(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _without_surrogates(inner) for key, inner in value.items()}
    return value
