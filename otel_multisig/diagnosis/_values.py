"""Values of attributes: the right type, or None. Never raises."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["flag_of", "int_of", "number_of", "text_of"]

_LONGEST_INT: Final = 20
_FLAGS: Final = {"true": True, "false": False}


def text_of(value: Any) -> str | None:
    """A text."""
    return value if isinstance(value, str) else None


def flag_of(value: Any) -> bool | None:
    """A truth, or the text of one, which backends make of it."""
    if value is True or value is False or value is None:
        return value
    return _FLAGS.get(value) if isinstance(value, str) else None


def int_of(value: Any) -> int | None:
    """An integer, or the text of one."""
    if type(value) is int:
        return value
    if isinstance(value, str) and len(value) <= _LONGEST_INT and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    return None


def number_of(value: Any) -> float | None:
    """A finite number."""
    if type(value) is float or type(value) is int:
        return value if -1e18 < value < 1e18 else None  # noqa: PLR2004 - beyond any time in nanoseconds
    return None
