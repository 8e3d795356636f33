"""The neutral span: what every reader of spans produces and every writer of spans takes.

A `SpanRecord` holds all that OTLP says of one span (opentelemetry-proto ``trace/v1/trace.proto``) in plain Python
values, and nothing that is particular to one transport. Foreign spans stay in this form, untouched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec

Scalar: TypeAlias = str | bool | int | float
"""What an attribute of ours holds."""

AttributeValue: TypeAlias = Any
"""The value of an attribute. Ours are `Scalar`; a foreign one may also be ``bytes``, ``None`` (OTLP's empty value), a
tuple of values (OTLP's array) or a dict of strings to values (OTLP's key-value list), nested at will."""

Attributes: TypeAlias = Mapping[str, AttributeValue]
"""Attributes by key. Their order means nothing; read-only by agreement, because records share them."""

KIND_UNSPECIFIED: Final = 0
KIND_INTERNAL: Final = 1
KIND_SERVER: Final = 2
KIND_CLIENT: Final = 3
KIND_PRODUCER: Final = 4
KIND_CONSUMER: Final = 5

STATUS_UNSET: Final = 0
STATUS_OK: Final = 1
STATUS_ERROR: Final = 2


class EventRecord(msgspec.Struct, frozen=True, gc=False):
    """A span event as it is on the wire; times in nanoseconds since the epoch."""

    name: str
    time_unix_nano: int
    attributes: Attributes = {}
    dropped_attributes_count: int = 0


class LinkRecord(msgspec.Struct, frozen=True, gc=False):
    """A link to another span: ids in lower-case hex, as in `SpanRecord`."""

    trace_id: str
    span_id: str
    attributes: Attributes = {}
    trace_state: str = ""
    flags: int = 0
    dropped_attributes_count: int = 0


class ResourceRecord(msgspec.Struct, frozen=True, gc=False):
    """What emitted a span (a process, a service). Spans that came together share one object."""

    attributes: Attributes = {}
    schema_url: str = ""
    dropped_attributes_count: int = 0


class ScopeRecord(msgspec.Struct, frozen=True, gc=False):
    """The instrumentation scope of a span: the library that made it. Shared like a resource."""

    name: str = ""
    version: str = ""
    attributes: Attributes = {}
    schema_url: str = ""
    dropped_attributes_count: int = 0


NO_RESOURCE: Final = ResourceRecord()
NO_SCOPE: Final = ScopeRecord()


class SpanRecord(msgspec.Struct, frozen=True, gc=False):
    """One span, of ours or foreign.

    Attributes:
        trace_id: 32 lower-case hex digits.
        span_id: 16 lower-case hex digits.
        parent_span_id: 16 lower-case hex digits, or "" where the span has no parent.
        kind: OTLP's number: one of the ``KIND_`` constants.
        start_time_unix_nano: nanoseconds since the epoch, 0 to 2**64 - 1.
        end_time_unix_nano: likewise; 0 where the span is still open.
        status_code: one of the ``STATUS_`` constants.
    """

    trace_id: str
    span_id: str
    name: str
    start_time_unix_nano: int
    parent_span_id: str = ""
    kind: int = KIND_INTERNAL
    end_time_unix_nano: int = 0
    attributes: Attributes = {}
    events: tuple[EventRecord, ...] = ()
    links: tuple[LinkRecord, ...] = ()
    status_code: int = STATUS_UNSET
    status_message: str = ""
    trace_state: str = ""
    flags: int = 0
    resource: ResourceRecord = NO_RESOURCE
    scope: ScopeRecord = NO_SCOPE
    dropped_attributes_count: int = 0
    dropped_events_count: int = 0
    dropped_links_count: int = 0
