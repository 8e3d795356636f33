"""`EscrowTrace`: one set-up of one escrow, the form that every reader produces and every writer and check consumes."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.model import pieces
from otel_multisig.model._order import arrange_events, arrange_spans
from otel_multisig.model._reading import as_int
from otel_multisig.model.records import STATUS_ERROR
from otel_multisig.model.spans import Event, Span, SpanKind
from otel_multisig.model.timeline import TimelineItem, merge
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.semconv.attributes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable


# A member of an enumeration is slow to look up, for every span.
_SETUP: Final = SpanKind.SETUP
_OUTCOMES: Final = frozenset(Outcome)


class Failure(msgspec.Struct, frozen=True, gc=False):
    """What ended a set-up: an exception event, and the span in which it happened (a call, a round or the root)."""

    event: Event
    span: Span

    @property
    def message(self) -> str | None:
        """The text of the error, its pieces joined."""
        return pieces.gather(upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE, self.event.attributes)

    @property
    def error_code(self) -> int | None:
        """The code of the JSON-RPC error, None where the server did not answer with one."""
        return as_int(self.event.attributes.get(upstream.RPC_RESPONSE_STATUS_CODE))

    @property
    def error_type(self) -> str | None:
        """The class of the error: the code as text, or the exception's class."""
        for key in (upstream.ERROR_TYPE, upstream.EXCEPTION_TYPE):
            if isinstance(value := self.event.attributes.get(key), str):
                return value
        return None


class EscrowTrace(msgspec.Struct, frozen=True, dict=True):
    """One set-up of one escrow. `EscrowTrace.build` brings spans in order; `validate` says whether one is valid.

    Attributes:
        escrow_id: the escrow's id as its application knows it.
        setup_id: the id of this set-up, ``{escrow_id}-{unix_ms}``, the legacy ``trace_id``.
        spans: in order of their starts: by sequence; without one by time, then parents before children.
    """

    escrow_id: str
    setup_id: str
    spans: tuple[Span, ...]

    @classmethod
    def build(cls, escrow_id: str, setup_id: str, spans: Iterable[Span]) -> EscrowTrace:
        """A set-up of spans in any order, with events in any order."""
        in_order = [msgspec.structs.replace(span, events=arrange_events(span.events)) for span in spans]
        return cls(escrow_id, setup_id, arrange_spans(in_order))

    @cached_property
    def root(self) -> Span | None:
        """The span of the whole set-up, wherever it hangs; None where it was never exported."""
        return next((span for span in self.spans if span.kind is _SETUP), None)

    @cached_property
    def rounds(self) -> tuple[Span, ...]:
        """The rounds, in order."""
        return tuple(span for span in self.spans if span.kind is SpanKind.ROUND)

    @cached_property
    def calls(self) -> tuple[Span, ...]:
        """The calls of wallets, in order."""
        return tuple(span for span in self.spans if span.kind is SpanKind.CALL)

    @property
    def trace_id(self) -> str:
        """The trace id of the root, or of the first span where there is no root."""
        return (self.root or self.spans[0]).trace_id

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None where the record does not say: no root, or one that is open.

        A root that names no outcome but has an error as its status failed.
        """
        root = self.root
        if root is None:
            return None
        named = root.attributes.get(attr.MONERO_ESCROW_OUTCOME)
        if isinstance(named, str) and named in _OUTCOMES:
            return Outcome(named)
        if root.interrupted:
            return Outcome.INTERRUPTED
        return Outcome.FAILURE if root.ended and root.status_code == STATUS_ERROR else None

    @cached_property
    def failure(self) -> Failure | None:
        """The exception that ended the set-up: the one whose sequence the root names.

        Where the emitter counts nothing, it is the last exception of a set-up that failed. None where there is none.
        """
        root = self.root
        if root is None:
            return None
        sequence = as_int(root.attributes.get(attr.MONERO_SETUP_FAILURE_SEQUENCE))
        if sequence is None and (root.start.sequence is not None or self.outcome is not Outcome.FAILURE):
            return None
        for item in reversed(self._timeline):
            event = item.event
            if event is not None and event.name == upstream.EVENT_EXCEPTION and sequence in {None, event.sequence}:
                return Failure(event, item.span)
        return None

    def timeline(self) -> tuple[TimelineItem, ...]:
        """All starts, events and ends in order of their sequence.

        A continuation span shows only by its events. A span that never ended has no end.
        """
        return self._timeline

    @cached_property
    def _timeline(self) -> tuple[TimelineItem, ...]:
        return merge(self.spans)

    @property
    def gaps(self) -> tuple[range, ...]:
        """The sequence numbers between the first and the last that nothing in the record bears: what was lost."""
        found = {event.sequence for span in self.spans for event in span.events}
        found |= {span.start.sequence for span in self.spans}
        found |= {span.end.sequence for span in self.spans if span.end is not None}
        known = sorted(number for number in found if number is not None)
        return tuple(range(before + 1, after) for before, after in itertools.pairwise(known) if after - before > 1)

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], Span]:
        return {(span.trace_id, span.span_id): span for span in self.spans}

    def parent(self, span: Span) -> Span | None:
        """The span's parent in the set-up; None where it has none or that is missing."""
        return self._by_id.get((span.trace_id, span.parent_span_id))
