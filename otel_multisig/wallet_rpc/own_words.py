"""What an application says in words of its own: which of them may stand in a trace, and what stands for the others."""

from __future__ import annotations

import re
from typing import Final

from otel_multisig.wallet_rpc.digest import sha256_hex

__all__ = ["as_id", "as_key", "as_name", "is_digest", "text_digest"]

_NAME: Final = re.compile(r"[^\W\d][\w .:/-]{0,63}")
_ID: Final = re.compile(r"\w[\w.:-]{0,127}")
_KEY: Final = re.compile(r"[^\W\d][\w.-]{0,47}")
# No word of a programmer's is that long; a key, an address or a piece of one is.
_BLOB: Final = re.compile(r"[0-9A-Za-z+/=]{32,}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}(?: \([0-9]+ bytes\))?")


def text_digest(text: str) -> str:
    """What stands for a text that may not be recorded: its SHA-256 and its length in bytes."""
    return f"sha256:{sha256_hex(text)} ({len(text.encode('utf-8', 'surrogatepass'))} bytes)"


def is_digest(text: str) -> bool:
    """Whether a text is a digest already."""
    return _DIGEST.fullmatch(text) is not None


def as_name(text: str) -> str:
    """A name that a programmer chose (a role, a state, a lock) as it is, anything else as a digest."""
    return _as(_NAME, text)


def as_id(text: str) -> str:
    """An id that an application made (a UUID, a number, a wallet's file name) as it is, anything else as a digest."""
    return _as(_ID, text)


def as_key(text: str) -> str:
    """A key of an object that a programmer chose as it is, anything else as a digest."""
    return _as(_KEY, text)


def _as(form: re.Pattern[str], text: str) -> str:
    plain = form.fullmatch(text) and not _BLOB.search(text)
    return text if plain or is_digest(text) else text_digest(text)
