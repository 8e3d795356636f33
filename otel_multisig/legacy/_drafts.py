"""What becomes of a span event: one small function a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TypeAlias

import msgspec

from otel_multisig.legacy._custom_details import parse_details
from otel_multisig.legacy._facts import (
    as_milliseconds,
    get_count,
    get_flag,
    get_integer,
    get_milliseconds,
    get_text,
    milliseconds_of,
)
from otel_multisig.legacy.event_types import SNAPSHOT_TYPES, EventType
from otel_multisig.model.pieces import gather
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_multisig.model.spans import Event, Span

__all__ = [
    "NO_ROLE",
    "Draft",
    "Scope",
    "draft_event",
    "error_code",
    "error_text",
    "known_class",
    "method_of",
    "present",
    "role_of",
]

NO_ROLE: Final = "coordinator"
"""The legacy role of what is about no wallet."""


class Scope(Protocol):
    """What has to be known of the span in which an event happened."""

    @property
    def role(self) -> str | None:
        """The role of its wallet."""

    @property
    def round(self) -> int | None:
        """Its round."""


Draft: TypeAlias = tuple[EventType, dict[str, Any]]
"""An event's type and details; trace id, time, role and port come from where it happened."""


def draft_event(event: Event, span: Scope) -> Draft | None:
    """The legacy form of an event that happened in `span`; None for one that is not of the conventions."""
    draft = _DRAFTS.get(event.name)
    return draft(event, span) if draft else None


def present(**values: Any) -> dict[str, Any]:
    """Those of the values that are known."""
    return {key: value for key, value in values.items() if value is not None}


def role_of(event: Event | None, span: Scope) -> str:
    """Whose wallet an event is about."""
    return (event.role if event else None) or span.role or NO_ROLE


def method_of(span: Span) -> str:
    """The method of a call; one that the conventions do not know stands in an attribute of its own."""
    if span.method and span.method != upstream.METHOD_OTHER:
        return span.method
    return get_text(span.attributes, upstream.RPC_METHOD_ORIGINAL) or span.name


def error_text(attributes: Mapping[str, Any]) -> str | None:
    """What an event says of an error: its message, else its class."""
    return (
        gather(upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE, attributes)
        or get_text(attributes, upstream.EXCEPTION_TYPE)
        or known_class(get_text(attributes, upstream.ERROR_TYPE))
    )


def known_class(error_type: str | None) -> str | None:
    """A class of error, None where it says only that there was one."""
    return error_type if error_type and error_type != upstream.ERROR_TYPE_OTHER else None


def error_code(attributes: Mapping[str, Any]) -> int | None:
    """The code of the JSON-RPC error that an event tells of."""
    return get_integer(attributes, upstream.RPC_RESPONSE_STATUS_CODE)


def _custom(name: str, **details: Any) -> Draft:
    return EventType.CUSTOM, {"event": name, **present(**details)}


# What is beyond is looked at by itself: msgspec compares with nothing larger.
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None


class _SnapshotFacts(
    msgspec.Struct,
    gc=False,
    rename={
        "point": attr.MONERO_SNAPSHOT_POINT,
        "wallet_id": attr.MONERO_WALLET_ID,
        "is_multisig": attr.MONERO_WALLET_IS_MULTISIG,
        "total": attr.MONERO_WALLET_BALANCE_TOTAL,
        "unlocked": attr.MONERO_WALLET_BALANCE_UNLOCKED,
        "address_hash": attr.MONERO_WALLET_ADDRESS_HASH,
        "file_exists": attr.MONERO_WALLET_FILE_EXISTS,
        "file_perms": attr.MONERO_WALLET_FILE_PERMISSIONS,
        "duration": attr.MONERO_SNAPSHOT_DURATION,
        "address": attr.MONERO_WALLET_ADDRESS_VALUE,
    },
):
    """The attributes of a snapshot, by what the legacy form calls them."""

    point: str = ""
    wallet_id: str = ""
    is_multisig: bool | None = None
    total: _Count = None
    unlocked: _Count = None
    address_hash: str | None = None
    # In the legacy form `false` also means that no path was known.
    file_exists: bool = False
    file_perms: str | None = None
    duration: Any = None
    address: str = ""


def _read_snapshot(known: Mapping[str, Any]) -> _SnapshotFacts:
    try:
        # All in one go: most events of a set-up are snapshots, and attribute by attribute it takes six times as long.
        return msgspec.convert(known, _SnapshotFacts)
    except ValueError:
        # An attribute of an unusual type: each by itself.
        return _SnapshotFacts(
            get_text(known, attr.MONERO_SNAPSHOT_POINT) or "",
            get_text(known, attr.MONERO_WALLET_ID) or "",
            get_flag(known, attr.MONERO_WALLET_IS_MULTISIG),
            get_count(known, attr.MONERO_WALLET_BALANCE_TOTAL),
            get_count(known, attr.MONERO_WALLET_BALANCE_UNLOCKED),
            get_text(known, attr.MONERO_WALLET_ADDRESS_HASH),
            get_flag(known, attr.MONERO_WALLET_FILE_EXISTS) or False,
            get_text(known, attr.MONERO_WALLET_FILE_PERMISSIONS),
            known.get(attr.MONERO_SNAPSHOT_DURATION),
            get_text(known, attr.MONERO_WALLET_ADDRESS_VALUE) or "",
        )


