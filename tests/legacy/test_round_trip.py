"""Legacy recordings, read, taken apart into spans, put together and written again."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.legacy import LegacyEvent, encode, legacy_events, read
from otel_multisig.legacy._typed import decode
from otel_multisig.legacy.reader import read_any
from otel_multisig.model import assemble, disassemble, validate
from otel_multisig.testing import strategies

if TYPE_CHECKING:
    from types import ModuleType

    from otel_multisig.model import EscrowTrace

EXAMPLES = 10_000 if os.environ.get("OTEL_MULTISIG_LONG") else 150
GENUINE = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("escrow_*.json"))
_FIELDS = ("trace_id", "timestamp", "event_type", "role", "rpc_port", "details")


def canonical(recording: list[dict[str, Any]]) -> bytes:
    """The canonical form of a recording, straight from its values."""
    events = []
    for event in recording:
        known = {key: event[key] for key in _FIELDS if key in event and (key, event[key]) != ("rpc_port", None)}
        unknown = {key: value for key, value in event.items() if key not in _FIELDS}
        events.append(LegacyEvent(**known, **({"unknown": unknown} if unknown else {})))
    return encode(events)


def through_spans(trace: EscrowTrace, seed: int = 0) -> EscrowTrace:
    validate(trace)
    records = list(disassemble(trace))
    random.Random(seed).shuffle(records)
    (again,) = assemble(records).traces
    assert again == trace
    return again


def by_setup(recording: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    setups: dict[str, list[dict[str, Any]]] = {}
    for event in recording:
        setups.setdefault(event["trace_id"], []).append(event)
    return setups


@settings(max_examples=EXAMPLES, deadline=None)
@given(recording=strategies.legacy_recordings(), seed=st.integers(0, 9))
def test_a_recording_comes_back_to_the_byte(recording: list[dict[str, Any]], seed: int) -> None:
    reading = read(canonical(recording))
    assert reading.problems == ()
    assert reading == read_any(canonical(recording))
    written = {trace.setup_id: encode(legacy_events(through_spans(trace, seed))) for trace in reading.traces}
    assert written == {setup_id: canonical(events) for setup_id, events in by_setup(recording).items()}


@settings(max_examples=EXAMPLES // 5, deadline=None)
@given(recording=strategies.legacy_recordings(), data=st.data())
def test_one_that_is_not_canonical_comes_back_canonical(recording: list[dict[str, Any]], data: st.DataObject) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in data.draw(st.permutations(sorted(value)))}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    odd = [shuffled(event) | data.draw(st.sampled_from(({}, {"rpc_port": None}))) for event in recording]
    odd = [
        event | {"rpc_port": was["rpc_port"]} if "rpc_port" in was else event
        for event, was in zip(odd, recording, strict=True)
    ]
    text = json.dumps(odd, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from((None, 0, 4))))
    reading = read(text.encode())
    assert reading.problems == ()
    written = {trace.setup_id: encode(legacy_events(trace)) for trace in reading.traces}
    assert written == {setup_id: canonical(events) for setup_id, events in by_setup(recording).items()}


@settings(max_examples=EXAMPLES // 5, deadline=None)
@given(recording=strategies.legacy_recordings(), data=st.data())
def test_the_beginning_of_a_recording_and_then_the_whole_give_one_set_up(
    recording: list[dict[str, Any]], data: st.DataObject
) -> None:
    recording = by_setup(recording)[recording[0]["trace_id"]]
    beginning = recording[: data.draw(st.integers(1, len(recording)))]
    (whole,) = read(canonical(recording)).traces
    name = data.draw(st.sampled_from(("escrow_x.json", "escrow_x_PARTIAL.json")))
    (part,) = read(canonical(beginning), origin=name).traces
    records = data.draw(st.permutations([*disassemble(whole), *disassemble(part), *disassemble(whole)]))
    assert assemble(records).traces == (whole,)


@pytest.mark.parametrize("path", GENUINE, ids=lambda path: path.stem)
def test_a_genuine_recording_comes_back_to_the_byte_without_residue(path: Path) -> None:
    data = path.read_bytes()
    (trace,) = read(data).traces
    assert encode(legacy_events(through_spans(trace))) == data
    assert "residue" not in str(disassemble(trace))


ABSENT = object()


def present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not ABSENT}


@pytest.mark.parametrize("last_code", [ABSENT, -28, -29, 2**63, 1.0])
@pytest.mark.parametrize("code", [ABSENT, -28, 0, 2**63, None])
@pytest.mark.parametrize("reason", [ABSENT, None, "", "already multisig", "long " * 1000])
def test_whatever_is_said_of_a_failure_comes_back(reason: Any, code: Any, last_code: Any) -> None:
    common = {"trace_id": "e-1700000000000", "role": "buyer"}
    call = {**common, "rpc_port": 18082}
    context = present(escrow_id="e", operation="make_multisig", round=1, wallet_id="w", code=last_code)
    recording = [
        {
            **call,
            "timestamp": 1_700_000_000_100,
            "event_type": "RPC_CALL_START",
            "details": {"method": "make_multisig", "timestamp": 1_700_000_000_100},
        },
        {
            **call,
            "timestamp": 1_700_000_000_150,
            "event_type": "RPC_CALL_ERROR",
            "details": present(method="make_multisig", duration_ms=50, success=False, error=reason, code=code),
        },
        {
            **common,
            "timestamp": 1_700_000_000_160,
            "event_type": "ERROR_FINAL",
            "details": {"error": "it failed", "context": context},
        },
    ]
    reading = read(canonical(recording))
    assert reading == read_any(canonical(recording))
    (trace,) = reading.traces
    assert encode(legacy_events(through_spans(trace))) == canonical(recording)


def test_a_failed_set_up_as_we_write_it_is_read_the_short_way(setups: ModuleType) -> None:
    written = encode(legacy_events(setups.failing().trace()))
    assert [type(event).__name__ for event in decode(written)][-2:] == ["CallError", "Other_ERROR_FINAL"]
    (trace,) = read(written).traces
    assert trace.failure is not None
    assert (trace.failure.message, trace.failure.error_code) == ("This wallet is already multisig", -28)
    assert "residue" not in str(disassemble(trace))
    assert encode(legacy_events(trace)) == written
