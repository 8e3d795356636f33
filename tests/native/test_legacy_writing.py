from __future__ import annotations

import enum
import functools
import gzip
import io
import math
import os
import random
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otel_multisig_native import legacy_writing
from otel_multisig_native.legacy_writing import RecordingWriter

from otel_multisig.legacy import LegacyEvent, Written, encode, legacy_events, read, write, writer
from otel_multisig.model import EscrowTrace, Event, Moment, Span, SpanKind, assemble, disassemble
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.sources import Gathering, Limits, Problem, StreamSource
from otel_multisig.testing import strategies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

LONG = bool(os.environ.get("OTEL_MULTISIG_LONG"))
EXAMPLES = 5_000 if LONG else 100
TESTS = Path(__file__).parents[1]
GENUINE = sorted((TESTS / "data" / "legacy").glob("escrow_*.json"))
# A sample of each scenario, on real servers where there is one.
SAMPLES = sorted(
    {path.name.partition("-")[0]: path for path in sorted((TESTS / "corpus").glob("*-*-00"), reverse=True)}.values()
)

natively: Callable[[EscrowTrace], tuple[bytes, int] | None] = writer.writer_of(legacy_writing).write


def fresh(trace: EscrowTrace) -> EscrowTrace:
    """One that remembers nothing."""
    return EscrowTrace(trace.escrow_id, trace.setup_id, trace.spans)


def check(trace: EscrowTrace) -> bool:
    """Whether it is taken; what is written is the same then."""
    found = natively(fresh(trace))
    try:
        expected = writer.write_any(fresh(trace))
    except Exception:
        assert found is None
        return False
    if found is None:
        return False
    assert (type(found), *map(type, found)) == (tuple, bytes, int)
    assert found[0].decode().split("\n") == expected.data.decode().split("\n")
    assert found == tuple(expected)
    assert natively(trace) == found  # whatever the set-up remembers by now
    return True


def found_in(data: bytes) -> Iterator[EscrowTrace]:
    source = StreamSource(io.BytesIO(data), limits=Limits(document_bytes=1 << 20, free_bytes=4 << 20, ratio=50))
    for found in Gathering([source]):
        if not isinstance(found, Problem):
            yield found.trace


@pytest.fixture(scope="module")
def load(load_module: Callable[[Path], ModuleType]) -> Callable[[Path], ModuleType]:
    return functools.cache(load_module)


@pytest.fixture(scope="module")
def setups(load: Callable[[Path], ModuleType]) -> ModuleType:
    return load(TESTS / "legacy" / "setups.py")


@pytest.fixture(scope="module")
def fuzz(load: Callable[[Path], ModuleType]) -> ModuleType:
    return load(TESTS.parent / "tools" / "fuzz.py")


@pytest.fixture
def setup(setups: ModuleType) -> Any:
    return setups.SetupScript()


