"""What can be traced inside a set-up or one of its rounds: calls, snapshots, events."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.model import pieces
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, spans, upstream
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.tracing import _errors, _guard, settings
from otel_multisig.tracing._bindings import Binding
from otel_multisig.tracing._call import Call
from otel_multisig.tracing._details import details_text, safe_name
from otel_multisig.tracing._files import FileOperation
from otel_multisig.tracing._locks import TracedLock
from otel_multisig.tracing._node import Node, Outcome
from otel_multisig.tracing._snapshot import SnapshotReport, capture_all, capture_all_async
from otel_multisig.tracing._wallets import TracedWallet, traced_wallet
from otel_multisig.tracing.settings import SnapshotPolicy
from otel_multisig.wallet_rpc import safe_error_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opentelemetry.trace import SpanContext

    from otel_multisig.tracing._node import Attributes, HappenedEvent
    from otel_multisig.tracing._setup import Setup

__all__ = ["Scope"]

FIRST_POINT: Final = "pre_round1"
FINAL_POINT: Final = "final"

# The SDK keeps the newest 128 events of a span by default and throws the older ones away.
_EVENTS_PER_SPAN: Final = 100


def _events_per_span() -> int:
    """Return how many events one span may hold under the limits of the SDK."""
    limit = os.environ.get("OTEL_SPAN_EVENT_COUNT_LIMIT", "")
    return max(1, min(_EVENTS_PER_SPAN, int(limit))) if limit.isdecimal() else _EVENTS_PER_SPAN


class Continuation(Node):
    """A span that holds further events of a scope whose own span is full."""

    __slots__ = ("_owner",)

    def __init__(self, owner: Scope) -> None:
        super().__init__(owner.setup, owner.name + spans.CONTINUED_SUFFIX)
        self._owner = owner
        self._start(owner.context, {**owner.inherited, attr.MONERO_SPAN_CONTINUATION: True})

    @property
    def _parent_context(self) -> SpanContext:
        return self._owner.span.get_span_context()


class Scope(Node):
    """A set-up or a round: what calls and events stand in.

    Attributes:
        inherited: The attributes that every span inside carries as well.
    """

    __slots__ = ("_carrier", "_count", "_limit", "_lock", "inherited")

    def __init__(self, setup: Setup, name: str, inherited: Attributes) -> None:
        super().__init__(setup, name)
        self.inherited = inherited
        self._lock = threading.Lock()
        self._carrier: Node = self
        self._count = 0
        self._limit = _events_per_span()

    # -- what the application calls ---------------------------------------------------------------------------------

    def call(
        self,
        role: str,
        method: str,
        *,
        port: int | None = None,
        address: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Call:
        """Trace one RPC call: `with escrow.call("buyer", "prepare_multisig", port=18082) as call: ...`.

        Args:
            role: Whose wallet is called.
            method: The method of monero-wallet-rpc.
            port: The port of the wallet's server.
            address: The host of the wallet's server.
            params: The call's parameters; only what the catalogue allows is recorded.
        """
        return Call(self._target(), role, method, port, address, params)

    def wallet(self, role: str, backend: Any, *, id: str | None = None, file: str | None = None) -> Binding:  # noqa: A002 - the field's own word
        """Bind a wallet to its role, so that an instrumented client's calls on it are traced as this escrow's.

        Args:
            role: Whose wallet it is.
            backend: The client object: a `monero` backend or wallet, or a callable `(method, params) -> result`.
            id: The application's id of the wallet.
            file: The path of the wallet's file, from which snapshots tell whether it exists and its permissions.
        """
        try:
            role = safe_name(role if isinstance(role, str) else str(role))
            wallet = traced_wallet(backend, id=id, file=file)
            self.setup.wallets[role] = wallet
        except Exception as error:
            _guard.swallow("binding a wallet", error)
            wallet = TracedWallet(backend=backend)
        return Binding(self, role, wallet)

    def snapshot(self, point: str, wallets: Mapping[str, Any] | None = None) -> None:
        """Record the state of wallets, one after the other in the order given. Never raises.

        Args:
            point: When this is: one of the points of the legacy system (`pre_round1`, `post_make_multisig`,
                `pre_round2`, `post_export_multisig`, `pre_round3`, `post_import_multisig`, `final`) or any name.
            wallets: The wallets by role; without, those bound so far.
        """
        try:
            known = self._to_capture(point, wallets)
            self._record_snapshots(safe_name(point), capture_all(known, settings.current().snapshot_timeout))
        except Exception as error:
            _guard.swallow("a snapshot", error)

    async def snapshot_async(self, point: str, wallets: Mapping[str, Any] | None = None) -> None:
        """Record the state of wallets without blocking the event loop; else as `snapshot`."""
        try:
            known = self._to_capture(point, wallets)
            reports = await capture_all_async(known, settings.current().snapshot_timeout)
            self._record_snapshots(safe_name(point), reports)
        except Exception as error:
            _guard.swallow("a snapshot", error)

    def state_change(self, old: str, new: str, *, role: str | None = None) -> None:
        """Record that the escrow's state, or one wallet's, went from `old` to `new`."""
        try:
            attributes: Attributes = {attr.MONERO_STATE_FROM: safe_name(old), attr.MONERO_STATE_TO: safe_name(new)}
            self.happen(events.STATE_CHANGE, role, attributes)
        except Exception as error:
            _guard.swallow("a change of state", error)

    def file_operation(self, source: str, destination: str, *, role: str | None = None) -> FileOperation:
        """Trace copying or moving a wallet file: `with escrow.file_operation(a, b) as op: op.size = copy(a, b)`."""
        return FileOperation(self, source, destination, role)

    def lock(self, lock: Any, name: str, *, role: str | None = None) -> TracedLock:
        """Hold a lock and record how long it was waited for and held.

        Args:
            lock: What has `acquire` and `release`; with `async with`, an awaitable `acquire`.
            name: A name for the lock. Not an id: it becomes an attribute of metrics.
            role: Whose wallet it guards.
        """
        return TracedLock(self, lock, name, role)

    def custom(self, name: str, details: Mapping[str, Any] | None = None, *, role: str | None = None) -> None:
        """Record an event of the application's own.

        Args:
            name: What happened, in words that the programmer chose.
            details: Values of JSON. Numbers and booleans pass, texts only under declared keys (`configure(allow=...)`).
            role: Whose wallet it concerns.
        """
        try:
            text = details_text(details) if details else "{}"
            attributes = pieces.spread(attr.MONERO_CUSTOM_DETAILS, attr.MONERO_CUSTOM_DETAILS_PIECE, text)
            self.happen(events.CUSTOM, role, {attr.MONERO_CUSTOM_NAME: safe_name(name), **attributes})
        except Exception as error:
            _guard.swallow("a custom event", error)

    def fault(self, kind: str, *, role: str | None = None, reason: str = "") -> None:
        """Record a fault that the application found out itself, such as `cache_pollution`.

        Args:
            kind: A fault type of the registry; anything else is recorded as `unknown`.
            role: Whose wallet shows it.
            reason: Why, in words.
        """
        try:
            known = FaultType(kind) if kind in frozenset(FaultType) else FaultType.UNKNOWN
            attributes: Attributes = {attr.MONERO_FAULT_TYPE: known.value}
            if reason:
                attributes[attr.MONERO_FAULT_REASON] = pieces.split(safe_error_text(reason))[0]
            self.happen(events.FAULT, role, attributes)
            self.setup.instruments.faults.add(1, {attr.MONERO_FAULT_TYPE: known.value})
        except Exception as error:
            _guard.swallow("recording a fault", error)

    def error(self, error: BaseException | str, *, role: str | None = None) -> None:
        """Record that the set-up has failed, where no exception will pass through to tell.

        Args:
            error: The exception that was caught, or a text.
            role: Whose wallet failed.
        """
        try:
            failure = RuntimeError(error) if isinstance(error, str) else error
            sequence = self._failure_sequence(failure, role, kind="" if isinstance(error, str) else None)
            self.setup.failure_sequence = sequence
        except Exception as internal:
            _guard.swallow("recording an error", internal)

    # -- how it is recorded -----------------------------------------------------------------------------------------

    def _target(self) -> Scope:
        """Return the scope in which what happens now stands."""
        return self

    def happen(self, name: str, role: str | None, attributes: Attributes) -> HappenedEvent | None:
        """Record an event where it belongs. Never raises."""
        try:
            if role is not None:
                attributes[attr.MONERO_WALLET_ROLE] = safe_name(role)
            return self._target().add(name, attributes)
        except Exception as error:
            _guard.swallow("recording an event", error)
            return None

    def add(self, name: str, attributes: Attributes) -> HappenedEvent:
        """Record an event on this scope's span, or on a continuation where the span is full or has ended."""
        with self._lock:
            if self._count >= self._limit or not self._carrier.is_open:
                self._continue()
            self._count += 1
            carrier = self._carrier
            event = carrier._record(name, attributes)  # noqa: SLF001 - Node's own, of a sibling
        carrier._publish(event)  # noqa: SLF001 - likewise
        if not self.is_open:
            with self._lock:
                self._end_continuation()
        return event

    def _continue(self) -> None:
        self._end_continuation()
        self._carrier = Continuation(self)
        self._count = 0

    def _end_continuation(self) -> None:
        if self._carrier is not self:
            self._carrier._end()  # noqa: SLF001 - Node's own, of a sibling

    def abandon(self) -> None:
        """In a forked child: forget the lock, which another thread of the parent may have held."""
        self._lock = threading.Lock()

    def _finish(self, outcome: Outcome | None) -> bool:
        with self._lock:
            self._end_continuation()
            return self._end(outcome)

    def _outcome(self, error: BaseException) -> Outcome:
        """Record an exception that no inner span has recorded, and say how this scope ended."""
        name = _errors.class_name(error)
        if not isinstance(error, Exception):
            return Outcome(name, interrupted=True)
        try:
            self._failure_sequence(error, None)
        except Exception as internal:  # the span must end all the same
            _guard.swallow("recording an exception", internal)
        return Outcome(name)

    def _failure_sequence(self, error: BaseException, role: str | None, kind: str | None = None) -> int:
        """Return where a failure is recorded; it is recorded here if it was not before."""
        sequence = _errors.recorded_sequence(error, self.setup.setup_id)
        if sequence:
            return sequence
        attributes = _errors.message_attributes(_errors.safe_message(error))
        kind = _errors.class_name(error) if kind is None else kind
        if kind:
            attributes[upstream.EXCEPTION_TYPE] = attributes[upstream.ERROR_TYPE] = kind
        event = self.happen(upstream.EVENT_EXCEPTION, role, attributes)
        if event is None:
            return 0
        _errors.mark_recorded(error, self.setup.setup_id, event.sequence)
        return event.sequence

    def _to_capture(self, point: str, wallets: Mapping[str, Any] | None) -> dict[str, TracedWallet]:
        """Remember the wallets given and return those that the policy wants asked now."""
        known = self.setup.wallets
        if wallets is not None:
            asked = {safe_name(role): traced_wallet(backend) for role, backend in wallets.items()}
            # What was said of a wallet when it was bound (its id, its file) still holds.
            asked = {
                role: known[role] if role in known and known[role].same(new) else new for role, new in asked.items()
            }
            known.update(asked)
        else:
            asked = dict(known)
        policy = settings.current().snapshots
        wanted = policy is SnapshotPolicy.ALL or (
            policy is SnapshotPolicy.BOUNDS and point in {FIRST_POINT, FINAL_POINT}
        )
        return asked if wanted else {}

    def _record_snapshots(self, point: str, reports: Iterable[SnapshotReport]) -> None:
        for report in reports:
            name = events.WALLET_SNAPSHOT if report.complete else events.WALLET_SNAPSHOT_FAILED
            self.happen(name, report.role, {attr.MONERO_SNAPSHOT_POINT: point, **report.attributes})
