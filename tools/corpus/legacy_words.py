"""How the legacy client put errors into words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from otel_multisig.model.pieces import gather
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from tools.corpus.wire import Break

if TYPE_CHECKING:
    from otel_multisig.model import Span

__all__ = ["exact_time", "how_it_broke", "words_of"]

_RPC: Final = "Monero RPC error: "
_WRAPPED: Final = 3  # of sixteen
_SECOND: Final = 1_000_000_000
_REWRITTEN: Final = (
    ("make_multisig", ("already", "multisig"), "Multisig error: Already in multisig mode"),
    ("exchange_multisig_keys", ("already", "finalized"), "Invalid input: Wallet already finalized"),
    ("exchange_multisig_keys", ("not", "multisig"), "Invalid input: Wallet is not a multisig wallet"),
)
_SIGNS: Final = (
    (Break.REFUSED, ("refused",)),
    (Break.TIMEOUT, ("timed out", "no answer", "timeout")),
    (Break.CUT, ("reset", "closed", "aborted")),
)


def exact_time(nanoseconds: int, beyond: int) -> str:
    """A time as the legacy client wrote it into texts: RFC 3339 with nanoseconds.

    Args:
        nanoseconds: The time, since the epoch.
        beyond: What stands for the nanoseconds within its millisecond.
    """
    seconds, fraction = divmod(nanoseconds, _SECOND)
    digits = f"{fraction // 1_000_000:03d}{beyond:06d}"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{digits}+00:00"


def how_it_broke(span: Span) -> Break | None:
    """How a call got no answer; None where it got one."""
    if span.error_type is None or span.error_code is not None:
        return None
    said = f"{span.error_type} {_message(span)}".lower()
    return next((how for how, signs in _SIGNS if any(sign in said for sign in signs)), Break.CUT)


def words_of(span: Span) -> str:
    """The error of a call that failed."""
    how = how_it_broke(span)
    return _answered(span) if how is None else _unanswered(how, f"http://127.0.0.1:{span.port}/json_rpc")


def _unanswered(how: Break, url: str) -> str:
    if how is Break.REFUSED:
        return f"{_RPC}RPC unreachable"
    what = "operation timed out" if how is Break.TIMEOUT else "connection closed before message completed"
    return f"Internal error: Network error: error sending request for url ({url}): {what}"


def _answered(span: Span) -> str:
    text = _message(span)
    said = text.lower()
    for method, parts, words in _REWRITTEN:
        if span.called_method == method and all(part in said for part in parts):
            return words
    if "locked" in said or "busy" in said:
        return f"Wallet error: {text}"
    # It wraps an error of its own sometimes.
    return f"{_RPC}{_RPC}{text}" if int(span.span_id[0], 16) < _WRAPPED else f"{_RPC}{text}"


def _message(span: Span) -> str:
    for event in span.events:
        if event.name == upstream.EVENT_EXCEPTION:
            return gather(upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE, event.attributes) or ""
    return span.status_message
