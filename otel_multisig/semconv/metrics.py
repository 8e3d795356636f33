"""Names, units and descriptions of the metrics.

Generated from `otel_multisig/semconv/registry` by `tools/semconv.py`: change it there.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MONERO_ESCROW_SETUP_DURATION: Final = "monero.escrow.setup.duration"
"""Duration of set-ups.

Instrument: histogram, in seconds.
"""

MONERO_ESCROW_ACTIVE: Final = "monero.escrow.active"
"""Number of set-ups that are running.

Instrument: updowncounter, in `{escrow}`.
"""

MONERO_ESCROW_STALLED_TIME: Final = "monero.escrow.stalled.time"
"""Time since the last progress of the open set-up that has waited longest.

Instrument: gauge, in seconds. One series a process, 0 where no set-up is open. This is what finds a stuck one: its
root span has not ended and is in no backend.
"""

MONERO_MULTISIG_ROUND_DURATION: Final = "monero.multisig.round.duration"
"""Duration of rounds.

Instrument: histogram, in seconds.
"""

RPC_CLIENT_CALL_DURATION: Final = "rpc.client.call.duration"
"""Duration of calls to wallet servers.

Instrument: histogram, in seconds. The metric of OpenTelemetry, with the role of the wallet.
"""

MONERO_WALLET_LOCK_WAIT_DURATION: Final = "monero.wallet.lock.wait.duration"
"""Time that set-ups waited for locks.

Instrument: histogram, in seconds.
"""

MONERO_WALLET_LOCK_HOLD_DURATION: Final = "monero.wallet.lock.hold.duration"
"""Time that set-ups held locks.

Instrument: histogram, in seconds.
"""

MONERO_WALLET_FILE_OPERATION_DURATION: Final = "monero.wallet.file.operation.duration"
"""Duration of copies and moves of wallet files.

Instrument: histogram, in seconds.
"""

MONERO_ESCROW_FAULTS: Final = "monero.escrow.faults"
"""Number of faults found while set-ups ran.

Instrument: counter, in `{fault}`.
"""

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "monero.escrow.setup.duration": "s",
        "monero.escrow.active": "{escrow}",
        "monero.escrow.stalled.time": "s",
        "monero.multisig.round.duration": "s",
        "rpc.client.call.duration": "s",
        "monero.wallet.lock.wait.duration": "s",
        "monero.wallet.lock.hold.duration": "s",
        "monero.wallet.file.operation.duration": "s",
        "monero.escrow.faults": "{fault}",
    },
)
"""Unit of each metric, in the notation of UCUM."""

BRIEFS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "monero.escrow.setup.duration": "Duration of set-ups.",
        "monero.escrow.active": "Number of set-ups that are running.",
        "monero.escrow.stalled.time": "Time since the last progress of the open set-up that has waited longest.",
        "monero.multisig.round.duration": "Duration of rounds.",
        "rpc.client.call.duration": "Duration of calls to wallet servers.",
        "monero.wallet.lock.wait.duration": "Time that set-ups waited for locks.",
        "monero.wallet.lock.hold.duration": "Time that set-ups held locks.",
        "monero.wallet.file.operation.duration": "Duration of copies and moves of wallet files.",
        "monero.escrow.faults": "Number of faults found while set-ups ran.",
    },
)
"""What each metric measures, in words."""
