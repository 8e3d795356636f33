"""Long texts in numbered pieces: backends cut strings (Tempo above 2,048 bytes), so ours never get that long.

The first piece stands under the text's own key, the others under ``{piece_key}.1``, ``{piece_key}.2`` and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_PIECE_BYTES: Final = 2000
"""The longest string on the wire, in bytes of UTF-8."""

_MAX_CHARACTER_BYTES: Final = 4
_CONTINUATION_MASK: Final = 0b1100_0000
_CONTINUATION: Final = 0b1000_0000


def split(text: str, limit: int = MAX_PIECE_BYTES) -> tuple[str, ...]:
    """`text` in pieces of at most `limit` bytes of UTF-8, never cut inside a character; always at least one piece.

    Raises:
        ValueError: the limit is under four bytes, the longest character.
    """
    if limit < _MAX_CHARACTER_BYTES:
        raise ValueError(f"a piece must have room for any character: {limit} bytes are too few")
    if len(text) * _MAX_CHARACTER_BYTES <= limit:
        return (text,)
    # surrogatepass: a lone surrogate is no UTF-8, but what to do with it is the writer's business, not ours.
    data = text.encode("utf-8", "surrogatepass")
    pieces = []
    start = 0
    while len(data) - start > limit:
        end = start + limit
        while data[end] & _CONTINUATION_MASK == _CONTINUATION:
            end -= 1
        pieces.append(data[start:end].decode("utf-8", "surrogatepass"))
        start = end
    pieces.append(data[start:].decode("utf-8", "surrogatepass"))
    return tuple(pieces)


def join(pieces: Iterable[str]) -> str:
    """The text that was split."""
    return "".join(pieces)


def spread(key: str, piece_key: str, text: str) -> dict[str, str]:
    """The attributes that hold `text` under `key`, with what does not fit there under the numbered `piece_key`."""
    first, *others = split(text)
    return {key: first} | {f"{piece_key}.{number}": piece for number, piece in enumerate(others, 1)}


def gather(key: str, piece_key: str, attributes: Mapping[str, Any]) -> str | None:
    """The text that `spread` put into `attributes`; None where there is none, or where it is no text.

    Where a piece was lost on the way, the text ends before it.
    """
    first = attributes.get(key)
    if not isinstance(first, str):
        return None
    pieces = [first]
    while isinstance(piece := attributes.get(f"{piece_key}.{len(pieces)}"), str):
        pieces.append(piece)
    return join(pieces)
