"""JSON read so that nothing of it is lost: numbers keep their own text where Python's types would change it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

import msgspec

__all__ = ["DECODER", "MAX_DEPTH", "is_shallow", "mend", "parse", "skip_space", "to_text"]

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_REPLACEMENT: Final = "\ufffd"

# Python refuses to read longer ones as integers.
_MAX_DIGITS: Final = 4000

MAX_DEPTH: Final = 200
"""How deep an event of a recording may be nested; beyond it meets the interpreter's limit sooner or later."""

_encoder: Final = msgspec.json.Encoder(order="deterministic")


def parse(text: str) -> Any:
    """The value of a JSON text.

    A number that neither an integer nor a double holds (``1e400``, more digits than a double has) is a `msgspec.Raw`
    with its own text; ``-0`` is the double that serde_json takes it for.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    value, end = DECODER.raw_decode(text, skip_space(text, 0))
    end = skip_space(text, end)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return mend(value) if "\\u" in text else value


def to_text(value: Any) -> str:
    """A JSON text that `parse` reads as the same value, keys sorted."""
    return _encoder.encode(value).decode()


def mend(value: Any) -> Any:
    """`value` without lone surrogates, at every depth."""
    if isinstance(value, str):
        return _SURROGATE.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {mend(key): mend(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [mend(item) for item in value]
    return value


def is_shallow(value: Any, depth: int) -> bool:
    """Whether `value` is nested at most `depth` deep."""
    if isinstance(value, dict):
        return depth > 0 and all(is_shallow(item, depth - 1) for item in value.values())
    if isinstance(value, list):
        return depth > 0 and all(is_shallow(item, depth - 1) for item in value)
    return True


def skip_space(text: str, start: int) -> int:
    """The place of the first character from `start` on that is no white space of JSON."""
    found = _SPACE.match(text, start)
    assert found is not None
    return found.end()


_SPACE: Final = re.compile(r"[ \t\n\r]*")


def _parse_float(text: str) -> Any:
    number = float(text)
    # A double's shortest text, read as a decimal, is the very number that was written, or precision was lost.
    if number - number == 0 and _is_exact(number, text):
        return number
    return msgspec.Raw(text.encode())


def _is_exact(number: float, text: str) -> bool:
    short = repr(number)
    return short == text or (len(text) < _MAX_DIGITS and Decimal(short) == Decimal(text))


def _parse_int(text: str) -> Any:
    if len(text) > _MAX_DIGITS:
        return msgspec.Raw(text.encode())
    return -0.0 if text == "-0" else int(text)


def _no_number(text: str) -> None:
    raise ValueError(f"JSON has no {text}")


DECODER: Final = json.JSONDecoder(parse_float=_parse_float, parse_int=_parse_int, parse_constant=_no_number)
"""The decoder of `parse`, for texts that are read piece by piece."""
