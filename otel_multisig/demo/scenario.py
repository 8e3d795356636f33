"""The demo's four set-ups: one alone, which comes through, then three on the same ports, two of which must fail."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Final

from otel_multisig.demo.escrow import STEPS, DemoEscrow
from otel_multisig.demo.turns import Turns
from otel_multisig.testing.wallet_client import WalletConnectionError, WalletRpcError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ALONE", "TOGETHER", "new_escrows", "run_alone", "run_together"]

ALONE: Final = "alone"
TOGETHER: Final = ("first", "second", "third")

# One server holds one open wallet, and a wallet that is created is open. The second creates its wallets where the first
# has just created its own, so that the first works on the second's wallets without knowing; the second then finds them
# multisig already. When the third creates its own, the first meets plain wallets in the middle of its set-up. The third
# then has the ports to itself.
_ORDER: Final = (
    ("first", "create"),
    ("second", "create"),
    ("first", "round 1"),
    ("second", "round 1"),
    ("first", "round 2"),
    ("third", "create"),
    ("first", "round 3"),
    ("third", "round 1"),
    ("third", "round 2"),
    ("third", "round 3"),
)


def new_escrows() -> dict[str, str]:
    """Return a new escrow id for each name."""
    return {name: str(uuid.uuid4()) for name in (ALONE, *TOGETHER)}


def run_alone(escrow_id: str, ports: Mapping[str, int]) -> bool:
    """Run one set-up that nobody disturbs; say whether it came through."""
    return _run(escrow_id, ports, Turns((ALONE, step) for step in STEPS), ALONE)


def run_together(escrow_ids: Mapping[str, str], ports: Mapping[str, int]) -> Sequence[bool]:
    """Run three set-ups that get in each other's way; say which came through."""
    turns = Turns(_ORDER)
    came_through = dict.fromkeys(TOGETHER, False)

    def run(name: str) -> None:
        came_through[name] = _run(escrow_ids[name], ports, turns, name)

    # Not a pool, which would wait for all of them when the user has had enough.
    threads = [threading.Thread(target=run, args=(name,), name=name, daemon=True) for name in TOGETHER]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(came_through.values())


def _run(escrow_id: str, ports: Mapping[str, int], turns: Turns, name: str) -> bool:
    escrow = DemoEscrow(escrow_id, ports)
    try:
        escrow.run(turns, name)
    except (WalletRpcError, WalletConnectionError):
        return False  # the trace tells what happened
    finally:
        escrow.close()
    return True
