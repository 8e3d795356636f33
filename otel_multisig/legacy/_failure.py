"""The end of a set-up that failed: what its `ERROR_FINAL` says, and when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.legacy._drawing import nanoseconds
from otel_multisig.legacy._inverse import count_of
from otel_multisig.legacy.mapping import exact_time

if TYPE_CHECKING:
    from otel_multisig.legacy.canonical import LegacyEvent

__all__ = ["is_usual", "parse_time"]

_FINAL_KEYS: Final = {"error", "context"}
_CONTEXT_KEYS: Final = {"escrow_id", "operation", "round", "wallet_id"}
_USUAL_CONTEXT_KEYS: Final = {*_CONTEXT_KEYS, "timestamp", "code"}
_SHORT: Final = 500


def is_usual(event: LegacyEvent, escrow_id: str, code: int | None) -> bool:
    """Whether the end of a failed set-up says just what the writer would.

    Most do, and to see this is quicker than to write it.

    Args:
        event: the end of the set-up.
        escrow_id: the escrow's id.
        code: that of the call in which it failed, which the writer takes where the end has none.
    """
    details = event.details
    if not isinstance(details, dict) or details.keys() != _FINAL_KEYS or not isinstance(details["context"], dict):
        return False
    context = details["context"]
    keys = context.keys()
    time = context.get("timestamp")
    return (
        isinstance(details["error"], str)
        and details["error"] != ""
        and _CONTEXT_KEYS <= keys <= _USUAL_CONTEXT_KEYS
        and context["escrow_id"] == escrow_id
        and count_of(context, "round") is not None
        and (count_of(context, "code") is not None if "code" in context else code is None)
        and isinstance(context["wallet_id"], str)
        and context["wallet_id"] != ""
        and len(context["wallet_id"]) < _SHORT
        and ("timestamp" not in context or exact_time(parse_time(time) or 0) == time)
        and event.rpc_port is msgspec.UNSET
        and event.unknown is msgspec.UNSET
        and type(event.timestamp) is int
        and nanoseconds(event.timestamp) == event.timestamp * 1_000_000
        and isinstance(event.role, str)
        and len(event.role) < _SHORT
    )


def parse_time(text: Any) -> int | None:
    """Nanoseconds of a time as the legacy system wrote it, None for any other text."""
    if not isinstance(text, str) or not text.isascii():
        return None
    moment, dot, fraction = text.removesuffix("+00:00").partition(".")
    if not dot or not fraction.isdigit() or len(fraction) > 9:  # noqa: PLR2004 - nanoseconds
        return None
    try:
        seconds = datetime.fromisoformat(f"{moment}+00:00").timestamp()
    except ValueError:
        return None
    time = int(seconds) * 10**9 + int(fraction.ljust(9, "0"))
    return time if 0 < time < 2**63 else None
