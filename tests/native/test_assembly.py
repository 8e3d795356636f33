"""The compiled readers of spans and timelines give what the Python code gives, or nothing."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otel_multisig_native.assembly import SpanReader
from otel_multisig_native.timeline import ItemMerger

from benchmarks.otlp import Recording
from otel_multisig.model import (
    EventRecord,
    Moment,
    SpanRecord,
    _reading,
    assemble,
    assembly,
    disassemble,
    records,
    setup_id_of,
    spans,
    timeline,
)
from otel_multisig.otlp import OtlpDecodeError, decode, decode_protobuf, encode_line, encode_protobuf
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans as names
from otel_multisig.semconv import upstream
from otel_multisig.testing import strategies
from tests.native.sameness import exact
from tools.fuzz import mutate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

replace = msgspec.structs.replace

TESTS = Path(__file__).parents[1]
SENT = TESTS / "data" / "otlp" / "sent.jsonl"
CORPUS = sorted((TESTS / "corpus").glob("*/otlp.jsonl.gz"))
ESCROW = "0b7f64b2-2d1c-4a7e-a2a4-3f2f8f0a6f11"
SETUP = f"{ESCROW}-1700000000000"
INT64 = 2**63
MODULES = {"spans": spans, "records": records, "attributes": attr, "upstream": upstream, "names": names}

READER = SpanReader(**MODULES)
MERGER = ItemMerger(spans=spans, item=timeline.TimelineItem, kinds=timeline.ItemKind)


class Text(str):
    __slots__ = ()


def in_python(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function gives without the compiled counterparts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_reading, "_read_usual", None)
        patch.setattr(assembly, "read_usual_setup", None)
        patch.setattr(timeline, "_merge_usual", None)
        return function(*arguments)


def check(given: Iterable[SpanRecord]) -> int:
    """Compare all that is made of records; gives how many of their set-ups were read without any Python code."""
    given = list(given)
    before = exact(given)
    expected = in_python(assemble, given)
    assert exact(assemble(given)) == exact(expected)
    groups: dict[str, list[SpanRecord]] = {}
    for record in given:
        if setup_id := setup_id_of(record):
            groups.setdefault(setup_id, []).append(record)
        for escrow_id in (record.attributes.get("monero.escrow.id"), ESCROW, None):
            found = READER.read(record, escrow_id)
            assert found is None or exact(found) == exact(_reading.read_any_span(record, escrow_id))
    for trace in expected.traces:
        merged = MERGER.merge(trace.spans)
        assert merged is None or exact(merged) == exact(timeline.merge_any(trace.spans))
        assert merged is None or all(map(identical, merged, timeline.merge_any(trace.spans)))
    assert exact(given) == before
    return sum(READER.read_setup(group) is not None for group in groups.values())


def identical(one: timeline.TimelineItem, other: timeline.TimelineItem) -> bool:
    return one.kind is other.kind and one.span is other.span and one.event is other.event


def usual(given: list[SpanRecord]) -> None:
    """Everything is read without any Python code."""
    traces = assemble(given).traces
    assert traces
    assert check(given) == len(traces)
    for trace in traces:
        assert MERGER.merge(trace.spans) is not None


def recorded(number: int = 1) -> list[SpanRecord]:
    return list(disassemble(Recording(number).record()))


def record(number: int = 1, **fields: Any) -> SpanRecord:
    known = {
        "monero.escrow.id": ESCROW,
        "monero.setup.id": SETUP,
        "monero.setup.sequence": number,
        "monero.setup.end_sequence": number + 50,
        **fields.pop("attributes", {}),
    }
    known = {key: value for key, value in known.items() if value is not ...}
    fields = {
        "trace_id": "a" * 32,
        "span_id": f"{number:016x}",
        "name": "make_multisig",
        "start_time_unix_nano": 10 + number,
        "end_time_unix_nano": 20 + number,
        "attributes": known,
        **fields,
    }
    return SpanRecord(**fields)


def event(number: Any = 7, **attributes: Any) -> EventRecord:
    known = {"monero.setup.sequence": number, "monero.wallet.role": "buyer", "x": 1.5, **attributes}
    return EventRecord("e", 30, {key: value for key, value in known.items() if value is not ...}, 3)


# What is usual.


def test_the_core_uses_them() -> None:
    assert _reading.read_usual_setup is not None
    assert timeline.merge(()) == ()
    for mine, used in ((READER.read, _reading._read_usual), (MERGER.merge, timeline._merge_usual)):
        assert used is not None
        assert type(used.__self__) is type(mine.__self__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("through", ["records", "json", "protobuf"])
def test_whole_set_ups_are_usual(through: str) -> None:
    for number in range(5):
        given = recorded(number)
        if through == "json":
            given = decode(encode_line(given))
        elif through == "protobuf":
            given = decode_protobuf(encode_protobuf(given))
        random.Random(number).shuffle(given)
        usual(given)


def test_genuine_set_ups_are_usual() -> None:
    usual(lines_of(SENT.read_bytes()))


def lines_of(data: bytes) -> list[SpanRecord]:
    return [record for line in data.splitlines() for record in decode(line)]


def test_those_of_the_corpus_are_usual() -> None:
    assert CORPUS
    for path in CORPUS[::8]:
        usual(lines_of(gzip.decompress(path.read_bytes())))


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"monero.setup.end_sequence": ..., "monero.setup.interrupted": True},
        {"monero.span.continuation": True},
        {"rpc.method": "make_multisig", "server.address": "localhost", "server.port": 18082, "error.type": "-28"},
        *({"rpc.response.status_code": code} for code in ("-28", "0", "-1", -28, str(INT64 - 1), str(-INT64))),
        {"monero.setup.time": 0, "monero.setup.end_time": INT64 - 1},
        {"monero.setup.end_sequence": ..., "monero.setup.end_time": 5},
        {"monero.multisig.round": -INT64, "monero.wallet.role": "ü", "é": None, "list": (1, {"a": b"b"})},
    ],
)
@pytest.mark.parametrize("name", ["multisig_setup", "multisig_round", "multisig_round 2", "multisig_rounds", "", "ü"])
def test_usual_spans(attributes: dict[str, Any], name: str) -> None:
    for kind in (0, 1, 3, INT64 - 1):
        given = record(attributes=attributes, name=name, kind=kind, events=(event(), event(8, **{"server.port": 5})))
        assert READER.read(given, ESCROW) is not None
        assert check([given]) == 1
        continued = replace(given, name=f"{name} (continued)", end_time_unix_nano=2**64 - 1)
        assert check([given, replace(continued, span_id="f" * 16)]) == 0
        assert check([continued]) == 1
        assert READER.read(replace(given, end_time_unix_nano=0), ESCROW) is not None
        check([replace(given, end_time_unix_nano=0)])


def test_the_order_of_the_rest_is_kept() -> None:
    mixed = {"z": 1, "monero.setup.sequence": 4, "a": 2, "server.port": 5, "m": 3, "monero.escrow.id": ESCROW, "b": 4}
    given = record(attributes={**mixed, "monero.setup.id": SETUP})
    given = replace(given, attributes=mixed, events=(EventRecord("e", 1, mixed),))
    found = READER.read(given, ESCROW)
    assert found is not None
    assert list(found.attributes) == ["z", "a", "m", "b"]
    assert list(found.events[0].attributes) == ["z", "a", "m", "monero.escrow.id", "b"]
    assert exact(found) == exact(_reading.read_any_span(given, ESCROW))


def test_keys_that_are_equal_but_other_objects_are_known() -> None:
    def again(record: Any) -> Any:
        return replace(record, attributes={key.encode().decode(): value for key, value in record.attributes.items()})

    usual([replace(again(record), events=tuple(map(again, record.events))) for record in recorded()])


def test_what_is_made_shares_no_attributes_with_its_records() -> None:
    given = replace(record(), attributes={"x": []}, events=(event(),))
    found = READER.read(given, None)
    assert found is not None
    assert found.attributes is not given.attributes
    assert found.attributes == given.attributes
    assert found.attributes["x"] is given.attributes["x"]
    assert found.events[0].attributes == {"x": 1.5}
    assert given.events[0].attributes == event().attributes


@pytest.mark.parametrize("order", [(9, 7, 8), (8, 7), (-5, -6), (0, -1030), (INT64 - 1, INT64 - 2)])
def test_events_are_put_in_order(order: tuple[int, ...]) -> None:
    given = record(events=tuple(map(event, order)))
    found = READER.read(given, ESCROW)
    assert found is not None
    assert [event.sequence for event in found.events] == sorted(order)
    check([given])


# What is not.


class Mapping(dict[str, Any]):
    pass


class Record(SpanRecord, frozen=True):
    pass


ODD_ATTRIBUTES: list[dict[Any, Any]] = [
    *({key: True} for key in ("monero.setup.sequence", "monero.setup.end_sequence", "server.port")),
    *({key: "3"} for key in ("monero.setup.sequence", "monero.setup.end_sequence", "monero.multisig.round")),
    *({key: INT64} for key in ("monero.setup.sequence", "monero.setup.end_sequence", "server.port")),
    *({"monero.multisig.round": value} for value in (1.0, True, None, INT64, -INT64 - 1, "x")),
    *(
        {key: value}
        for key in ("monero.wallet.role", "rpc.method", "server.address", "error.type")
        for value in (1, None, Text("x"), b"x", ("x",))
    ),
    *(
        {"rpc.response.status_code": value}
        for value in ("", "-", "+1", "-0", "00", "-01", " 1", "1 ", "1_0", "1.0", "²", "\u0663", "0x1", "x")
    ),
    *({"rpc.response.status_code": value} for value in (str(INT64), "9" * 20, "9" * 5000, True, 1.0, Text("1"), None)),
    *({"monero.setup.interrupted": value} for value in ("true", False, 1, None)),
    *({"monero.span.continuation": value} for value in ("true", False, 1, None)),
    *({"monero.setup.time": value} for value in (-1, "5", True, None, INT64)),
    *({"monero.setup.end_time": value} for value in (-1, "5", True, None, INT64)),
    {"monero.setup.end_time": 0, "monero.setup.end_sequence": ...},
    *({"monero.escrow.id": value} for value in ("other", None, 5, Text(ESCROW), {})),
]


@pytest.mark.parametrize("attributes", ODD_ATTRIBUTES, ids=repr)
def test_odd_attributes_are_left_to_python(attributes: dict[Any, Any]) -> None:
    given = record(attributes=attributes)
    assert READER.read(given, ESCROW) is None
    assert check([given, record(2)]) == 0
    assert check([record(2), given]) == 0


@pytest.mark.parametrize(
    "odd",
    [
        *map(event, (..., None, True, "7", 7.0, INT64)),
        *(event(**{"monero.setup.time": value}) for value in (-1, "5", None, True)),
        *(event(**{"monero.wallet.role": value}) for value in (1, None, Text("x"))),
        *(event(**{"server.port": value}) for value in ("5", None, 1.0)),
        replace(event(), attributes=Mapping(event().attributes)),
    ],
)
def test_odd_events_are_left_to_python(odd: EventRecord) -> None:
    for events in ((odd,), (event(5), odd), (odd, event(5))):
        given = record(events=events)
        assert READER.read(given, ESCROW) is None
        assert check([given]) == 0


@pytest.mark.parametrize("order", [(7, 7), (8, 7, 8), (-INT64, INT64 - 1, 0), (5000, 0)])
def test_events_of_one_sequence_or_far_apart_are_left_to_python(order: tuple[int, ...]) -> None:
    given = record(events=tuple(map(event, order)))
    assert READER.read(given, ESCROW) is None
    assert check([given]) == 0


@pytest.mark.parametrize(
    "odd",
    [
        replace(record(), attributes=Mapping(record().attributes)),
        replace(record(), name=Text("n")),
        replace(record(), trace_id=Text("a")),
        replace(record(), span_id=Text("a")),
        replace(record(), kind=True),
        replace(record(), kind=2**64),
        replace(record(), end_time_unix_nano=True),
        replace(record(), end_time_unix_nano=2.5),
        replace(record(), events=[event()]),
        Record(*(getattr(record(), field) for field in SpanRecord.__struct_fields__)),
    ],
)
def test_odd_records_are_left_to_python(odd: SpanRecord) -> None:
    assert READER.read(odd, ESCROW) is None
    assert check([odd]) == 0
    assert check([odd, record(2)]) == 0


def test_keys_that_are_no_texts_do_no_harm() -> None:
    odd: dict[Any, Any] = {**record().attributes, 5: 6, Text("x"): 1, Text("monero.wallet.role"): "buyer", b"x": ()}
    for events in ((), (replace(event(), attributes=odd),)):
        whole = replace(record(events=events), attributes=odd)
        assert READER.read(whole, ESCROW) is not None
        check([whole])


@pytest.mark.parametrize("odd", [None, 5, "x", {}, [], record, Moment(1, 2), object()])
def test_what_is_no_record_is_not_read(odd: Any) -> None:
    assert READER.read(odd, ESCROW) is None
    assert READER.read_setup(odd) is None
    assert READER.read_setup([odd]) is None
    assert READER.read_setup([record(), odd]) is None
    assert READER.read(record(), odd) is None
    assert MERGER.merge(odd) is None
    assert MERGER.merge((odd,)) is None
    assert READER.read(record(events=(odd,)), ESCROW) is None
    assert READER.read(record(events=odd), ESCROW) is None
    assert odd == {} or READER.read(replace(record(), attributes=odd), None) is None


@pytest.mark.parametrize(
    "group",
    [
        [],
        [record(1), record(1)],
        [record(1), replace(record(2), span_id=record(1).span_id)],
        [record(1), replace(record(1), span_id="f" * 16)],
        [record(1), replace(record(2), trace_id="b" * 32)],
        [record(1), record(2, attributes={"monero.setup.sequence": ...})],
        [record(1), record(2, attributes={"monero.escrow.id": "other"})],
        [record(1, attributes={"monero.escrow.id": ...}), record(2)],
        [record(5000), record(1)],
        [record(1), record(2, attributes={"monero.setup.sequence": INT64 - 1}), record(0)],
    ],
)
def test_what_takes_more_than_reading_is_left_to_python(group: list[SpanRecord]) -> None:
    assert READER.read_setup(group) is None
    assert check(group) == 0
    check(reversed(group))


def test_a_span_that_names_no_escrow_may_follow_one_that_does() -> None:
    usual([record(1), record(2, attributes={"monero.escrow.id": ...})])


def test_timelines_that_take_more_are_left_to_python() -> None:
    (span,) = assemble([record(events=(event(),))]).traces[0].spans
    continuation = replace(span, kind=spans.SpanKind.CONTINUATION)
    odd = [
        continuation,
        *(replace(span, start=Moment(value, 5)) for value in (None, True, INT64, 1.0, "1", 7, 51)),
        *(replace(span, end=Moment(value, 5)) for value in (True, INT64, 1.0, "1", 7, 1)),
        *(replace(span, events=(replace(span.events[0], sequence=value),)) for value in (None, True, INT64, 1.0, 1)),
        replace(span, start=None),
        replace(span, end=5),
        replace(span, events=(5,)),
        replace(span, events=list(span.events)),
        replace(span, events=(*span.events, *span.events)),
        replace(span, start=Moment(9000, 5)),
        replace(span, start=Moment(INT64 - 1, 5), end=Moment(-INT64, 5)),
    ]
    for changed in odd:
        assert MERGER.merge((changed,)) is None
    assert MERGER.merge([span]) is None
    assert MERGER.merge((span, continuation)) is None
    for fine in (
        span,
        replace(span, end=None),
        replace(span, end=Moment(None, 5)),
        replace(span, events=()),
        replace(span, kind="continuation"),
        replace(span, start=Moment(60, 5)),
    ):
        found = MERGER.merge((fine,))
        assert found is not None
        assert exact(found) == exact(timeline.merge_any((fine,)))
        assert all(map(identical, found, timeline.merge_any((fine,))))


# Whatever may come.


@settings(max_examples=200, deadline=None)
@given(trace=strategies.traces())
def test_what_was_recorded(trace: Any) -> None:
    check(disassemble(trace))


@settings(max_examples=100, deadline=None)
@given(trace=strategies.odd_traces())
def test_any_set_up(trace: Any) -> None:
    check(disassemble(trace))


@settings(max_examples=100, deadline=None)
@given(given_records=strategies.delivered_records())
def test_what_backends_deliver(given_records: list[SpanRecord]) -> None:
    check(given_records)


@settings(max_examples=200, deadline=None)
@given(given_records=st.lists(strategies.span_records(setup_ids=st.sampled_from(("a", "a", "b", "", 1))), max_size=4))
def test_whatever_is_on_the_wire(given_records: list[SpanRecord]) -> None:
    check(given_records)


VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 5, 2**63 - 1, 2**63, -(2**63), 2**64, 1.0, float("nan"), "", "true", "5", "-28"),
    *("x" * 30, "\ud800", Text("5"), b"5", (), (1,), {}, {"a": 1}),
)
KEYS = sorted(strategies.values.LIFTED)


def spoil(given: list[SpanRecord], choose: random.Random) -> list[SpanRecord]:
    """Records with some of their attributes, fields, events or copies changed."""
    given = list(given)
    for _ in range(choose.choice((1, 1, 2, 5))):
        place = choose.randrange(len(given))
        changed = given[place]
        what = choose.randrange(7)
        if what == 0 and changed.events:
            events = list(changed.events)
            one = choose.randrange(len(events))
            odd = {**events[one].attributes, choose.choice(KEYS): choose.choice(VALUES)}
            events[one] = replace(events[one], attributes=odd)
            choose.shuffle(events)
            changed = replace(changed, events=tuple(events))
        elif what == 1:
            given.append(changed)
        elif what == 2:
            left = {key: value for key, value in changed.attributes.items() if choose.randrange(6)}
            changed = replace(changed, attributes=left)
        elif what == 3:
            changed = replace(changed, name=choose.choice(("multisig_setup", "multisig_round", "x (continued)", "")))
        elif what == 4:
            changed = replace(changed, kind=choose.choice((0, 1, 3)), end_time_unix_nano=choose.choice((0, 2**64 - 1)))
        else:
            odd = {**changed.attributes, choose.choice(KEYS): choose.choice(VALUES)}
            changed = replace(changed, attributes=odd)
        given[place] = changed
    choose.shuffle(given)
    return given


def test_thousands_of_spoiled_set_ups() -> None:
    whole = [recorded(number)[: 2 + number % 4] for number in range(8)]
    read = sum(check(spoil(choose.choice(whole), choose)) for choose in map(random.Random, range(1500)))
    assert 150 < read < 1350


def test_thousands_of_damaged_documents() -> None:
    documents = [encode_line(recorded(number)[:4]) for number in range(4)]
    documents += [encode_protobuf(recorded(number)[:4]) for number in range(4)]
    read = number = 0
    for choose in map(random.Random, range(6000)):
        document = mutate(choose.choice(documents), choose)
        try:
            given = decode(document) if document[:1] == b"{" else decode_protobuf(document)
        except OtlpDecodeError:
            continue
        number += 1
        read += check(given)
    assert number > 500
    assert read > number // 4


# How they are made.


def changed_module(module: Any, name: str, value: Any) -> Any:
    return SimpleNamespace(**{**vars(module), name: value})


def test_classes_of_other_fields_are_refused() -> None:
    class Other(msgspec.Struct):
        sequence: int
        time: int

    for module, name in (
        ("spans", "Span"), ("spans", "Event"), ("spans", "Moment"),
        ("records", "SpanRecord"), ("records", "EventRecord"),
    ):  # fmt: skip
        with pytest.raises(TypeError, match="has other fields"):
            SpanReader(**{**MODULES, module: changed_module(MODULES[module], name, Other)})
    with pytest.raises(TypeError, match="has other fields"):
        ItemMerger(spans=spans, item=Other, kinds=timeline.ItemKind)
    with pytest.raises(TypeError):
        SpanReader.__new__(SpanReader)
    with pytest.raises(TypeError):
        ItemMerger.__new__(ItemMerger)