def everything(setups: ModuleType, *, failure: str | None = "call") -> Any:
    """A set-up with an event of each kind; `failure`: in which span it failed, if it did."""
    setup = setups.SetupScript()
    setup.root.event(events.LOCK_ACQUIRED, {attr.MONERO_LOCK_NAME: "wallets", attr.MONERO_LOCK_WAIT_DURATION: 1.001})
    setup.root.event(events.STATE_CHANGE, {attr.MONERO_STATE_FROM: "new", attr.MONERO_STATE_TO: "funded"})
    setup.root.event(events.STATE_CHANGE, {attr.MONERO_ESCROW_ID: "e"}, "arbiter", 18084)
    setup.start_round(1)
    setup.snapshot("buyer", "pre_round1")
    more = {
        attr.MONERO_WALLET_FILE_EXISTS: True,
        attr.MONERO_WALLET_FILE_PERMISSIONS: 'rw"-\\',
        attr.MONERO_WALLET_ADDRESS_VALUE: "4\u00e9\u2028\U0001f600\x7f\x1f\n",
    }
    setup.snapshot("vendor", "before funding", **more)
    setup.call("buyer", "prepare_multisig", 1.9)
    setup.failed_call("vendor", "make_multisig", "connection refused", None)
    call = setup.start_call("arbiter", upstream.METHOD_OTHER)
    call.attributes |= {upstream.RPC_METHOD_ORIGINAL: "make_multisg", attr.MONERO_CALL_DURATION: 0.0299}
    call.finish()
    setup.start_call("buyer", "get_version")
    known = {attr.MONERO_FILE_SOURCE: "a", attr.MONERO_FILE_DESTINATION: "b", attr.MONERO_FILE_SIZE: 2**40}
    setup.here.event(events.FILE_OPERATION, {**known, attr.MONERO_FILE_DURATION: 0.5}, "buyer", 18082)
    setup.here.event(events.FILE_OPERATION, {upstream.EXCEPTION_MESSAGE: "no room", upstream.EXCEPTION_TYPE: "OSError"})
    setup.here.event(events.FILE_OPERATION, {})
    setup.here.event(events.CUSTOM, {attr.MONERO_CUSTOM_NAME: "paid", attr.MONERO_CUSTOM_DETAILS: '{"a": [1, {}, []]}'})
    setup.here.event(events.FAULT, {attr.MONERO_FAULT_TYPE: "cache_pollution", attr.MONERO_FAULT_REASON: "why"})
    setup.here.event(events.FAULT, {attr.MONERO_FAULT_TYPE: "other", attr.MONERO_FAULT_ROUND: 2}, "buyer")
    setup.here.event(events.WALLET_SNAPSHOT_FAILED, {attr.MONERO_SNAPSHOT_POINT: "final"}, "vendor")
    setup.here.event(upstream.EVENT_EXCEPTION, {upstream.EXCEPTION_TYPE: "KeyError"}, "vendor", 18083)
    setup.here.event("foreign", {"a": 1})
    setup.wait(0.0015)
    sequence = None
    if failure == "call":
        sequence = setup.failed_call("buyer", "make_multisig", "already multisig", -28, ms=12.5)
    elif failure == "round":
        known = {upstream.EXCEPTION_MESSAGE: "no", upstream.RPC_METHOD: "finalize", attr.MONERO_MULTISIG_ROUND: 3}
        sequence = setup.here.event(upstream.EVENT_EXCEPTION, known, "vendor")
    elif failure == "root":
        sequence = setup.root.event(upstream.EVENT_EXCEPTION, {upstream.EXCEPTION_TYPE: "TimeoutError"})
    elif failure == "lost":
        sequence = 9999
    setup.here.event(events.LOCK_RELEASED, {attr.MONERO_LOCK_NAME: "wallets", attr.MONERO_LOCK_HOLD_DURATION: 0.25})
    setup.end_round()
    setup.wait(3)
    setup.finish("success" if failure is None else "failure", sequence)
    return setup


FAILURES = (None, "call", "round", "root", "lost", "unknown")


def as_imported(trace: EscrowTrace) -> EscrowTrace:
    """The same with the trace id of one that was imported."""
    from otel_multisig.model.identity import imported_trace_id

    trace_id = imported_trace_id(trace.setup_id)
    spans = tuple(msgspec.structs.replace(span, trace_id=trace_id) for span in trace.spans)
    return EscrowTrace(trace.escrow_id, trace.setup_id, spans)


# What is usual is taken.


def test_whole_and_failed_set_ups_are_taken(setups: ModuleType) -> None:
    for made in (setups.healthy(), setups.failing(), *(everything(setups, failure=failure) for failure in FAILURES)):
        assert check(made.trace())
        assert check(as_imported(made.trace()))


