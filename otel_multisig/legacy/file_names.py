"""The names of recordings: ``escrow_{id}.json``, with ``_FAILED`` or ``_PARTIAL`` and, for further set-ups, their time.

Whatever an escrow id holds, a name is one plain file name: it cannot leave the folder, and no two ids share one.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from otel_multisig.model.identity import split_setup_id
from otel_multisig.semconv.attributes import Outcome

if TYPE_CHECKING:
    from otel_multisig.model.trace import EscrowTrace

__all__ = ["RecordingState", "dated_name", "is_recording_name", "plain_name", "state_of"]

_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,120}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_READABLE_CHARACTERS: Final = 40
_DIGEST_CHARACTERS: Final = 16
_RECORDING_NAME: Final = re.compile(r"escrow_[A-Za-z0-9._-]+\.json")


class RecordingState(StrEnum):
    """How a set-up stands, as the name of its file tells."""

    COMPLETE = ""
    FAILED = "_FAILED"
    PARTIAL = "_PARTIAL"


_STATES: Final = {
    Outcome.SUCCESS: RecordingState.COMPLETE,
    Outcome.FAILURE: RecordingState.FAILED,
    Outcome.INTERRUPTED: RecordingState.PARTIAL,
}


def state_of(trace: EscrowTrace) -> RecordingState:
    """How a set-up stands: one whose root is missing, open, or was ended by the end of the process, is partial."""
    if trace.outcome is not None:
        return _STATES[trace.outcome]
    return RecordingState.COMPLETE if trace.root is not None and trace.root.ended else RecordingState.PARTIAL


def plain_name(escrow_id: str, state: RecordingState) -> str:
    """The name of the first set-up of an escrow."""
    return f"escrow_{_safe(escrow_id)}{state}.json"


def dated_name(escrow_id: str, setup_id: str, state: RecordingState, copy: int = 1) -> str:
    """The name of a further set-up of an escrow, with the milliseconds of its id.

    Args:
        escrow_id: the escrow's id.
        setup_id: the set-up's id. One without a time gives a digest in place of the milliseconds.
        state: how the set-up stands.
        copy: 1, or a higher number where another recording already has the name.
    """
    unix_ms = split_setup_id(setup_id)[1]
    mark = _digest(setup_id) if unix_ms is None else str(unix_ms)
    number = "" if copy == 1 else f"_{copy}"
    return f"escrow_{_safe(escrow_id)}{state}_{mark}{number}.json"


def is_recording_name(name: str) -> bool:
    """Whether a file of this name may be a recording; what is in it decides."""
    return _RECORDING_NAME.fullmatch(name) is not None


def _safe(escrow_id: str) -> str:
    if _SAFE_ID.fullmatch(escrow_id):
        return escrow_id
    readable = _UNSAFE.sub("_", escrow_id[:_READABLE_CHARACTERS])
    return f"{readable}-{_digest(escrow_id)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARACTERS]
