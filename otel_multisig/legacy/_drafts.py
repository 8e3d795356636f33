"""What becomes of a span event: one small function a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from otel_multisig.legacy._custom_details import parse_details
from otel_multisig.legacy._facts import (
    as_milliseconds,
    get_count,
    get_flag,
    get_integer,
    get_milliseconds,
    get_text,
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


class Draft(NamedTuple):
    """An event's type and details; trace id, time, role and port come from where it happened."""

    event_type: EventType
    details: dict[str, Any]


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
    return Draft(EventType.CUSTOM, {"event": name, **present(**details)})


def _snapshot(event: Event, span: Scope) -> Draft:
    known = event.attributes
    point = get_text(known, attr.MONERO_SNAPSHOT_POINT) or ""
    details: dict[str, Any] = {
        "address": get_text(known, attr.MONERO_WALLET_ADDRESS_VALUE) or "",
        # In the legacy form `false` also means that no path was known.
        "file_exists": get_flag(known, attr.MONERO_WALLET_FILE_EXISTS) or False,
        "file_perms": get_text(known, attr.MONERO_WALLET_FILE_PERMISSIONS),
        "open_wallets_count": None,
        "role": role_of(event, span),
        "rpc_port": event.port,
        "timestamp": as_milliseconds(event.time_unix_nano),
        "wallet_id": get_text(known, attr.MONERO_WALLET_ID) or "",
    }
    # These may not be null there, and any other value would be a false one: left out, as in older files.
    if (address_hash := get_text(known, attr.MONERO_WALLET_ADDRESS_HASH)) is not None:
        details["address_hash"] = address_hash
    total = get_count(known, attr.MONERO_WALLET_BALANCE_TOTAL)
    unlocked = get_count(known, attr.MONERO_WALLET_BALANCE_UNLOCKED)
    if total is not None and unlocked is not None:
        details["balance"] = [total, unlocked]
    if (duration := get_milliseconds(known, attr.MONERO_SNAPSHOT_DURATION)) is not None:
        details["collection_time_ms"] = duration
    if (is_multisig := get_flag(known, attr.MONERO_WALLET_IS_MULTISIG)) is not None:
        details["is_multisig"] = is_multisig
    if point in SNAPSHOT_TYPES:
        return Draft(SNAPSHOT_TYPES[point], details)
    return Draft(EventType.CUSTOM, {"event": "snapshot", "point": point, **details})


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
    return Draft(EventType.STATE_CHANGE, present(**{"from": before, "to": after, "escrow_id": escrow_id}))


def _file_operation(event: Event, _span: Scope) -> Draft:
    known = event.attributes
    details = present(
        src=get_text(known, attr.MONERO_FILE_SOURCE),
        dst=get_text(known, attr.MONERO_FILE_DESTINATION),
        bytes=get_count(known, attr.MONERO_FILE_SIZE),
        duration_ms=get_milliseconds(known, attr.MONERO_FILE_DURATION),
        error=error_text(known),
    )
    return Draft(EventType.FILE_OPERATION, details)


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
        return Draft(EventType.CUSTOM, details)
    own = details.pop("event", name)
    # The name tells custom events apart; a detail that the application called the same moves aside.
    if own != name:
        key = "_event"
        while key in details:
            key = f"_{key}"
        details[key] = own
    return Draft(EventType.CUSTOM, {"event": name, **details})


def _fault(event: Event, _span: Scope) -> Draft:
    known = event.attributes
    fault = get_text(known, attr.MONERO_FAULT_TYPE)
    reason = get_text(known, attr.MONERO_FAULT_REASON)
    if fault == attr.FaultType.CACHE_POLLUTION:
        return Draft(EventType.CACHE_POLLUTION_DETECTED, present(reason=reason))
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
