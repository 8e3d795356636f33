"""An application as a driver steers it: step by step, so that the driver decides the order of all that happens."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.testing.wallet_client import WalletRpcError
from otel_multisig.testing.wallet_servers import ROLES
from otel_multisig.tracing import _lifecycle
from tools.corpus.application import FAILURES, Application
from tools.corpus.habits import EXCHANGE, MAKE, SNAPSHOT, Habits, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tools.corpus.driver import Group

__all__ = ["EscrowClient", "GivesUpError"]

_LAST_ROUND: Final = 3
# What was stopped before its end: to be collected would end its spans.
_stopped: Final[list[object]] = []


class GivesUpError(Exception):
    """The application ends a set-up for a reason of its own."""


class EscrowClient(Application):
    """One escrow's application, steered."""

    def __init__(
        self,
        group: Group,
        habits: Habits,
        ports: Mapping[str, int],
        escrow_id: str,
        *,
        files: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(group, habits, ports, escrow_id, files=files)
        # Its own context: what is current in one application is not in another.
        self._context = contextvars.Context()
        self._steps = self._run()
        self._next: Step | None = None
        self._over = False

    def run_until(self, round_number: int, role: str, what: str) -> None:
        """Take all steps before this one.

        Raises:
            AssertionError: The client has ended before, or passed it: nothing would be provoked.
        """
        target = Step(round_number, role, what)
        while self._peek() != target:
            assert not self._over, f"{self.escrow_id} never came to {target}: {self.failed!r}"
            self._take()

    def finish(self) -> None:
        """Take all remaining steps."""
        while self._peek() is not None:
            self._take()

    def call(self, role: str, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Make a call now, out of turn, as part of the set-up; an error ends nothing.

        Raises:
            WalletRpcError: The server refused.
        """
        return self._context.run(self._call, self.scope, role, method, params)

    def inside(self, do: Callable[..., Any], *arguments: Any) -> Any:
        """Do something where the client itself would do it."""
        return self._context.run(do, *arguments)

    def custom(self, name: str, details: Mapping[str, Any], role: str | None = None) -> None:
        """Record an event of the application's own."""
        assert self.escrow
        self._context.run(self.escrow.custom, name, details, role=role)

    def again(self, role: str, method: str, params: Mapping[str, Any]) -> None:
        """Make one more call where the client has come to, and give up over its error if it fails."""
        try:
            self.call(role, method, params)
        except WalletRpcError as error:
            self.give_up(error)

    def again_as(self, number: int, role: str, method: str, params: Mapping[str, Any]) -> None:
        """The same, in a round of its own."""

        def call() -> None:
            assert self.escrow
            with self.escrow.round(number) as this:
                self._call(this, role, method, params)

        try:
            self.inside(call)
        except WalletRpcError as error:
            self.give_up(error)

    def refuse(self, role: str, method: str, code: int, message: str) -> None:
        """Let the server refuse a role's next call of a method."""
        self.wires[role].refuses[method] = (code, message)

    def unrecorded(self, round_number: int) -> dict[str, str]:
        """Do all that comes before a round, with no record of it; gives what the wallets gave out last."""
        self._traced = False
        if round_number > _LAST_ROUND:
            self.run_until(round_number, "", SNAPSHOT)
        else:
            self.run_until(round_number, ROLES[0], MAKE if round_number == 1 else EXCHANGE)
        _stopped.append(self._steps)
        return self.outs[round_number - 1]

    def give_up(self, error: Exception | str) -> None:
        """End the set-up with an error of the application's own, at the step it has come to."""
        self._throw(GivesUpError(error) if isinstance(error, str) else error)

    def hang(self, role: str, method: str, seconds: float) -> None:
        """Let a call that nothing answers be under way when the process ends, after so many seconds."""

        def call() -> None:
            with self.scope.call(role, method, port=self.ports[role], address="127.0.0.1"):
                self.group.clock.advance(seconds)
                raise SystemExit(143)

        try:
            self._context.run(call)
        except SystemExit as error:
            self._throw(error)

    def kill(self) -> None:
        """Stop for good, with no end: the process is killed, and what was open is never exported."""
        assert self.escrow
        _lifecycle.forget(self.escrow.setup)
        self.escrow.setup.abandon()
        _stopped.append(self._steps)
        self._over, self._next = True, None

    def _peek(self) -> Step | None:
        if self._next is None and not self._over:
            self._resume(lambda: next(self._steps))
        return self._next

    def _take(self) -> None:
        self._next = None
        self._peek()

    def _throw(self, error: BaseException) -> None:
        self._peek()
        self._next = None
        self._resume(lambda: self._steps.throw(error))

    def _resume(self, go: Callable[[], Step]) -> None:
        try:
            self._next = self._context.run(go)
        except (StopIteration, SystemExit):
            self._over = True
        except (*FAILURES, GivesUpError) as error:
            self.failed = self.failed or error
            self._over = True
