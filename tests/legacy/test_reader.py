from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.legacy import LegacyProblem, encode, legacy_events, read
from otel_multisig.model import Outcome, SpanKind, assemble, disassemble
from otel_multisig.model.identity import imported_span_id, imported_trace_id
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.semconv.conformance import check_span

if TYPE_CHECKING:
    from types import ModuleType

    from otel_multisig.model import EscrowTrace

SETUP = "e946fef3-8734-4874-8528-71319317e131-1795294917947"
GENUINE = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("escrow_*.json"))


def event(event_type: str, role: str = "buyer", ms: int = 0, **more: Any) -> dict[str, Any]:
    details = more.pop("details", {})
    known = {"trace_id": SETUP, "timestamp": 1_795_294_917_950 + ms, "event_type": event_type, "role": role}
    return known | more | {"details": details}


def start(method: str, role: str = "buyer", ms: int = 0, **more: Any) -> dict[str, Any]:
    details = {"method": method, "timestamp": 1_795_294_917_950 + ms}
    return event("RPC_CALL_START", role, ms, **({"rpc_port": 18082} | more), details=details)


def end(method: str, role: str = "buyer", ms: int = 0, duration: int = 0, **more: Any) -> dict[str, Any]:
    details = {"duration_ms": duration, "method": method, "success": True}
    return event("RPC_CALL_END", role, ms, rpc_port=18082, details=details | more)


def dump(*recording: dict[str, Any]) -> bytes:
    return json.dumps(recording, indent=2).encode()


def load(*recording: dict[str, Any]) -> EscrowTrace:
    reading = read(dump(*recording))
    assert reading.problems == ()
    (trace,) = reading.traces
    return trace


def residues(trace: EscrowTrace) -> list[Any]:
    found = [
        attributes[attr.MONERO_LEGACY_RESIDUE]
        for record in disassemble(trace)
        for attributes in (record.attributes, *(event.attributes for event in record.events))
        if attr.MONERO_LEGACY_RESIDUE in attributes
    ]
    return list(map(json.loads, found))


def written(trace: EscrowTrace) -> Any:
    return json.loads(encode(legacy_events(trace)))


def test_the_checklist_of_45_events_needs_no_residue(setups: ModuleType) -> None:
    data = encode(legacy_events(setups.healthy().trace()))
    (trace,) = read(data).traces
    assert residues(trace) == []
    assert encode(legacy_events(trace)) == data
    assert trace.outcome is Outcome.SUCCESS
    assert [(span.round, span.method) for span in trace.calls[::3]] == [
        (1, "prepare_multisig"), (1, "make_multisig"), (2, "exchange_multisig_keys"), (3, "exchange_multisig_keys"),
    ]  # fmt: skip
    assert [span.round for span in trace.rounds] == [1, 2, 3]
    assert [len(span.events) for span in (trace.root, *trace.rounds) if span] == [3, 6, 6, 6]


def test_ids_are_hashes_of_what_the_recording_says(setups: ModuleType) -> None:
    (trace,) = read(encode(legacy_events(setups.healthy().trace()))).traces
    assert trace.trace_id == imported_trace_id(trace.setup_id)
    for span in trace.spans:
        assert span.start.sequence is not None
        assert span.span_id == imported_span_id(trace.trace_id, span.start.sequence)
    assert [span.start.sequence for span in trace.spans][:3] == [1, 2, 6]
    assert trace.gaps == ()


def test_ids_are_those_that_were_agreed_on() -> None:
    trace_id = imported_trace_id("a-1700000000000")
    assert trace_id == "f9c49aabd288dd0f52be2a8d257ae756"
    assert imported_span_id(trace_id, 1) == "ac616d3185170380"


@pytest.mark.parametrize(
    ("change", "residue"),
    [
        ({"note": 5}, {"set": [[["note"], 5]]}),
        ({"rpc_port": 18083}, {"set": [[["rpc_port"], 18083]]}),
        ({"event_type": "SNAPSHOT_NEW"}, {"set": [[["event_type"], "SNAPSHOT_NEW"]]}),
        ({"role": None}, {"set": [[["role"], None]]}),
        ({"timestamp": 1795294917950.5}, {"set": [[["timestamp"], 1795294917950.5]]}),
        ({"timestamp": 2**64 - 1}, {"set": [[["timestamp"], 2**64 - 1]]}),
        ({"details": None}, {"set": [[["details"], None]]}),
    ],
)
def test_residue_holds_the_one_thing_that_the_model_cannot(change: dict[str, Any], residue: Any) -> None:
    plain = event("STATE_CHANGE", details={"from": "a", "to": "b"})
    if "SNAPSHOT" in str(change):
        plain = event("CUSTOM", details={"event": "x"})
    if change == {"rpc_port": 18083}:
        trace = load(start("make_multisig"), end("make_multisig") | change)
        assert residues(trace) == [{"end": residue}]
        return
    if change == {"details": None}:
        plain["event_type"] = "CUSTOM"
    trace = load(plain | change)
    assert residues(trace) == [residue]
    assert written(trace) == [plain | change]


