"""The details of a custom event: JSON text on the wire, JSON values in the legacy form."""

from __future__ import annotations

import re
from typing import Any, Final

from otel_multisig.legacy._json import is_shallow, parse

__all__ = ["MAX_DEPTH", "parse_details"]

MAX_DEPTH: Final = 64
"""How deep details may be nested: no application goes further, and encoding could meet the interpreter's limit."""

# NaN and the infinities, which some emitters write although JSON has none, outside of strings.
_NO_NUMBER: Final = re.compile(r'("(?:[^"\\]|\\.)*")|-?Infinity|NaN')


def parse_details(text: str) -> dict[str, Any]:
    """The details that `text` holds; what is no JSON object, or nested too deeply, under the one key ``details``.

    A number that a double cannot hold (``1e400``, more digits than it has) keeps its own text.
    """
    try:
        value = parse(_NO_NUMBER.sub(lambda found: found[1] or "null", text))
    except (ValueError, RecursionError):
        return {"details": text}
    if not is_shallow(value, MAX_DEPTH):
        return {"details": text}
    return value if isinstance(value, dict) else {"details": value}