def test_no_event_of_a_usual_set_up_is_left_to_python(setups: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_event_text", None)
    made = writer.writer_of(legacy_writing).write
    for usual in (setups.healthy(), setups.failing()):
        assert made(usual.trace()) is not None
    setup = setups.SetupScript()
    setup.snapshot("buyer", "a point of our own")
    for name in (events.LOCK_ACQUIRED, events.LOCK_RELEASED, events.STATE_CHANGE, events.FILE_OPERATION):
        setup.here.event(name, {})
    assert made(setup.trace()) is not None
    setup.here.event(events.CUSTOM, {})
    assert made(setup.trace()) is None


@pytest.mark.parametrize("path", GENUINE, ids=lambda path: path.stem)
def test_genuine_recordings_are_taken(path: Path) -> None:
    (trace,) = read(path.read_bytes()).traces
    assert check(trace)
    (again,) = assemble(disassemble(trace)).traces
    assert natively(again) == (path.read_bytes(), len(legacy_events(trace)))


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda path: path.name)
def test_samples_of_all_scenarios_are_taken(folder: Path) -> None:
    for path in folder.glob("*.gz"):
        traces = list(found_in(gzip.decompress(path.read_bytes())))
        assert traces
        for trace in traces:
            assert check(trace)


def test_it_is_used(setups: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = setups.healthy().trace()
    assert write(trace) == writer.write_any(trace)
    monkeypatch.setattr(writer, "legacy_events", None)
    monkeypatch.setattr(writer, "_write_usual", natively)
    assert type(write(trace)) is Written
    monkeypatch.setattr(writer, "_write_usual", None)
    with pytest.raises(TypeError):
        write(trace)


def test_a_set_up_without_events_has_no_bytes(setup: Any) -> None:
    assert natively(setup.trace()) == (b"", 0)
    assert natively(EscrowTrace("e", "e-1", ())) == (b"", 0)
    assert check(setup.trace())


# Whatever there may be in a set-up.


@settings(max_examples=EXAMPLES, deadline=None)
@given(trace=st.one_of(strategies.traces(), strategies.odd_traces()))
def test_any_set_up(trace: EscrowTrace) -> None:
    check(trace)


@settings(max_examples=EXAMPLES, deadline=None)
@given(recording=strategies.legacy_recordings())
def test_any_recording(recording: list[dict[str, Any]]) -> None:
    fields = ("trace_id", "timestamp", "event_type", "role", "rpc_port", "details")
    kept = [LegacyEvent(**{key: event[key] for key in fields if key in event}) for event in recording]
    for trace in read(encode(kept)).traces:
        check(trace)


def test_damaged_documents(fuzz: ModuleType) -> None:
    known = fuzz.seeds()
    taken = 0
    for place in range(20_000 if LONG else 600):
        choose = random.Random(f"writing:{place}")
        for trace in found_in(fuzz.mutate(choose.choice(known), choose)):
            taken += check(trace)
    assert taken > 200


class Text(str):
    """Not just a string."""

    __slots__ = ()


class Number(int):
    """Not just a number."""

    __slots__ = ()


class Table(dict):  # type: ignore[type-arg]
    """Not just a dict."""


class Word(enum.StrEnum):
    BUYER = "buyer"


ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 65_535, 65_536, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1,
    10**30, 0.0, -0.0, 1.5, -1.5, 999_999.9999999, 1e6, 1e300, math.nan, math.inf, 0.0029995, 1.0005,
    "", "0", "-0", "12", "-28", "+5", "007", " 1", "1_0", "-", "--1", "\u0661", "9" * 18, "9" * 19, "9" * 5000, "1.5",
    "true", "buyer", "coordinator", "failure", "success", upstream.METHOD_OTHER, "pre_round1", "final",
    "\ud800", 'a"b\\c', "".join(map(chr, range(128))), "\u00e9\u20ac\U0001f600" * 9, "x" * 7 + '"', "x" * 3000,
    b"x", (), ("a", 1), {}, {"k": {"l": (None,)}}, [1],
    Text("sub"), Number(7), Word.BUYER, Table(), object(), types.SimpleNamespace(),
)  # fmt: skip
KEYS = sorted(
    {value for name, value in (vars(attr) | vars(upstream)).items() if name.isupper() and isinstance(value, str)}
)
RESIDUES = ('{"set": [[["details", "x"], 1]]}', '{"remove": [["rpc_port"]]}', '{"start": {}, "end": {}}', "no", "")


