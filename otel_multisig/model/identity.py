"""The id of a set-up: ``{escrow_id}-{unix_ms}``, the legacy system's ``trace_id``."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = 13
_MAX_UNIX_MS: Final = 10**_DIGITS - 1


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
