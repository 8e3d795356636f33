"""Whose recording a file is, by its first event."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["UNKNOWN_OWNER", "read_owner"]

UNKNOWN_OWNER: Final = ""
"""The owner of a file that is no recording, or cannot be read: somebody else's."""

_HEAD_BYTES: Final = 4096
_HEAD: Final = re.compile(rb'\s*\[\s*\{\s*"trace_id"\s*:\s*("(?:[^"\\]|\\.)*")')


def read_owner(path: str | Path, *, longest_id: int = 0) -> str | None:
    """The id of the set-up that a file records; `UNKNOWN_OWNER` where it records none, None where there is no file.

    Args:
        path: the file.
        longest_id: the length in characters that an id may have beyond the usual.
    """
    # Mostly nothing is there. A dangling link is: the name cannot be had.
    if not os.path.lexists(path):
        return None
    try:
        # Not blocking: a pipe of that name must not hold us up.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return UNKNOWN_OWNER
    try:
        # No character of an id takes more than six bytes in JSON.
        head = os.read(descriptor, _HEAD_BYTES + 6 * longest_id)
    except OSError:
        return UNKNOWN_OWNER
    finally:
        os.close(descriptor)
    match = _HEAD.match(head)
    if match is None:
        return UNKNOWN_OWNER
    try:
        return msgspec.json.decode(match[1], type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return UNKNOWN_OWNER
