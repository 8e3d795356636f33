"""A set-up as the bytes of its recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_multisig._native import make
from otel_multisig.legacy._drafts import NO_ROLE, error_text
from otel_multisig.legacy.canonical import encode
from otel_multisig.legacy.event_types import SNAPSHOT_TYPES, EventType
from otel_multisig.legacy.mapping import NO_ERROR_TEXT, error_of, legacy_events, recorded_event, time_of_failure
from otel_multisig.model import spans
from otel_multisig.model.records import STATUS_ERROR
from otel_multisig.model.trace import EscrowTrace
from otel_multisig.semconv import attributes, events, upstream

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["Written", "write", "write_any", "writer_of"]

# What stands around the one event of a recording.
_BEFORE: Final = len(b"[\n  ")
_BEHIND: Final = len(b"\n]")


class Written(NamedTuple):
    """A recording: its bytes, none where it has no events, and how many events it has."""

    data: bytes
    events: int


def write(trace: EscrowTrace) -> Written:
    """The recording of a set-up: `encode` of its `legacy_events`.

    Raises:
        TypeError: as `encode`.
        RecursionError: as `encode`.
    """
    if _write_usual is not None and (found := _write_usual(trace)) is not None:
        return Written(*found)
    return write_any(trace)


def write_any(trace: EscrowTrace) -> Written:
    """`write` for whatever a set-up holds, without the compiled counterpart, which takes what is usual."""
    written = legacy_events(trace)
    return Written(encode(written) if written else b"", len(written))


def _event_text(setup_id: str, event: spans.Event, span: spans.Span) -> bytes | None:
    """A span event as it stands in a recording, for those that the compiled counterpart does not write itself."""
    written = recorded_event(setup_id, event, span)
    return None if written is None else encode([written])[_BEFORE:-_BEHIND]


def writer_of(native: ModuleType) -> Any:
    """The writer of a compiled module, with the vocabulary of the model and of the recording."""
    return native.RecordingWriter(
        trace=EscrowTrace,
        spans=spans,
        attributes=attributes,
        events=events,
        upstream=upstream,
        types=EventType,
        points=SNAPSHOT_TYPES,
        outcomes=attributes.Outcome,
        failure=attributes.Outcome.FAILURE,
        status_error=STATUS_ERROR,
        no_role=NO_ROLE,
        no_error=NO_ERROR_TEXT,
        event_text=_event_text,
        error_text=error_text,
        error_of=error_of,
        final_time=time_of_failure,
    )


_writer: Final = make("legacy_writing", writer_of)
_write_usual: Final[Callable[[EscrowTrace], tuple[bytes, int] | None] | None] = _writer and _writer.write
