"""Times, numbers and events in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.text import Text

from otel_multisig.diagnosis import BEFORE_ROUNDS
from otel_multisig.model import pieces
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_multisig.model import Event

__all__ = [
    "describe_event",
    "format_clock",
    "format_duration",
    "format_offset",
    "format_roughly",
    "number_of",
    "plain",
    "round_in_words",
]

_SECOND: Final = 1_000_000_000
_MILLISECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_MANY_MINUTES: Final = 100
# Where a number, rounded as it is shown, would reach the next form: 999.6 ms is "1.00 s".
_TENTHS_BELOW: Final = 9_950_000
_MILLISECONDS_BELOW: Final = 999_500_000
_SECONDS_BELOW: Final = 59_995_000_000
_LAST_SECOND: Final = 253_402_300_799


def format_duration(nanoseconds: int) -> str:
    """Return a duration as a reader wants it: `0.8 ms`, `812 ms`, `2.41 s`, `3 min 20 s`."""
    size = abs(nanoseconds)
    if size < _TENTHS_BELOW:
        return f"{nanoseconds / _MILLISECOND:.1f} ms"
    if size < _MILLISECONDS_BELOW:
        return f"{nanoseconds / _MILLISECOND:.0f} ms"
    if size < _SECONDS_BELOW:
        return f"{nanoseconds / _SECOND:.2f} s"
    minutes, rest = divmod(round(size / _SECOND), 60)
    return f"{'-' if nanoseconds < 0 else ''}{minutes} min {rest} s"


def plain(text: str) -> str:
    """Return text of a trace with everything that a terminal could take for an order made visible."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def format_roughly(nanoseconds: int) -> str:
    """Return a duration in few characters, for the columns of a table: `812 ms`, `2.41 s`, `5.1 min`, `3.9 h`."""
    minutes = nanoseconds / _MINUTE
    if minutes < 1:
        return format_duration(nanoseconds)
    return f"{minutes:.1f} min" if minutes < _MANY_MINUTES else f"{minutes / 60:,.1f} h"


def format_offset(nanoseconds: int) -> str:
    """Return a time since the start of a set-up, in one unit so that many of them line up: `+12.412 s`."""
    return f"{nanoseconds / _SECOND:+.3f} s"


def format_clock(unix_nano: int) -> str:
    """Return a time as a reader finds it again in other logs: `2026-11-21 20:57:47.086 UTC`."""
    seconds, rest = divmod(unix_nano, _SECOND)
    if seconds > _LAST_SECOND:
        return "?"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // _MILLISECOND:03d} UTC"


def number_of(count: int, noun: str) -> str:
    """Return a number of things in words: `1 set-up`, `2,000 set-ups`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def round_in_words(number: int | None, rounds: int = 3) -> str:
    """Return when something arose, as it stands behind a comma; "" where nobody knows.

    Args:
        number: the round, see `otel_multisig.diagnosis.BEFORE_ROUNDS`.
        rounds: how many rounds the set-up has.
    """
    if number is None:
        return ""
    if number <= BEFORE_ROUNDS:
        return "before round 1"
    return f"round {number}" if number <= rounds else "after the last exchange"


def describe_event(event: Event) -> Text:
    """Return one line about an event that is neither a snapshot nor the failure of a call."""
    describe, style = _EVENTS.get(event.name, (_other, ""))
    return Text(describe(event), style=style)


def _value(event: Event, key: str, default: str = "?") -> str:
    return plain(str(event.attributes.get(key, default)))


def _whose(event: Event) -> str:
    return f" {plain(event.role)}" if event.role else ""


def _snapshot_failed(event: Event) -> str:
    why = _message(event) or _value(event, upstream.ERROR_TYPE, "")
    point, method = _value(event, attr.MONERO_SNAPSHOT_POINT), _value(event, upstream.RPC_METHOD)
    return f"snapshot {point}{_whose(event)}: {method} failed: {why}"


def _text(event: Event, key: str, piece_key: str) -> str:
    return plain(pieces.gather(key, piece_key, event.attributes) or "")


def _state(event: Event) -> str:
    return f"state{_whose(event)}: {_value(event, attr.MONERO_STATE_FROM)} -> {_value(event, attr.MONERO_STATE_TO)}"


def _file(event: Event) -> str:
    source, destination = _value(event, attr.MONERO_FILE_SOURCE), _value(event, attr.MONERO_FILE_DESTINATION)
    size, seconds = event.attributes.get(attr.MONERO_FILE_SIZE), event.attributes.get(attr.MONERO_FILE_DURATION)
    notes = [
        f"{size:,} bytes" if isinstance(size, int) else "",
        _seconds(seconds) if seconds is not None else "",
        _message(event),
    ]
    return ", ".join([f"file{_whose(event)}: {source} -> {destination}", *filter(None, notes)])


def _lock_acquired(event: Event) -> str:
    waited = _seconds(event.attributes.get(attr.MONERO_LOCK_WAIT_DURATION))
    return f"lock {_value(event, attr.MONERO_LOCK_NAME)}{_whose(event)}: waited {waited}"


def _lock_released(event: Event) -> str:
    held = _seconds(event.attributes.get(attr.MONERO_LOCK_HOLD_DURATION))
    return f"lock {_value(event, attr.MONERO_LOCK_NAME)}{_whose(event)}: held {held}"


def _custom(event: Event) -> str:
    details = _text(event, attr.MONERO_CUSTOM_DETAILS, attr.MONERO_CUSTOM_DETAILS_PIECE)
    return f"{_value(event, attr.MONERO_CUSTOM_NAME, 'custom')}{_whose(event)} {details}".rstrip()


def _fault(event: Event) -> str:
    reason = _value(event, attr.MONERO_FAULT_REASON, "")
    return f"fault{_whose(event)}: {_value(event, attr.MONERO_FAULT_TYPE)}: {reason}".rstrip(": ")


def _error(event: Event) -> str:
    words = (_value(event, upstream.EXCEPTION_TYPE, ""), _message(event))
    return ": ".join([f"error{_whose(event)}", *filter(None, words)])


def _message(event: Event) -> str:
    return _text(event, upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE)


def _other(event: Event) -> str:
    return f"{plain(event.name)}{_whose(event)}"


def _seconds(value: object) -> str:
    return format_duration(round(value * _SECOND)) if isinstance(value, int | float) else "?"


_EVENTS: Final[Mapping[str, tuple[Callable[[Event], str], str]]] = {
    events.CUSTOM: (_custom, ""),
    events.FAULT: (_fault, "red"),
    events.FILE_OPERATION: (_file, ""),
    events.LOCK_ACQUIRED: (_lock_acquired, ""),
    events.LOCK_RELEASED: (_lock_released, ""),
    events.STATE_CHANGE: (_state, ""),
    events.WALLET_SNAPSHOT_FAILED: (_snapshot_failed, "yellow"),
    upstream.EVENT_EXCEPTION: (_error, "red"),
}
