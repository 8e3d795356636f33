"""The set-up of one escrow and its rounds, as applications trace them."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.context import Context, get_current
from opentelemetry.trace import Link

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans, upstream
from otel_multisig.semconv.attributes import Outcome as SetupOutcome
from otel_multisig.tracing import _ambient, _errors, _guard, _lifecycle, recorder, settings
from otel_multisig.tracing._block import Block
from otel_multisig.tracing._node import Outcome
from otel_multisig.tracing._scope import Scope
from otel_multisig.tracing._snapshot import capture_all, capture_all_async
from otel_multisig.tracing.settings import SnapshotPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from opentelemetry.trace import SpanContext

    from otel_multisig.tracing._setup import Setup

__all__ = ["Escrow", "Round"]

_FAILURE_POINT: Final = "failure"


class Round(Block, Scope):
    """One round of a set-up: a span, child of the set-up's root. Made by `Escrow.round`."""

    __slots__ = ("_escrow", "_number")

    _noun = "a round"

    def __init__(self, escrow: Escrow, number: int) -> None:
        super().__init__(
            escrow.setup, f"{spans.ROUND} {number}", {**escrow.setup.base, attr.MONERO_MULTISIG_ROUND: number}
        )
        self._escrow = escrow
        self._number = number

    @property
    def _parent_context(self) -> SpanContext:
        return self._escrow.span.get_span_context()

    @property
    def number(self) -> int:
        """The number of the round, from 1."""
        return self._number

    def _open(self) -> None:
        self._start(self._escrow.context, dict(self.inherited))
        self._enter_context(ambient_scope=True)
        self._escrow.rounds.append(self)

    def _close(self, error: BaseException | None) -> None:
        if not self.sequence:
            return  # it never started
        try:
            outcome = None if error is None else self._outcome(error)
            with suppress(ValueError):
                self._escrow.rounds.remove(self)
            if self._finish(outcome):
                labels: dict[str, str | int] = {attr.MONERO_MULTISIG_ROUND: self._number}
                if outcome is not None:
                    labels[upstream.ERROR_TYPE] = outcome.error_type
                self.setup.instruments.round.record((self.end_ns - self.start_ns) / 1e9, labels)
        finally:
            self._leave_context()


class Escrow(Block, Scope):
    """The set-up of one escrow: the root span of a trace of its own. Made by `trace_escrow`.

    What it records lands in the round that is current in the calling thread or task, else in the round begun last.
    """

    __slots__ = ("_as_child", "_participants", "_threshold", "rounds")

    _noun = "a set-up"

    def __init__(self, setup: Setup, *, as_child: bool, threshold: int, participants: int) -> None:
        super().__init__(setup, spans.SETUP, setup.base)
        self._as_child = as_child
        self._threshold = threshold
        self._participants = participants
        self.rounds: list[Round] = []

    @property
    def escrow_id(self) -> str:
        """The escrow's id, as given."""
        return self.setup.escrow_id

    @property
    def setup_id(self) -> str:
        """The id of this set-up: the `trace_id` of its legacy file."""
        return self.setup.setup_id

    @property
    def trace_id(self) -> str:
        """The OpenTelemetry trace id, 32 hex digits; empty before the set-up begins."""
        span = getattr(self, "span", None)
        return trace.format_trace_id(span.get_span_context().trace_id) if span is not None else ""

    @property
    def is_traced(self) -> bool:
        """Whether anything is recorded at all."""
        return True

    def round(self, number: int) -> Round:
        """Trace a round: `with escrow.round(1): ...`.

        Args:
            number: The number of the round, from 1.
        """
        return Round(self, number)

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """End the set-up; an exception passes through unchanged."""
        try:
            with self._closing(error) as failed:
                if failed:
                    await self._capture_failure_async()
        except Exception as internal:
            _guard.swallow("ending a set-up", internal)

    def _target(self) -> Scope:
        node = _ambient.current_node()
        if isinstance(node, Scope) and node.setup is self.setup and node.is_open:
            return node
        rounds = self.rounds[-1:]  # a copy, as other threads may end theirs
        return rounds[0] if rounds else self

    def _open(self) -> None:
        if self.sequence:
            raise RuntimeError("this set-up has begun already: trace_escrow() makes a new one for each")
        setup = self.setup
        attributes = {
            **setup.base,
            attr.MONERO_MULTISIG_THRESHOLD: self._threshold,
            attr.MONERO_MULTISIG_PARTICIPANTS: self._participants,
        }
        caller = trace.get_current_span().get_span_context()
        if self._as_child:
            self._start(get_current(), attributes)
        else:
            self._start(Context(), attributes, [Link(caller)] if caller.is_valid else ())
        self._enter_context(ambient_scope=True)
        setup.root = self
        recorder.publish_beginning(self)
        setup.instruments.active.add(1)
        _lifecycle.remember(setup)

    def _close(self, error: BaseException | None) -> None:
        with self._closing(error) as failed:
            if failed:
                self._capture_failure()

    @contextmanager
    def _closing(self, error: BaseException | None) -> Iterator[bool]:
        """Say inside whether the set-up has failed; after it the set-up has ended."""
        if not self.sequence:  # it never started
            yield False
            return
        setup = self.setup
        outcome: Outcome | None = None
        try:
            outcome = None if error is None else self._outcome(error)
            if error is not None and outcome is not None and not outcome.interrupted:
                setup.failure_sequence = _errors.recorded_sequence(error, setup.setup_id)
            elif setup.failure_sequence and outcome is None:
                outcome = Outcome("")
            yield outcome is not None and not outcome.interrupted and self.is_open
        finally:
            self._leave_context()
            self._conclude(outcome, self._finish)

    def interrupt(self) -> None:
        """End the set-up because the process ends."""
        try:
            # Without the lock, which the interrupted code may hold; a continuation has been ended before.
            self._conclude(Outcome("", interrupted=True), self._end)
        except Exception as error:
            _guard.swallow("ending an interrupted set-up", error)

    def _conclude(self, outcome: Outcome | None, end: Callable[[Outcome | None], bool]) -> None:
        setup = self.setup
        if outcome is None:
            result = SetupOutcome.SUCCESS
        elif outcome.interrupted:
            result = SetupOutcome.INTERRUPTED
        else:
            result = SetupOutcome.FAILURE
            if setup.failure_sequence:
                self.end_attributes[attr.MONERO_SETUP_FAILURE_SEQUENCE] = setup.failure_sequence
        self.end_attributes[attr.MONERO_ESCROW_OUTCOME] = result.value
        if self.is_open:
            recorder.publish_conclusion(self, outcome)
        if end(outcome):
            setup.root = None
            _lifecycle.forget(setup)
            setup.instruments.active.add(-1)
            seconds = (self.end_ns - self.start_ns) / 1e9
            setup.instruments.setup.record(seconds, {attr.MONERO_ESCROW_OUTCOME: result.value})

    def _capture_failure(self) -> None:
        """Ask the wallets once the set-up has failed, where that is the policy."""
        current = settings.current()
        if current.snapshots is SnapshotPolicy.FAILURE:
            self._record_snapshots(_FAILURE_POINT, capture_all(dict(self.setup.wallets), current.snapshot_timeout))

    async def _capture_failure_async(self) -> None:
        """Do the same without blocking the event loop."""
        current = settings.current()
        if current.snapshots is SnapshotPolicy.FAILURE:
            reports = await capture_all_async(dict(self.setup.wallets), current.snapshot_timeout)
            self._record_snapshots(_FAILURE_POINT, reports)
