"""A client that makes one shared wallet out of three, the way an escrow service does, and traces it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_multisig import trace_escrow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_multisig import Escrow, Round
    from otel_multisig.demo.turns import Turns
    from otel_multisig.testing.wallet_servers import WalletRpcClient

__all__ = ["STEPS", "DemoEscrow"]

STEPS: Final = ("create", "open", "round 1", "round 2", "round 3")
"""What a client does, in its order."""

_THRESHOLD: Final = 2
_POINT_AFTER: Final = {2: "post_export_multisig", 3: "post_import_multisig"}


class DemoEscrow:
    """One escrow: three wallets, one for each role, on servers that other escrows may be using as well."""

    def __init__(self, escrow_id: str, clients: Mapping[str, WalletRpcClient]) -> None:
        self.escrow_id = escrow_id
        self._clients = clients
        self._infos: dict[str, str] = {}

    def run(self, turns: Turns, name: str) -> None:
        """Take all steps, each when it is its turn.

        Args:
            turns: The order that this client keeps with others.
            name: This client's name in that order.

        Raises:
            WalletRpcError: If a server refuses; the set-up has failed.
            OSError: If a server cannot be reached.
        """
        try:
            with turns.step(name, "create"):
                self._create()
            with trace_escrow(self.escrow_id) as escrow:
                with turns.step(name, "open"):
                    self._open(escrow)
                for number, make in ((1, self._first_round), (2, self._exchange), (3, self._exchange)):
                    with turns.step(name, f"round {number}"):
                        escrow.snapshot(f"pre_round{number}", self._wallets())
                        with escrow.round(number) as multisig_round:
                            make(multisig_round, number)
                escrow.snapshot("final", self._wallets())
        finally:
            turns.leave(name)

    def _file(self, role: str) -> str:
        return f"{role}_temp_escrow_{self.escrow_id}"

    def _wallets(self) -> dict[str, Callable[[str, Mapping[str, Any]], Any]]:
        return {role: client.call for role, client in self._clients.items()}

    def _create(self) -> None:
        for role, client in self._clients.items():
            client.call("create_wallet", {"filename": self._file(role), "password": "", "language": "English"})
            client.call("close_wallet", {})

    def _open(self, escrow: Escrow) -> None:
        for role in self._clients:
            self._call(escrow, role, "open_wallet", {"filename": self._file(role), "password": ""})

    def _first_round(self, multisig_round: Round, _number: int) -> None:
        for role in self._clients:
            answer = self._call(multisig_round, role, "prepare_multisig", {"enable_multisig_experimental": True})
            self._infos[role] = answer["multisig_info"]
        made = {}
        for role in self._clients:
            params = {"multisig_info": self._others(role), "threshold": _THRESHOLD, "password": ""}
            made[role] = self._call(multisig_round, role, "make_multisig", params)["multisig_info"]
            multisig_round.snapshot("post_make_multisig", {role: self._clients[role].call})
        self._infos = made

    def _exchange(self, multisig_round: Round, number: int) -> None:
        made = {}
        for role in self._clients:
            params = {"multisig_info": self._others(role), "password": ""}
            made[role] = self._call(multisig_round, role, "exchange_multisig_keys", params)["multisig_info"]
            multisig_round.snapshot(_POINT_AFTER[number], {role: self._clients[role].call})
        self._infos = made

    def _others(self, role: str) -> list[str]:
        return [info for other, info in self._infos.items() if other != role]

    def _call(self, scope: Escrow | Round, role: str, method: str, params: Mapping[str, Any]) -> Any:
        client = self._clients[role]
        with scope.call(role, method, port=client.port, address=client.host, params=params) as call:
            body = client.request(method, params)
            call.response(body)
            return client.result_of(body)
