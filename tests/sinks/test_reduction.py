from __future__ import annotations

import json
from pathlib import Path

import pytest

from otel_multisig.legacy import LegacyEvent, encode, legacy_events, read
from otel_multisig.model import EscrowTrace, assemble, disassemble, validate
from otel_multisig.sinks.reduction import reduce
from otel_multisig.wallet_rpc import sha256_hex

SAMPLES = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("*.json"))
ADDRESS = "56CUG1csgEXXRfTjS9aTkACYwGpJo3dVyPeUbS6w4yrFE4JHhjtL9FjGatcnbffh3TQ1duBTBNDNXfLScWcpMbx68rc162m"
FILE = "buyer_temp_escrow_278df8ca-5b9b-48bb-b830-899f0610f94c"


def event(kind: str, details: object, role: str = "coordinator") -> LegacyEvent:
    return LegacyEvent(
        trace_id="e-1700000000000", timestamp=1_700_000_000_000, event_type=kind, role=role, details=details
    )  # type: ignore[arg-type]


def trace_of(*events: LegacyEvent) -> EscrowTrace:
    (trace,) = read(encode(events)).traces
    return trace


def text_of(trace: EscrowTrace) -> str:
    return encode(legacy_events(trace)).decode()


def test_addresses_amounts_and_paths() -> None:
    snapshot = {
        "address": ADDRESS,
        "balance": [5, 0],
        "is_multisig": False,
        "role": "buyer",
        "timestamp": 1,
        "wallet_id": "w",
    }
    reduced = reduce(
        trace_of(
            event("SNAPSHOT_FINAL", snapshot, "buyer"),
            event("FILE_OPERATION", {"src": f"/home/alice/{FILE}", "dst": "/home/alice/savings", "bytes": 5}),
        )
    )
    text = text_of(reduced.trace)
    assert "alice" not in text
    assert ADDRESS not in text
    assert sha256_hex(ADDRESS) in text
    assert f'"src": "{FILE}"' in text
    assert f'"dst": "sha256:{sha256_hex("savings")}"' in text
    assert '"balance"' not in text
    assert reduced.counts["addresses"] == 1
    assert reduced.counts["amounts"] == 1
    assert reduced.counts["paths"] == 2


def test_texts() -> None:
    details = {"event": "note", "who": "alice", "n": 5, "inner": {"list": ["bob", None, True]}, ADDRESS: 1}
    reduced = reduce(
        trace_of(event("CUSTOM", details), event("ERROR_FINAL", {"error": f"no {ADDRESS}", "context": {}}))
    )
    text = text_of(reduced.trace)
    for secret in ("alice", "bob", ADDRESS):
        assert secret not in text
    assert '"n": 5' in text
    assert reduced.counts["details"] == 1
    assert reduced.counts["error texts"] >= 1


def test_what_the_model_cannot_express_is_left_out() -> None:
    odd = event("STATE_CHANGE", {"from": "a", "to": "b", "note": "alice"})
    reduced = reduce(trace_of(odd))
    assert "alice" not in text_of(reduced.trace)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_order_ids_and_number_of_events_stay(path: Path) -> None:
    (trace,) = read(path.read_bytes()).traces
    reduced = reduce(trace).trace
    validate(reduced)
    assert assemble(disassemble(reduced)).traces == (reduced,)
    assert [(span.trace_id, span.span_id) for span in reduced.spans] == [
        (span.trace_id, span.span_id) for span in trace.spans
    ]
    before, after = json.loads(text_of(trace)), json.loads(text_of(reduced))
    assert [(one["event_type"], one["timestamp"]) for one in after] == [
        (one["event_type"], one["timestamp"]) for one in before
    ]
