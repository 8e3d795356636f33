"""The error codes of monero-wallet-rpc, with their names.

Source: ``src/wallet/wallet_rpc_server_error_codes.h`` of Monero 0.18 (there each name has the prefix
``WALLET_RPC_ERROR_CODE_``), and section 5.1 of the JSON-RPC 2.0 specification.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ERROR_CODES"]

_WALLET_NAMES: Final = (
    "UNKNOWN_ERROR",
    "WRONG_ADDRESS",
    "DAEMON_IS_BUSY",
    "GENERIC_TRANSFER_ERROR",
    "WRONG_PAYMENT_ID",
    "TRANSFER_TYPE",
    "DENIED",
    "WRONG_TXID",
    "WRONG_SIGNATURE",
    "WRONG_KEY_IMAGE",
    "WRONG_URI",
    "WRONG_INDEX",
    "NOT_OPEN",
    "ACCOUNT_INDEX_OUT_OF_BOUNDS",
    "ADDRESS_INDEX_OUT_OF_BOUNDS",
    "TX_NOT_POSSIBLE",
    "NOT_ENOUGH_MONEY",
    "TX_TOO_LARGE",
    "NOT_ENOUGH_OUTS_TO_MIX",
    "ZERO_DESTINATION",
    "WALLET_ALREADY_EXISTS",
    "INVALID_PASSWORD",
    "NO_WALLET_DIR",
    "NO_TXKEY",
    "WRONG_KEY",
    "BAD_HEX",
    "BAD_TX_METADATA",
    "ALREADY_MULTISIG",
    "WATCH_ONLY",
    "BAD_MULTISIG_INFO",
    "NOT_MULTISIG",
    "WRONG_LR",
    "THRESHOLD_NOT_REACHED",
    "BAD_MULTISIG_TX_DATA",
    "MULTISIG_SIGNATURE",
    "MULTISIG_SUBMISSION",
    "NOT_ENOUGH_UNLOCKED_MONEY",
    "NO_DAEMON_CONNECTION",
    "BAD_UNSIGNED_TX_DATA",
    "BAD_SIGNED_TX_DATA",
    "SIGNED_SUBMISSION",
    "SIGN_UNSIGNED",
    "NON_DETERMINISTIC",
    "INVALID_LOG_LEVEL",
    "ATTRIBUTE_NOT_FOUND",
    "ZERO_AMOUNT",
    "INVALID_SIGNATURE_TYPE",
    "DISABLED",
    "PROXY_ALREADY_DEFINED",
    "NONZERO_UNLOCK_TIME",
    "IS_BACKGROUND_WALLET",
    "IS_BACKGROUND_SYNCING",
    "INVALID_FEE_PRIORITY",
)

ERROR_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {-number: name for number, name in enumerate(_WALLET_NAMES, start=1)}
    | {
        -32700: "PARSE_ERROR",
        -32600: "INVALID_REQUEST",
        -32601: "METHOD_NOT_FOUND",
        -32602: "INVALID_PARAMS",
        -32603: "INTERNAL_ERROR",
    }
)
"""Name of each error code that a wallet server may answer with: -1 to -53, and those of JSON-RPC itself."""