_NEVER_NULL: Final = ("address_hash", "collection_time_ms", "is_multisig")


def _snapshot(event: Event, span: Scope) -> Draft:
    facts = _read_snapshot(event.attributes)
    # Sorted, as they will be in the file.
    details: dict[str, Any] = {
        "address": facts.address,
        "address_hash": facts.address_hash,
        "balance": [facts.total, facts.unlocked],
        "collection_time_ms": milliseconds_of(facts.duration),
        "file_exists": facts.file_exists,
        "file_perms": facts.file_perms,
        "is_multisig": facts.is_multisig,
        "open_wallets_count": None,
        "role": event.role or span.role or NO_ROLE,
        "rpc_port": event.port,
        "timestamp": as_milliseconds(event.time_unix_nano),
        "wallet_id": facts.wallet_id,
    }
    # These may not be null there, and any other value would be a false one: left out, as in older files.
    if facts.total is None or facts.unlocked is None:
        del details["balance"]
    for key in _NEVER_NULL:
        if details[key] is None:
            del details[key]
    event_type = SNAPSHOT_TYPES.get(facts.point)
    if event_type is not None:
        return event_type, details
    return EventType.CUSTOM, {"event": "snapshot", "point": facts.point, **details}


def _snapshot_failed(event: Event, _span: Scope) -> Draft:
    known = event.attributes
    return _custom(
        "snapshot_failed",
        point=get_text(known, attr.MONERO_SNAPSHOT_POINT),
        method=get_text(known, upstream.RPC_METHOD),
        error=error_text(known),
        code=error_code(known),
    )


def _state_change(event: Event, _span: Scope) -> Draft:
    before = get_text(event.attributes, attr.MONERO_STATE_FROM)
    after = get_text(event.attributes, attr.MONERO_STATE_TO)
    escrow_id = get_text(event.attributes, attr.MONERO_ESCROW_ID)
    return EventType.STATE_CHANGE, present(**{"from": before, "to": after, "escrow_id": escrow_id})


def _file_operation(event: Event, _span: Scope) -> Draft:
    known = event.attributes
    details = present(
        src=get_text(known, attr.MONERO_FILE_SOURCE),
        dst=get_text(known, attr.MONERO_FILE_DESTINATION),
        bytes=get_count(known, attr.MONERO_FILE_SIZE),
        duration_ms=get_milliseconds(known, attr.MONERO_FILE_DURATION),
        error=error_text(known),
    )
    return EventType.FILE_OPERATION, details


def _lock_acquired(event: Event, _span: Scope) -> Draft:
    return _custom(
        "lock_acquired",
        lock=get_text(event.attributes, attr.MONERO_LOCK_NAME),
        wait_ms=get_milliseconds(event.attributes, attr.MONERO_LOCK_WAIT_DURATION),
    )


def _lock_released(event: Event, _span: Scope) -> Draft:
    return _custom(
        "lock_released",
        lock=get_text(event.attributes, attr.MONERO_LOCK_NAME),
        hold_ms=get_milliseconds(event.attributes, attr.MONERO_LOCK_HOLD_DURATION),
    )


def _application_event(event: Event, _span: Scope) -> Draft:
    name = get_text(event.attributes, attr.MONERO_CUSTOM_NAME)
    text = gather(attr.MONERO_CUSTOM_DETAILS, attr.MONERO_CUSTOM_DETAILS_PIECE, event.attributes)
    details = parse_details(text) if text else {}
    if name is None:
        return EventType.CUSTOM, details
    own = details.pop("event", name)
    # The name tells custom events apart; a detail that the application called the same moves aside.
    if own != name:
        key = "_event"
        while key in details:
            key = f"_{key}"
        details[key] = own
    return EventType.CUSTOM, {"event": name, **details}


def _fault(event: Event, _span: Scope) -> Draft:
    known = event.attributes
    fault = get_text(known, attr.MONERO_FAULT_TYPE)
    reason = get_text(known, attr.MONERO_FAULT_REASON)
    if fault == attr.FaultType.CACHE_POLLUTION:
        return EventType.CACHE_POLLUTION_DETECTED, present(reason=reason)
    return _custom(
        "fault",
        type=fault,
        role=get_text(known, attr.MONERO_FAULT_ROLE),
        round=get_integer(known, attr.MONERO_FAULT_ROUND),
        reason=reason,
    )


def _error(event: Event, span: Scope) -> Draft:
    known = event.attributes
    return _custom(
        "error",
        error=error_text(known),
        type=get_text(known, upstream.EXCEPTION_TYPE),
        code=error_code(known),
        operation=get_text(known, upstream.RPC_METHOD),
        round=span.round,
    )


_DRAFTS: Final[Mapping[str, Callable[[Event, Scope], Draft]]] = {
    events.WALLET_SNAPSHOT: _snapshot,
    events.WALLET_SNAPSHOT_FAILED: _snapshot_failed,
    events.STATE_CHANGE: _state_change,
    events.FILE_OPERATION: _file_operation,
    events.LOCK_ACQUIRED: _lock_acquired,
    events.LOCK_RELEASED: _lock_released,
    events.CUSTOM: _application_event,
    events.FAULT: _fault,
    upstream.EVENT_EXCEPTION: _error,
}
