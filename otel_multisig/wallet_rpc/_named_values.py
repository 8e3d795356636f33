"""Values in a text that stand behind a name: ``password=...``, ``"seed": "..."``, ``--rpc-login user:word``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from otel_multisig.wallet_rpc._catalogue import Sensitivity
from otel_multisig.wallet_rpc.file_names import safe_file_name
from otel_multisig.wallet_rpc.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.wallet_rpc._catalogue import Field

# Every quantifier is bounded, and what follows a match is read once: the time is linear in the length of the text.
_NAME: Final = re.compile(
    r"""
    (?P<quote>["'])(?P<json>[A-Za-z_]{1,40})\\?(?P=quote)\s{0,8}(?::|=>?)\s{0,8}   # "filename": ...
    |
    (?P<header>(?:proxy-)?authorization["']?\s{0,8}[:=,]\s{0,8})                    # the whole rest of the line
    |
    (?P<option>--[a-z-]{0,40}(?:password|login|seed|secret|key)\b["']?,?[\s=]{1,8})  # a program's option
    |
    (?<!<)(?P<word>pass(?:words?|phrase|wd|code)|pwd|secret|mnemonic|seed|token|credentials?|login
        |api[_-]?key|(?:private|secret|spend|view|tx)[ _-]?key)
    (?P<rest>[A-Za-z0-9_]{0,16}["']?)
    (?P<is>\s{0,8}(?:[:=]{1,2}|,(?=\s{0,8}["'])|\bis\b|\bwas\b)\s{0,8}|\s{1,8}(?=["']))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"""[bru]?(?:"((?:[^"\\]|\\.)*)|'((?:[^'\\]|\\.)*))""", re.DOTALL)
_ESCAPED_QUOTED: Final = re.compile(r"""\\["']([^"'\\]*)""")  # inside a shown string
_LIST: Final = re.compile(r"\[[^\]]*")
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*")
_WORDS: Final = re.compile(r"[^\W\d_]+(?:[ \t,]{1,4}[^\W\d_]+)*")
_BARE: Final = re.compile(r"[^\s,;}\])&\"']+")
# "password is incorrect" tells of no password.
_JUST_SAYING: Final = re.compile(
    r"(?:in(?:correct|valid)|wrong|required|missing|empty|needed|not|too|null|none|true|false|<)", re.IGNORECASE
)


def _kind_of_names() -> dict[str, str]:
    """What stands behind the names of the catalogue's fields; a name that is ever a secret is always one."""
    kinds: dict[str, str] = {}
    for field in _all_fields():
        name = field.name.replace("[]", "").rpartition(".")[2]
        if field.sensitivity is Sensitivity.SECRET or (
            field.sensitivity is not Sensitivity.PUBLIC and kinds.get(name) != Sensitivity.SECRET.value
        ):
            kinds[name] = field.sensitivity.value
    return kinds


def _all_fields() -> Iterator[Field]:
    for method in METHODS.values():
        yield from method.params
        yield from method.result


_KINDS: Final = _kind_of_names()


def redact_named_values(text: str) -> str:
    """The text with each value behind a telling name replaced by its kind and length."""
    parts: list[str] = []
    done = 0
    while match := _NAME.search(text, done):
        kind = _kind_of(match)
        start, end = _value(text, match, kind) if kind else (match.end(), match.end())
        parts.append(text[done:start])
        if end > start:
            value = text[start:end]
            parts.append(safe_file_name(value) if kind == Sensitivity.FILE_NAME else f"<{kind}:{len(value)}>")
        done = end
    parts.append(text[done:])
    return "".join(parts)


def _kind_of(match: re.Match[str]) -> str | None:
    if name := match["json"]:
        return _KINDS.get(name) or _kind_of_word(name)
    return "password" if match["option"] or match["header"] else _kind_of_word(match["word"])


def _kind_of_word(word: str) -> str | None:
    lower = word.lower()
    if "seed" in lower or "mnemonic" in lower:
        return "seed"
    if lower.endswith("key"):
        return "secret"
    if any(part in lower for part in ("pass", "pwd", "secret", "token", "credential", "login")):
        return "password"
    return None


def _value(text: str, match: re.Match[str], kind: str) -> tuple[int, int]:
    """Where the value behind a name starts and ends."""
    start = match.end()
    if match["header"]:
        return _span(_REST_OF_LINE, text, start)
    if quoted := _QUOTED.match(text, start) or _ESCAPED_QUOTED.match(text, start):
        return quoted.span(quoted.lastindex or 0)
    if text.startswith("[", start):
        return _span(_LIST, text, start)
    if match["word"] and _JUST_SAYING.match(text, start):
        return start, start
    if kind == "seed" and (words := _WORDS.match(text, start)):
        return words.span()
    return _span(_BARE, text, start)


def _span(pattern: re.Pattern[str], text: str, start: int) -> tuple[int, int]:
    return match.span() if (match := pattern.match(text, start)) else (start, start)
