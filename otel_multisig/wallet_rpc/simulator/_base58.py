"""Monero's base58: blocks of eight bytes, each eleven letters long, and the form of its addresses.

Source: "CryptoNote Standard 007", and Monero's documentation of the standard address.
"""

from __future__ import annotations

from typing import Final

from otel_multisig.wallet_rpc.simulator._keccak import keccak_256

_LETTERS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_LETTERS)}
_BLOCK: Final = 8
_WIDTHS: Final = (0, 2, 3, 5, 6, 7, 9, 10, 11)  # letters of a block of so many bytes
_SIZES: Final = {width: size for size, width in enumerate(_WIDTHS)}
_CHECKSUM: Final = 4

STAGENET: Final = 24
"""First byte of a standard address of the stagenet."""


def encode(data: bytes) -> str:
    """Bytes as base58."""
    return "".join(_encoded(data[start : start + _BLOCK]) for start in range(0, len(data), _BLOCK))


def decode(text: str) -> bytes:
    """Base58 as bytes.

    Raises:
        ValueError: The text is no base58.
    """
    width = _WIDTHS[_BLOCK]
    return b"".join(_decoded(text[start : start + width]) for start in range(0, len(text), width))


def address(spend_key: bytes, view_key: bytes, *, network: int = STAGENET) -> str:
    """The standard address of two public keys."""
    data = bytes([network]) + spend_key + view_key
    return encode(data + keccak_256(data)[:_CHECKSUM])


def _encoded(block: bytes) -> str:
    number = int.from_bytes(block)
    letters = []
    for _ in range(_WIDTHS[len(block)]):
        number, value = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[value])
    return "".join(reversed(letters))


def _decoded(letters: str) -> bytes:
    size = _SIZES.get(len(letters))
    if size is None:
        raise ValueError("no block of base58 has this length")
    number = 0
    for letter in letters:
        if letter not in _VALUES:
            raise ValueError("not a letter of base58")
        number = number * len(_LETTERS) + _VALUES[letter]
    if number >> (8 * size):
        raise ValueError("the block is out of range")
    return number.to_bytes(size)
