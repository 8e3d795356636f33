"""The legacy JSON form: a set-up as the events that the legacy system recorded, in its file's very bytes."""

from __future__ import annotations

from otel_multisig.legacy.canonical import LegacyEvent, encode
from otel_multisig.legacy.event_types import EventType
from otel_multisig.legacy.file_names import RecordingState, dated_name, is_recording_name, plain_name, state_of
from otel_multisig.legacy.mapping import legacy_events
from otel_multisig.legacy.reader import LegacyProblem, LegacyReading, read
from otel_multisig.legacy.writer import Written, write

__all__ = [
    "EventType",
    "LegacyEvent",
    "LegacyProblem",
    "LegacyReading",
    "RecordingState",
    "Written",
    "dated_name",
    "encode",
    "is_recording_name",
    "legacy_events",
    "plain_name",
    "read",
    "state_of",
    "write",
]
