"""The state of a wallet in few characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.report._words import plain
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from otel_multisig.model import Snapshot

__all__ = ["SHORT_HASH", "short_hash", "state_of"]

SHORT_HASH: Final = 7
"""How many digits of a hash are shown: three wallets side by side then fit into 80 columns."""


def state_of(snapshot: Snapshot) -> str:
    """What a wallet was: plain, or of which multisig."""
    if not snapshot.is_multisig:
        return "?" if snapshot.is_multisig is None else "plain"
    threshold = snapshot.event.attributes.get(attr.MONERO_MULTISIG_THRESHOLD)
    total = snapshot.event.attributes.get(attr.MONERO_MULTISIG_PARTICIPANTS)
    return "multisig" if threshold is None or total is None else plain(f"{threshold}-of-{total}")


def short_hash(snapshot: Snapshot) -> str:
    """The beginning of the hash of its address, "" where there is none."""
    return plain((snapshot.address_hash or "")[:SHORT_HASH])
