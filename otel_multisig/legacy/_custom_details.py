"""The details of a custom event: JSON text on the wire, JSON values in the legacy form."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import msgspec

__all__ = ["parse_details"]

# No application nests like that; beyond, encoding could meet the interpreter's limit.
_MAX_DEPTH: Final = 64


def parse_details(text: str) -> dict[str, Any]:
    """The details that `text` holds; what is no JSON object, or nested too deeply, under the one key ``details``.

    A number that a double cannot hold (``1e400``, more digits than it has) keeps its own text.
    """
    try:
        value = json.loads(text, parse_float=_parse_float, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return {"details": text}
    if not _is_shallow(value, _MAX_DEPTH):
        return {"details": text}
    return value if isinstance(value, dict) else {"details": value}


def _parse_float(text: str) -> Any:
    number = float(text)
    # A double's shortest text, read as a decimal, is the very number that was written, or precision was lost.
    if number - number == 0 and Decimal(repr(number)) == Decimal(text):
        return number
    return msgspec.Raw(text.encode())


def _no_number(_text: str) -> None:
    """NaN and the infinities, which some emitters write although JSON has none."""


def _is_shallow(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return depth > 0 and all(_is_shallow(item, depth - 1) for item in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_is_shallow(item, depth - 1) for item in value)
    return True
