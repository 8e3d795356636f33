"""Mnemonic seeds in a text: long runs of words with nothing else between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_SEED: Final = 12
"""Words in the shortest seed known (a seed of MyMonero has 13, of Monero 25, of Polyseed 16)."""

# Letters that touch a digit are no word: a key or an address has many such, and is found as a whole elsewhere.
_WORD: Final = re.compile(r"(?<!\w)[^\W\d_]+(?:'[^\W\d_]+)*(?!\w)")
# Between the words of a seed: blanks, line ends, the commas and quotes of a list, the numbers of a numbered one.
_GAP: Final = re.compile(r"""[\s,;"'\[\]()]{1,8}(?:[0-9]{1,2}[.):]?[\s"']{0,4})?|\\n""")
_SHORTEST_LATIN_WORD: Final = 3
# English words that no word list holds, so that plain prose is no seed.
_NEVER_IN_A_SEED: Final = frozenset(
    {
        *("and", "are", "but", "could", "did", "for", "from", "had", "has", "its", "not", "than", "the", "was"),
        *("which", "with", "would", "your"),
    }
)
_FIRST_IDEOGRAPH: Final = "\u2e80"


def redact_seeds(text: str) -> str:
    """The text with every run of words that may be a seed replaced by kind and length."""
    parts: list[str] = []
    done = 0
    for start, end in _runs(text):
        parts += (text[done:start], f"<seed:{end - start}>")
        done = end
    parts.append(text[done:])
    return "".join(parts)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    start = end = count = 0
    for match in _WORD.finditer(text):
        words = _count(match[0])
        if not (words and count and _GAP.fullmatch(text, end, match.start())):
            if count >= SHORTEST_SEED:
                yield start, end
            start, count = match.start(), 0
        count += words
        end = match.end()
    if count >= SHORTEST_SEED:
        yield start, end


def _count(word: str) -> int:
    """How many words of a seed this may be: none, one, or in Chinese and Japanese one a character."""
    if word.isascii():
        return int(len(word) >= _SHORTEST_LATIN_WORD and word.lower() not in _NEVER_IN_A_SEED)
    return sum(letter >= _FIRST_IDEOGRAPH for letter in word) or 1
