"""Legacy recordings for tests of commands: real ones, and some that are made event by event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

GENUINE = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("escrow_*.json"))
SWAPPED = next(path for path in GENUINE if "278df8ca" in path.name)
START = 1_795_294_917_947


def event(ms: int, event_type: str, role: Any = "buyer", details: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "trace_id": f"escrow-1-{START}",
        "timestamp": START + ms,
        "event_type": event_type,
        "role": role,
        "details": {} if details is None else details,
    } | more


def snapshot(ms: int, point: str, **more: Any) -> dict[str, Any]:
    role = "buyer"
    details = {
        "address": "5",
        "address_hash": "1" * 64,
        "balance": [0, 0],
        "collection_time_ms": 1,
        "file_exists": False,
        "file_perms": None,
        "is_multisig": False,
        "open_wallets_count": None,
        "role": role,
        "rpc_port": 18082,
        "timestamp": START + ms,
        "wallet_id": f"wallet-of-{role}",
    }
    return event(ms, f"SNAPSHOT_{point}", role, details | more)


def call(ms: int, method: str = "make_multisig", *, took: int = 700, failed: bool = False) -> list[dict[str, Any]]:
    end = {"method": method, "duration_ms": took, "success": not failed}
    return [
        event(ms, "RPC_CALL_START", details={"method": method, "timestamp": START + ms}, rpc_port=18082),
        event(ms + took, "RPC_CALL_ERROR" if failed else "RPC_CALL_END", details=end, rpc_port=18082),
    ]


def final(ms: int, error: str) -> dict[str, Any]:
    context = {"escrow_id": "escrow-1", "operation": "make_multisig", "round": 1, "wallet_id": "wallet-of-buyer"}
    return event(ms, "ERROR_FINAL", details={"error": error, "context": context})


FAILED = [
    snapshot(0, "PRE_ROUND1"),
    *call(50, failed=True),
    final(760, "Monero RPC error: something that nobody has seen before"),
]
WELL = [
    snapshot(0, "PRE_ROUND1"),
    *call(50),
    snapshot(800, "POST_MAKE_MULTISIG", is_multisig=True, address_hash="4" * 64),
    snapshot(900, "FINAL", is_multisig=True, address_hash="4" * 64),
]
