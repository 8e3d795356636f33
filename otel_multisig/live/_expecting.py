"""Snapshots that show what is expected, which no rule needs to look at while the set-up runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_multisig.diagnosis.health import STAGE_OF_POINT
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv.attributes import SnapshotPoint

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Expected"]

_PLAIN: Final = SnapshotPoint.PRE_ROUND1.value


class Expected:
    """What the snapshots of one set-up should show, going by those before.

    Attributes:
        addresses: the addresses that they have shown, as hashes.
    """

    __slots__ = ("_plain", "_shared", "addresses")

    def __init__(self) -> None:
        self.addresses: set[object] = set()
        self._plain: dict[object, object] = {}
        self._shared: dict[int, tuple[object, ...]] = {}

    def shows_news(self, attributes: Mapping[str, Any]) -> bool:
        """Whether a snapshot shows an address for the first time; from now on it is known."""
        address = attributes.get(attr.MONERO_WALLET_ADDRESS_HASH)
        if address in self.addresses:
            return False
        self.addresses.add(address)
        return True

    def is_met(self, attributes: Mapping[str, Any]) -> bool:
        """Whether a snapshot is as it should be: plain and of its own address, else like the others of its stage."""
        get = attributes.get
        point, address = get(attr.MONERO_SNAPSHOT_POINT), get(attr.MONERO_WALLET_ADDRESS_HASH)
        is_multisig = get(attr.MONERO_WALLET_IS_MULTISIG)
        if address is None:
            return False
        if point == _PLAIN:
            role = get(attr.MONERO_WALLET_ROLE)
            return is_multisig is False and self._plain.setdefault(address, role) == role
        stage = STAGE_OF_POINT.get(point) if isinstance(point, str) else None
        if stage is None or is_multisig is not True:
            return False
        shown = (address, get(attr.MONERO_MULTISIG_THRESHOLD), get(attr.MONERO_MULTISIG_PARTICIPANTS))
        return self._shared.setdefault(stage, shown) == shown
