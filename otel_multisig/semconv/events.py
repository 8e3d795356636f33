"""Names of the events. The name of the exception event is in `upstream`.

Generated from `otel_multisig/semconv/registry` by `tools/semconv.py`: change it there.
"""

from __future__ import annotations

from typing import Final

WALLET_SNAPSHOT: Final = "monero.wallet.snapshot"
"""The state of one wallet at one point of the set-up.

A snapshot never opens a wallet: it says what the server would have answered the set-up at that moment. What could
not be found out is left out.
"""

WALLET_SNAPSHOT_FAILED: Final = "monero.wallet.snapshot_failed"
"""A snapshot that could not be taken, or not in time.

It ends nothing, a set-up goes on without its snapshots.
"""

STATE_CHANGE: Final = "monero.state.change"
"""The escrow went from one state to another."""

FILE_OPERATION: Final = "monero.file.operation"
"""A wallet file was copied or moved."""

LOCK_ACQUIRED: Final = "monero.lock.acquired"
"""The set-up got a lock."""

LOCK_RELEASED: Final = "monero.lock.released"
"""The set-up gave a lock back."""

CUSTOM: Final = "monero.custom"
"""Whatever else the application wanted to have in the record."""

FAULT: Final = "monero.fault"
"""A rule named the cause of a fault, or the application did."""
