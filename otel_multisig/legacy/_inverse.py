"""What a legacy event says, as attributes of a span event: the inverse of `_drafts`.

A value of another type than the conventions have is left out, and so is a text that backends would cut: what is missing
then shows when the event is written again, and becomes residue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_multisig.legacy._custom_details import MAX_DEPTH
from otel_multisig.legacy._drafts import NO_ROLE
from otel_multisig.legacy._json import is_shallow, to_text
from otel_multisig.legacy.event_types import SNAPSHOT_TYPES, EventType
from otel_multisig.model import pieces
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_multisig.legacy.canonical import LegacyEvent

__all__ = ["POINTS", "Meaning", "count_of", "error_attributes", "mean", "port_of", "role_of", "text_of"]

POINTS: Final = {event_type.value: point for point, event_type in SNAPSHOT_TYPES.items()}
"""The point of each snapshot event type."""

_INT64_MAX: Final = 2**63 - 1
_MILLISECONDS: Final = 1000


class Meaning(NamedTuple):
    """A span event in the model: its name, attributes and, where the details tell it, the port."""

    name: str
    attributes: dict[str, Any]
    port: int | None = None


def mean(event_type: str, details: Any) -> Meaning:
    """What an event that is no call and no end of a set-up means. An unknown type is a custom event."""
    if event_type in POINTS:
        return _snapshot(POINTS[event_type], _object(details))
    if event_type == EventType.CUSTOM:
        return _custom(details)
    inverse = _INVERSES.get(event_type)
    return inverse(_object(details)) if inverse else _application_event(details)


def text_of(details: Mapping[str, Any], key: str) -> str | None:
    """A text that fits on the wire."""
    value = details.get(key)
    if not isinstance(value, str):
        return None
    return value if len(value) * 4 <= pieces.MAX_PIECE_BYTES or len(pieces.split(value)) == 1 else None


def count_of(details: Mapping[str, Any], key: str) -> int | None:
    """A number that fits on the wire."""
    value = details.get(key)
    return value if type(value) is int and -_INT64_MAX <= value <= _INT64_MAX else None


def role_of(event: LegacyEvent) -> str | None:
    """Whose wallet an event is about; None for nobody's, and for a role that does not fit on the wire."""
    role = text_of({"role": event.role}, "role")
    return None if role == NO_ROLE else role


def port_of(event: LegacyEvent) -> int | None:
    """The port that an event bears."""
    return event.rpc_port if isinstance(event.rpc_port, int) else None


def error_attributes(text: Any, code: int | None) -> dict[str, Any]:
    """What an exception event bears of an error."""
    known: dict[str, Any] = {}
    if isinstance(text, str):
        known = pieces.spread(upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE, text)
    if code is not None:
        known[upstream.RPC_RESPONSE_STATUS_CODE] = known[upstream.ERROR_TYPE] = str(code)
    return known


def _object(details: Any) -> dict[str, Any]:
    return details if isinstance(details, dict) else {}


def _seconds(details: Mapping[str, Any], key: str) -> float | None:
    value = count_of(details, key)
    return None if value is None else value / _MILLISECONDS


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _snapshot(point: str, details: dict[str, Any]) -> Meaning:
    total = unlocked = None
    balance = details.get("balance")
    if isinstance(balance, list) and len(balance) == 2:  # noqa: PLR2004 - a pair
        total, unlocked = (value if type(value) is int and 0 <= value <= _INT64_MAX else None for value in balance)
    is_multisig = details.get("is_multisig")
    known = {
        attr.MONERO_SNAPSHOT_POINT: point,
        attr.MONERO_SNAPSHOT_DURATION: _seconds(details, "collection_time_ms"),
        attr.MONERO_WALLET_ID: text_of(details, "wallet_id") or None,
        attr.MONERO_WALLET_IS_MULTISIG: is_multisig if isinstance(is_multisig, bool) else None,
        attr.MONERO_WALLET_BALANCE_TOTAL: total if unlocked is not None else None,
        attr.MONERO_WALLET_BALANCE_UNLOCKED: unlocked if total is not None else None,
        attr.MONERO_WALLET_ADDRESS_HASH: text_of(details, "address_hash"),
        attr.MONERO_WALLET_ADDRESS_VALUE: text_of(details, "address") or None,
        # False also means that no path was given: it says nothing.
        attr.MONERO_WALLET_FILE_EXISTS: True if details.get("file_exists") is True else None,
        attr.MONERO_WALLET_FILE_PERMISSIONS: text_of(details, "file_perms"),
    }
    return Meaning(events.WALLET_SNAPSHOT, _known(known), count_of(details, "rpc_port"))


def _state_change(details: dict[str, Any]) -> Meaning:
    known = {
        attr.MONERO_STATE_FROM: text_of(details, "from"),
        attr.MONERO_STATE_TO: text_of(details, "to"),
        attr.MONERO_ESCROW_ID: text_of(details, "escrow_id"),
    }
    return Meaning(events.STATE_CHANGE, _known(known))


