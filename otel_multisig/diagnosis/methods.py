"""The methods of a wallet server that the rules know: what a set-up consists of, and what changes the open wallet."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CLOSE",
    "CREATE",
    "EXCHANGE",
    "MAKE",
    "OPEN",
    "OPENERS",
    "PREPARE",
    "SETUP_METHODS",
    "STORE",
    "WALLETLESS",
    "WALLET_CHANGERS",
]

PREPARE: Final = "prepare_multisig"
MAKE: Final = "make_multisig"
EXCHANGE: Final = "exchange_multisig_keys"
SETUP_METHODS: Final = frozenset({PREPARE, MAKE, EXCHANGE})
"""The calls of which a set-up consists."""

CREATE: Final = "create_wallet"
OPEN: Final = "open_wallet"
CLOSE: Final = "close_wallet"
STORE: Final = "store"
OPENERS: Final = frozenset({CREATE, OPEN, CLOSE, "restore_deterministic_wallet", "generate_from_keys"})
"""The methods that change which wallet is open on a server."""

WALLET_CHANGERS: Final = OPENERS | {"stop_wallet"}
"""The methods after which another wallet is open on the server, or none, be it because the server is gone."""

WALLETLESS: Final = frozenset({CLOSE, "stop_wallet", "get_version", "get_languages"})
"""The methods that succeed where no wallet is open, or leave none open."""
