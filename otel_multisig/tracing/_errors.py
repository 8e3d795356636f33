"""Exceptions as they may be recorded, and which of them has been recorded already."""

from __future__ import annotations

from typing import Final

from otel_multisig.model import pieces
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.wallet_rpc import safe_error_text

__all__ = ["class_name", "mark_recorded", "message_attributes", "recorded_sequence", "safe_message"]

_MARK: Final = "_otel_multisig_recorded"
_MAX_CHAIN: Final = 32


def class_name(error: BaseException) -> str:
    """Return the class of an exception as OpenTelemetry writes it: with its module, unless it is built in."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def safe_message(error: BaseException) -> str:
    """Return the text of an exception as far as it may be recorded."""
    try:
        text = str(error)
    except Exception:  # an exception's own __str__ may fail; its class is still known
        return ""
    return safe_error_text(text)


def message_attributes(message: str) -> dict[str, str | bool | int | float]:
    """Return the attributes that hold a message, in pieces where it is too long for a backend."""
    return (
        {**pieces.spread(upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE, message)} if message else {}
    )


def mark_recorded(error: BaseException, setup_id: str, sequence: int) -> None:
    """Note on the exception that its event stands at `sequence`, for the outer spans that it will pass through."""
    # On the exception itself, since holding exceptions anywhere else would keep their frames alive.
    setattr(error, _MARK, (setup_id, sequence))


def recorded_sequence(error: BaseException, setup_id: str) -> int:
    """Return where the failure behind an exception was recorded in this set-up, 0 where it was not.

    Looks through what the exception was raised from, and into exception groups; the earliest one counts.
    """
    pending, seen, found = [error], set[int](), 0
    while pending and len(seen) < _MAX_CHAIN:
        candidate = pending.pop()
        if id(candidate) in seen:
            continue
        seen.add(id(candidate))
        mark = getattr(candidate, _MARK, None)
        if mark is not None and mark[0] == setup_id:
            found = min(found, mark[1]) if found else mark[1]
        cause = candidate.__cause__ or (None if candidate.__suppress_context__ else candidate.__context__)
        if cause is not None:
            pending.append(cause)
        if isinstance(candidate, BaseExceptionGroup):
            pending.extend(candidate.exceptions)
    return found
