"""One live span of a set-up: what an escrow, a round, a call and a continuation have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from opentelemetry import trace
from opentelemetry.context import Context, attach, get_current
from opentelemetry.trace import SpanKind, Status, StatusCode

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.tracing import _ambient, _guard, recorder
from otel_multisig.tracing._emit import emit_event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextvars import Token

    from opentelemetry.trace import Link, Span, SpanContext

    from otel_multisig.tracing._pending import Shown
    from otel_multisig.tracing._setup import Setup

    Attributes = dict[str, str | bool | int | float]

__all__ = ["HappenedEvent", "Node", "Outcome"]

_ERROR = StatusCode.ERROR


class HappenedEvent(NamedTuple):
    """An event as it was recorded."""

    name: str
    sequence: int
    time_ns: int
    attributes: Mapping[str, str | bool | int | float]


class Outcome(NamedTuple):
    """How a span ended, when it did not end well."""

    error_type: str
    message: str = ""
    code: int | None = None
    interrupted: bool = False


class Node:
    """A live span. `started` to recorders, then events, then `ended` with `end_attributes` and `outcome` set.

    Attributes:
        setup: The set-up that it belongs to.
        name: The span's name.
        sequence: The number of its start in the order of its set-up.
        end_sequence: The number of its end; 0 while it is open.
        start_ns: Nanoseconds since the epoch.
        end_ns: Likewise; 0 while it is open.
        attributes: What was recorded at the start.
        end_attributes: What was recorded at the end.
        outcome: `None` while open and where it ended well.
        shown: What markers have shown of it while it was open; `None` where there are none.
    """

    __slots__ = (
        "_token",
        "attributes",
        "context",
        "end_attributes",
        "end_ns",
        "end_sequence",
        "name",
        "outcome",
        "sequence",
        "setup",
        "shown",
        "span",
        "start_ns",
    )

    kind: ClassVar[SpanKind] = SpanKind.INTERNAL

    setup: Setup
    name: str
    span: Span
    context: Context
    sequence: int
    start_ns: int
    attributes: Attributes
    _token: Token[Context]

    def __init__(self, setup: Setup, name: str) -> None:
        self.setup = setup
        self.name = name
        self.sequence = 0
        self.end_sequence = 0
        self.end_ns = 0
        self.end_attributes: Attributes = {}
        self.outcome: Outcome | None = None
        self.shown: Shown | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has started and not ended."""
        return self.sequence in self.setup.open_nodes

    @property
    def parent_span_id(self) -> int:
        """The span id of its parent, 0 where it has none."""
        parent = getattr(self.span, "parent", None)
        if parent is None:  # a root, or a span that is not sampled, which does not tell
            parent = self._parent_context
        return parent.span_id if parent is not None else 0

    @property
    def _parent_context(self) -> SpanContext | None:
        return None

    @property
    def _ambient_node(self) -> Node:
        """What is current inside: events of the escrow go there."""
        return self

    def _start(self, parent: Context, attributes: Attributes, links: Sequence[Link] = ()) -> None:
        setup = self.setup
        attributes[attr.MONERO_SETUP_SEQUENCE] = sequence = setup.next_sequence()
        self.start_ns = now = setup.now()
        self.attributes = attributes
        self.span = setup.tracer.start_span(self.name, parent, self.kind, attributes, links, now, False, False)
        self.sequence = sequence  # not before there is a span to end
        setup.open_nodes[sequence] = self
        setup.last_progress_ns = now
        if recorder._told_of_starts:  # noqa: SLF001 - one attribute look-up is what an idle recorder costs
            recorder.publish_start(self)

    def _enter_context(self, *, ambient_scope: bool) -> None:
        """Make the span current, for what is traced inside it; `ambient_scope` makes the node itself findable."""
        current = get_current()
        context = trace.set_span_in_context(self.span, current)
        if ambient_scope or current.get(_ambient.SETUP_KEY) is not self.setup:
            context = _ambient.with_node(context, self._ambient_node)
        self.context = context
        self._token = attach(context)

    def _leave_context(self) -> None:
        # Whatever is current by now: blocks that end out of order leave something behind for a while, and the outermost
        # one sets it right.
        _ambient.leave(self._token)

    def _end(self, outcome: Outcome | None = None) -> bool:
        """End the span; say whether it was this call that did it."""
        setup = self.setup
        if setup.open_nodes.pop(self.sequence, None) is None:
            return False
        self.outcome = outcome
        end = self.end_attributes
        self.end_sequence = end[attr.MONERO_SETUP_END_SEQUENCE] = setup.next_sequence()
        span = self.span
        if self.shown is not None:
            end[attr.MONERO_SPAN_MARKERS] = self.shown.markers
        if outcome is not None:
            self._describe(outcome, end)
            if not outcome.interrupted:
                span.set_status(Status(_ERROR, outcome.message or None))
        span.set_attributes(end)
        self.end_ns = now = setup.now()
        setup.last_progress_ns = now
        span.end(now)
        if recorder._recorders:  # noqa: SLF001 - as above
            recorder.publish_end(self)
        return True

    @staticmethod
    def _describe(outcome: Outcome, end: Attributes) -> None:
        if outcome.error_type:
            end[upstream.ERROR_TYPE] = outcome.error_type
        if outcome.code is not None:
            end[upstream.RPC_RESPONSE_STATUS_CODE] = str(outcome.code)
        if outcome.interrupted:
            end[attr.MONERO_SETUP_INTERRUPTED] = True

    def _record(self, name: str, attributes: Attributes) -> HappenedEvent:
        """Record an event on this very span, for `_publish` to tell of; scopes open continuations where it is full."""
        setup = self.setup
        attributes[attr.MONERO_SETUP_SEQUENCE] = sequence = setup.next_sequence()
        now = setup.now()
        emit_event(self.span, name, attributes, now)
        if name != events.FAULT:  # to find out what is wrong is no progress
            setup.last_progress_ns = now
        return HappenedEvent(name, sequence, now, attributes)

    def _publish(self, event: HappenedEvent) -> None:
        """Tell recorders of an event; never while a lock is held, since they may record more."""
        if recorder._recorders:  # noqa: SLF001 - as above
            recorder.publish_event(self, event)

    def abandon(self) -> None:
        """Make the span's copy in a forked child harmless; the span itself goes on in the parent."""

    def interrupt(self) -> None:
        """End the span because the process ends, not because the application ended it."""
        try:
            self._end(Outcome("", interrupted=True))
        except Exception as error:
            _guard.swallow("ending an interrupted span", error)
