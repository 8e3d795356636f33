"""Attributes as the legacy form wants them: the right type, or not there at all.

A record may come from any emitter and through any backend. A number or a boolean that a backend has made text of is
read as what it was; anything else of a wrong type is left out, so that a wrong value never becomes a wrong file.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "as_milliseconds",
    "as_port",
    "get_count",
    "get_flag",
    "get_integer",
    "get_milliseconds",
    "get_text",
    "milliseconds_of",
]

_MAX_PORT: Final = 65_535
_MAX_COUNT: Final = 2**64 - 1
_MICROSECONDS: Final = 1_000_000
_NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
_ORDINARY_SECONDS: Final = 1_000_000
_FLAGS: Final = {"true": True, "false": False}


def get_text(attributes: Mapping[str, Any], key: str) -> str | None:
    """A string."""
    value = attributes.get(key)
    return value if isinstance(value, str) else None


def get_flag(attributes: Mapping[str, Any], key: str) -> bool | None:
    """A boolean."""
    value = attributes.get(key)
    if value is True or value is False or value is None:
        return value
    return _FLAGS.get(value) if isinstance(value, str) else value if isinstance(value, bool) else None


def get_integer(attributes: Mapping[str, Any], key: str) -> int | None:
    """An integer of any size and sign."""
    value = attributes.get(key)
    if value is None or type(value) is int:
        return value
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return int(value)
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def get_count(attributes: Mapping[str, Any], key: str) -> int | None:
    """An unsigned 64-bit integer."""
    value = attributes.get(key)
    if type(value) is not int:
        value = get_integer(attributes, key)
    return value if value is not None and 0 <= value <= _MAX_COUNT else None


def get_milliseconds(attributes: Mapping[str, Any], key: str) -> int | None:
    """A duration: seconds in the attribute, whole milliseconds in the legacy form."""
    return milliseconds_of(attributes.get(key))


def milliseconds_of(value: Any) -> int | None:
    """Whole milliseconds of an attribute's value in seconds; None where it is no duration."""
    if value is None:
        return None
    if type(value) is float and 0 <= value < _ORDINARY_SECONDS:
        return int(value * _MICROSECONDS + 0.5) // 1000
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    # By way of microseconds: 1.001 s times 1,000 is 1000.9999999999999, which would become 1,000 ms. Within bounds
    # first: the largest doubles have no microseconds.
    return min(round(min(max(0, value), _MAX_COUNT) * _MICROSECONDS) // 1000, _MAX_COUNT)


def as_milliseconds(nanoseconds: int) -> int:
    """Whole milliseconds, never negative: the legacy form has unsigned ones only."""
    return nanoseconds // _NANOSECONDS_PER_MILLISECOND if nanoseconds > 0 else 0


def as_port(port: int | None) -> int | msgspec.UnsetType:
    """A port for an event, where it is one."""
    return port if port is not None and 0 <= port <= _MAX_PORT else msgspec.UNSET
