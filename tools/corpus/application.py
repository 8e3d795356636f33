"""An application that makes one shared wallet out of three and traces it, as a chain of steps."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from otel_multisig import TracedWallet, trace_escrow
from otel_multisig.semconv.attributes import SnapshotPoint
from otel_multisig.testing.wallet_client import WalletConnectionError, WalletRpcError
from otel_multisig.testing.wallet_servers import ROLES
from tools.corpus.habits import EXCHANGE, MAKE, OPEN, PREPARE, SNAPSHOT, Habits, Step
from tools.corpus.wire import Observer, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from otel_multisig import Escrow, Round
    from tools.corpus.driver import Group

__all__ = ["FAILURES", "Application"]

FAILURES: Final = (WalletRpcError, WalletConnectionError, OSError)
"""What calls raise."""

_THRESHOLD: Final = 2
_BEFORE: Final = (None, SnapshotPoint.PRE_ROUND1, SnapshotPoint.PRE_ROUND2, SnapshotPoint.PRE_ROUND3)
_AFTER: Final = (None, SnapshotPoint.POST_MAKE_MULTISIG, SnapshotPoint.POST_EXPORT_MULTISIG,
                 SnapshotPoint.POST_IMPORT_MULTISIG)  # fmt: skip


class Application:
    """One escrow's application: its steps, in its own order.

    Attributes:
        escrow_id: Its escrow.
        ports: The port of each role, as recorded.
        outs: What each role's wallet gave out at each stage: 0 prepare, 1 make, 2 and 3 exchange.
        feeds: The infos to hand to a role at a step in place of the right ones.
        wires: Its connections.
        failed: The first error that it met.
        escrow: Its trace, once it has begun.
        refused_opens: The errors of opens that it went on after.
        then_asks: A method that it calls after a call without answer, before it gives up.
    """

    def __init__(
        self,
        group: Group,
        habits: Habits,
        ports: Mapping[str, int],
        escrow_id: str,
        *,
        files: Mapping[str, str] | None = None,
    ) -> None:
        self.group = group
        self.habits = habits
        self.escrow_id = escrow_id
        self.ports = dict(ports)
        self.outs: list[dict[str, str]] = [{}, {}, {}, {}]
        self.feeds: dict[Step, Callable[[], list[str]]] = {}
        self.failed: Exception | None = None
        self.escrow: Escrow | None = None
        choose = group.choose
        self.wires = {
            role: Wire(group.bench, port, group.clock, choose, habits.library) for role, port in ports.items()
        }
        self.files = dict(files) if files else {role: self._name(role) for role in ROLES}
        self._ids = {role: str(uuid.UUID(int=choose.getrandbits(128), version=4)) for role in ROLES}
        self.then_asks = ""
        self.refused_opens: list[str] = []
        self._traced = True
        self._scope: Escrow | Round | None = None
        self._step = Step(0, "", "")

    @property
    def scope(self) -> Escrow | Round:
        """Where calls stand now."""
        assert self._scope is not None
        return self._scope

    def _run(self) -> Generator[Step]:
        habits = self.habits
        if habits.late:
            yield from self._wallets(None)
            yield from self._each(1, PREPARE, None)
        with ExitStack() as stack:
            yield self._at(Step(0, "", "begin"))
            escrow = self.escrow = stack.enter_context(trace_escrow(self.escrow_id, enabled=self._traced))
            self._scope = escrow
            if self._traced:
                self.group.began(self)
            for role, port in self.ports.items():
                path = str(self.group.bench.servers.folder / self.files[role])
                observer = Observer(self.group.bench, port, self.group.addresses)
                escrow.wallet(role, TracedWallet(backend=observer, id=self._ids[role], file=path))
            if not habits.late:
                yield from self._wallets(escrow)
            for number in (1, 2, 3):
                yield self._at(Step(number, "", SNAPSHOT))
                self._snapshot(_BEFORE[number])
                if number > 1 and habits.reopens:
                    yield from self._wallets(escrow, number)
                with escrow.round(number) as this:
                    self._scope = this
                    if number == 1:
                        if not habits.late:
                            yield from self._each(1, PREPARE, this)
                        yield from self._each(1, MAKE, this)
                    else:
                        yield from self._each(number, EXCHANGE, this)
                self._scope = escrow
            yield self._at(Step(4, "", SNAPSHOT))
            self._snapshot(SnapshotPoint.FINAL)
            yield self._at(Step(4, "", "end"))
            if self.failed is not None:
                escrow.error(self.failed)

    def _at(self, step: Step) -> Step:
        self._step = step
        return step

    def _wallets(self, escrow: Escrow | None, number: int = 0) -> Iterator[Step]:
        opens = self.habits.opens or number > 0
        if self.habits.opens and not self.habits.made and not number:
            self.make_files()
        for role in self.ports:
            yield self._at(Step(number, role, OPEN))
            if opens:
                params = {"filename": self.files[role], "password": ""}
            else:
                params = {"filename": self.files[role], "password": "", "language": "English"}
            self._habitually(self._step, escrow, role)
            try:
                self._call(escrow, role, "open_wallet" if opens else "create_wallet", params)
            except WalletRpcError as error:
                if not self.habits.ignores_opens:
                    raise
                self.refused_opens.append(str(error))

    def make_files(self) -> None:
        """Make the wallets that are to be opened, unless they are there: by somebody else, some time before."""
        for role, port in self.ports.items():
            if not (self.group.bench.servers.folder / f"{self.files[role]}.keys").exists():
                self.group.bench.outsider(
                    port, "create_wallet", filename=self.files[role], password="", language="English"
                )
                self.group.bench.outsider(port, "close_wallet", autosave_current=True)

    def _each(self, number: int, method: str, scope: Round | None) -> Iterator[Step]:
        stage = {PREPARE: 0, MAKE: 1}.get(method, number)
        for role in self.ports:
            step = Step(number, role, method)
            yield self._at(step)
            self._habitually(step, scope, role)
            try:
                result = self._retrying(scope, role, method, self._params(step, stage))
            except FAILURES as error:
                if self.then_asks:
                    self._call(scope, role, self.then_asks, {})
                if not self.habits.carries_on or scope is None:
                    raise
                self.failed = self.failed or error
            else:
                self.outs[stage][role] = str(result["multisig_info"])
            if stage and scope is not None:
                self._snapshot(_AFTER[number], role)

    def _params(self, step: Step, stage: int) -> dict[str, Any]:
        if step.what == PREPARE:
            return {"enable_multisig_experimental": True}
        before = self.outs[stage - 1]
        infos = self.feeds[step]() if step in self.feeds else [before[role] for role in before if role != step.role]
        params: dict[str, Any] = {"multisig_info": infos, "password": ""}
        return params | {"threshold": _THRESHOLD} if step.what == MAKE else params

    def _retrying(self, scope: Round | None, role: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        for attempt in range(self.habits.retries + 1):
            try:
                return self._call(scope, role, method, params)
            except (WalletConnectionError, OSError):
                if attempt == self.habits.retries:
                    raise
                self.group.clock.advance(0.1 * 2**attempt)
        raise AssertionError

    def _call(
        self, scope: Escrow | Round | None, role: str, method: str, params: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        wire = self.wires[role]
        if scope is None:
            return wire.call(method, params)
        recorded = params if self.habits.params else None
        with scope.call(role, method, port=wire.port, address="127.0.0.1", params=recorded) as call:
            try:
                result = wire.call(method, params)
            except WalletRpcError as refusal:
                call.error_answer(refusal.code, refusal.message)
                raise
            if self.habits.params or "multisig_info" not in result:
                call.answer(result)
        return result

    def _habitually(self, step: Step, scope: Escrow | Round | None, role: str) -> None:
        self.group.clock.advance(self.habits.pauses.get(step, 0.0))
        method = self.habits.chatter.get(step)
        if method and scope is not None:
            self._call(scope, role, method, {"account_index": 0} if method.startswith("get_") else {})

    def _snapshot(self, point: str | None, role: str | None = None) -> None:
        if self._scope is None or not self._traced or point is None or point in self.habits.skips:
            return
        roles = [role] if role else list(self.ports)
        if self.group.bench.kind == "simulated":
            self.group.clock.advance(0.001)
        self._scope.snapshot(point, {each: self.escrow.setup.wallets[each] for each in roles})  # type: ignore[union-attr]

    def _name(self, role: str) -> str:
        return f"{role}_temp_escrow_{self.escrow_id}" if self.habits.named else self.group.file_name()
