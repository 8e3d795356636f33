"""Durations and events in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_multisig.model import Event

__all__ = ["describe_event", "format_duration", "plain"]

_SECOND: Final = 1_000_000_000
_MILLISECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND


def format_duration(nanoseconds: int) -> str:
    """Return a duration as a reader wants it: `0.8 ms`, `812 ms`, `2.41 s`, `3 min 20 s`."""
    size = abs(nanoseconds)
    if size < 10 * _MILLISECOND:
        return f"{nanoseconds / _MILLISECOND:.1f} ms"
    if size < _SECOND:
        return f"{nanoseconds / _MILLISECOND:.0f} ms"
    if size < _MINUTE:
        return f"{nanoseconds / _SECOND:.2f} s"
    minutes, rest = divmod(round(size / _SECOND), 60)
    return f"{'-' if nanoseconds < 0 else ''}{minutes} min {rest} s"


def plain(text: str) -> str:
    """Return text of a trace with everything that a terminal could take for an order made visible."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def describe_event(event: Event) -> Text:
    """Return one line about an event that is neither a snapshot nor the failure of a call."""
    describe, style = _EVENTS.get(event.name, (_other, ""))
    return Text(describe(event), style=style)


def _value(event: Event, key: str, default: str = "?") -> str:
    return plain(str(event.attributes.get(key, default)))


def _whose(event: Event) -> str:
    return f" {plain(event.role)}" if event.role else ""


def _snapshot_failed(event: Event) -> str:
    why = _value(event, upstream.EXCEPTION_MESSAGE, "") or _value(event, upstream.ERROR_TYPE, "")
    point, method = _value(event, attr.MONERO_SNAPSHOT_POINT), _value(event, upstream.RPC_METHOD)
    return f"snapshot {point}{_whose(event)}: {method} failed: {why}"


def _state(event: Event) -> str:
    return f"state{_whose(event)}: {_value(event, attr.MONERO_STATE_FROM)} -> {_value(event, attr.MONERO_STATE_TO)}"


def _file(event: Event) -> str:
    source, destination = _value(event, attr.MONERO_FILE_SOURCE), _value(event, attr.MONERO_FILE_DESTINATION)
    return f"file{_whose(event)}: {source} -> {destination}"


def _lock_acquired(event: Event) -> str:
    waited = _seconds(event.attributes.get(attr.MONERO_LOCK_WAIT_DURATION))
    return f"lock {_value(event, attr.MONERO_LOCK_NAME)}{_whose(event)}: waited {waited}"


def _lock_released(event: Event) -> str:
    held = _seconds(event.attributes.get(attr.MONERO_LOCK_HOLD_DURATION))
    return f"lock {_value(event, attr.MONERO_LOCK_NAME)}{_whose(event)}: held {held}"


def _custom(event: Event) -> str:
    return f"{_value(event, attr.MONERO_CUSTOM_NAME)}{_whose(event)} {_value(event, attr.MONERO_CUSTOM_DETAILS, '')}"


def _fault(event: Event) -> str:
    reason = _value(event, attr.MONERO_FAULT_REASON, "")
    return f"fault{_whose(event)}: {_value(event, attr.MONERO_FAULT_TYPE)} {reason}".rstrip()


def _error(event: Event) -> str:
    kind, message = _value(event, upstream.EXCEPTION_TYPE, "error"), _value(event, upstream.EXCEPTION_MESSAGE, "")
    return f"error{_whose(event)}: {kind}: {message}"


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