def _with_odd_attribute(choose: random.Random, known: Any) -> Any:
    if type(known) is not dict:
        return known
    key = choose.choice(sorted(known) if known and choose.random() < 0.7 else KEYS)
    if choose.random() < 0.2:
        return {other: value for other, value in known.items() if other != key}
    if choose.random() < 0.1:
        return {**known, attr.MONERO_LEGACY_RESIDUE: choose.choice(RESIDUES)}
    return {**known, key: choose.choice(ODD)}


def _alter_struct(choose: random.Random, struct: Any, fields: tuple[str, ...]) -> Any:
    if type(struct) not in {Span, Event}:
        return struct
    if choose.random() < 0.6:
        return msgspec.structs.replace(struct, attributes=_with_odd_attribute(choose, struct.attributes))
    return msgspec.structs.replace(struct, **{choose.choice(fields): choose.choice(ODD)})


def _alter_span(choose: random.Random, span: Span) -> Span:
    if not isinstance(span, Span):
        return span
    what = choose.random()
    if span.events and type(span.events) is tuple and what < 0.5:
        place = choose.randrange(len(span.events))
        changed = _alter_struct(choose, span.events[place], Event.__struct_fields__)
        return msgspec.structs.replace(span, events=(*span.events[:place], changed, *span.events[place + 1 :]))
    if what < 0.65:
        which = choose.choice(("start", "end"))
        moment = found if isinstance(found := getattr(span, which), Moment) else Moment(1, 1)
        field = choose.choice(Moment.__struct_fields__)
        changed = msgspec.structs.replace(moment, **{field: choose.choice((*ODD, None, 5, 17))})
        return msgspec.structs.replace(span, **{which: changed})
    if what < 0.7:
        return msgspec.structs.replace(span, kind=choose.choice(tuple(SpanKind)))
    if what < 0.75:
        return msgspec.structs.replace(span, interrupted=True)
    return _alter_struct(choose, span, Span.__struct_fields__)  # type: ignore[no-any-return]


def _alter(choose: random.Random, trace: EscrowTrace) -> EscrowTrace:
    spans = list(trace.spans)
    for _ in range(choose.choice((1, 1, 1, 2, 5))):
        place = choose.randrange(len(spans))
        what = choose.random()
        if what < 0.05 and len(spans) > 1:
            del spans[place]
        elif what < 0.1:
            choose.shuffle(spans)
        elif what < 0.12:
            spans.append(spans[place])
        else:
            spans[place] = _alter_span(choose, spans[place])
    changed = EscrowTrace(trace.escrow_id, trace.setup_id, tuple(spans))
    if choose.random() < 0.03:
        return msgspec.structs.replace(changed, **{choose.choice(EscrowTrace.__struct_fields__): choose.choice(ODD)})
    return changed


def test_set_ups_with_odd_values(setups: ModuleType) -> None:
    known = [everything(setups, failure=failure).trace() for failure in FAILURES]
    known += [as_imported(trace) for trace in known]
    taken = {True: 0, False: 0}
    for place in range(100_000 if LONG else 6_000):
        choose = random.Random(f"odd:{place}")
        trace = _alter(choose, choose.choice(known))
        try:
            taken[check(trace)] += 1
        except AssertionError as error:
            raise AssertionError(f"set-up {place}") from error
    assert min(taken.values()) > sum(taken.values()) / 10


# At each branch.


