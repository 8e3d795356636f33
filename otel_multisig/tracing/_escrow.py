"""The set-up of one escrow and its rounds, as applications trace them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from opentelemetry import trace
from opentelemetry.context import Context, get_current
from opentelemetry.trace import Link

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans, upstream
from otel_multisig.semconv.attributes import Outcome as SetupOutcome
from otel_multisig.tracing import _ambient, _errors, _guard, _lifecycle, settings
from otel_multisig.tracing._node import Outcome
from otel_multisig.tracing._scope import Scope
from otel_multisig.tracing._snapshot import capture_all
from otel_multisig.tracing.settings import SnapshotPolicy

if TYPE_CHECKING:
    from types import TracebackType

    from otel_multisig.tracing._setup import Setup

__all__ = ["Escrow", "Round"]

_FAILURE_POINT: Final = "failure"


class Round(Scope):
    """One round of a set-up: a span, child of the set-up's root. Made by `Escrow.round`."""

    __slots__ = ("_escrow", "_number")

    def __init__(self, escrow: Escrow, number: int) -> None:
        super().__init__(
            escrow.setup, f"{spans.ROUND} {number}", {**escrow.setup.base, attr.MONERO_MULTISIG_ROUND: number}
        )
        self._escrow = escrow
        self._number = number

    @property
    def number(self) -> int:
        """The number of the round, from 1."""
        return self._number

    def __enter__(self) -> Self:
        """Start the round and make it current."""
        try:
            self._start(self._escrow.context, dict(self.inherited))
            self._enter_context(ambient_scope=True)
            self._escrow.rounds = (*self._escrow.rounds, self)
        except Exception as error:
            _guard.swallow("starting a round", error)
        return self

    async def __aenter__(self) -> Self:
        """Start the round and make it current."""
        return self.__enter__()

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """End the round; an exception passes through unchanged."""
        try:
            self._close(error)
        except Exception as internal:
            _guard.swallow("ending a round", internal)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the round; an exception passes through unchanged."""
        self.__exit__(kind, error, traceback)

    def _close(self, error: BaseException | None) -> None:
        if not self.sequence:
            return  # it never started
        outcome = None if error is None else self._outcome(error)
        escrow = self._escrow
        escrow.rounds = tuple(known for known in escrow.rounds if known is not self)
        if self._finish(outcome):
            labels: dict[str, str | int] = {attr.MONERO_MULTISIG_ROUND: self._number}
            if outcome is not None:
                labels[upstream.ERROR_TYPE] = outcome.error_type
            self.setup.instruments.round.record((self.end_ns - self.start_ns) / 1e9, labels)
        self._leave_context()


class Escrow(Scope):
    """The set-up of one escrow: the root span of a trace of its own. Made by `trace_escrow`.

    What it records lands in the round that is current in the calling thread or task, else in the round begun last.
    """

    __slots__ = ("_as_child", "_participants", "_threshold", "rounds")

    def __init__(self, setup: Setup, *, as_child: bool, threshold: int, participants: int) -> None:
        super().__init__(setup, spans.SETUP, setup.base)
        self._as_child = as_child
        self._threshold = threshold
        self._participants = participants
        self.rounds: tuple[Round, ...] = ()

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

    def __enter__(self) -> Self:
        """Start the set-up and make it current."""
        try:
            self._open()
        except Exception as error:
            _guard.swallow("starting a set-up", error)
        return self

    async def __aenter__(self) -> Self:
        """Start the set-up and make it current."""
        return self.__enter__()

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """End the set-up; an exception passes through unchanged."""
        try:
            self._close(error)
        except Exception as internal:
            _guard.swallow("ending a set-up", internal)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the set-up; an exception passes through unchanged."""
        self.__exit__(kind, error, traceback)

    def _target(self) -> Scope:
        node = _ambient.current_node()
        if isinstance(node, Scope) and node.setup is self.setup and node.is_open:
            return node
        rounds = self.rounds
        return rounds[-1] if rounds else self

    def _open(self) -> None:
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
        setup.instruments.active.add(1)
        _lifecycle.remember(setup)

    def _close(self, error: BaseException | None) -> None:
        if not self.sequence:
            return  # it never started
        outcome = None if error is None else self._outcome(error)
        setup = self.setup
        if error is not None and outcome is not None and not outcome.interrupted:
            setup.failure_sequence = _errors.recorded_sequence(error, setup.setup_id)
        elif setup.failure_sequence and outcome is None:
            outcome = Outcome("")
        if outcome is not None and not outcome.interrupted:
            self._capture_failure()
        self._leave_context()
        self._conclude(outcome)

    def interrupt(self) -> None:
        """End the set-up because the process ends."""
        try:
            self._conclude(Outcome("", interrupted=True))
        except Exception as error:
            _guard.swallow("ending an interrupted set-up", error)

    def _conclude(self, outcome: Outcome | None) -> None:
        setup = self.setup
        if outcome is None:
            result = SetupOutcome.SUCCESS
        elif outcome.interrupted:
            result = SetupOutcome.INTERRUPTED
        else:
            result = SetupOutcome.FAILURE
            self.end_attributes[attr.MONERO_SETUP_FAILURE_SEQUENCE] = setup.failure_sequence
        self.end_attributes[attr.MONERO_ESCROW_OUTCOME] = result.value
        if self._finish(outcome):
            _lifecycle.forget(setup)
            setup.instruments.active.add(-1)
            seconds = (self.end_ns - self.start_ns) / 1e9
            setup.instruments.setup.record(seconds, {attr.MONERO_ESCROW_OUTCOME: result.value})

    def _capture_failure(self) -> None:
        """Ask the wallets once the set-up has failed, where that is the policy."""
        current = settings.current()
        if current.snapshots is SnapshotPolicy.FAILURE and self.is_open:
            self._record_snapshots(_FAILURE_POINT, capture_all(dict(self.setup.wallets), current.snapshot_timeout))
