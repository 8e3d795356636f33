"""Durations and events in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
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
    get = event.attributes.get

    def text(key: str) -> str:
        return plain(str(get(key, "?")))

    role = f" {plain(event.role)}" if event.role else ""
    match event.name:
        case events.WALLET_SNAPSHOT_FAILED:
            why = plain(str(get(upstream.EXCEPTION_MESSAGE) or get(upstream.ERROR_TYPE, "")))
            return Text(
                f"snapshot {text(attr.MONERO_SNAPSHOT_POINT)}{role}: {text(upstream.RPC_METHOD)} failed: {why}",
                style="yellow",
            )
        case events.STATE_CHANGE:
            return Text(f"state{role}: {text(attr.MONERO_STATE_FROM)} -> {text(attr.MONERO_STATE_TO)}")
        case events.LOCK_ACQUIRED:
            return Text(f"lock {text(attr.MONERO_LOCK_NAME)}{role}: waited {_seconds(get(attr.MONERO_LOCK_WAIT_DURATION))}")
        case events.LOCK_RELEASED:
            return Text(f"lock {text(attr.MONERO_LOCK_NAME)}{role}: held {_seconds(get(attr.MONERO_LOCK_HOLD_DURATION))}")
        case events.FILE_OPERATION:
            return Text(f"file{role}: {text(attr.MONERO_FILE_SOURCE)} -> {text(attr.MONERO_FILE_DESTINATION)}")
        case events.CUSTOM:
            return Text(f"{text(attr.MONERO_CUSTOM_NAME)}{role} {plain(str(get(attr.MONERO_CUSTOM_DETAILS, '')))}")
        case events.FAULT:
            return Text(f"fault{role}: {text(attr.MONERO_FAULT_TYPE)} {plain(str(get(attr.MONERO_FAULT_REASON, '')))}", style="red")
        case upstream.EVENT_EXCEPTION:
            kind = plain(str(get(upstream.EXCEPTION_TYPE, "error")))
            return Text(f"error{role}: {kind}: {plain(str(get(upstream.EXCEPTION_MESSAGE, '')))}", style="red")
        case other:
            return Text(f"{plain(other)}{role}")


def _seconds(value: object) -> str:
    return format_duration(round(value * _SECOND)) if isinstance(value, int | float) else "?"
