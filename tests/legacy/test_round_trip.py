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
from otel_multisig.legacy.reader import read_any
from otel_multisig.model import assemble, disassemble, validate
from otel_multisig.testing import strategies

if TYPE_CHECKING:
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
