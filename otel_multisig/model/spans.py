"""The parts of a set-up: typed spans and events, with what the conventions say of them lifted out of the attributes."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from otel_multisig.model.records import (
    KIND_CLIENT,
    KIND_INTERNAL,
    NO_RESOURCE,
    NO_SCOPE,
    STATUS_UNSET,
    Attributes,
    LinkRecord,
    ResourceRecord,
    ScopeRecord,
)
from otel_multisig.semconv import upstream


class SpanKind(StrEnum):
    """What a span of a set-up stands for.

    A continuation is known by its mark or its name, the set-up and the rounds by their names, a call by having an RPC
    method; anything else inside a set-up is OTHER.
    """

    SETUP = "setup"
    ROUND = "round"
    CALL = "call"
    CONTINUATION = "continuation"
    OTHER = "other"


# A member of an enumeration is slow to look up, for every span.
_CALL: Final = SpanKind.CALL


def wire_kind_of(kind: SpanKind) -> int:
    """OTLP's number that spans of a kind usually have."""
    return KIND_CLIENT if kind is _CALL else KIND_INTERNAL


class Moment(msgspec.Struct, frozen=True, gc=False):
    """A point of a set-up.

    Attributes:
        sequence: its place in the set-up's own count, which alone decides order; None where the emitter has none.
        time_unix_nano: nanoseconds since the epoch by the emitter's clock.
    """

    sequence: int | None
    time_unix_nano: int


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened inside a span: a snapshot, a change of state, an exception.

    Attributes:
        name: the event's name, one of `otel_multisig.semconv.events`, or any other.
        sequence: its place in the set-up; None where the emitter has none.
        time_unix_nano: nanoseconds since the epoch.
        role: the wallet's role, None where the event has none.
        port: the port of the wallet's server, None where not known.
        attributes: all other attributes, as they came.
    """

    name: str
    sequence: int | None
    time_unix_nano: int
    role: str | None = None
    port: int | None = None
    attributes: Attributes = {}
    dropped_attributes_count: int = 0

    @property
    def moment(self) -> Moment:
        """When it happened."""
        return Moment(self.sequence, self.time_unix_nano)


class Span(msgspec.Struct, frozen=True, gc=False):
    """One span of a set-up.

    Attributes:
        kind: what it stands for.
        trace_id: 32 lower-case hex digits.
        span_id: 16 lower-case hex digits.
        name: its name on the wire: for a call its method.
        start: when it started.
        parent_span_id: 16 lower-case hex digits, "" where it has no parent.
        end: when it ended; None where it never did. See `ended`.
        interrupted: the end of the process ended it, not the application.
        round: the number of the round that it is or belongs to.
        role: the wallet's role.
        method: the JSON-RPC method of a call.
        port: the port of the wallet's server.
        address: the address of the wallet's server.
        error_type: the class of error that it ended with (``error.type``).
        error_code: the code of the JSON-RPC error that the server answered with.
        status_code: OTLP's number, 0 unset, 1 ok, 2 error.
        attributes: all other attributes, as they came.
        events: in order of sequence.
        wire_kind: OTLP's span kind where it is not the usual one (`wire_kind_of`) of `kind`; else None.
    """

    kind: SpanKind
    trace_id: str
    span_id: str
    name: str
    start: Moment
    parent_span_id: str = ""
    end: Moment | None = None
    interrupted: bool = False
    round: int | None = None
    role: str | None = None
    method: str | None = None
    port: int | None = None
    address: str | None = None
    error_type: str | None = None
    error_code: int | None = None
    status_code: int = STATUS_UNSET
    status_message: str = ""
    attributes: Attributes = {}
    events: tuple[Event, ...] = ()
    links: tuple[LinkRecord, ...] = ()
    resource: ResourceRecord = NO_RESOURCE
    scope: ScopeRecord = NO_SCOPE
    wire_kind: int | None = None
    trace_state: str = ""
    flags: int = 0
    dropped_attributes_count: int = 0
    dropped_events_count: int = 0
    dropped_links_count: int = 0

    @property
    def called_method(self) -> str | None:
        """The method as it was called: the conventions put ``_OTHER`` into `method` for one that is not well known."""
        original = self.attributes.get(upstream.RPC_METHOD_ORIGINAL)
        return original if isinstance(original, str) else self.method

    @property
    def ended(self) -> bool:
        """Whether its end was recorded.

        A span that counts its start but not its end never ended, whatever end time a backend has made up for it.
        """
        end = self.end
        return end is not None and (end.sequence is not None or self.start.sequence is None)

    @property
    def duration_nano(self) -> int | None:
        """Nanoseconds from start to end; negative where the clock was set back, None where it never ended."""
        if self.end is None or not self.ended:
            return None
        return self.end.time_unix_nano - self.start.time_unix_nano
