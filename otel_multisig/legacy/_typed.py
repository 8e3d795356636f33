"""Recordings in the very shape that the legacy system and our writer write, decoded straight into structs.

This is the short way in. What passes here needs no further check of its types. One event of another shape, and the
whole file is read the long way, in `reader`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, Union

import msgspec

from otel_multisig.legacy._json import MAX_DEPTH, is_shallow, parse
from otel_multisig.legacy.canonical import LegacyEvent
from otel_multisig.legacy.event_types import SNAPSHOT_TYPES, EventType

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "OTHERS",
    "SNAPSHOTS",
    "CallEnd",
    "CallEndDetails",
    "CallError",
    "CallErrorDetails",
    "CallStart",
    "OtherEvent",
    "RecordedEvent",
    "decode",
    "untyped",
]

# A text of so many characters fits on the wire, whatever they are.
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=500)]
_Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
# Whole milliseconds that a double holds to the digit as seconds.
_Milliseconds: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
_Timestamp: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 // 10**6 - 1)]
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Code: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63) + 1, le=2**63 - 1)]
_Port: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**16 - 1)]


class RecordedEvent(msgspec.Struct, tag_field="event_type", forbid_unknown_fields=True, gc=False):
    """What all events have."""

    trace_id: _Name
    timestamp: _Timestamp
    role: _Name
    details: Any
    rpc_port: _Port | None = None


class SnapshotDetails(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a snapshot tells."""

    address: _Text
    address_hash: _Text
    balance: tuple[_Count, _Count]
    collection_time_ms: _Milliseconds
    file_exists: bool
    file_perms: _Text | None
    is_multisig: bool
    open_wallets_count: None
    role: _Text
    rpc_port: _Port | None
    timestamp: _Timestamp
    wallet_id: _Text


class CallStartDetails(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What the start of a call tells."""

    method: _Name
    timestamp: _Timestamp


class CallEndDetails(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What the end of a call tells."""

    method: _Name
    duration_ms: _Milliseconds
    success: bool


class CallErrorDetails(CallEndDetails, gc=False):
    """What the end of a call that failed tells; the legacy system itself gave no reason."""

    error: str | msgspec.UnsetType = msgspec.UNSET
    code: _Code | msgspec.UnsetType = msgspec.UNSET


class CallStart(RecordedEvent, tag=EventType.RPC_CALL_START.value):
    """The start of a call."""

    details: CallStartDetails


class CallEnd(RecordedEvent, tag=EventType.RPC_CALL_END.value):
    """The end of a call."""

    details: CallEndDetails


class CallError(RecordedEvent, tag=EventType.RPC_CALL_ERROR.value):
    """The end of a call that failed."""

    details: CallErrorDetails


class OtherEvent(RecordedEvent):
    """Any other event; its details are JSON text."""

    details: msgspec.Raw


def _define(name: str, event_type: str, details: object) -> type[RecordedEvent]:
    base = RecordedEvent if details is SnapshotDetails else OtherEvent
    fields = [("details", details)]
    return msgspec.defstruct(
        name, fields, bases=(base,), tag=event_type, tag_field="event_type", forbid_unknown_fields=True, gc=False
    )  # type: ignore[return-value]


SNAPSHOTS: Final = {
    _define(f"Snapshot_{point}", event_type.value, SnapshotDetails): point
    for point, event_type in SNAPSHOT_TYPES.items()
}
"""The struct of each snapshot event type, and its point."""

OTHERS: Final = tuple(
    _define(f"Other_{event_type}", event_type.value, msgspec.Raw)
    for event_type in EventType
    if event_type not in SNAPSHOT_TYPES.values() and not event_type.startswith("RPC_CALL")
)
"""The struct of each other event type; its details are JSON text."""

_decoder: Final = msgspec.json.Decoder(list[Union[(CallStart, CallEnd, CallError, *SNAPSHOTS, *OTHERS)]])  # type: ignore[valid-type]


def decode(data: bytes) -> Sequence[RecordedEvent]:
    """The events of a recording.

    Raises:
        ValueError: it holds one of another shape, or is no JSON. `untyped` may find the same out later.
        RecursionError: it is nested too deeply.
    """
    events: list[RecordedEvent] = _decoder.decode(data)
    return events


def untyped(event: RecordedEvent) -> LegacyEvent:
    """The event as one of any shape.

    Raises:
        ValueError: its details are nested too deeply.
        RecursionError: likewise.
    """
    port = event.rpc_port
    if isinstance(event, OtherEvent):
        details = parse(bytes(event.details).decode())
        if not is_shallow(details, MAX_DEPTH):
            raise ValueError("nested too deeply")
    else:
        details = msgspec.to_builtins(event.details)
        if isinstance(event.details, SnapshotDetails):
            details["balance"] = list(event.details.balance)
    return LegacyEvent(
        trace_id=event.trace_id,
        timestamp=event.timestamp,
        event_type=str(event.__struct_config__.tag),
        role=event.role,
        rpc_port=msgspec.UNSET if port is None else port,
        details=details,
    )
