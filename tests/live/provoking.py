"""Set-ups on simulated wallets in which each fault is provoked."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from otel_multisig import trace_escrow
from otel_multisig.testing.wallet_client import (
    WalletConnectionError,
    WalletRpcClient,
    WalletRpcError,
    WalletRpcObserver,
)
from otel_multisig.testing.wallet_servers import WalletServers
from otel_multisig.wallet_rpc.simulator import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_multisig import Escrow

ROLES = ("buyer", "vendor", "arbiter")
AFTER = {1: "post_make_multisig", 2: "post_export_multisig", 3: "post_import_multisig"}
FAILURES = (WalletRpcError, WalletConnectionError, TimeoutError, RuntimeError)


class Client:
    """One escrow's client of the servers. What it calls is traced while its set-up is open.

    `before` is called before each step with its name: `create`, `prepare`, `make`, `exchange 2`, `exchange 3`, `final`.
    """

    def __init__(self, servers: WalletServers, escrow_id: str | None = None, *, timeout: float = 60.0) -> None:
        self.servers = servers
        self.escrow_id = escrow_id or str(uuid.uuid4())
        self.infos: dict[str, str] = {}
        self.last: dict[str, str] = {}
        self.before: Callable[[str, str], None] = lambda _step, _role: None
        self.clients = {role: servers.client(role, timeout=timeout) for role in ROLES}
        self.watchers = {role: WalletRpcObserver(servers.urls[role], timeout=2.0) for role in ROLES}
        self.scope: Any = None

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    def call(self, role: str, method: str, **params: Any) -> dict[str, Any]:
        client: WalletRpcClient = self.clients[role]
        if self.scope is None:
            return client.call(method, params)
        with self.scope.call(role, method, port=client.port, address="127.0.0.1", params=params) as call:
            try:
                result = client.call(method, params)
            except WalletRpcError as refusal:
                call.error_answer(refusal.code, refusal.message)
                raise
            call.answer(result)
            return result

    def name(self, role: str) -> str:
        return f"{role}_temp_escrow_{self.escrow_id}"

    def create(self, role: str) -> None:
        self.call(role, "create_wallet", filename=self.name(role), password="", language="English")

    def create_all(self) -> None:
        for role in ROLES:
            self.before("create", role)
            self.create(role)

    def others(self, role: str) -> list[str]:
        return [info for other, info in self.infos.items() if other != role]

    def step(self, name: str, role: str) -> None:
        """One call of a round; its output becomes an input of the others at the end of the step."""
        self.before(name, role)
        if name == "prepare":
            answer = self.call(role, "prepare_multisig", enable_multisig_experimental=True)
        elif name == "make":
            answer = self.call(role, "make_multisig", multisig_info=self.others(role), threshold=2, password="")
        else:
            answer = self.call(role, "exchange_multisig_keys", multisig_info=self.others(role), password="")
        self.last[role] = answer["multisig_info"]

    def step_all(self, name: str, point: str | None = None) -> None:
        for role in ROLES:
            self.step(name, role)
            if point is not None and self.scope is not None:
                self.scope.snapshot(point, {role: self.watchers[role]})
        self.infos = dict(self.last)

    def rounds(self, escrow: Escrow | None = None, *, last: int = 3) -> None:
        for number in range(1, last + 1):
            if escrow is None:
                self.round(number)
                continue
            escrow.snapshot(f"pre_round{number}", self.watchers)
            with escrow.round(number) as self.scope:
                self.round(number)
            self.scope = escrow

    def round(self, number: int) -> None:
        if number == 1:
            self.step_all("prepare")
            self.step_all("make", AFTER[1])
        else:
            self.step_all(f"exchange {number}", AFTER[number])

    def run(self, *, create: bool = True) -> bool:
        """A whole set-up, traced; say whether it came through."""
        try:
            with trace_escrow(self.escrow_id) as escrow:
                self.scope = escrow
                if create:
                    self.create_all()
                self.rounds(escrow)
                self.before("final", "")
                escrow.snapshot("final", self.watchers)
        except FAILURES:
            return False
        finally:
            self.scope = None
            self.close()
        return True


def once(step: str, role: str, do: Callable[[], object]) -> Callable[[str, str], None]:
    """Do something before the first time that a role takes a step."""
    done: list[bool] = []

    def before(at: str, who: str) -> None:
        if (at, who) == (step, role) and not done:
            done.append(True)
            do()

    return before


# What was provoked, by fault: a set-up goes through it, and says whether it came through.


def healthy(servers: WalletServers) -> bool:
    return Client(servers).run()


def retried(servers: WalletServers) -> bool:
    """The vendor's server refuses an exchange once, and the client calls again."""
    fault = Fault(FaultKind.DROP, "exchange_multisig_keys")
    servers.simulators["vendor"].add_fault(fault)
    client = Client(servers)

    def first_try() -> None:
        with suppress(WalletConnectionError):
            client.step("exchange 2", "vendor")

    client.before = once("exchange 2", "vendor", first_try)
    return client.run()


def cache_pollution(servers: WalletServers) -> bool:
    """What an earlier attempt left behind is still open."""
    earlier = Client(servers)
    earlier.create_all()
    earlier.rounds()
    earlier.close()
    return Client(servers).run(create=False)


