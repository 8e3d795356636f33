"""The page: its skeleton, style and script, and the data in one block that no browser takes for markup."""

from __future__ import annotations

import base64
import hashlib
import html
import time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig._version import __version__
from otel_multisig.report.html._items import FIELDS, SNAPSHOT_FIELDS
from otel_multisig.report.html._setups import describe_faults, describe_setups, find_origin
from otel_multisig.report.html._texts import TextTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_multisig.report.html.reported import Reported, Unread

__all__ = ["SCRIPTS", "render_page"]

_VERSION: Final = 1
_MICROSECOND: Final = 1000
_NANO_IN_MILLI: Final = 1_000_000

SCRIPTS: Final = (
    "text.js",
    "record.js",
    "state.js",
    "scale.js",
    "painter.js",
    "lanes.js",
    "drawing.js",
    "labels.js",
    "timeline.js",
    "gestures.js",
    "overview.js",
    "verdicts.js",
    "panel.js",
    "matrix.js",
    "latency.js",
    "controls.js",
    "paper.js",
    "main.js",
)
"""The parts of the page's script, in the order in which they need each other."""

# What could end the data block, begin a comment in it, or end a line for a script, stands as an escape of JSON.
_ESCAPES: Final = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


def render_page(
    setups: Sequence[Reported],
    *,
    title: str = "",
    problems: Sequence[Unread] = (),
    command_sources: str | None = None,
    clock_skew_nano: int = 0,
    made_unix_nano: int | None = None,
    keep_sensitive: bool = False,
) -> bytes:
    """The page, whole and in UTF-8.

    Args:
        setups: what it shows, in this order where times do not say more.
        title: what stands above it.
        problems: what could not be read.
        command_sources: the recordings as one types them behind a command, for the commands that help.
        clock_skew_nano: how far the clocks of the recordings may be apart, as the rules were told.
        made_unix_nano: when it is made; by default now.
        keep_sensitive: whether addresses, amounts and the rest of a legacy file are shown as they stand in a record.
    """
    title = title or "Multisig set-ups"
    data = _data(
        setups,
        title=title,
        problems=problems,
        command_sources=command_sources,
        clock_skew_nano=clock_skew_nano,
        made_unix_nano=time.time_ns() if made_unix_nano is None else made_unix_nano,
        keep_sensitive=keep_sensitive,
    )
    before, after = _skeleton()
    return b"".join((before.replace(b"@@TITLE@@", html.escape(title).encode("utf-8", "replace")), data, after))


def _data(
    setups: Sequence[Reported],
    *,
    title: str,
    problems: Sequence[Unread],
    command_sources: str | None,
    clock_skew_nano: int,
    made_unix_nano: int,
    keep_sensitive: bool,
) -> bytes:
    texts = TextTable(keep_sensitive=keep_sensitive)
    origin = find_origin(setups)
    shown = texts.shown
    data: dict[str, Any] = {
        "version": _VERSION,
        "generator": f"otel-multisig {__version__}",
        "title": shown(title),
        "made": made_unix_nano // _NANO_IN_MILLI,
        "origin": origin / _NANO_IN_MILLI,
        "clockSkew": clock_skew_nano // _MICROSECOND,
        "sensitive": keep_sensitive,
        "fields": FIELDS,
        "snapshotFields": SNAPSHOT_FIELDS,
        "setups": describe_setups(setups, texts, origin),
        "faults": describe_faults(setups, command_sources),
        "problems": [[shown(one.where), shown(one.what), shown(one.remedy)] for one in problems],
        "texts": texts.texts,
    }
    encoded = msgspec.json.encode(data)
    for raw, escaped in _ESCAPES:
        encoded = encoded.replace(raw, escaped)
    return encoded


@cache
def _skeleton() -> tuple[bytes, bytes]:
    """What stands before the data and behind it."""
    folder = files(__package__) / "assets"
    style = (folder / "page.css").read_text("utf-8")
    parts = "\n".join((folder / name).read_text("utf-8") for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{parts}\n}})();\n'
    page = (folder / "page.html").read_text("utf-8")
    for mark, text in (("@@POLICY@@", _policy(style, script)), ("@@STYLE@@", style), ("@@SCRIPT@@", script)):
        page = page.replace(mark, text)
    before, _, after = page.partition("@@DATA@@")
    return before.encode(), after.encode()


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded or sent, and nothing may run but our own script."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_source(script)}",
            f"style-src {_source(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
