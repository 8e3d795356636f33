"""OTLP/JSON to span records (OpenTelemetry's OTLP specification, "JSON Protobuf Encoding")."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.model import EventRecord, LinkRecord, ResourceRecord, ScopeRecord, SpanRecord
from otel_multisig.otlp import _schema as schema
from otel_multisig.otlp.errors import OtlpDecodeError
from otel_multisig.otlp.jaeger_v1 import read_jaeger_v1

if TYPE_CHECKING:
    from collections.abc import Iterable

_DECODER: Final = msgspec.json.Decoder(schema.Document, strict=False)

_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")
_SPAN_ID: Final = re.compile(r"[0-9a-f]{16}")
_LENGTHS: Final = {_TRACE_ID: 32, _SPAN_ID: 16}
_BASE64_LENGTHS: Final = {_TRACE_ID: 24, _SPAN_ID: 12}
_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1
_UINT64_MAX: Final = 2**64 - 1
_UINT32_MAX: Final = 2**32 - 1
_INT32_MAX: Final = 2**31 - 1

_MAX_DEPTH: Final = 50
"""How deep values may be nested: about what protobuf's own decoders allow (100 messages, two to a level)."""

_KINDS: Final = {
    "SPAN_KIND_UNSPECIFIED": 0,
    "SPAN_KIND_INTERNAL": 1,
    "SPAN_KIND_SERVER": 2,
    "SPAN_KIND_CLIENT": 3,
    "SPAN_KIND_PRODUCER": 4,
    "SPAN_KIND_CONSUMER": 5,
}
_LONGEST_QUOTE: Final = 200
_CODES: Final = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}


def decode(document: bytes) -> list[SpanRecord]:
    """The spans of one JSON document, in its order.

    The document is a ``TracesData`` or an export request, or the answer of a backend: Jaeger's ``/api/v3/traces`` (such
    a message in ``result``) and ``/api/traces`` (``data``, see `otel_multisig.otlp.jaeger_v1`), Tempo's ``/api/traces``
    (``batches``) and ``/api/v2/traces`` (in ``trace``). It takes ids in hex of either case and in base64, enumerations
    as numbers or names, 64-bit integers as text or numbers, null for absent, and skips unknown fields; a document of
    another signal has no spans. Spans of one entry of ``resourceSpans`` share their resource, those of one entry of
    ``scopeSpans`` their scope.

    Raises:
        OtlpDecodeError: it is no JSON, or not of this form.
    """
    records: list[SpanRecord] = []
    parsed = _parse(document)
    _read_traces(parsed.resource_spans, "resourceSpans", records)
    if parsed.batches is not None:
        _read_traces(parsed.batches, "batches", records)
    for name, inner in (("result", parsed.result), ("trace", parsed.trace)):
        if inner is not None:
            _read_traces(inner.resource_spans, f"{name}.resourceSpans", records)
            _read_traces(inner.batches, f"{name}.batches", records)
    if parsed.data is not None:
        read_jaeger_v1(parsed.data, records)
    if parsed.error is not None:
        raise OtlpDecodeError("error", f"a backend's error and no spans: {_short(parsed.error)}")
    return records


def _read_traces(entries: list[schema.ResourceSpans] | None, name: str, records: list[SpanRecord]) -> None:
    for place, resource_spans in enumerate(entries or ()):
        try:
            _read_resource_spans(resource_spans, records)
        except OtlpDecodeError as error:
            raise error.inside(f"{name}[{place}]") from None


def _short(error: Any) -> str:
    text = msgspec.json.encode(error).decode(errors="replace")
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "..."