@pytest.mark.parametrize("key", KEYS)
def test_each_attribute_of_each_type_on_a_span_and_its_events(setups: ModuleType, key: str) -> None:
    trace = everything(setups).trace()
    for value in ODD:
        spans = tuple(
            msgspec.structs.replace(
                span,
                attributes={**span.attributes, key: value},
                events=tuple(
                    msgspec.structs.replace(event, attributes={**event.attributes, key: value}) for event in span.events
                ),
            )
            for span in trace.spans
        )
        check(EscrowTrace(trace.escrow_id, trace.setup_id, spans))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    seconds=st.one_of(
        st.floats(-1e300, 1e300), st.floats(0, 10), st.integers(0, 10**9).map(lambda number: number / 1e6)
    )
)
def test_durations_are_rounded_as_ever(setups: ModuleType, seconds: float) -> None:
    setup = setups.SetupScript()
    setup.snapshot("buyer", "final", **{attr.MONERO_SNAPSHOT_DURATION: seconds})
    assert check(setup.trace())


@settings(max_examples=EXAMPLES, deadline=None)
@given(text=st.text(max_size=40))
def test_texts_are_escaped_as_ever(setups: ModuleType, text: str) -> None:
    setup = setups.SetupScript(escrow_id=text or "e")
    for number in range(9):  # at each place in a word of eight bytes
        known = {attr.MONERO_SNAPSHOT_POINT: "x" * number + text}
        setup.here.event(events.WALLET_SNAPSHOT, known, "x" * number + text)
    has_utf8 = not any("\ud800" <= character <= "\udfff" for character in text)
    assert check(setup.trace()) is has_utf8


@pytest.mark.parametrize("place", range(12))
@pytest.mark.parametrize("code", [*range(0x20), 0x22, 0x5C, 0x7F, 0x80, 0xDC, 0xA2])
def test_each_character_at_each_place(setup: Any, code: int, place: int) -> None:
    text = "x" * place + chr(code) + "x" * 12
    setup.here.event(events.WALLET_SNAPSHOT, {attr.MONERO_SNAPSHOT_POINT: text}, text)
    call = setup.start_call("buyer", text)
    call.attributes[attr.MONERO_WALLET_ROLE] = text
    assert check(setup.trace())


@pytest.mark.parametrize("number", [0, 1, 9, 10, 99, 10**9, 2**31, 2**32, 2**63 - 1])
def test_numbers(setup: Any, number: int) -> None:
    known = {attr.MONERO_WALLET_BALANCE_TOTAL: number, attr.MONERO_WALLET_BALANCE_UNLOCKED: number}
    setup.snapshot("buyer", "final", **known)
    for code in (number, -number, -(2**63)):
        setup.failed_call("buyer", "m", "no", code)
    assert check(setup.trace())


@pytest.mark.parametrize("port", [None, -1, 0, 65_535, 65_536, 2**40, -(2**63)])
def test_ports(setup: Any, port: int | None) -> None:
    setup.snapshot("buyer", "final")
    setup.call("buyer", "make_multisig")
    setup.here.event(events.STATE_CHANGE, {})
    spans = tuple(
        msgspec.structs.replace(
            span,
            port=port,
            events=tuple(msgspec.structs.replace(event, port=port) for event in span.events),
        )
        for span in setup.trace().spans
    )
    assert check(EscrowTrace("e", "e-1", spans))


@pytest.mark.parametrize("role", [None, "", "buyer", "coordinator"])
@pytest.mark.parametrize("wallet", [None, "", "w"])
def test_the_wallet_of_a_failure_is_the_last_one_of_its_role(setup: Any, role: str | None, wallet: str | None) -> None:
    setup.start_round(1)
    setup.here.event(events.WALLET_SNAPSHOT, {attr.MONERO_WALLET_ID: "of the coordinator"}, "coordinator")
    setup.snapshot("buyer", "pre_round1", **{attr.MONERO_WALLET_ID: "first"})
    call = setup.start_call("buyer", "open_wallet")
    call.attributes[attr.MONERO_WALLET_ID] = "second"
    call.finish()
    setup.snapshot("vendor", "pre_round2")
    setup.snapshot("buyer", "pre_round2", **{attr.MONERO_WALLET_ID: ""})
    known = {} if wallet is None else {attr.MONERO_WALLET_ID: wallet}
    sequence = setup.here.event(upstream.EVENT_EXCEPTION, known, role)
    setup.finish("failure", sequence)
    setup.end_round()
    setup.snapshot("buyer", "final", **{attr.MONERO_WALLET_ID: "after the end"})
    assert check(setup.trace())