@pytest.mark.parametrize(
    ("extra", "residue"),
    [
        ({"attempt": 2}, {"end": {"set": [[["details", "attempt"], 2]]}}),
        ({"success": False}, {"end": {"set": [[["details", "success"], False]]}}),
        ({"duration_ms": "5"}, {"end": {"set": [[["details", "duration_ms"], "5"]]}}),
    ],
)
def test_residue_of_a_call_names_its_part(extra: dict[str, Any], residue: Any) -> None:
    assert residues(load(start("make_multisig"), end("make_multisig", **extra))) == [residue]


def test_a_key_that_is_left_out_is_residue() -> None:
    recording = json.loads(GENUINE[0].read_bytes())
    del recording[0]["details"]["file_exists"]
    assert residues(load(recording[0])) == [{"remove": [["details", "file_exists"]]}]


@pytest.mark.parametrize("path", GENUINE, ids=lambda path: path.stem)
def test_what_is_imported_keeps_to_the_registry(path: Path) -> None:
    (trace,) = read(path.read_bytes()).traces
    for span in disassemble(trace):
        told = [(each.name, each.attributes) for each in span.events]
        assert check_span(span.name, span.kind, span.attributes, told) == []


def _changed(trace: EscrowTrace, kind: SpanKind, **fields: Any) -> EscrowTrace:
    place = next(place for place, span in enumerate(trace.spans) if span.kind is kind)
    span = msgspec.structs.replace(trace.spans[place], **fields)
    return msgspec.structs.replace(trace, spans=(*trace.spans[:place], span, *trace.spans[place + 1 :]))


