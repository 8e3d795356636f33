"""Wallet servers for tests and demonstrations: one for each role, real or simulated, over one folder of wallets."""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from otel_multisig.testing._server_process import ServerProcess, WalletServerError, Watchdog
from otel_multisig.testing.required_servers import REQUIRED_SERVERS, find_server
from otel_multisig.testing.wallet_client import WalletRpcClient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from otel_multisig.wallet_rpc.simulator import SimulatedWalletRpc

__all__ = ["ROLES", "WalletServerError", "WalletServers"]

ROLES: Final = ("buyer", "vendor", "arbiter")
"""The roles of a 2-of-3 escrow, in the order in which their servers get their ports."""

_ATTEMPTS: Final = 3


class WalletServers:
    """One wallet server for each role, started together and always stopped, the folder of their wallets removed.

    Use it as a context manager. Real servers are monero-wallet-rpc processes, offline on the stagenet; they are ended
    even where this process is killed. Simulated ones are threads of this process.

    Attributes:
        roles: The roles, in the order of their ports.
        kind: ``real`` or ``simulated``: which was chosen, where it was left open.
        folder: The folder of the wallet files.
        ports: The port of each role.
        clients: A client for each role, for the thread that started the servers.
    """

    def __init__(
        self,
        roles: Sequence[str] = ROLES,
        *,
        kind: Literal["auto", "real", "simulated"] = "auto",
        ports: Sequence[int] | None = None,
        program: Path | None = None,
        delays: Mapping[str, float] | None = None,
        seed: int | None = None,
        balance: tuple[int, int] = (0, 0),
        start_timeout: float = 60.0,
    ) -> None:
        """Describe the servers; entering the context starts them.

        Args:
            roles: Whose servers, one each.
            kind: Real ones, simulated ones, or real ones where monero-wallet-rpc is on PATH and else simulated ones.
            ports: One for each role, on the loopback interface; None for any that are free.
            program: The monero-wallet-rpc to run; None for the one on PATH.
            delays: Of simulated servers: seconds that each call of a method takes.
            seed: Of simulated servers: makes all keys the same each time.
            balance: Of simulated servers: total and unlocked balance of every wallet, in piconero.
            start_timeout: Seconds that a real server has to answer its first call.

        Raises:
            ValueError: There are not as many ports as roles.
        """
        if ports is not None and len(ports) != len(roles):
            raise ValueError(f"{len(roles)} roles need as many ports, not {len(ports)}")
        self._program = program or find_server("monero")
        self.roles = tuple(roles)
        self.kind: Literal["real", "simulated"] = kind if kind != "auto" else "real" if self._program else "simulated"
        self.folder = Path()
        self.ports: dict[str, int] = dict(zip(roles, ports, strict=True)) if ports else {}
        self.clients: dict[str, WalletRpcClient] = {}
        self._choose_ports = not ports
        self._delays = delays
        self._seed = seed
        self._balance = balance
        self._start_timeout = start_timeout
        self._home = Path()
        self._watchdog: Watchdog | None = None
        self._processes: dict[str, ServerProcess] = {}
        self._simulators: dict[str, SimulatedWalletRpc] = {}

    def start(self) -> Self:
        """Start the servers and wait until each answers.

        Raises:
            WalletServerError: The program is missing, or a server did not start; its last words are in the message.
        """
        if self.kind == "real" and self._program is None:
            raise WalletServerError(
                f"monero-wallet-rpc is not on PATH ({REQUIRED_SERVERS['monero'].how_to_get}), "
                "and real wallet servers were asked for"
            )
        self._home = Path(tempfile.mkdtemp(prefix="otel-multisig-wallets-"))
        self.folder = self._home / "wallets"
        self.folder.mkdir()
        try:
            if self.kind == "real":
                self._watchdog = Watchdog(self._home)
            self._start_all(self.roles)
        except BaseException:
            self.stop()
            raise
        self.clients = {role: self.client(role) for role in self.roles}
        return self

    def stop(self) -> None:
        """Stop the servers and remove their folder. Can be repeated."""
        for client in self.clients.values():
            client.close()
        for process in self._processes.values():
            process.end()
        for process in self._processes.values():
            process.wait()
        for simulator in self._simulators.values():
            simulator.stop()
        self._processes.clear()
        self._simulators.clear()
        if self._watchdog:
            self._watchdog.dismiss()
            self._watchdog = None
        if self._home != Path():
            shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def urls(self) -> dict[str, str]:
        """Where each role's server takes requests."""
        return {role: f"http://127.0.0.1:{port}/json_rpc" for role, port in self.ports.items()}

    @property
    def simulators(self) -> Mapping[str, SimulatedWalletRpc]:
        """The simulated servers by role, to give them faults and to see what they were asked; empty for real ones."""
        return self._simulators

    def client(self, role: str, *, timeout: float = 60.0) -> WalletRpcClient:
        """A further client of a role's server, for another thread say. Who asks for it closes it."""
        return WalletRpcClient(self.urls[role], timeout=timeout)

    def kill(self, role: str) -> None:
        """End a role's server at once, as a crash would: nothing is saved."""
        if process := self._processes.pop(role, None):
            process.kill()
        if simulator := self._simulators.pop(role, None):
            simulator.stop()

    def restart(self, role: str) -> None:
        """Start a role's server again, on the port that it had, with no wallet open.

        Raises:
            WalletServerError: It did not start.
        """
        self.kill(role)
        self.clients[role].close()
        self._start_all((role,))

    def is_running(self, role: str) -> bool:
        """Whether a role's server has neither been killed nor died."""
        return role in self._simulators or (role in self._processes and self._processes[role].is_running)

    def _start_all(self, roles: Sequence[str]) -> None:
        if self.kind == "simulated":
            for role in roles:
                self._simulate(role)
            return
        for _ in range(_ATTEMPTS - 1):
            try:
                self._spawn_all(roles)
            except WalletServerError as error:
                # A port that was free when it was chosen may have been taken since.
                if not (self._choose_ports and error.port_was_taken):
                    raise
                for role in roles:
                    if not self.is_running(role):
                        del self.ports[role]
            else:
                return
        self._spawn_all(roles)

    def _spawn_all(self, roles: Sequence[str]) -> None:
        missing = [role for role in roles if not self.is_running(role)]
        for role in missing:
            self._spawn(role)
        for role in missing:
            self._processes[role].wait_until_ready(self._start_timeout)

    def _spawn(self, role: str) -> None:
        assert self._program
        assert self._watchdog
        port = self.ports.setdefault(role, _free_port())
        process = ServerProcess(role, port, self._command(role, port), self._home)
        self._processes[role] = process
        self._watchdog.watch(process)

    def _simulate(self, role: str) -> None:
        from otel_multisig.wallet_rpc.simulator import SimulatedWalletRpc

        seed = None if self._seed is None else self._seed * len(self.roles) + self.roles.index(role)
        simulator = SimulatedWalletRpc(
            self.folder, port=self.ports.get(role, 0), delays=self._delays, seed=seed, balance=self._balance
        )
        try:
            simulator.start()
        except OSError as error:
            raise WalletServerError(
                f"the wallet server of {role} cannot listen on port {self.ports.get(role, 0)}: {error.strerror}",
                port_was_taken=True,
            ) from error
        self._simulators[role] = simulator
        self.ports[role] = simulator.port

    def _command(self, role: str, port: int) -> list[str]:
        return [
            str(self._program),
            "--stagenet",
            "--offline",
            "--non-interactive",
            "--disable-rpc-login",
            "--disable-rpc-ban",
            # Either would make an RSA key, which takes seconds.
            "--rpc-ssl=disabled",
            "--daemon-ssl=disabled",
            "--rpc-bind-ip=127.0.0.1",
            f"--rpc-bind-port={port}",
            f"--wallet-dir={self.folder}",
            f"--shared-ringdb-dir={self._home / 'ringdb'}",
            f"--log-file={self._home / f'{role}.rpc.log'}",
            "--log-level=0",
        ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
