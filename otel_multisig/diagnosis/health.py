"""The short way for set-ups in which nothing went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis.methods import EXCHANGE, MAKE
from otel_multisig.model import Outcome
from otel_multisig.semconv import events
from otel_multisig.semconv.attributes import SnapshotPoint

if TYPE_CHECKING:
    from otel_multisig.diagnosis.facts import SetupFacts

__all__ = ["STAGE_OF_POINT", "is_plainly_healthy", "plain_hashes"]

_SUCCESS: Final = Outcome.SUCCESS
_EXCHANGES: Final = 2
_PRE_ROUND1: Final = SnapshotPoint.PRE_ROUND1.value
STAGE_OF_POINT: Final = {
    SnapshotPoint.POST_MAKE_MULTISIG.value: 1,
    SnapshotPoint.PRE_ROUND2.value: 1,
    SnapshotPoint.POST_EXPORT_MULTISIG.value: 2,
    SnapshotPoint.PRE_ROUND3.value: 2,
    SnapshotPoint.POST_IMPORT_MULTISIG.value: 2,
    SnapshotPoint.FINAL.value: 2,
}
"""All wallets of a 2-of-3 set-up show one address after make, and another one from the first exchange on."""

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
        if call.method == MAKE:
            left[call.role] = _EXCHANGES
        elif call.method == EXCHANGE and call.role in left:
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
    addresses: dict[int, str] = {}
    sizes: set[tuple[int | None, int | None]] = set()
    for snapshot in setup.snapshots:
        point, address_hash = snapshot.point, snapshot.address_hash
        if address_hash is None or snapshot.is_multisig is (point == _PRE_ROUND1) or snapshot.is_multisig is None:
            return False
        stage = STAGE_OF_POINT.get(point or "")
        if stage is not None:
            if addresses.setdefault(stage, address_hash) != address_hash:
                return False
            sizes.add((snapshot.threshold, snapshot.participants))
        elif point != _PRE_ROUND1 or plain.setdefault(address_hash, snapshot.role) != snapshot.role:
            return False
    return len(sizes) < 2  # noqa: PLR2004 - two that differ


def plain_hashes(setup: SetupFacts) -> list[str]:
    """The addresses of the wallets before they became multisig, which no two escrows share."""
    return [
        snapshot.address_hash
        for snapshot in setup.snapshots
        if snapshot.point == _PRE_ROUND1 and snapshot.is_multisig is False and snapshot.address_hash is not None
    ]
