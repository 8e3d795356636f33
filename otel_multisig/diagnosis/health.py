"""The short way for set-ups in which nothing went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.model import Outcome
from otel_multisig.semconv import events
from otel_multisig.semconv.attributes import SnapshotPoint

if TYPE_CHECKING:
    from otel_multisig.diagnosis.facts import SetupFacts

__all__ = ["is_plainly_healthy", "plain_hashes"]

_SUCCESS: Final = Outcome.SUCCESS
_MAKE: Final = "make_multisig"
_EXCHANGE: Final = "exchange_multisig_keys"
_EXCHANGES: Final = 2
_PRE_ROUND1: Final = SnapshotPoint.PRE_ROUND1.value
_EARLY: Final = frozenset({SnapshotPoint.POST_MAKE_MULTISIG.value, SnapshotPoint.PRE_ROUND2.value})
_LATE: Final = frozenset(
    {
        SnapshotPoint.POST_EXPORT_MULTISIG.value,
        SnapshotPoint.PRE_ROUND3.value,
        SnapshotPoint.POST_IMPORT_MULTISIG.value,
        SnapshotPoint.FINAL.value,
    }
)
_HARMLESS: Final = frozenset(
    {
        events.LOCK_ACQUIRED,
        events.LOCK_RELEASED,
        events.STATE_CHANGE,
        events.FILE_OPERATION,
        events.WALLET_SNAPSHOT_FAILED,
    }
)


def is_plainly_healthy(setup: SetupFacts) -> bool:
    """Whether a set-up came through, every call of it, and every snapshot is as it should be.

    Where it says no, nothing is wrong yet: it only takes a closer look.
    """
    if setup.outcome is not _SUCCESS:
        return False
    ports: dict[int, str | None] = {}
    left: dict[str | None, int] = {}
    for call in setup.calls:
        if call.failed or call.end_place is None or call.interrupted:
            return False
        port = call.port
        if port is not None and ports.setdefault(port, call.role) != call.role:
            return False
        if call.method == _MAKE:
            left[call.role] = _EXCHANGES
        elif call.method == _EXCHANGE and call.role in left:
            left[call.role] -= 1
    if any(left.values()):
        return False
    for event in setup.events:
        if event.name not in _HARMLESS:
            return False
    return _are_snapshots_right(setup)


def _are_snapshots_right(setup: SetupFacts) -> bool:
    """Whether all are plain before round 1, multisig after that, and of one address each before and after round 2."""
    plain: dict[str, str | None] = {}
    addresses: set[tuple[bool, str]] = set()
    sizes: set[tuple[int | None, int | None]] = set()
    for snapshot in setup.snapshots:
        point, address_hash = snapshot.point, snapshot.address_hash
        is_late = point in _LATE
        if address_hash is None or snapshot.is_multisig is (point == _PRE_ROUND1) or snapshot.is_multisig is None:
            return False
        if is_late or point in _EARLY:
            addresses.add((is_late, address_hash))
            sizes.add((snapshot.threshold, snapshot.participants))
        elif point != _PRE_ROUND1 or plain.setdefault(address_hash, snapshot.role) != snapshot.role:
            return False
    late = sum(is_late for is_late, _ in addresses)
    return len(sizes) < 2 and late < 2 and len(addresses) - late < 2  # noqa: PLR2004 - two that differ


def plain_hashes(setup: SetupFacts) -> list[str]:
    """The addresses of the wallets before they became multisig, which no two escrows share."""
    return [
        snapshot.address_hash
        for snapshot in setup.snapshots
        if snapshot.point == _PRE_ROUND1 and snapshot.is_multisig is False and snapshot.address_hash is not None
    ]
