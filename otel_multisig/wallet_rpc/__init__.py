"""What is known of monero-wallet-rpc, as data: methods, what is secret in each, error codes and texts, file names."""

from __future__ import annotations

from otel_multisig.wallet_rpc.digest import sha256_hex
from otel_multisig.wallet_rpc.error_codes import ERROR_CODES
from otel_multisig.wallet_rpc.error_text import safe_error_text
from otel_multisig.wallet_rpc.file_names import WalletFile, parse_wallet_file_name, safe_file_name
from otel_multisig.wallet_rpc.methods import ALIASES, METHODS, Field, Method, Phase, Sensitivity, canonical_name

__all__ = [
    "ALIASES",
    "ERROR_CODES",
    "METHODS",
    "Field",
    "Method",
    "Phase",
    "Sensitivity",
    "WalletFile",
    "canonical_name",
    "parse_wallet_file_name",
    "safe_error_text",
    "safe_file_name",
    "sha256_hex",
]