def _parse(document: bytes) -> schema.Document:
    try:
        return _DECODER.decode(document)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        raise OtlpDecodeError(place.rstrip("`").lstrip("."), problem) from None
    except msgspec.DecodeError as error:
        raise OtlpDecodeError("", f"not JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise OtlpDecodeError("", f"not UTF-8: byte {error.start}") from None
    except RecursionError:
        raise OtlpDecodeError("", "nested too deep") from None


def _read_resource_spans(resource_spans: schema.ResourceSpans, records: list[SpanRecord]) -> None:
    resource = resource_spans.resource or schema.Resource()
    resource_record = ResourceRecord(
        _read_attributes(resource.attributes, "resource.attributes"),
        resource_spans.schema_url or "",
        _count(resource.dropped_attributes_count),
    )
    for place, scope_spans in enumerate(resource_spans.scope_spans or ()):
        try:
            scope_record = _read_scope(scope_spans)
        except OtlpDecodeError as error:
            raise error.inside(f"scopeSpans[{place}]") from None
        for number, span in enumerate(scope_spans.spans or ()):
            try:
                records.append(_read_span(span, resource_record, scope_record))
            except OtlpDecodeError as error:
                raise error.inside(f"scopeSpans[{place}].spans[{number}]") from None


def _read_scope(scope_spans: schema.ScopeSpans) -> ScopeRecord:
    scope = scope_spans.scope or schema.Scope()
    return ScopeRecord(
        scope.name or "",
        scope.version or "",
        _read_attributes(scope.attributes, "scope.attributes"),
        scope_spans.schema_url or "",
        _count(scope.dropped_attributes_count),
    )


def _read_span(span: schema.Span, resource: ResourceRecord, scope: ScopeRecord) -> SpanRecord:
    status = span.status
    # By position, in the order of the fields: by name it takes three times as long.
    return SpanRecord(
        _shared_id(span.trace_id or "", _TRACE_ID, "traceId"),
        _id(span.span_id, _SPAN_ID, "spanId"),
        span.name or "",
        _time(span.start_time_unix_nano, "startTimeUnixNano"),
        _shared_id(span.parent_span_id, _SPAN_ID, "parentSpanId") if span.parent_span_id else "",
        _enum(span.kind, _KINDS, "kind"),
        _time(span.end_time_unix_nano, "endTimeUnixNano"),
        _read_attributes(span.attributes),
        _read_events(span.events) if span.events else (),
        tuple([_read_link(link, place) for place, link in enumerate(span.links)]) if span.links else (),
        _enum(status.code, _CODES, "status.code") if status is not None else 0,
        (status.message or "") if status is not None else "",
        span.trace_state or "",
        _count(span.flags) if span.flags else 0,
        resource,
        scope,
        _count(span.dropped_attributes_count) if span.dropped_attributes_count else 0,
        _count(span.dropped_events_count) if span.dropped_events_count else 0,
        _count(span.dropped_links_count) if span.dropped_links_count else 0,
    )


def _read_events(events: Iterable[schema.Event]) -> tuple[EventRecord, ...]:
    records = []
    for place, event in enumerate(events):
        try:
            records.append(
                EventRecord(
                    event.name or "",
                    _time(event.time_unix_nano, "timeUnixNano"),
                    _read_attributes(event.attributes),
                    _count(event.dropped_attributes_count) if event.dropped_attributes_count else 0,
                )
            )
        except OtlpDecodeError as error:
            raise error.inside(f"events[{place}]") from None
    return tuple(records)


def _read_link(link: schema.Link, place: int) -> LinkRecord:
    try:
        return LinkRecord(
            _id(link.trace_id, _TRACE_ID, "traceId"),
            _id(link.span_id, _SPAN_ID, "spanId"),
            _read_attributes(link.attributes),
            link.trace_state or "",
            _count(link.flags),
            _count(link.dropped_attributes_count),
        )
    except OtlpDecodeError as error:
        raise error.inside(f"links[{place}]") from None


def _read_attributes(pairs: list[schema.KeyValue] | None, inside: str = "attributes", depth: int = 0) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for pair in pairs or ():
        value = pair.value
        # All scalars but bytes are read here and not by a function: this loop is where the time goes.
        if value is None:
            attributes[pair.key] = None
        elif (text := value.string_value) is not None:
            attributes[pair.key] = text
        elif (number := value.int_value) is not None and _INT64_MIN <= number <= _INT64_MAX:
            attributes[pair.key] = number
        elif (truth := value.bool_value) is not None:
            attributes[pair.key] = truth
        elif (double := value.double_value) is not None:
            attributes[pair.key] = double
        else:
            try:
                attributes[pair.key] = _read_value(value, depth)
            except OtlpDecodeError as error:
                place = next(number for number, other in enumerate(pairs or ()) if other is pair)
                raise error.inside(f"{inside}[{place}].value") from None
    return attributes


def _read_value(value: schema.AnyValue, depth: int) -> Any:
    if value.int_value is not None:
        if not _INT64_MIN <= value.int_value <= _INT64_MAX:
            raise OtlpDecodeError("intValue", "beyond 64 bits")
        return value.int_value
    if value.array_value is None and value.kvlist_value is None:
        scalars = (value.string_value, value.bool_value, value.double_value, value.bytes_value)
        return next((scalar for scalar in scalars if scalar is not None), None)
    if depth >= _MAX_DEPTH:
        raise OtlpDecodeError("", "nested too deep")
    if value.array_value is not None:
        return _read_array(value.array_value.values or (), depth + 1)
    return _read_attributes(value.kvlist_value.values if value.kvlist_value else None, "kvlistValue.values", depth + 1)


def _read_array(values: Iterable[schema.AnyValue], depth: int) -> tuple[Any, ...]:
    result = []
    for place, value in enumerate(values):
        try:
            result.append(_read_value(value, depth))
        except OtlpDecodeError as error:
            raise error.inside(f"arrayValue.values[{place}]") from None
    return tuple(result)


@lru_cache(1024)
def _shared_id(text: str, form: re.Pattern[str], place: str) -> str:
    """`_id` for what many spans have in common: their trace, their parent."""
    return _id(text, form, place)


def _id(text: str | None, form: re.Pattern[str], place: str) -> str:
    lower = (text or "").lower()
    if form.fullmatch(lower) is not None:
        return lower
    # Tempo's JSON is protobuf's own: base64. No length of the one is a length of the other.
    if text and len(text) == _BASE64_LENGTHS[form]:
        try:
            decoded = base64.b64decode(text, validate=True).hex()
        except ValueError:
            decoded = ""
        if len(decoded) == _LENGTHS[form]:
            return decoded
    raise OtlpDecodeError(place, "not a hexadecimal id of the right length")


def _enum(value: int | str | None, names: dict[str, int], place: str) -> int:
    if type(value) is int and 0 <= value <= _INT32_MAX:
        return value
    if value is None:
        return 0
    number = names.get(value) if isinstance(value, str) else None
    if number is None:
        raise OtlpDecodeError(place, "neither a number nor a name of the enumeration")
    return number


def _time(value: int | None, place: str) -> int:
    if value is None:
        return 0
    if not 0 <= value <= _UINT64_MAX:
        raise OtlpDecodeError(place, "not an unsigned 64-bit integer")
    return value


def _count(value: int | None) -> int:
    """A count or flags; out of range it tells nothing and is no reason to refuse a span."""
    return value if value is not None and 0 <= value <= _UINT32_MAX else 0
