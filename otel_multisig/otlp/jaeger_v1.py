"""The JSON of Jaeger's ``/api/traces``, which its page offers for download: spans as Jaeger knew them before OTLP.

What OTLP has fields for stands in tags of fixed names there (OpenTelemetry's "OpenTelemetry to Jaeger transformation"):
kind, status, scope, trace state. Times are in microseconds, links have lost their attributes, arrays and maps are JSON
text. The older ``parentSpanID`` is taken too.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.model import EventRecord, LinkRecord, ResourceRecord, ScopeRecord, SpanRecord
from otel_multisig.otlp.errors import OtlpDecodeError
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otel_multisig.otlp import _schema as schema

__all__ = ["read_jaeger_v1"]

_KINDS: Final = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_CODES: Final = {"OK": 1, "ERROR": 2}
_HEX: Final = re.compile(r"[0-9a-f]+")
_TRACE_DIGITS: Final = 32
_SPAN_DIGITS: Final = 16
_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1
_UINT64_MAX: Final = 2**64 - 1
_UINT32_MAX: Final = 2**32 - 1
_NO_PROCESS: Final = ResourceRecord()


def read_jaeger_v1(traces: Iterable[schema.JaegerTrace], records: list[SpanRecord]) -> None:
    """Add the spans of the entries of ``data``.

    Raises:
        OtlpDecodeError: an id, a time or a value is not what it should be.
    """
    for number, trace in enumerate(traces):
        try:
            resources = {name: _read_process(process, name) for name, process in (trace.processes or {}).items()}
            for place, span in enumerate(trace.spans or ()):
                try:
                    records.append(_read_span(span, resources))
                except OtlpDecodeError as error:
                    raise error.inside(f"spans[{place}]") from None
        except OtlpDecodeError as error:
            raise error.inside(f"data[{number}]") from None


def _read_process(process: schema.JaegerProcess, name: str) -> ResourceRecord:
    attributes = _read_tags(process.tags, f"processes.{name}.tags")
    if process.serviceName is not None:
        attributes = {upstream.SERVICE_NAME: process.serviceName, **attributes}
    return ResourceRecord(attributes)


def _read_span(span: schema.JaegerSpan, resources: Mapping[str, ResourceRecord]) -> SpanRecord:
    trace_id = _id(span.traceID, _TRACE_DIGITS, "traceID")
    tags = _read_tags(span.tags, "tags")
    kind = tags.pop("span.kind", None)
    code = tags.pop("otel.status_code", None)
    if code is not None:
        tags.pop("error", None)  # written beside the code, for readers that know only it
    elif tags.get("error") is True:
        code = "ERROR"
    parent, links = _read_references(span, trace_id)
    start = _time(span.startTime, "startTime")
    return SpanRecord(
        trace_id=trace_id,
        span_id=_id(span.spanID, _SPAN_DIGITS, "spanID"),
        parent_span_id=parent,
        name=span.operationName or "",
        kind=_KINDS.get(kind, 0) if isinstance(kind, str) else 0,
        start_time_unix_nano=start,
        end_time_unix_nano=min(start + _time(span.duration, "duration"), _UINT64_MAX),
        status_code=_CODES.get(code, 0) if isinstance(code, str) else 0,
        status_message=_take_text(tags, "otel.status_description"),
        trace_state=_take_text(tags, "w3c.tracestate"),
        scope=ScopeRecord(_take_text(tags, "otel.scope.name"), _take_text(tags, "otel.scope.version")),
        attributes=tags,
        events=tuple([_read_log(log, place) for place, log in enumerate(span.logs or ())]),
        links=links,
        flags=span.flags if span.flags is not None and 0 <= span.flags <= _UINT32_MAX else 0,
        resource=resources.get(span.processID or "", _NO_PROCESS),
    )


def _read_references(span: schema.JaegerSpan, trace_id: str) -> tuple[str, tuple[LinkRecord, ...]]:
    """The parent, which is the first child-of reference within the trace, and all other references as links."""
    parent = _id(span.parentSpanID, _SPAN_DIGITS, "parentSpanID") if span.parentSpanID else ""
    links = []
    for place, reference in enumerate(span.references or ()):
        there = _id(reference.traceID, _TRACE_DIGITS, f"references[{place}].traceID")
        span_id = _id(reference.spanID, _SPAN_DIGITS, f"references[{place}].spanID")
        if reference.refType == "CHILD_OF" and there == trace_id and parent in {"", span_id}:
            parent = span_id
        else:
            links.append(LinkRecord(there, span_id))
    return parent, tuple(links)


def _read_log(log: schema.JaegerLog, place: int) -> EventRecord:
    attributes = _read_tags(log.fields, f"logs[{place}].fields")
    return EventRecord(_take_text(attributes, "event"), _time(log.timestamp, f"logs[{place}].timestamp"), attributes)


def _read_tags(tags: list[schema.JaegerTag] | None, place: str) -> dict[str, Any]:
    result = {}
    for number, tag in enumerate(tags or ()):
        try:
            result[tag.key] = _read_value(tag.type, tag.value)
        except (ValueError, TypeError, OverflowError):
            raise OtlpDecodeError(f"{place}[{number}].value", f"not of the type {tag.type}"[:60]) from None
    return result


def _read_value(kind: str | None, value: Any) -> Any:  # noqa: PLR0911 (one case a type)
    """A value by its type; a browser may have made a float of an integer, Jaeger makes text of those it cannot hold."""
    if value is None:
        return None
    if kind == "int64" and type(value) is not bool:
        if isinstance(value, str) and len(value) > _SPAN_DIGITS * 2:
            raise ValueError
        number = int(value)
        if number != (value if not isinstance(value, str) else number) or not _INT64_MIN <= number <= _INT64_MAX:
            raise ValueError
        return number
    if kind == "float64" and type(value) is not bool:
        return float(value)
    if kind == "binary" and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    if kind == "bool" and isinstance(value, str):
        return value == "true"
    if isinstance(value, str | bool | float):
        return value
    if isinstance(value, int) and _INT64_MIN <= value <= _INT64_MAX:
        return value
    raise TypeError


def _take_text(attributes: dict[str, Any], key: str) -> str:
    if isinstance(attributes.get(key), str):
        text: str = attributes.pop(key)
        return text
    return ""


def _time(microseconds: int | None, place: str) -> int:
    time = (microseconds or 0) * 1000
    if not 0 <= time <= _UINT64_MAX:
        raise OtlpDecodeError(place, "no time in microseconds")
    return time


def _id(text: str | None, digits: int, place: str) -> str:
    """An id; Jaeger leaves out leading zeros, and older traces have ids of 64 bits."""
    lower = (text or "").lower()
    if len(lower) > digits or _HEX.fullmatch(lower) is None:
        raise OtlpDecodeError(place, "not a hexadecimal id")
    return lower.rjust(digits, "0")
