"""What is recorded beyond the defaults, read from the environment or given to `configure`."""

from __future__ import annotations

import logging
import os
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Capture", "Settings", "SettingsError", "SnapshotPolicy", "current", "update"]

_T = TypeVar("_T")

_log = logging.getLogger("otel_multisig")

ENV_CAPTURE: Final = "OTEL_MULTISIG_CAPTURE"
ENV_LIVE_RULES: Final = "OTEL_MULTISIG_LIVE_RULES"
ENV_PENDING_AFTER: Final = "OTEL_MULTISIG_PENDING_AFTER"
ENV_SNAPSHOTS: Final = "OTEL_MULTISIG_SNAPSHOTS"
ENV_SNAPSHOT_TIMEOUT: Final = "OTEL_MULTISIG_SNAPSHOT_TIMEOUT"

_SWITCH: Final = {
    "1": True,
    "on": True,
    "true": True,
    "yes": True,
    "0": False,
    "off": False,
    "false": False,
    "no": False,
}

DEFAULT_ALLOWED_DETAILS: Final = frozenset({"event", "custom_event", "operation"})
"""Keys of custom details whose text passes unhashed: those by which legacy recordings tell custom events apart."""


class SettingsError(ValueError):
    """A setting has a value that it cannot have; the text names the setting, the value and the choices."""


class SnapshotPolicy(StrEnum):
    """When wallets are asked for their state."""

    ALL = "all"  # at every point that the application names
    BOUNDS = "bounds"  # before round 1 and at the end
    FAILURE = "failure"  # once, when a set-up fails
    OFF = "off"  # never


class Capture(StrEnum):
    """What is recorded in the clear only when asked for."""

    ADDRESSES = "addresses"
    AMOUNTS = "amounts"
    PATHS = "paths"


class Settings(Struct, frozen=True, kw_only=True):
    """The settings in force. Durations are in seconds."""

    capture: frozenset[Capture] = frozenset()
    snapshots: SnapshotPolicy = SnapshotPolicy.ALL
    snapshot_timeout: float = 3.0
    live_rules: bool = True
    pending_after: float = 30.0
    allowed_details: frozenset[str] = DEFAULT_ALLOWED_DETAILS


_current: Settings | None = None


def current() -> Settings:
    """Return the settings in force; the environment is read at the first call."""
    global _current  # noqa: PLW0603 - settings belong to the process
    if _current is None:
        _current = _from_environment()
    return _current


def update(
    *,
    capture: str | None = None,
    snapshots: str | None = None,
    snapshot_timeout: float | None = None,
    live_rules: bool | None = None,
    pending_after: float | None = None,
    allow: tuple[str, ...] = (),
) -> Settings:
    """Change the settings in force; what is `None` stays as it is.

    Args:
        capture: Comma-separated kinds (`addresses,amounts,paths`).
        snapshots: One of `all`, `bounds`, `failure`, `off`.
        snapshot_timeout: Seconds that one wallet's snapshot may take.
        live_rules: Whether set-ups are diagnosed while they run; the environment's word counts for more.
        pending_after: Seconds after which what is still open is shown by markers, 0 for never; the environment's word
            counts for more.
        allow: Further keys of custom details whose text passes unhashed.

    Raises:
        SettingsError: If a value is not one of the choices.
    """
    global _current  # noqa: PLW0603 - settings belong to the process
    settings = current()
    if capture is not None:
        settings = replace(settings, capture=_parse_capture(capture, "capture"))
    if snapshots is not None:
        settings = replace(settings, snapshots=_parse_policy(snapshots, "snapshots"))
    if snapshot_timeout is not None:
        settings = replace(settings, snapshot_timeout=_parse_timeout(snapshot_timeout, "snapshot_timeout"))
    if live_rules is not None:
        settings = replace(settings, live_rules=_read(ENV_LIVE_RULES, _parse_switch, live_rules))
    if pending_after is not None:
        seconds = _parse_seconds(pending_after, "pending_after")
        settings = replace(settings, pending_after=_read(ENV_PENDING_AFTER, _parse_seconds, seconds))
    if allow:
        settings = replace(settings, allowed_details=settings.allowed_details | frozenset(allow))
    _current = settings
    return settings


def restore(settings: Settings) -> None:
    """Put settings in force that were in force before."""
    global _current  # noqa: PLW0603 - settings belong to the process
    _current = settings


def reset() -> None:
    """Forget the settings in force, so that the environment is read again."""
    global _current  # noqa: PLW0603 - settings belong to the process
    _current = None


def _from_environment() -> Settings:
    defaults = Settings()
    return Settings(
        capture=_read(ENV_CAPTURE, _parse_capture, defaults.capture),
        snapshots=_read(ENV_SNAPSHOTS, _parse_policy, defaults.snapshots),
        snapshot_timeout=_read(ENV_SNAPSHOT_TIMEOUT, _parse_timeout, defaults.snapshot_timeout),
        live_rules=_read(ENV_LIVE_RULES, _parse_switch, defaults.live_rules),
        pending_after=_read(ENV_PENDING_AFTER, _parse_seconds, defaults.pending_after),
    )


def _read(name: str, parse: Callable[[str, str], _T], default: _T) -> _T:
    """Read one variable; a wrong value is reported and the default used, since telemetry must not stop a program."""
    text = os.environ.get(name, "")
    if not text.strip():
        return default
    try:
        return parse(text, name)
    except SettingsError as error:
        _log.warning("otel-multisig: %s; using the default", error)
        return default


def _parse_capture(text: str, name: str) -> frozenset[Capture]:
    kinds = [kind.strip().lower() for kind in text.split(",") if kind.strip()]
    try:
        return frozenset(Capture(kind) for kind in kinds)
    except ValueError:
        raise SettingsError(f"{name}={text!r}: choose from {', '.join(Capture)}, separated by commas") from None


def _parse_policy(text: str, name: str) -> SnapshotPolicy:
    try:
        return SnapshotPolicy(text.strip().lower())
    except ValueError:
        raise SettingsError(f"{name}={text!r}: choose one of {', '.join(SnapshotPolicy)}") from None


def _parse_switch(text: str, name: str) -> bool:
    word = text.strip().lower()
    if word not in _SWITCH:
        raise SettingsError(f"{name}={text!r}: choose on or off")
    return _SWITCH[word]


def _parse_timeout(value: str | float, name: str) -> float:
    seconds = _number(value)
    if not 0.0 < seconds < float("inf"):
        raise SettingsError(f"{name}={value!r}: give a number of seconds greater than 0")
    return seconds


def _parse_seconds(value: str | float, name: str) -> float:
    seconds = _number(value)
    if not 0.0 <= seconds < float("inf"):
        raise SettingsError(f"{name}={value!r}: give a number of seconds, 0 for never")
    return seconds


def _number(value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        return -1.0
