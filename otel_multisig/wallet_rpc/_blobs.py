"""Keys, addresses, multisig infos and paths: what shows by its own form, one piece of a text at a time."""

from __future__ import annotations

import re
from typing import Final

from otel_multisig.wallet_rpc.file_names import parse_wallet_file_name, safe_file_name
from otel_multisig.wallet_rpc.methods import ALIASES, METHODS

_RUN: Final = re.compile(r"[0-9A-Za-z]{12,}")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{16,}")
_BASE58: Final = re.compile(r"[1-9A-HJ-NP-Za-km-z]+")
# With what follows the magic, however little: the info of round 1 begins with key material.
_MULTISIG_INFO: Final = re.compile(r"Multisigx?V[0-9](?:R[1n])?[0-9A-Za-z]+")
_MAGIC: Final = re.compile(r"Multisigx?V[0-9](?:R[1n])?")
_AMOUNT: Final = re.compile(r"[0-9]{1,20}\.[0-9]{12}(?![0-9])")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_URL_SAFE_RUN: Final = re.compile(r"[0-9A-Za-z_-]{32,}")
_HIDDEN_SERVICE: Final = re.compile(r"[a-z2-7]{16,56}\.(?:onion|b32\.i2p)")

_ADDRESS_LENGTHS: Final = frozenset({95, 106})
_LONGEST_WORD: Final = 40
_LONGEST_NUMBERED_WORD: Final = 20

_WALLET_SUFFIXES: Final = (".keys", ".address.txt", ".unportable", ".mms")
_NO_PATHS: Final = frozenset(
    {"and/or", "i/o", "n/a", "http/1.0", "http/1.1", "http/2", "application/json", "text/html", "text/plain"}
    | {f"/{name}" for name in ("", "json_rpc", *METHODS, *ALIASES)}
)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")  # what safe_file_name writes
_FRACTION: Final = re.compile(r"[0-9]{1,4}/[0-9]{1,4}")
_WINDOWS_PATH: Final = re.compile(r"[\w.=:-]{0,40}?(?:\b[A-Za-z]:[\\/]|\\\\)")
# How a program shows a line end and the like inside a string.
_ESCAPES: Final = re.compile(r"\\(?:[nrtbf0]|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[\"'])")
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)


def safe_piece(piece: str) -> str:
    """A piece of text without blanks, quotes and brackets, with what may be sensitive replaced by kind and length."""
    core = piece.rstrip(".:!?\\")  # a backslash at the end stood before a quote
    tail = piece[len(core) :]
    if (at := core.find("://")) > 0:
        return _safe_url(core, at) + tail
    if "\\" in core and not _WINDOWS_PATH.match(core):
        return "".join(_split_at_escapes(core)) + tail
    if "@" in core:
        before, _, after = core.rpartition("@")
        return f"<credentials:{len(before)}>@{safe_piece(after)}{tail}"
    return _safe_plain(core) + tail


def looks_like_path(text: str) -> bool:
    """Whether a quoted text is a path from its root, a home folder or the current folder, blanks in it or not."""
    return text.startswith(("/", "~", "./", "../", ".\\", "..\\")) or bool(_WINDOWS_PATH.match(text))


def safe_path(path: str) -> str:
    """A path as kind and length; the name at its end stays where it carries role and escrow id."""
    base = path.replace("\\", "/").rpartition("/")[2]
    if parse_wallet_file_name(base):
        folder = path[: len(path) - len(base)]
        return f"<path:{len(folder)}>{base}" if folder else base
    return f"<path:{len(path)}>"


def _safe_plain(core: str) -> str:
    name, equals, value = core.partition("=")
    if equals and name.isidentifier():
        return f"{safe_blobs(name)}={_safe_value(value)}"
    return _safe_value(core)


def _safe_value(core: str) -> str:
    if core.lower() in _NO_PATHS or _FRACTION.fullmatch(core) or _DIGEST.fullmatch(core):
        return core
    if "/" in core or "\\" in core:
        return safe_path(core)
    if core.endswith(_WALLET_SUFFIXES):
        return safe_file_name(core)
    return safe_blobs(core)


def _split_at_escapes(core: str) -> list[str]:
    """What stands between the escapes of a shown string, each made safe for itself, and the escapes."""
    parts: list[str] = []
    done = 0
    for escape in _ESCAPES.finditer(core):
        parts += (_safe_between_escapes(core[done : escape.start()]), escape[0])
        done = escape.end()
    return [*parts, _safe_between_escapes(core[done:])]


def _safe_between_escapes(text: str) -> str:
    return safe_path(text) if "\\" in text else safe_piece(text)


def _safe_url(core: str, at: int) -> str:
    start = at
    while start > 0 and (core[start - 1].isalnum() or core[start - 1] in "+.-"):
        start -= 1
    match = _URL.match(core, start)
    if not match:
        return f"<url:{len(core)}>"
    scheme, authority, path, query, fragment = match.groups(default="")
    credentials, at_sign, host = authority.rpartition("@")
    return "".join(
        (
            safe_blobs(core[:start]),
            f"{scheme}://",
            f"<credentials:{len(credentials)}>@" if at_sign else "",
            host if _HIDDEN_SERVICE.fullmatch(host.partition(":")[0]) else safe_blobs(host),
            path if not path or path in _NO_PATHS else safe_path(path),
            f"?<query:{len(query) - 1}>" if len(query) > 1 else query,
            f"#<fragment:{len(fragment) - 1}>" if len(fragment) > 1 else fragment,
        )
    )


def safe_blobs(text: str) -> str:
    """The text with keys, addresses, multisig infos and amounts replaced by kind and length."""
    text = _AMOUNT.sub(lambda match: f"<amount:{len(match[0])}>", text)
    text = _MULTISIG_INFO.sub(_safe_info, text)
    text = _RUN.sub(_safe_run, text)
    return _URL_SAFE_RUN.sub(_safe_url_safe_run, text)


def _safe_info(match: re.Match[str]) -> str:
    info = match[0]
    return info if _MAGIC.fullmatch(info) else f"<multisig_info:{len(info)}>"


def _safe_run(match: re.Match[str]) -> str:
    run = match[0]
    length = len(run)
    if length in _ADDRESS_LENGTHS and _BASE58.fullmatch(run):
        return f"<address:{length}>"
    if _HEX.fullmatch(run):
        return f"<hex:{length}>"
    numbered = not run.isalpha() and not run.isdigit()
    if length >= (_LONGEST_NUMBERED_WORD if numbered else _LONGEST_WORD):
        return f"<blob:{length}>"
    return run


def _safe_url_safe_run(match: re.Match[str]) -> str:
    run = match[0]
    bare = _UUID.sub("", run)
    mixed = any(c.isupper() for c in bare) and any(c.islower() for c in bare) and any(c.isdigit() for c in bare)
    return f"<blob:{len(run)}>" if mixed else run
