"""A client that makes one shared wallet out of three, the way an escrow service does, and traces it."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from otel_multisig import TracedWallet, trace_escrow
from otel_multisig.testing.setup_driver import others
from otel_multisig.testing.wallet_client import WalletRpcClient, WalletRpcError, WalletRpcObserver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_multisig import Escrow, Round
    from otel_multisig.demo.turns import Turns

__all__ = ["STEPS", "DemoEscrow"]

STEPS: Final = ("create", "round 1", "round 2", "round 3")
"""What a client does, in its order."""

_HOST: Final = "127.0.0.1"
_THRESHOLD: Final = 2
_POINT_AFTER: Final = {2: "post_export_multisig", 3: "post_import_multisig"}


class DemoEscrow:
    """One escrow: three wallets, one for each role, on servers that other escrows may be using as well."""

    def __init__(self, escrow_id: str, ports: Mapping[str, int]) -> None:
        self.escrow_id = escrow_id
        urls = {role: f"http://{_HOST}:{port}/json_rpc" for role, port in ports.items()}
        self._clients = {role: WalletRpcClient(url) for role, url in urls.items()}
        # Snapshots have connections of their own: a wallet may be asked while a call on the other one is under way.
        self._observers = {
            role: TracedWallet(backend=WalletRpcObserver(url), id=str(uuid.uuid4())) for role, url in urls.items()
        }
        self._infos: dict[str, str] = {}

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    def run(self, turns: Turns, name: str) -> None:
        """Take all steps, each when it is its turn.

        Args:
            turns: The order that this client keeps with others.
            name: This client's name in that order.

        Raises:
            WalletRpcError: If a server refuses; the set-up has failed.
            WalletConnectionError: If a server cannot be reached.
        """
        try:
            with trace_escrow(self.escrow_id) as escrow:
                with turns.step(name, "create"):
                    self._create(escrow)
                for number, make in ((1, self._first_round), (2, self._exchange), (3, self._exchange)):
                    with turns.step(name, f"round {number}"):
                        escrow.snapshot(f"pre_round{number}", self._observers)
                        with escrow.round(number) as multisig_round:
                            make(multisig_round, number)
                escrow.snapshot("final", self._observers)
        finally:
            turns.leave(name)

    def _create(self, escrow: Escrow) -> None:
        def create(role: str) -> None:
            params = {"filename": f"{role}_temp_escrow_{self.escrow_id}", "password": "", "language": "English"}
            self._call(escrow, role, "create_wallet", params)

        self._for_each_role(create)

    def _for_each_role(self, work: Callable[[str], None]) -> None:
        """Work for all roles at the same time: creating a wallet takes its server seconds."""
        with ThreadPoolExecutor(len(self._clients)) as pool:
            for done in [pool.submit(work, role) for role in self._clients]:
                done.result()

    def _first_round(self, multisig_round: Round, _number: int) -> None:
        for role in self._clients:
            answer = self._call(multisig_round, role, "prepare_multisig", {"enable_multisig_experimental": True})
            self._infos[role] = answer["multisig_info"]
        made = {}
        for role in self._clients:
            params = {"multisig_info": others(self._infos, role), "threshold": _THRESHOLD, "password": ""}
            made[role] = self._call(multisig_round, role, "make_multisig", params)["multisig_info"]
            multisig_round.snapshot("post_make_multisig", {role: self._observers[role]})
        self._infos = made

    def _exchange(self, multisig_round: Round, number: int) -> None:
        made = {}
        for role in self._clients:
            params = {"multisig_info": others(self._infos, role), "password": ""}
            made[role] = self._call(multisig_round, role, "exchange_multisig_keys", params)["multisig_info"]
            multisig_round.snapshot(_POINT_AFTER[number], {role: self._observers[role]})
        self._infos = made

    def _call(self, scope: Escrow | Round, role: str, method: str, params: Mapping[str, Any]) -> Any:
        client = self._clients[role]
        with scope.call(role, method, port=client.port, address=_HOST, params=params) as call:
            try:
                result = client.call(method, params)
            except WalletRpcError as refusal:
                call.error_answer(refusal.code, refusal.message)
                raise
            call.answer(result)
            return result