@pytest.mark.parametrize("path", GENUINE, ids=lambda path: path.stem)
def test_what_is_changed_in_the_trace_changes_in_the_export(path: Path) -> None:
    (trace,) = read(path.read_bytes()).traces
    call = trace.calls[0]
    assert call.end
    later = msgspec.structs.replace(call.end, time_unix_nano=call.end.time_unix_nano + 5 * 10**9)
    longer = {attr.MONERO_CALL_DURATION: 77.0}
    before = written(trace)
    for changed, expected in [
        (_changed(trace, SpanKind.CALL, port=9), [("rpc_port", 9)]),
        (_changed(trace, SpanKind.CALL, role="thief"), [("role", "thief")]),
        (_changed(trace, SpanKind.CALL, attributes={**call.attributes, **longer}), [("duration_ms", 77_000)]),
        (_changed(trace, SpanKind.CALL, end=later), [("timestamp", later.time_unix_nano // 10**6)]),
        (_changed(trace, SpanKind.CALL, method="refresh"), [("method", "refresh")]),
    ]:
        after = written(changed)
        differences = [new for old, new in zip(before, after, strict=True) if old != new]
        assert differences
        for key, value in expected:
            assert value in {difference.get(key, difference["details"].get(key)) for difference in differences}


def test_a_snapshot_attribute_that_is_changed_changes_the_export() -> None:
    (trace,) = read(GENUINE[0].read_bytes()).traces
    (first, *others) = trace.rounds[0].events
    new = msgspec.structs.replace(first, attributes={**first.attributes, attr.MONERO_WALLET_IS_MULTISIG: True})
    changed = _changed(trace, SpanKind.ROUND, events=(new, *others))
    assert written(trace)[0]["details"]["is_multisig"] is False
    assert written(changed)[0]["details"]["is_multisig"] is True


def test_calls_are_paired_by_role_and_method() -> None:
    trace = load(
        start("make_multisig", "buyer"),
        start("make_multisig", "vendor", 1),
        end("make_multisig", "buyer", 10, 10),
        start("refresh", "buyer", 11),
        end("make_multisig", "vendor", 20, 19),
        end("refresh", "buyer", 21, 10),
    )
    assert [(c.role, c.method, c.duration_nano) for c in trace.calls] == [
        ("buyer", "make_multisig", 10_000_000),
        ("vendor", "make_multisig", 19_000_000),
        ("buyer", "refresh", 10_000_000),
    ]
    assert residues(trace) == []


def test_a_call_made_again_ends_where_its_duration_says() -> None:
    first, second = load(
        start("make_multisig"), start("make_multisig", ms=700), end("make_multisig", ms=1000, duration=300)
    ).calls
    assert (first.ended, second.ended) == (False, True)
    first, second = load(
        start("make_multisig"), start("make_multisig", ms=700), end("make_multisig", ms=1000, duration=1000)
    ).calls
    assert (first.ended, second.ended) == (True, False)


def test_an_end_without_a_start_is_a_call_whose_start_nobody_saw() -> None:
    trace = load(end("make_multisig", ms=500, duration=300))
    (call,) = trace.calls
    assert call.start.sequence is None
    assert call.duration_nano == 300_000_000
    assert [item["event_type"] for item in written(trace)] == ["RPC_CALL_END"]
    assert residues(trace) == []


def test_a_retried_exchange_stays_in_its_round() -> None:
    error = {"duration_ms": 0, "method": "exchange_multisig_keys", "success": False}
    trace = load(
        start("exchange_multisig_keys"),
        event("RPC_CALL_ERROR", rpc_port=18082, details=error),
        start("exchange_multisig_keys"),
        end("exchange_multisig_keys"),
        start("exchange_multisig_keys"),
    )
    assert [call.round for call in trace.calls] == [2, 2, 3]
    assert residues(trace) == []


def test_a_failed_set_up_names_its_call_and_its_exception() -> None:
    (path,) = (path for path in GENUINE if "278df8ca" in path.name)
    (trace,) = read(path.read_bytes()).traces
    assert trace.outcome is Outcome.FAILURE
    assert trace.failure
    assert trace.failure.message == "Monero RPC error: No wallet file"
    assert (trace.failure.span.method, trace.failure.span.role) == ("make_multisig", "vendor")
    assert trace.failure.event.time_unix_nano == 1_795_294_263_208_910_644
    assert trace.root
    assert trace.root.status_code == 2
    assert [span.status_code for span in trace.rounds] == [2]


def test_events_after_the_end_of_a_set_up_stay_behind_it() -> None:
    final = event("ERROR_FINAL", ms=5, details={"error": "no", "context": {}})
    recording = (final, event("STATE_CHANGE", ms=6, details={"from": "a", "to": "b"}), final)
    assert written(load(*recording)) == list(recording)


def test_more_events_than_a_span_may_hold_go_on_in_another() -> None:
    recording = [event("STATE_CHANGE", ms=n, details={"from": str(n), "to": "b"}) for n in range(250)]
    trace = load(*recording)
    assert max(len(span.events) for span in trace.spans) == 100
    assert [span.kind for span in trace.spans[1:]] == [SpanKind.CONTINUATION] * 2
    assert written(trace) == recording
    assert residues(trace) == []


def test_long_texts_go_in_pieces_and_come_back() -> None:
    long = "ü" * 3000
    recording = (
        event("CUSTOM", details={"event": "x", "text": long}),
        event("ERROR_FINAL", details={"error": long, "context": {"wallet_id": long}}),
        event("STATE_CHANGE", "r" * 3000, details={"from": long, "to": "b"}),
    )
    trace = load(*recording)
    assert written(trace) == list(recording)
    for record in disassemble(trace):
        for attributes in (record.attributes, *(each.attributes for each in record.events)):
            assert all(len(str(value).encode()) <= 2000 for value in attributes.values())


def test_numbers_keep_their_text() -> None:
    numbers = "[1.0,-0.0,1e-7,1e16,18446744073709551615,123456789012345678901234567890,1e400,0.30000000000000000001]"
    text = dump(event("CUSTOM", details={"event": "x", "n": 0})).replace(b'"n": 0', b'"n": ' + numbers.encode())
    for kind in (b"CUSTOM", b"STATE_CHANGE"):
        (trace,) = read(text.replace(b"CUSTOM", kind)).traces
        again = encode(legacy_events(assemble(disassemble(trace)).traces[0]))
        assert numbers.encode() in again.replace(b"\n", b"").replace(b" ", b"")


def test_a_null_port_is_an_absent_one() -> None:
    trace = load(start("make_multisig", rpc_port=None))
    assert "rpc_port" not in written(trace)[0]
    assert residues(trace) == []


def test_two_set_ups_in_one_file_come_apart() -> None:
    other = "escrow_abc123-1795294917960"
    first, second = read(dump(start("a"), start("b") | {"trace_id": other}, end("a"))).traces
    assert (first.setup_id, second.setup_id, second.escrow_id) == (SETUP, other, "escrow_abc123")
    assert (len(written(first)), len(written(second))) == (2, 1)


def test_what_the_writer_writes_as_custom_events_is_read_as_what_it_was(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    setup.root.event(events.LOCK_ACQUIRED, {attr.MONERO_LOCK_NAME: "global", attr.MONERO_LOCK_WAIT_DURATION: 0.25})
    setup.root.event(events.LOCK_RELEASED, {attr.MONERO_LOCK_HOLD_DURATION: 1.5})
    setup.snapshot("buyer", "before_funding")
    failed = {attr.MONERO_SNAPSHOT_POINT: "final", upstream.EXCEPTION_MESSAGE: "no", upstream.ERROR_TYPE: "-13"}
    failed[upstream.RPC_RESPONSE_STATUS_CODE] = "-13"
    setup.root.event(events.WALLET_SNAPSHOT_FAILED, failed)
    setup.root.event(events.FAULT, {attr.MONERO_FAULT_TYPE: "cache_pollution", attr.MONERO_FAULT_REASON: "why"})
    setup.root.event(events.FAULT, {attr.MONERO_FAULT_TYPE: attr.FaultType.WALLET_SWAPPED.value})
    setup.root.event(upstream.EVENT_EXCEPTION, {upstream.EXCEPTION_MESSAGE: "no", upstream.EXCEPTION_TYPE: "E"})
    live = setup.trace()
    data = encode(legacy_events(live))
    (trace,) = read(data).traces
    assert live.root
    assert trace.root
    assert [each.name for each in trace.root.events] == [each.name for each in live.root.events]
    assert residues(trace) == []
    assert encode(legacy_events(trace)) == data


def test_a_live_set_up_and_its_imported_copy_are_the_live_one(setups: ModuleType) -> None:
    for live in (setups.healthy().trace(), setups.failing().trace()):
        (copy,) = read(encode(legacy_events(live))).traces
        assert copy.setup_id == live.setup_id
        assert copy.trace_id != live.trace_id
        assert assemble([*disassemble(copy), *disassemble(live)]).traces == (live,)
        assert encode(legacy_events(copy)) == encode(legacy_events(live))


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (
            {"timestamp": "yesterday"},
            "event 2, field timestamp",
            'a time in milliseconds since the epoch, not "yesterday"',
        ),
        ({"timestamp": -1}, "event 2, field timestamp", "-1"),
        ({"timestamp": None}, "event 2, field timestamp", "null"),
        ({"timestamp": True}, "event 2, field timestamp", "true"),
        ({"trace_id": 5}, "event 2, field trace_id", "5"),
        ({"trace_id": ""}, "event 2, field trace_id", "a text that is not empty"),
        ({"event_type": []}, "event 2, field event_type", "[]"),
        ({"role": 5}, "event 2, field role", "5"),
        ({"rpc_port": 65_536}, "event 2, field rpc_port", "a port, 0 to 65535, not 65536"),
        ({"rpc_port": "18082"}, "event 2, field rpc_port", '"18082"'),
    ],
)
def test_a_bad_event_is_named_and_the_others_are_read(change: dict[str, Any], place: str, words: str) -> None:
    reading = read(dump(start("a"), start("b") | change, end("a")))
    (problem,) = reading.problems
    assert problem.place == place
    assert words in problem.problem
    (trace,) = reading.traces
    assert len(written(trace)) == 2


@pytest.mark.parametrize("key", ["trace_id", "timestamp", "event_type", "role", "details"])
def test_a_missing_field_is_named(key: str) -> None:
    bad = start("b")
    del bad[key]
    assert read(dump(bad)).problems == (LegacyProblem(f"event 1, field {key}", "is missing"),)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "line 1, column 1"),
        (b"{}", "line 1, column 1"),
        (b"[]", ""),
        (b"[5]", "event 1"),
        (b"[\n1e", "line 2, column 2"),
        (b'[\n{"a": NaN}]', "line 2, column 1"),
        (b"\xff[]", "line 1"),
        (b"[" * 100_000, "event 1"),
    ],
)
def test_a_file_that_is_no_recording_is_a_problem(data: bytes, place: str) -> None:
    reading = read(data)
    assert reading.traces == ()
    assert reading.problems[0].place == place


def test_what_stands_before_a_break_is_read() -> None:
    whole = dump(start("a"), end("a"), start("b"))
    reading = read(whole[:-60])
    (trace,) = reading.traces
    assert len(written(trace)) == 2
    (problem,) = reading.problems
    assert problem.place.startswith("line ")
    assert "no valid JSON" in problem.problem


def test_a_recording_with_a_byte_order_mark_is_read() -> None:
    assert len(read(b"\xef\xbb\xbf" + dump(start("a"))).traces) == 1


def test_details_nested_too_deeply_are_a_problem() -> None:
    for depth, read_ in ((150, True), (300, False), (50_000, False)):
        text = dump(event("CUSTOM", details={"event": "x", "n": 0}))
        reading = read(text.replace(b'"n": 0', b'"n": ' + b"[" * depth + b"]" * depth))
        assert bool(reading.traces) is read_
        assert bool(reading.problems) is not read_


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_gives_a_traceback(data: st.DataObject) -> None:
    text = bytearray(data.draw(st.sampled_from(GENUINE)).read_bytes()[:3000])
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=4))
    for trace in read(bytes(text)).traces:
        encode(legacy_events(trace))
