"""Every method of monero-wallet-rpc: the table from which alone it is decided what a trace may hold."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from otel_multisig.wallet_rpc._catalogue import Field, Method, Phase, Sensitivity
from otel_multisig.wallet_rpc._multisig_methods import MULTISIG_METHODS
from otel_multisig.wallet_rpc._query_methods import QUERY_METHODS
from otel_multisig.wallet_rpc._transfer_methods import TRANSFER_METHODS
from otel_multisig.wallet_rpc._wallet_methods import WALLET_METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ALIASES", "METHODS", "Field", "Method", "Phase", "Sensitivity", "canonical_name"]

METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {
        method.name: method
        for methods in (WALLET_METHODS, MULTISIG_METHODS, TRANSFER_METHODS, QUERY_METHODS)
        for method in methods
    }
)
"""Every method by its canonical name. What is not in this table must not be recorded."""

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "getaddress": "get_address",
        "getbalance": "get_balance",
        "getheight": "get_height",
        "sweep_unmixable": "sweep_dust",
    }
)
"""Second names that the server takes, and the canonical name of each."""


def canonical_name(method: str) -> str:
    """The canonical name of a method; a name that is no alias is returned as it is, known or not."""
    return ALIASES.get(method, method)