@pytest.mark.parametrize("sequence", [-5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 2**63 - 1, None])
def test_whatever_the_root_names_as_the_failure(setup: Any, sequence: int | None) -> None:
    setup.failed_call("buyer", "make_multisig", "no", -1)
    setup.root.event(upstream.EVENT_EXCEPTION, {})
    setup.finish("failure", sequence)
    assert check(setup.trace())


def test_a_failed_set_up_whose_end_was_lost(setups: ModuleType) -> None:
    setup = everything(setups)
    setup.root.attributes.pop(attr.MONERO_SETUP_END_SEQUENCE)
    assert check(setup.trace())
    # The last event is written by Python, and nothing tells when it is.
    setup.root.event(events.CUSTOM, {})
    assert natively(setup.trace()) is None


def test_an_outcome_that_is_not_named(setup: Any) -> None:
    for named, status, interrupted in ((None, 2, False), ("odd", 2, False), (1, 2, True), (None, 0, False)):
        setup.finish(named)
        setup.root.status = (status, "it broke")
        setup.root.attributes[attr.MONERO_SETUP_INTERRUPTED] = interrupted
        assert check(setup.trace())


def test_what_is_counted_with_wide_gaps_is_left_to_python(setups: ModuleType) -> None:
    trace = setups.healthy().trace()
    last = trace.spans[-1]
    for sequence, taken in ((1000, True), (10**4, False), (2**63 - 1, False), (-(2**63), False)):
        changed = msgspec.structs.replace(last, end=Moment(sequence, last.end.time_unix_nano))
        assert check(EscrowTrace("e", "e-1", (*trace.spans[:-1], changed))) is taken


@pytest.mark.parametrize("sequence", [None, 1])
def test_what_is_not_counted_or_counted_twice_is_left_to_python(setups: ModuleType, sequence: int | None) -> None:
    trace = setups.healthy().trace()
    for field in ("start", "end"):
        last = trace.spans[-1]
        moment = Moment(sequence, getattr(last, field).time_unix_nano)
        changed = msgspec.structs.replace(last, **{field: moment})
        found = natively(EscrowTrace("e", "e-1", (*trace.spans[:-1], changed)))
        # Without a number an end is none.
        assert (found is None) is not (field == "end" and sequence is None)


def test_what_is_no_set_up_is_left_to_python(setups: ModuleType) -> None:
    class Other(EscrowTrace, frozen=True, dict=True):
        pass

    trace = setups.healthy().trace()
    for odd in (None, 1, "e", Other(trace.escrow_id, trace.setup_id, trace.spans), Other, EscrowTrace):
        assert natively(odd) is None  # type: ignore[arg-type]


def test_classes_that_are_made_otherwise_are_refused() -> None:
    class Plain:
        escrow_id = setup_id = spans = 1

    class Pretending(Plain):
        __struct_fields__ = EscrowTrace.__struct_fields__

    arguments = writer.writer_of(types.SimpleNamespace(RecordingWriter=dict))
    for trace, why in (
        (Plain, "Plain has other fields"),
        (Pretending, r"Pretending\.escrow_id is no field of a struct"),
    ):
        with pytest.raises(TypeError, match=why):
            RecordingWriter(**{**arguments, "trace": trace})
    with pytest.raises(TypeError):
        RecordingWriter()  # type: ignore[call-arg]