def _file_operation(details: dict[str, Any]) -> Meaning:
    known = {
        attr.MONERO_FILE_SOURCE: text_of(details, "src"),
        attr.MONERO_FILE_DESTINATION: text_of(details, "dst"),
        attr.MONERO_FILE_SIZE: count_of(details, "bytes"),
        attr.MONERO_FILE_DURATION: _seconds(details, "duration_ms"),
    }
    return Meaning(events.FILE_OPERATION, _known(known) | error_attributes(details.get("error"), None))


def _cache_pollution(details: dict[str, Any]) -> Meaning:
    known = {
        attr.MONERO_FAULT_TYPE: attr.FaultType.CACHE_POLLUTION.value,
        attr.MONERO_FAULT_REASON: text_of(details, "reason"),
    }
    return Meaning(events.FAULT, _known(known))


_INVERSES: Final[Mapping[str, Callable[[dict[str, Any]], Meaning]]] = {
    EventType.STATE_CHANGE: _state_change,
    EventType.FILE_OPERATION: _file_operation,
    EventType.CACHE_POLLUTION_DETECTED: _cache_pollution,
}


def _custom(details: Any) -> Meaning:
    name = details.get("event") if isinstance(details, dict) else None
    inverse = _CUSTOM_INVERSES.get(name) if isinstance(name, str) else None
    return (inverse(details) if inverse else None) or _application_event(details)


def _application_event(details: Any) -> Meaning:
    known: dict[str, Any] = {}
    if isinstance(details, dict) and is_shallow(details, MAX_DEPTH):
        name = text_of(details, "event")
        if name is not None:
            known[attr.MONERO_CUSTOM_NAME] = name
            details = {key: value for key, value in details.items() if key != "event"}
        if details:
            text = to_text(details)
            known |= pieces.spread(attr.MONERO_CUSTOM_DETAILS, attr.MONERO_CUSTOM_DETAILS_PIECE, text)
    return Meaning(events.CUSTOM, known)


# What the writer writes as custom events. Each gives None where the details are not like that after all.


def _lock_acquired(details: dict[str, Any]) -> Meaning | None:
    return _lock(events.LOCK_ACQUIRED, attr.MONERO_LOCK_WAIT_DURATION, "wait_ms", details)


def _lock_released(details: dict[str, Any]) -> Meaning | None:
    return _lock(events.LOCK_RELEASED, attr.MONERO_LOCK_HOLD_DURATION, "hold_ms", details)


def _lock(name: str, duration: str, key: str, details: dict[str, Any]) -> Meaning | None:
    if not _has_only(details, "event", key, "lock") or (seconds := _seconds(details, key)) is None:
        return None
    return Meaning(name, _known({attr.MONERO_LOCK_NAME: text_of(details, "lock"), duration: seconds}))


def _other_snapshot(details: dict[str, Any]) -> Meaning | None:
    point = text_of(details, "point")
    return None if point is None or point in SNAPSHOT_TYPES else _snapshot(point, details)


def _snapshot_failed(details: dict[str, Any]) -> Meaning | None:
    if not _has_only(details, "event", "point", "method", "error", "code"):
        return None
    known = {
        attr.MONERO_SNAPSHOT_POINT: text_of(details, "point"),
        upstream.RPC_METHOD: text_of(details, "method"),
    }
    errors = error_attributes(details.get("error"), count_of(details, "code"))
    return Meaning(events.WALLET_SNAPSHOT_FAILED, _known(known) | errors)


def _fault(details: dict[str, Any]) -> Meaning | None:
    fault = text_of(details, "type")
    if fault not in {*attr.FaultType} - {attr.FaultType.CACHE_POLLUTION}:
        return None
    known = {
        attr.MONERO_FAULT_TYPE: fault,
        attr.MONERO_FAULT_ROLE: text_of(details, "role"),
        attr.MONERO_FAULT_ROUND: count_of(details, "round"),
        attr.MONERO_FAULT_REASON: text_of(details, "reason"),
    }
    return Meaning(events.FAULT, _known(known))


def _error(details: dict[str, Any]) -> Meaning | None:
    if not _has_only(details, "event", "error", "type", "code", "operation", "round"):
        return None
    known = error_attributes(details.get("error"), count_of(details, "code"))
    return Meaning(
        upstream.EVENT_EXCEPTION,
        known
        | _known(
            {upstream.EXCEPTION_TYPE: text_of(details, "type"), upstream.RPC_METHOD: text_of(details, "operation")}
        ),
    )


def _has_only(details: dict[str, Any], *keys: str) -> bool:
    return details.keys() <= {*keys}


_CUSTOM_INVERSES: Final[Mapping[str, Callable[[dict[str, Any]], Meaning | None]]] = {
    "lock_acquired": _lock_acquired,
    "lock_released": _lock_released,
    "snapshot": _other_snapshot,
    "snapshot_failed": _snapshot_failed,
    "fault": _fault,
    "error": _error,
}
