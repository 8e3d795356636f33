"""The texts of a page, each of them once, and fit to be shown to a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.report._words import plain
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["NO_TEXT", "TextTable"]

NO_TEXT: Final = -1
"""The number that stands for no text at all."""

_ADDRESS: Final = re.compile(r"(?<![1-9A-HJ-NP-Za-km-z])([48579AB][1-9A-HJ-NP-Za-km-z]{5})[1-9A-HJ-NP-Za-km-z]{88,100}")
_SHORTEST_ADDRESS: Final = 94
_AMOUNTS: Final = frozenset({attr.MONERO_WALLET_BALANCE_TOTAL, attr.MONERO_WALLET_BALANCE_UNLOCKED})
_LEFT_OUT: Final = frozenset({attr.MONERO_WALLET_ADDRESS_VALUE, attr.MONERO_LEGACY_RESIDUE})
_RESIDUE_PIECE: Final = f"{attr.MONERO_LEGACY_RESIDUE_PIECE}."
_HIDDEN_AMOUNT: Final = "not shown"


class TextTable:
    """Texts by number: most of what a page says, it says many times.

    Args:
        keep_sensitive: whether addresses, amounts and what the model cannot express of a legacy file are kept.
    """

    def __init__(self, *, keep_sensitive: bool = False) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}
        self._keep_sensitive: Final = keep_sensitive

    def add(self, text: str | None) -> int:
        """The number of a text, `NO_TEXT` for None."""
        if text is None:
            return NO_TEXT
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(self.shown(text))
        return number

    def shown(self, text: str) -> str:
        """The text as a page shows it: what is not printable is made visible, an address is cut short."""
        text = plain(text)
        if self._keep_sensitive or len(text) < _SHORTEST_ADDRESS:
            return text
        return _ADDRESS.sub("\\1\u2026", text)

    def add_attributes(self, *parts: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> list[int]:
        """Keys and values by their numbers, in turns; what is None is left out."""
        numbers: list[int] = []
        for part in parts:
            for key, value in part.items() if hasattr(part, "items") else part:
                if value is not None and not self._is_left_out(key):
                    numbers += (self.add(key), self.add(self._value(key, value)))
        return numbers

    def amount(self, value: int | None) -> str | None:
        """A balance as a page shows it."""
        hidden = value and not self._keep_sensitive
        return None if value is None else _HIDDEN_AMOUNT if hidden else str(value)

    def _is_left_out(self, key: str) -> bool:
        return not self._keep_sensitive and (key in _LEFT_OUT or key.startswith(_RESIDUE_PIECE))

    def _value(self, key: str, value: Any) -> str:
        if isinstance(value, str):
            return value
        if key in _AMOUNTS and value and not self._keep_sensitive:
            return _HIDDEN_AMOUNT
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        return msgspec.json.encode(_jsonable(value)).decode()


def _jsonable(value: Any) -> Any:
    """A foreign value with its bytes as hex digits and its texts printable."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, tuple | list):
        return [_jsonable(item) for item in value]
    if isinstance(value, dict):
        return dict(_pairs(value))
    return value


def _pairs(value: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        yield plain(str(key)), _jsonable(item)
