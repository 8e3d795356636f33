"""A typed view of the event that tells the state of one wallet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from otel_multisig.model._reading import UINT64_MAX, as_int
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from otel_multisig.model.spans import Event


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The state of one wallet at one point of a set-up; None stands for what was not recorded.

    Attributes:
        point: the point of the set-up, one of `otel_multisig.semconv.attributes.SnapshotPoint` or any other name.
        role: the wallet's role.
        wallet_id: the wallet's id.
        port: the port of its server.
        is_multisig: whether it is a multisig wallet by now.
        balance_total: in piconero.
        balance_unlocked: in piconero.
        address_hash: SHA-256 of its address, 64 hex digits.
        address: the address itself, only where the application asked for it.
        file_exists: whether the wallet's file was found.
        file_permissions: what the owner may do with it: ``rw-``.
        file_name: its name, or ``sha256:`` and the hash of it.
        duration: how long the snapshot took, in seconds.
        event: the event that tells all this.
    """

    point: str | None
    role: str | None
    wallet_id: str | None
    port: int | None
    is_multisig: bool | None
    balance_total: int | None
    balance_unlocked: int | None
    address_hash: str | None
    address: str | None
    file_exists: bool | None
    file_permissions: str | None
    file_name: str | None
    duration: float | None
    event: Event

    @classmethod
    def of(cls, event: Event) -> Snapshot:
        """What a snapshot event tells; a value of a wrong type counts as not recorded, but for an int as text.

        Raises:
            ValueError: the event is no snapshot.
        """
        if event.name != events.WALLET_SNAPSHOT:
            raise ValueError(f"not a snapshot but an event named {event.name!r}")
        get = event.attributes.get
        return cls(
            point=_text(get(attr.MONERO_SNAPSHOT_POINT)),
            role=event.role,
            wallet_id=_text(get(attr.MONERO_WALLET_ID)),
            port=event.port,
            is_multisig=_truth(get(attr.MONERO_WALLET_IS_MULTISIG)),
            balance_total=as_int(get(attr.MONERO_WALLET_BALANCE_TOTAL), UINT64_MAX),
            balance_unlocked=as_int(get(attr.MONERO_WALLET_BALANCE_UNLOCKED), UINT64_MAX),
            address_hash=_text(get(attr.MONERO_WALLET_ADDRESS_HASH)),
            address=_text(get(attr.MONERO_WALLET_ADDRESS_VALUE)),
            file_exists=_truth(get(attr.MONERO_WALLET_FILE_EXISTS)),
            file_permissions=_text(get(attr.MONERO_WALLET_FILE_PERMISSIONS)),
            file_name=_text(get(attr.MONERO_WALLET_FILE_NAME)),
            duration=_number(get(attr.MONERO_SNAPSHOT_DURATION)),
            event=event,
        )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(value if _text(value) else "")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
