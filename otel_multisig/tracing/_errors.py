"""Exceptions as they may be recorded, and which of them has been recorded already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.model import pieces
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.wallet_rpc import safe_error_text
from otel_multisig.wallet_rpc.known_texts import find_known_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["class_name", "mark_recorded", "message_attributes", "recorded_sequence", "safe_message", "safe_text"]

_MARK: Final = "_otel_multisig_recorded"
_MAX_CHAIN: Final = 1000
_MAX_MARKS: Final = 8


def class_name(error: BaseException) -> str:
    """Return the class of an exception as OpenTelemetry writes it: with its module, unless it is built in."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def safe_text(text: str, secrets: Collection[str] = ()) -> str:
    """Return an error text as far as it may be recorded.

    Args:
        text: What a server or a library said.
        secrets: What the caller had given it and must not stand in a trace.
    """
    # A password that is a word of a known text would be told by its replacement.
    quoted = () if not secrets or find_known_text(text) else [secret for secret in secrets if secret in text]
    return safe_error_text(text, secrets=quoted)


def safe_message(error: BaseException, secrets: Collection[str] = ()) -> str:
    """Return the text of an exception as far as it may be recorded; `secrets` as in `safe_text`."""
    try:
        text = str(error)
    except Exception:  # an exception's own __str__ may fail; its class is still known
        return ""
    return safe_text(text, secrets)


def message_attributes(message: str) -> dict[str, str | bool | int | float]:
    """Return the attributes that hold a message, in pieces where it is too long for a backend."""
    return (
        {**pieces.spread(upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE, message)} if message else {}
    )


def mark_recorded(error: BaseException, setup_id: str, sequence: int) -> None:
    """Note on the exception that its event stands at `sequence`, for the outer spans that it will pass through."""
    # On the exception itself, since holding exceptions anywhere else would keep their frames alive; and past a
    # `__setattr__` of its class, since a frozen one refuses.
    marks: dict[str, int] = error.__dict__.setdefault(_MARK, {})
    marks[setup_id] = sequence
    if len(marks) > _MAX_MARKS:  # one exception object, raised in set-up after set-up
        del marks[next(iter(marks))]


def recorded_sequence(error: BaseException, setup_id: str, since: int = 0) -> int:
    """Return where the failure behind an exception was recorded in this set-up after `since`, 0 where it was not.

    The exception itself counts first, then what it was raised from or while handling and what is in its group, level
    by level; of one level the earliest.
    """
    level, seen = [error], {id(error)}
    while level and len(seen) <= _MAX_CHAIN:
        marks: list[int] = [candidate.__dict__.get(_MARK, {}).get(setup_id, 0) for candidate in level]
        if found := [sequence for sequence in marks if sequence > since]:
            return min(found)
        inner = {id(cause): cause for candidate in level for cause in _behind(candidate)}
        level = [cause for key, cause in inner.items() if key not in seen]
        seen.update(inner)
    return 0


def _behind(error: BaseException) -> Iterator[BaseException]:
    # `raise ... from None` hides the context from readers of tracebacks; the failure is still the same.
    for cause in (error.__cause__, error.__context__):
        if cause is not None:
            yield cause
    if isinstance(error, BaseExceptionGroup):
        yield from error.exceptions
