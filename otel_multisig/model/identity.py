"""The id of a set-up: ``{escrow_id}-{unix_ms}``, the legacy system's ``trace_id``."""

from __future__ import annotations

import hashlib
from typing import Final

_DIGITS: Final = 13
_MAX_UNIX_MS: Final = 10**_DIGITS - 1
_TRACE_PREFIX: Final = b"otel-multisig legacy trace "
_NO_SPAN_ID: Final = "0" * 16


def make_setup_id(escrow_id: str, unix_ms: int) -> str:
    """The id of the set-up of an escrow that began at `unix_ms` (milliseconds since the epoch).

    The time is padded to 13 digits, so that `split_setup_id` always finds it again.

    Raises:
        ValueError: the escrow id is empty, or the time is negative or has more than 13 digits.
    """
    if not escrow_id:
        raise ValueError("an escrow id must not be empty")
    if not 0 <= unix_ms <= _MAX_UNIX_MS:
        raise ValueError(f"not a time in milliseconds since the epoch: {unix_ms}")
    return f"{escrow_id}-{unix_ms:013d}"


def split_setup_id(setup_id: str) -> tuple[str, int | None]:
    """The escrow id of a set-up id and the set-up's start in milliseconds since the epoch, None where it has none.

    It is split at its last ``-`` only where exactly 13 digits follow and something stands before: the last group of a
    bare UUID may consist of (12) digits, and older recordings bear ids without a time.
    """
    escrow_id, _, digits = setup_id.rpartition("-")
    # isdigit alone would take other scripts' digits and superscripts.
    if escrow_id and len(digits) == _DIGITS and digits.isascii() and digits.isdigit():
        return escrow_id, int(digits)
    return setup_id, None


def imported_trace_id(setup_id: str) -> str:
    """The trace id of a set-up that was recorded without one: a hash of its id, so that importing again gives it again.

    The first 16 bytes of the SHA-256 of ``otel-multisig legacy trace {setup_id}``, as 32 lower-case hex digits.
    """
    # surrogatepass: whatever the id holds, it has a hash.
    return hashlib.sha256(_TRACE_PREFIX + setup_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def imported_span_id(trace_id: str, sequence: int) -> str:
    """The span id of what starts at `sequence` in an imported set-up.

    The first 8 bytes of the SHA-256 of ``{trace_id}:{sequence}``, as 16 lower-case hex digits, never all zero.
    """
    digest = hashlib.sha256(f"{trace_id}:{sequence}".encode()).hexdigest()
    return digest[:16] if digest[:16] != _NO_SPAN_ID else digest[16:32]
