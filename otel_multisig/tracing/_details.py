"""The allow-list for what an application records in its own words: names, and the details of custom events."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from otel_multisig.tracing import settings
from otel_multisig.wallet_rpc import sha256_hex

__all__ = ["details_text", "safe_name", "text_digest"]

_MAX_DEPTH: Final = 8
_NAME: Final = re.compile(r"[^\W\d][\w .:/-]{0,63}")
_KEY: Final = re.compile(r"[^\W\d][\w.-]{0,47}")
# No word of the programmer's is that long; a key, an address or a piece of one is.
_BLOB: Final = re.compile(r"[0-9A-Za-z+/=]{32,}")

_encoder: Final = msgspec.json.Encoder(order="sorted")


def text_digest(text: str) -> str:
    """Return what stands for a text that may not be recorded: its SHA-256 and its length in bytes."""
    return f"sha256:{sha256_hex(text)} ({len(text.encode('utf-8', 'surrogatepass'))} bytes)"


@lru_cache(maxsize=1024)
def safe_name(text: str) -> str:
    """Return a name that a programmer chose (a role, a state, a lock) as it is, anything else as a digest."""
    text = str(text)
    return text if _NAME.fullmatch(text) and not _BLOB.search(text) else text_digest(text)


def details_text(details: Mapping[str, Any]) -> str:
    """Return the details of a custom event as JSON text, reduced to what may be recorded.

    Numbers, booleans and null pass; so do the texts of declared keys (`Settings.allowed_details`). Any other text
    becomes its digest, at every depth; what is no JSON value becomes the name of its type.
    """
    allowed = settings.current().allowed_details
    return _encoder.encode(_reduce(details, allowed, "", _MAX_DEPTH)).decode()


def _reduce(value: Any, allowed: frozenset[str], key: str, depth: int) -> Any:
    if isinstance(value, str):
        # A lone surrogate is no UTF-8 and would make the whole export fail.
        return value.encode("utf-8", "replace").decode() if key in allowed else text_digest(value)
    if depth and isinstance(value, Mapping):
        return {_safe_key(name): _reduce(item, allowed, str(name), depth - 1) for name, item in value.items()}
    if depth and isinstance(value, (list, tuple)):
        return [_reduce(item, allowed, key, depth - 1) for item in value]
    return _reduce_scalar(value)


def _reduce_scalar(value: Any) -> bool | int | float | str | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # Beyond 64 bits no backend agrees on what a JSON number is.
        return int(value) if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    return f"<{type(value).__name__}>"


def _safe_key(key: Any) -> str:
    text = str(key)
    return text if _KEY.fullmatch(text) and not _BLOB.search(text) else text_digest(text)
