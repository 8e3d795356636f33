from __future__ import annotations

from typing import Any

import pytest

_TYPES = {
    "RPC_CALL_START",
    "RPC_CALL_END",
    "RPC_CALL_ERROR",
    "SNAPSHOT_PRE_ROUND1",
    "SNAPSHOT_POST_MAKE_MULTISIG",
    "SNAPSHOT_PRE_ROUND2",
    "SNAPSHOT_POST_EXPORT_MULTISIG",
    "SNAPSHOT_PRE_ROUND3",
    "SNAPSHOT_POST_IMPORT_MULTISIG",
    "SNAPSHOT_FINAL",
    "STATE_CHANGE",
    "FILE_OPERATION",
    "CACHE_POLLUTION_DETECTED",
    "ERROR_FINAL",
    "CUSTOM",
}


def _is_unsigned(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**64


def _check_event(event: dict[str, Any]) -> None:
    """What is known to make the old analyzer fail with a traceback, event by event."""
    allowed = ["trace_id", "timestamp", "event_type", "role", "rpc_port", "details"]
    assert [key for key in allowed if key in event] == list(event)
    assert event["event_type"] in _TYPES
    assert type(event["trace_id"]) is str
    assert _is_unsigned(event["timestamp"])
    assert type(event["role"]) is str
    if "rpc_port" in event:
        assert type(event["rpc_port"]) is int
        assert 0 <= event["rpc_port"] < 2**16
    details = event["details"]
    assert type(details) is dict
    kind = event["event_type"]
    if kind.startswith("RPC_CALL"):
        assert type(details["method"]) is str
    if kind == "RPC_CALL_START":
        assert _is_unsigned(details["timestamp"])
    if kind in {"RPC_CALL_END", "RPC_CALL_ERROR"}:
        assert _is_unsigned(details["duration_ms"])
        assert details["success"] is (kind == "RPC_CALL_END")
    if kind.startswith("SNAPSHOT"):
        _check_snapshot(details)
    if kind == "ERROR_FINAL":
        assert type(details["error"]) is str
        assert type(details["context"]) is dict
    assert None not in [value for key, value in details.items() if key == "duration_ms"]


def _check_snapshot(details: dict[str, Any]) -> None:
    assert type(details["role"]) is str
    assert type(details["address"]) is str
    assert _is_unsigned(details["timestamp"])
    if "balance" in details:
        total, unlocked = details["balance"]
        assert _is_unsigned(total)
        assert _is_unsigned(unlocked)
    for key in ("address_hash", "wallet_id"):
        assert type(details.get(key, "")) is str
    assert type(details.get("is_multisig", False)) is bool
    assert type(details["file_exists"]) is bool
    assert _is_unsigned(details.get("collection_time_ms", 0))


@pytest.fixture(scope="session")
def check_for_analyzer() -> Any:
    """Assert that the old analyzer reads a recording: a decoded file, or events of one."""

    def check(recording: Any) -> None:
        assert type(recording) is list
        assert recording
        for event in recording:
            _check_event(event)

    return check
