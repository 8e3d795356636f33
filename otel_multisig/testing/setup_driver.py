"""One multisig set-up, driven without tracing: every wallet, every round, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Call", "run_setup"]

Call: TypeAlias = "Callable[[str, Mapping[str, Any]], Mapping[str, Any]]"
"""What makes a call to one wallet server: method and parameters in, result out."""


def run_setup(
    wallets: Mapping[str, Call],
    *,
    threshold: int = 2,
    password: str = "",
    names: Mapping[str, str] | None = None,
    before: Callable[[int, str, str], None] = lambda *_: None,
) -> dict[str, str]:
    """Make one M-of-N wallet of as many plain ones.

    Args:
        wallets: What makes calls to each role's server.
        threshold: How many signers a transaction will need (M).
        password: Of every wallet.
        names: The wallet file to create for each role; None where plain wallets are open already.
        before: Called before each call, with the number of the round (0 while wallets are created), role and method.

    Returns:
        The final address that each role's wallet reports; all are equal unless something went wrong unnoticed.

    Raises:
        Exception: Whatever a call raised.
    """

    def call(number: int, role: str, method: str, **params: Any) -> Mapping[str, Any]:
        before(number, role, method)
        return wallets[role](method, params)

    for role, name in (names or {}).items():
        call(0, role, "create_wallet", filename=name, password=password, language="English")
    infos = {
        role: call(1, role, "prepare_multisig", enable_multisig_experimental=True)["multisig_info"] for role in wallets
    }
    results = {
        role: call(1, role, "make_multisig", multisig_info=others(infos, role), threshold=threshold, password=password)
        for role in wallets
    }
    for number in range(2, len(wallets) - threshold + 3):
        infos = {role: result["multisig_info"] for role, result in results.items()}
        results = {
            role: call(number, role, "exchange_multisig_keys", multisig_info=others(infos, role), password=password)
            for role in wallets
        }
    return {role: result["address"] for role, result in results.items()}


def others(infos: Mapping[str, str], role: str) -> list[str]:
    """The infos of all roles but one, in their order: what that one is given."""
    return [info for other, info in infos.items() if other != role]
