"""The compiled reader of legacy recordings against the Python one."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otel_multisig_native import legacy_reading
from otel_multisig_native._sha256 import sha256

from benchmarks.legacy import healthy
from otel_multisig.legacy import _usual, encode, legacy_events, read
from otel_multisig.legacy.mapping import exact_time
from otel_multisig.legacy.reader import LegacyReading, read_any, read_typed
from otel_multisig.model._order import content_of
from otel_multisig.testing import strategies
from tests.native.sameness import exact

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

TESTS = Path(__file__).parents[1]
GENUINE = sorted((TESTS / "data" / "legacy").glob("escrow_*.json"))
CORPUS = sorted((TESTS / "corpus").glob("*/escrow_*.json.gz"))
HEALTHY = healthy()


@pytest.fixture(scope="session")
def recordings(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(Path(__file__).parent / "recordings.py")


@pytest.fixture(scope="session")
def fuzz(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(TESTS.parent / "tools" / "fuzz.py")


def read_usual(data: bytes, *, partial: bool = False) -> Any:
    assert _usual.read_usual is not None
    return _usual.read_usual(data, partial)


def check(data: bytes, *, partial: bool = False) -> bool:
    """What is read is what the Python code reads; gives whether it is."""
    trace = read_usual(data, partial=partial)
    if trace is None:
        return False
    assert exact(LegacyReading((trace,), ())) == exact(read_typed(data, partial=partial))
    # The order of attributes, which means nothing, is another one here.
    slowly = read_any(data, partial=partial)
    assert slowly.problems == ()
    assert content_of((trace,)) == content_of(slowly.traces)
    return True


# What is usual is taken.


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("path", GENUINE, ids=lambda path: path.stem)
def test_genuine_recordings_are_taken(path: Path, partial: bool) -> None:
    assert check(path.read_bytes(), partial=partial)


def test_most_recorded_faults_are_taken() -> None:
    taken = [check(gzip.decompress(path.read_bytes())) for path in CORPUS]
    assert sum(taken) > 0.8 * len(CORPUS)


@pytest.mark.parametrize("partial", [False, True])
def test_whole_set_ups_are_taken(setups: ModuleType, partial: bool) -> None:
    assert check(HEALTHY, partial=partial)
    for script in (setups.healthy(), setups.failing()):
        assert check(encode(legacy_events(script.trace())), partial=partial)


def test_a_part_of_a_set_up_is_taken_with_whatever_white_space(recordings: ModuleType) -> None:
    events = json.loads(HEALTHY)
    for length in range(1, len(events)):
        for partial in (False, True):
            assert check(recordings.printed(events[:length]), partial=partial)
            assert check(recordings.printed(events[:length], random.Random(length)), partial=partial)


def test_usual_recordings_are_taken(recordings: ModuleType) -> None:
    for seed in range(1500):
        choose = random.Random(seed)
        events = recordings.usual(choose)
        data = recordings.printed(events)
        assert check(msgspec.json.format(data, indent=2), partial=seed % 3 == 0), seed
        if seed % 5 == 0:
            assert check(recordings.printed(events, choose)), seed


def test_the_reader_hands_it_out() -> None:
    trace = read_usual(HEALTHY)
    assert read(HEALTHY) == LegacyReading((trace,), ())
    open_end = json.dumps(json.loads(HEALTHY)[:20]).encode()
    assert read(open_end, origin="escrow_a_PARTIAL.json") == read_any(open_end, partial=True) != read_any(open_end)


# Whatever else is there is left to the Python code, or read alike.


@settings(max_examples=300)
@given(strategies.legacy_recordings(), st.booleans())
def test_any_recording_is_read_alike_or_not_at_all(recording: list[dict[str, Any]], partial: bool) -> None:
    for event in recording:
        if isinstance(event["details"], dict):
            event["details"] = dict(sorted(event["details"].items()))
    check(msgspec.json.format(msgspec.json.encode(recording), indent=2), partial=partial)


def test_spoiled_recordings_are_read_alike_or_not_at_all(recordings: ModuleType) -> None:
    taken = []
    for seed in range(6000):
        choose = random.Random(f"spoiled {seed}")
        events = recordings.usual(choose)
        for _ in range(choose.choice((1, 1, 1, 3))):
            recordings.spoil(events, choose)
        if events:
            taken.append(check(recordings.printed(events), partial=choose.random() < 0.2))
    assert 200 < sum(taken) < 0.5 * len(taken)


def test_damaged_recordings_are_read_alike_or_not_at_all(fuzz: ModuleType) -> None:
    seeds = [path.read_bytes() for path in GENUINE] + [HEALTHY]
    seeds += [json.dumps(json.loads(data), separators=(",", ":")).encode() for data in seeds]
    for seed in range(8000):
        choose = random.Random(f"damaged {seed}")
        check(fuzz.mutate(choose.choice(seeds), choose))


def test_one_changed_byte_changes_nothing_or_all(recordings: ModuleType) -> None:
    events = [*json.loads(GENUINE[0].read_bytes())[:1], *json.loads(GENUINE[0].read_bytes())[-3:]]
    data = recordings.printed(events)
    for place in range(len(data)):
        check(data[:place])
        for byte in b'\x00\x1f"\\ 9-.e,\x80\xc3\xff':
            check(data[:place] + bytes((byte,)) + data[place + 1 :])
            check(data[:place] + bytes((byte,)) + data[place:])


CASES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "another set-up": lambda events: events[4].update(trace_id="another"),
    "no set-up": lambda events: [event.update(trace_id="") for event in events],
    "a port of a snapshot": lambda events: events.__setitem__(0, _with_port(events[0])),
    "a snapshot of another role": lambda events: events[0]["details"].update(role="other"),
    "a snapshot of another time": lambda events: events[0]["details"].update(timestamp=1),
    "open wallets": lambda events: events[0]["details"].update(open_wallets_count=1),
    "a start of another time": lambda events: events[3]["details"].update(timestamp=1),
    "an end of another port": lambda events: events[4].update(rpc_port=1),
    "an end of another method": lambda events: events[4]["details"].update(method="other"),
    "an end without a start": lambda events: events.pop(3),
    "two starts": lambda events: events.insert(3, events[3]),
    "an end without success": lambda events: events[4]["details"].update(success=False),
    "an odd method": lambda events: [event["details"].update(method="_OTHER") for event in events[3:5]],
    "a null port": lambda events: [event.update(rpc_port=None) for event in events[3:5]],
    "an event behind the failure": lambda events: events.append(events[0]),
    "another escrow": lambda events: events[-1]["details"]["context"].update(escrow_id="other"),
    "another operation": lambda events: events[-1]["details"]["context"].update(operation="other"),
    "a failure without a call": lambda events: events[-1].update(role="other"),
    "a failure of no wallet": lambda events: events[-1]["details"]["context"].update(wallet_id=""),
    "a failure that says nothing": lambda events: events[-1]["details"].update(error=""),
    "a failure of a long text": lambda events: events[-1]["details"].update(error="x" * 2001),
    "a code of the call alone": lambda events: events.__setitem__(-2, _with_code(events[-2])),
    "too many snapshots": lambda events: events.__setitem__(slice(0, 1), events[:1] * 101),
    "too many roles": lambda events: events.__setitem__(slice(0, 1), [_of_role(events[0], n) for n in range(17)]),
    "too many methods": lambda events: events.__setitem__(slice(3, 3), [_of_method(events[3], n) for n in range(33)]),
    "no events": lambda events: events.clear(),
}


def _with_port(event: dict[str, Any]) -> dict[str, Any]:
    return {
        **{key: value for key, value in event.items() if key != "details"},
        "rpc_port": 1,
        "details": event["details"],
    }


def _with_code(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "details": dict(sorted({**event["details"], "code": -28, "error": "busy"}.items()))}


def _of_role(event: dict[str, Any], number: int) -> dict[str, Any]:
    return {**event, "role": f"r{number}", "details": {**event["details"], "role": f"r{number}"}}


def _of_method(event: dict[str, Any], number: int) -> dict[str, Any]:
    return {**event, "details": {**event["details"], "method": f"m{number}"}}


@pytest.mark.parametrize("name", CASES)
def test_what_is_unusual_is_not_taken(recordings: ModuleType, name: str) -> None:
    events = json.loads(GENUINE[1].read_bytes())
    assert check(recordings.printed(events))
    CASES[name](events)
    assert read_usual(recordings.printed(events)) is None


@pytest.mark.parametrize("extra", [b"x", b",", b"]", b"\x00", b"\xef\xbb\xbf"])
def test_what_stands_around_it_is_unusual(extra: bytes) -> None:
    assert read_usual(HEALTHY + b" \n\t\r") is not None
    assert read_usual(HEALTHY + extra) is None
    assert read_usual(extra + HEALTHY) is None


@pytest.mark.parametrize("data", [b"", b"[", b"[]", b"{}", b"null", bytearray(HEALTHY), HEALTHY.decode(), None])
def test_what_is_no_recording_is_not_taken(data: Any) -> None:
    assert read_usual(data) is None


@pytest.mark.parametrize(
    ("number", "taken"), [(1, True), (100, True), (101, False)], ids=["one", "as many as fit", "one more"]
)
def test_as_many_snapshots_as_a_span_holds(recordings: ModuleType, number: int, taken: bool) -> None:
    snapshot = json.loads(HEALTHY)[0]
    assert check(recordings.printed([snapshot] * number)) is taken


def test_calls_without_number_but_not_without_bound(recordings: ModuleType) -> None:
    start, end = (event for event in json.loads(HEALTHY)[3:5])
    assert check(recordings.printed([start, end] * 300))
    assert read_usual(recordings.printed([start, end] * 5000)) is not None
    assert read_usual(recordings.printed([start, end] * 5001)) is None
    exchange = [
        json.loads(json.dumps(event).replace("prepare_multisig", "exchange_multisig_keys")) for event in (start, end)
    ]
    assert check(recordings.printed(exchange * 14))
    assert read_usual(recordings.printed(exchange * 15)) is None


def test_a_failure_at_any_time_of_day(recordings: ModuleType) -> None:
    events = json.loads(next(path for path in GENUINE if b'+00:00"' in path.read_bytes()).read_bytes())
    choose = random.Random(5)
    for _ in range(500):
        time = choose.randrange(1, int(datetime(2262, 1, 1, tzinfo=UTC).timestamp()) * 10**9)
        events[-1]["details"]["context"]["timestamp"] = exact_time(choose.choice((time, time // 1000 * 1000)))
        assert check(recordings.printed(events)) is (events[-1]["details"]["context"]["timestamp"] is not None)


# The parts.


def test_digests() -> None:
    choose = random.Random(6)
    for length in range(56):
        for _ in range(20):
            message = choose.randbytes(length)
            assert sha256(message) == hashlib.sha256(message).digest()
    with pytest.raises(ValueError, match="55 bytes"):
        sha256(bytes(56))


def test_a_core_of_another_shape_is_refused() -> None:
    handed = _usual.reader_of(SimpleNamespace(RecordingReader=dict))
    assert legacy_reading.RecordingReader(**handed).read(HEALTHY, False) is not None
    other = msgspec.defstruct("Other", ["setup_id", "escrow_id", "spans"])
    with pytest.raises(TypeError, match="Other"):
        legacy_reading.RecordingReader(**handed | {"trace_type": other})
    with pytest.raises(ValueError, match="room"):
        legacy_reading.RecordingReader(**handed | {"snapshots": [("S", "s", 16, False)]})
    with pytest.raises(ValueError, match="room"):
        legacy_reading.RecordingReader(**handed | {"snapshots": [("S", "s", 1, False)] * 29})
