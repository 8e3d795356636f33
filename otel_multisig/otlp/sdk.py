"""The OpenTelemetry SDK's spans to span records, by what they look like: the SDK itself is not imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from otel_multisig.model import EventRecord, LinkRecord, ResourceRecord, ScopeRecord, SpanRecord
from otel_multisig.model.records import NO_RESOURCE, NO_SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_INT64_MAX: Final = 2**63 - 1

# SpanFlags of trace.proto: whether the parent's (or link's) remoteness is known, and the remoteness.
_HAS_IS_REMOTE: Final = 0x100
_IS_REMOTE: Final = 0x200

_MAX_SHARED: Final = 64


class _Shared(Generic[T]):
    """Records of resources and scopes by the SDK's objects, so that spans of one provider share one record.

    The object is kept beside its record: as long as it is here, no other can have its id.
    """

    def __init__(self) -> None:
        self._records: dict[int, tuple[Any, T]] = {}

    def get(self, sdk_object: Any, make: Callable[[], T]) -> T:
        """The record of an object of the SDK, made where there is none yet."""
        found = self._records.get(id(sdk_object))
        if found is None:
            if len(self._records) >= _MAX_SHARED:
                self._records.clear()
            found = self._records[id(sdk_object)] = (sdk_object, make())
        return found[1]


_RESOURCES: Final = _Shared[ResourceRecord]()
_SCOPES: Final = _Shared[ScopeRecord]()


def from_sdk_span(span: Any) -> SpanRecord:
    """The record of a span as the SDK gives it to its processors and exporters (``ReadableSpan``).

    It holds what the SDK's own OTLP exporter would send. A span that is still open has 0 as its end. What that exporter
    could not send is made a text: integers beyond 64 bits, lone surrogates (as their escapes), objects of other types.
    """
    context = span.context
    parent = span.parent
    status = span.status
    return SpanRecord(
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        parent_span_id=f"{parent.span_id:016x}" if parent is not None else "",
        name=_text(span.name),
        kind=span.kind.value + 1,
        start_time_unix_nano=span.start_time or 0,
        end_time_unix_nano=span.end_time or 0,
        attributes=_attributes(span.attributes),
        events=tuple(
            [
                EventRecord(_text(event.name), event.timestamp, _attributes(event.attributes), event.dropped_attributes)
                for event in span.events
            ]
        ),
        links=tuple([_link(link) for link in span.links]),
        status_code=status.status_code.value if status is not None else 0,
        status_message=_text(status.description or "") if status is not None else "",
        trace_state=",".join([f"{key}={value}" for key, value in (context.trace_state or {}).items()]),
        flags=_flags(parent),
        resource=_resource(span.resource),
        scope=_scope(span.instrumentation_scope),
        dropped_attributes_count=span.dropped_attributes,
        dropped_events_count=span.dropped_events,
        dropped_links_count=span.dropped_links,
    )


def _link(link: Any) -> LinkRecord:
    return LinkRecord(
        f"{link.context.trace_id:032x}",
        f"{link.context.span_id:016x}",
        _attributes(link.attributes),
        flags=_flags(link.context),
        dropped_attributes_count=link.dropped_attributes,
    )


def _resource(resource: Any) -> ResourceRecord:
    if resource is None:
        return NO_RESOURCE
    return _RESOURCES.get(resource, lambda: ResourceRecord(_attributes(resource.attributes), resource.schema_url or ""))


def _scope(scope: Any) -> ScopeRecord:
    if scope is None:
        return NO_SCOPE
    return _SCOPES.get(
        scope,
        lambda: ScopeRecord(
            scope.name or "", scope.version or "", _attributes(scope.attributes), scope.schema_url or ""
        ),
    )


def _flags(context: Any) -> int:
    return _HAS_IS_REMOTE | _IS_REMOTE if context is not None and context.is_remote else _HAS_IS_REMOTE


def _attributes(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {_text(key): _value(value) for key, value in attributes.items()} if attributes else {}


def _value(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is int:
        return value if -_INT64_MAX <= value + (value < 0) <= _INT64_MAX else _digits(value)
    if value is None or kind is bool or kind is float or kind is bytes:
        return value
    return _odd_value(value)


# Not str(value): an enumeration may have a text of its own.
_PLAIN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (str, str.__str__),
    (int, int),
    (float, float),
    ((bytes, bytearray), bytes),
)


def _odd_value(value: Any) -> Any:
    """A value of a derived type (an enumeration's, a numpy number) in its plain one; what is none of ours as text."""
    for kinds, plain in _PLAIN:
        if isinstance(value, kinds):
            return _value(plain(value))
    if isinstance(value, Mapping):
        return {_text(str(key)): _value(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return tuple([_value(inner) for inner in value])
    return _text(str(value))


def _digits(number: int) -> str:
    try:
        return str(number)
    except ValueError:  # Python refuses to write thousands of digits
        return hex(number)


def _text(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()
