"""How the names of wallet files carry role and escrow id."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from otel_multisig.wallet_rpc.digest import sha256_hex

__all__ = ["WalletFile", "parse_wallet_file_name", "safe_file_name"]

_ROLE: Final = r"(?P<role>[a-z]{1,24}[0-9]{0,3})"
_ESCROW: Final = r"(?P<escrow>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
# A wallet is a cache file and beside it NAME.keys and NAME.address.txt.
_SUFFIX: Final = r"(?:\.keys|\.address\.txt)?"
_PATTERNS: Final = tuple(
    re.compile(stem + _SUFFIX, re.ASCII | re.IGNORECASE)
    for stem in (f"{_ROLE}_(?:temp_)?escrow_{_ESCROW}", f"{_ESCROW}_{_ROLE}")
)


class WalletFile(NamedTuple):
    """What the name of a wallet file says.

    Attributes:
        role: Whose wallet it is: ``buyer``, ``vendor``, ``arbiter`` or any other word.
        escrow_id: The UUID of the escrow.
    """

    role: str
    escrow_id: str


def parse_wallet_file_name(name: str) -> WalletFile | None:
    """Role and escrow id of a wallet file's name, None where the name does not carry them.

    Known are ``{role}_temp_escrow_{uuid}``, ``{role}_escrow_{uuid}`` and ``{uuid}_{role}``, with or without the suffix
    of a file that stands beside the wallet, and behind any path.
    """
    base = _base_name(name)
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(base):
            return WalletFile(match["role"], match["escrow"])
    return None


def safe_file_name(name: str) -> str:
    """A wallet file's name as a trace may hold it: without its folder, and only where it carries role and escrow id.

    Any other name may be the name of a person: it becomes ``sha256:`` and the digest of the name without its folder.
    """
    base = _base_name(name)
    return base if parse_wallet_file_name(base) else f"sha256:{sha256_hex(base)}"


def _base_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]
