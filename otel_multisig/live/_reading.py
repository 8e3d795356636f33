"""Facts of a set-up that runs, read step by step from what its recorder was told."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry.trace import format_span_id, format_trace_id

from otel_multisig.diagnosis.facts import FailureFact, SetupFacts
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.tracing import Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from opentelemetry.trace import SpanContext

    from otel_multisig.diagnosis.facts import CallFact
    from otel_multisig.tracing import LiveEvent, Node
    from otel_multisig.tracing._node import Outcome as HowItEnded
    from otel_multisig.tracing._setup import Setup

    Item: TypeAlias = "Called | Happened"

__all__ = ["Called", "FactsReader", "Happened"]

_ENDED: Final = 1
_BEGUN: Final = 0


class Called(NamedTuple):
    """A call: whole, or as far as it has come. What is written down when it ends must cost little."""

    sequence: int
    start_ns: int
    name: str
    attributes: Mapping[str, Any]
    span: SpanContext
    end_sequence: int
    end_ns: int
    end_attributes: Mapping[str, Any]
    outcome: HowItEnded | None

    @classmethod
    def of(cls, call: Call) -> Called:
        """What is known of a call by now."""
        return tuple.__new__(  # the class's own way of being made takes twice as long
            cls,
            (
                call.sequence,
                call.start_ns,
                call.name,
                call.attributes,
                call.span.get_span_context(),
                call.end_sequence,
                call.end_ns,
                call.end_attributes,
                call.outcome,
            ),
        )


class Happened(NamedTuple):
    """An event, and the node in which it happened: of a call the sequence of its start, else 0."""

    sequence: int
    time_ns: int
    name: str
    attributes: Mapping[str, Any]
    span: SpanContext
    round: int | None
    call: int

    @classmethod
    def of(cls, node: Node, event: LiveEvent) -> Happened:
        """An event of which a recorder was told."""
        number = node.attributes.get(attr.MONERO_MULTISIG_ROUND)
        return cls(
            event.sequence,
            event.time_ns,
            event.name,
            event.attributes,
            node.span.get_span_context(),
            number if type(number) is int else None,
            node.sequence if type(node) is Call else 0,
        )


class FactsReader:
    """Reads items into the facts of one set-up; for one thread at a time."""

    def __init__(self, setup: Setup, trace_id: int, start_ns: int) -> None:
        self._setup = setup
        self._trace_id = format_trace_id(trace_id)
        self._start_ns = start_ns
        self._begin()

    def _begin(self) -> None:
        setup = self._setup
        self.facts = SetupFacts(setup.escrow_id, setup.setup_id, self._trace_id, self._start_ns)
        # To the rules the record is whole up to here: what is not in it has not happened.
        self.facts.ended = True
        self.ports: set[int] = set()
        self._calls: dict[int, CallFact] = {}
        self._read = 0
        self._last = 0

    def read(self, items: Sequence[Item]) -> SetupFacts:
        """The facts, with what was added to `items` since the last time and with the calls that are under way."""
        count = len(items)
        steps = self._steps_of(items[self._read : count])
        if steps and steps[0][0] < self._last:
            # Threads tell of what they did in the order in which they come by; here one came late.
            self._begin()
            steps = self._steps_of(items[:count])
        for step in steps:
            self._take(step)
        if steps:
            self._last = steps[-1][0]
        self._read = count
        return self.facts

    def _steps_of(self, items: Iterable[Item]) -> list[tuple[int, int, Item]]:
        """Starts, events and ends in the order of the set-up."""
        steps = list(self._split(items))
        seen = {step[0] for step in steps}
        steps += [
            (node.sequence, _BEGUN, Called.of(node))
            for node in tuple(self._setup.open_nodes.values())
            if type(node) is Call and node.sequence not in self._calls and node.sequence not in seen
        ]
        steps.sort(key=itemgetter(0))
        return steps

    def _split(self, items: Iterable[Item]) -> Iterator[tuple[int, int, Item]]:
        for item in items:
            if type(item) is Called:
                if item.sequence not in self._calls:
                    yield item.sequence, _BEGUN, item
                yield item.end_sequence, _ENDED, item
            else:
                yield item.sequence, _BEGUN, item

    def _note_port(self, port: Any) -> None:
        if type(port) is int:
            self.ports.add(port)

    def _take(self, step: tuple[int, int, Item]) -> None:
        _, part, item = step
        if type(item) is Happened:
            self._take_event(item)
        elif type(item) is Called:
            if part == _BEGUN:
                self._take_start(item)
            else:
                self._take_end(item)

    def _take_start(self, call: Called) -> None:
        known = call.attributes
        self._note_port(known.get(upstream.SERVER_PORT))
        self._calls[call.sequence] = self.facts.add_call(
            method=known.get(upstream.RPC_METHOD_ORIGINAL) or call.name,
            time_nano=call.start_ns,
            role=known.get(attr.MONERO_WALLET_ROLE),
            port=known.get(upstream.SERVER_PORT),
            address=known.get(upstream.SERVER_ADDRESS),
            round_number=known.get(attr.MONERO_MULTISIG_ROUND),
            sequence=call.sequence,
            span_id=format_span_id(call.span.span_id),
            attributes=known,
        )

    def _take_end(self, call: Called) -> None:
        outcome = call.outcome
        interrupted = outcome is not None and outcome.interrupted
        error = outcome if not interrupted else None
        self.facts.end_call(
            self._calls[call.sequence],
            time_nano=call.end_ns,
            sequence=call.end_sequence,
            failed=error is not None,
            interrupted=interrupted,
            error_code=None if error is None else error.code,
            error_type=None if error is None else error.error_type,
            error_text=None if error is None else error.message,
            attributes=call.end_attributes,
        )

    def _take_event(self, event: Happened) -> None:
        known = event.attributes
        role, port = known.get(attr.MONERO_WALLET_ROLE), known.get(upstream.SERVER_PORT)
        span_id = format_span_id(event.span.span_id)
        self._note_port(port)
        if event.name == events.WALLET_SNAPSHOT:
            self.facts.add_snapshot(
                known,
                time_nano=event.time_ns,
                role=role,
                port=port,
                round_number=event.round,
                sequence=event.sequence,
                span_id=span_id,
            )
        else:
            self.facts.add_event(
                event.name,
                known,
                time_nano=event.time_ns,
                role=role,
                port=port,
                round_number=event.round,
                sequence=event.sequence,
                span_id=span_id,
                call=self._calls.get(event.call),
            )

    def failure(self, sequence: int) -> FailureFact | None:
        """What ended the set-up: the exception with this place in its order; None where there is none."""
        facts = self.facts
        found = next((event for event in reversed(facts.events) if sequence and event.sequence == sequence), None)
        if found is None:
            return None
        call = None
        if found.method is not None:
            call = next((call for call in reversed(facts.calls) if call.span_id == found.span_id), None)
        return FailureFact.of(found, call)
