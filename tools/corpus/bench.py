"""The wallet servers of the corpus: three with the usual ports, three more, and one that belongs to somebody else."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from otel_multisig.testing.wallet_client import WalletConnectionError, WalletRpcClient, WalletRpcError
from otel_multisig.testing.wallet_servers import ROLES, WalletServers

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["ELSEWHERE", "FIRST", "SECOND", "Bench"]

FIRST: Final = dict(zip(ROLES, (18082, 18083, 18084), strict=True))
"""The ports that the first set of servers has in the record; what it really listens on does not matter."""

SECOND: Final = dict(zip(ROLES, (18085, 18086, 18087), strict=True))
"""The ports of a second set."""

ELSEWHERE: Final = 18099
"""The port of a server that no escrow uses: whatever holds a wallet there holds it against everybody else."""

_PORTS: Final = (*FIRST.values(), *SECOND.values(), ELSEWHERE)
_STOPPED: Final = "Tt"
_STEP_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 20.0


def _state(task: Path) -> str:
    """The letter that says what a thread does."""
    return (task / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


class Bench:
    """Seven wallet servers over one folder, called by the ports that they have in the record.

    They stay up from group to group; `reset` brings them back to a state in which none has a wallet open.
    """

    def __init__(self, kind: Literal["real", "simulated"], *, seed: int = 0) -> None:
        """Describe them; entering the context starts them."""
        self.kind = kind
        self._servers = WalletServers([str(port) for port in _PORTS], kind=kind, seed=seed)
        self._frozen: set[int] = set()

    def __enter__(self) -> Self:
        self._servers.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for port in tuple(self._frozen):
            self.thaw(port)
        self._servers.stop()

    @property
    def servers(self) -> WalletServers:
        """The servers themselves, by the names that their ports are."""
        return self._servers

    def client(self, port: int, *, timeout: float = 60.0) -> WalletRpcClient:
        """A connection of one's own to a server."""
        return self._servers.client(str(port), timeout=timeout)

    def outsider(self, port: int, method: str, **params: Any) -> dict[str, Any]:
        """A call that nobody records: a monitor's, another program's.

        Raises:
            WalletRpcError: The server refused.
        """
        with self.client(port) as client:
            return client.call(method, params)

    def kill(self, port: int) -> None:
        """End a server as a crash would."""
        self._servers.kill(str(port))

    def is_running(self, port: int) -> bool:
        """Whether a server was not killed."""
        return self._servers.is_running(str(port))

    def is_frozen(self, port: int) -> bool:
        """Whether a server takes connections and answers nothing."""
        return port in self._frozen

    def freeze(self, port: int) -> None:
        """Stop a server (SIGSTOP): it takes connections, and answers nothing."""
        self._frozen.add(port)
        if self.kind == "real":
            pid = self._servers._processes[str(port)].pid  # noqa: SLF001 - no test needs it
            os.kill(pid, signal.SIGSTOP)
            # It takes a moment, in which it could still answer.
            while any(_state(task) not in _STOPPED for task in Path(f"/proc/{pid}/task").iterdir()):
                time.sleep(_STEP_SECONDS)
        else:
            self._servers.simulators[str(port)]._turn.acquire()  # noqa: SLF001 - its one request at a time

    def thaw(self, port: int) -> None:
        """Let a stopped server go on."""
        self._frozen.discard(port)
        if self.kind == "real":
            os.kill(self._servers._processes[str(port)].pid, signal.SIGCONT)  # noqa: SLF001 - as above
        else:
            self._servers.simulators[str(port)]._turn.release()  # noqa: SLF001 - as above

    def reset(self) -> None:
        """Bring all servers back to life, with no wallet open."""
        for port in tuple(self._frozen):
            self.thaw(port)
        for port in _PORTS:
            if not self.is_running(port):
                self._servers.restart(str(port))
            self._close(port)

    def _close(self, port: int) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with suppress(WalletRpcError):
                    self.outsider(port, "close_wallet", autosave_current=False)
            except WalletConnectionError:  # it was stopped, and is still at what it was asked then
                if time.monotonic() > deadline:
                    self._servers.restart(str(port))
                    return
                time.sleep(_STEP_SECONDS)
            else:
                return
