"""Error texts, made safe to be recorded.

A text of the server that is known passes whole. In any other, whatever may be an address, a key, a seed, a path, a
password or the like is replaced by its kind and length (``<hex:64>``): what remains tells what went wrong.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from otel_multisig.wallet_rpc._blobs import looks_like_path, safe_path, safe_piece
from otel_multisig.wallet_rpc._named_values import redact_named_values
from otel_multisig.wallet_rpc._seeds import redact_seeds
from otel_multisig.wallet_rpc.known_texts import find_known_text

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LONGEST_SAFE_TEXT", "safe_error_text"]

LONGEST_SAFE_TEXT: Final = 4_096
"""Characters that a safe text has at most; what is beyond is told by its length."""

_LONGEST_READ: Final = 16_384
# At the end of what is read a secret may be cut to a rest too short to be known. No such rest is longer than this.
_CUT_TO_BE_SURE: Final = 512
_SHORT_SECRET: Final = 4

# Where the server repeats what it was given, be it as short as it may.
_REPEATED: Final = re.compile(
    r"(?P<address>WRONG_ADDRESS: |(?:Payment|Transaction) ID has invalid (?:size|format): )[^\r\n]+"
    r"|(?P<text>No Monero address found at |Invalid DNSSEC for |No matches for regex filter "
    r"|Error parsing URI: |Cannot make URI from supplied parameters: )[^\r\n]+"
)
_QUOTED: Final = re.compile(r"""(?<!\w)(["'])([^"'\n]{1,1024})\1(?!\w)""")
_PIECE: Final = re.compile(r"""[^\s"'<>()\[\]{},;|]+""")
_NO_CHARACTERS: Final = re.compile(r"[\ud800-\udfff]")


def safe_error_text(text: str, *, secrets: Collection[str] = ()) -> str:
    """An error text as a trace may hold it: at most `LONGEST_SAFE_TEXT` characters, in linear time. Never raises.

    Args:
        text: What a server, a client library or the operating system said.
        secrets: Values known to be secret (the passwords of the request, say), replaced wherever they stand.
    """
    try:
        return text if find_known_text(text) else _redacted(text, secrets)
    except Exception:  # a text that cannot be made safe must not be recorded, and must not break the caller
        return f"<text:{_length(text)}>"


def _redacted(text: str, secrets: Collection[str]) -> str:
    length = len(text)
    text = _NO_CHARACTERS.sub("\ufffd", text[:_LONGEST_READ])
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = _without(text, form)
    text = _REPEATED.sub(_without_repetition, text)
    text = redact_seeds(redact_named_values(text))
    text = _QUOTED.sub(_safe_quoted, text)
    text = _PIECE.sub(lambda match: safe_piece(match[0]), text)
    if length > _LONGEST_READ:
        text = text[:-_CUT_TO_BE_SURE]
    if len(text) > LONGEST_SAFE_TEXT or length > _LONGEST_READ:
        mark = f" <text:{length}>"
        text = text[: LONGEST_SAFE_TEXT - len(mark)] + mark
    return text


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it is, and as programs show it inside quotes."""
    if secret.isalnum() and secret.isascii():
        return (secret,)
    shown = (repr(secret), json.dumps(secret), json.dumps(secret, ensure_ascii=False))
    return (secret, *(form[1:-1] for form in shown))


def _without(text: str, secret: str) -> str:
    if len(secret) >= _SHORT_SECRET:
        return text.replace(secret, f"<secret:{len(secret)}>")
    # A password of one letter is no reason to replace that letter everywhere.
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", f"<secret:{len(secret)}>", text)


def _without_repetition(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    return f"{match[kind]}<{kind}:{len(match[0]) - len(match[kind])}>"


def _safe_quoted(match: re.Match[str]) -> str:
    quote, inner = match.groups()
    return f"{quote}{safe_path(inner)}{quote}" if looks_like_path(inner) else match[0]


def _length(text: object) -> int:
    try:
        return len(text)  # type: ignore[arg-type]  # whatever was handed over: it must not raise
    except Exception:
        return 0