def wallet_swapped(servers: WalletServers) -> bool:
    """Another set-up creates its wallet on the vendor's port before make_multisig of this one."""
    other = Client(servers)

    def intrude() -> None:
        with trace_escrow(other.escrow_id) as escrow:
            other.scope = escrow
            other.create("vendor")
        other.close()

    client = Client(servers)
    client.before = once("make", "vendor", intrude)
    return client.run()


def stale_wallet_after_failed_open(servers: WalletServers) -> bool:
    """Another escrow's wallet is open on the vendor's port; opening the own one again fails, and the client goes on."""
    other = Client(servers)
    client = Client(servers)

    def intrude_and_fail_to_open() -> None:
        with trace_escrow(other.escrow_id) as escrow:
            other.scope = escrow
            other.create("vendor")
            escrow.snapshot("pre_round1", {"vendor": other.watchers["vendor"]})
        other.close()
        fault = Fault(FaultKind.RPC_ERROR, "open_wallet", message="Failed to open wallet")
        servers.simulators["vendor"].add_fault(fault)
        with suppress(WalletRpcError):
            client.call("vendor", "open_wallet", filename=client.name("vendor"), password="")

    client.before = once("exchange 2", "vendor", intrude_and_fail_to_open)
    return client.run()


def experimental_flag_lost(servers: WalletServers) -> bool:
    """The vendor's wallet is closed and opened between prepare and make."""
    client = Client(servers)

    def reopen() -> None:
        client.call("vendor", "close_wallet", autosave_current=True)
        client.call("vendor", "open_wallet", filename=client.name("vendor"), password="")

    client.before = once("make", "vendor", reopen)
    return client.run()


def already_finalized(servers: WalletServers) -> bool:
    """The buyer makes one exchange more than there are rounds."""
    client = Client(servers)
    client.before = once("final", "", lambda: client.step("exchange 4", "buyer"))
    return client.run()


def mixed_session_inputs(servers: WalletServers) -> bool:
    """The vendor is fed the buyer's info of an earlier attempt."""
    with WalletServers(ROLES, kind="simulated") as elsewhere:
        earlier = Client(elsewhere)
        earlier.create_all()
        earlier.step_all("prepare")
        earlier.close()
    client = Client(servers)

    def mix() -> None:
        client.infos["buyer"] = earlier.infos["buyer"]

    client.before = once("make", "vendor", mix)
    return client.run()


def wrong_round(servers: WalletServers) -> bool:
    """In round 3 the vendor is given the infos of round 2 once more."""
    client = Client(servers)
    given: dict[str, str] = {}

    def before(step: str, role: str) -> None:
        if step == "exchange 2" and not given:
            given.update(client.infos)
        if (step, role) == ("exchange 3", "vendor"):
            client.infos = dict(given)

    client.before = before
    return client.run()


def server_unreachable(servers: WalletServers) -> bool:
    """The vendor's server is gone in round 2."""
    client = Client(servers)
    client.before = once("exchange 2", "vendor", lambda: servers.kill("vendor"))
    return client.run()


def lost_answer_retry(servers: WalletServers) -> bool:
    """The answer to the vendor's make_multisig is lost; the client calls again."""
    client = Client(servers)

    def lose() -> None:
        servers.simulators["vendor"].add_fault(Fault(FaultKind.LOST_ANSWER, "make_multisig"))
        with suppress(WalletConnectionError):
            client.step("make", "vendor")

    client.before = once("make", "vendor", lose)
    return client.run()


def crossed(servers: WalletServers) -> bool:
    """Two escrows are taken for each other at the arbiter, all the way: every call succeeds."""
    with WalletServers(ROLES, kind="simulated") as elsewhere:
        client, other = Client(servers), Client(elsewhere)
        other.create_all()
        given: dict[str, str] = {}

        def infos_for(mine: Mapping[str, str], theirs: Mapping[str, str], role: str) -> list[str]:
            if role == "arbiter":
                return [theirs["buyer"], theirs["vendor"]]
            return [mine["vendor" if role == "buyer" else "buyer"], theirs["arbiter"]]

        def before(step: str, role: str) -> None:
            if role == "buyer" and step not in {"create", "final"}:
                given.clear()
                given.update(other.infos)
                other.step_all(step)

        client.before = before
        client.others = lambda role: infos_for(client.infos, given, role)
        other.others = lambda role: infos_for(other.infos, client.infos, role)
        try:
            return client.run()
        finally:
            other.close()


def unsaved_close(servers: WalletServers) -> bool:
    """After round 2 the vendor's wallet is closed without saving, and does not open again."""
    client = Client(servers)

    def close_and_open() -> None:
        client.call("vendor", "close_wallet", autosave_current=False)
        client.call("vendor", "open_wallet", filename=client.name("vendor"), password="")

    client.before = once("exchange 3", "vendor", close_and_open)
    return client.run()


def unknown(servers: WalletServers) -> bool:
    """The server says something that nobody has heard before."""
    fault = Fault(FaultKind.RPC_ERROR, "exchange_multisig_keys", code=-99, message="the moon is in the wrong phase")
    servers.simulators["vendor"].add_fault(fault)
    return Client(servers).run()
