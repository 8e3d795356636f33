"""The one digest by which a value stands in a trace when the value itself must not."""

from __future__ import annotations

from hashlib import sha256

__all__ = ["sha256_hex"]


def sha256_hex(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, as 64 lower-case hex digits.

    Takes any Python string: lone surrogates, which JSON can hold, are hashed as the bytes they would have.
    """
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
