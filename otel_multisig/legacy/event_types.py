"""The event types of the legacy form: a closed set, in the order in which the legacy system declared them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from otel_multisig.semconv.attributes import SnapshotPoint

__all__ = ["SNAPSHOT_TYPES", "EventType"]


class EventType(StrEnum):
    """What a legacy event tells. Readers of the form know no others: what is new travels as `CUSTOM`."""

    RPC_CALL_START = "RPC_CALL_START"
    RPC_CALL_END = "RPC_CALL_END"
    RPC_CALL_ERROR = "RPC_CALL_ERROR"
    SNAPSHOT_PRE_ROUND1 = "SNAPSHOT_PRE_ROUND1"
    SNAPSHOT_POST_MAKE_MULTISIG = "SNAPSHOT_POST_MAKE_MULTISIG"
    SNAPSHOT_PRE_ROUND2 = "SNAPSHOT_PRE_ROUND2"
    SNAPSHOT_POST_EXPORT_MULTISIG = "SNAPSHOT_POST_EXPORT_MULTISIG"
    SNAPSHOT_PRE_ROUND3 = "SNAPSHOT_PRE_ROUND3"
    SNAPSHOT_POST_IMPORT_MULTISIG = "SNAPSHOT_POST_IMPORT_MULTISIG"
    SNAPSHOT_FINAL = "SNAPSHOT_FINAL"
    STATE_CHANGE = "STATE_CHANGE"
    FILE_OPERATION = "FILE_OPERATION"
    CACHE_POLLUTION_DETECTED = "CACHE_POLLUTION_DETECTED"
    ERROR_FINAL = "ERROR_FINAL"
    CUSTOM = "CUSTOM"


SNAPSHOT_TYPES: Final = {point.value: EventType(f"SNAPSHOT_{point.name}") for point in SnapshotPoint}
"""The event type of each point of a set-up that the legacy form knows; other points travel as `CUSTOM`."""
