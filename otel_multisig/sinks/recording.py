"""A set-up as its file."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from otel_multisig.legacy import RecordingState, state_of, write

if TYPE_CHECKING:
    from otel_multisig.model import EscrowTrace

__all__ = ["Recording", "record"]


class Recording(msgspec.Struct, frozen=True):
    """A set-up as its file: whose it is, how it stands, how many events, and the bytes (none where no events).

    Attributes:
        staged: the file that holds the bytes, where `data` does not: see `otel_multisig.sinks.staging`.
    """

    escrow_id: str
    setup_id: str
    state: RecordingState
    events: int
    data: bytes
    staged: str | None = None

    def read(self) -> bytes:
        """The bytes.

        Raises:
            OSError: the file that holds them cannot be read.
        """
        return self.data if self.staged is None else Path(self.staged).read_bytes()

    def discard(self) -> None:
        """Remove the file that holds the bytes; they are not needed any more."""
        if self.staged is not None:
            with contextlib.suppress(OSError):
                Path(self.staged).unlink()


def record(trace: EscrowTrace) -> Recording:
    """A set-up as its file."""
    written = write(trace)
    return Recording(trace.escrow_id, trace.setup_id, state_of(trace), written.events, written.data)
