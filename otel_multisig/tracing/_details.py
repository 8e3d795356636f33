"""The allow-list for what an application records in its own words: names, and the details of custom events."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from otel_multisig.model import pieces
from otel_multisig.tracing import settings
from otel_multisig.wallet_rpc import own_words
from otel_multisig.wallet_rpc.own_words import text_digest

__all__ = ["clear_text", "details_text", "safe_id", "safe_name"]

_MAX_DEPTH: Final = 8
_LONGEST: Final = 50_000

_encoder: Final = msgspec.json.Encoder(order="sorted")


def clear_text(text: str) -> str:
    """Return a text that may be recorded as it is, in the form that every backend takes: UTF-8, and not too long."""
    # A lone surrogate is no UTF-8 and would make the export of the whole batch fail.
    return pieces.split(text.encode("utf-8", "replace").decode())[0]


@lru_cache(maxsize=1024)
def safe_name(text: str) -> str:
    """Return a name that a programmer chose (a role, a state, a lock) as it is, anything else as a digest."""
    # The text itself, also of a member of `class Role(str, Enum)`, whose str() is another.
    text = str.__str__(text) if isinstance(text, str) else str(text)
    return own_words.as_name(text)


@lru_cache(maxsize=1024)
def safe_id(text: str) -> str:
    """Return an id that an application made (a UUID, a number, a wallet's file name) as it is, else as a digest."""
    text = str.__str__(text) if isinstance(text, str) else str(text)
    return own_words.as_id(text)


def details_text(details: Mapping[str, Any]) -> str:
    """Return the details of a custom event as JSON text, reduced to what may be recorded.

    Numbers, booleans and null pass; so do the texts of declared keys (`Settings.allowed_details`). Any other text
    becomes its digest, at every depth; what is no JSON value, or a number of more than 64 bits, becomes the name of its
    type.
    """
    allowed = settings.current().allowed_details
    reduced = _reduce(details, allowed, "", _MAX_DEPTH)
    text = _encoder.encode(reduced if isinstance(reduced, dict) else {"value": reduced}).decode()
    # In pieces an event has room for no more: the SDK throws away attributes beyond 128, the oldest first.
    return text if len(text) <= _LONGEST else _encoder.encode({"omitted": text_digest(text)}).decode()


def _reduce(value: Any, allowed: frozenset[str], key: str, depth: int) -> Any:
    if isinstance(value, str):
        # A lone surrogate is no UTF-8 and would make the whole export fail.
        return value.encode("utf-8", "replace").decode() if key in allowed else text_digest(value)
    if depth and isinstance(value, Mapping):
        return {
            own_words.as_key(str(name)): _reduce(item, allowed, str(name), depth - 1) for name, item in value.items()
        }
    if depth and isinstance(value, (list, tuple)):
        return [_reduce(item, allowed, key, depth - 1) for item in value]
    return _reduce_scalar(value)


def _reduce_scalar(value: Any) -> bool | int | float | str | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # Beyond 64 bits no backend agrees on what a JSON number is, and it may be a key.
        return int(value) if -(2**63) <= value < 2**64 else f"<{type(value).__name__}>"
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    return f"<{type(value).__name__}>"
