"""The compiled reader of OTLP's protobuf form gives what the Python code gives, or nothing."""

from __future__ import annotations

import gzip
import random
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from otel_multisig_native.protobuf import SpanDecoder

from benchmarks.otlp import Recording, batches
from otel_multisig.model import SpanRecord
from otel_multisig.model import records as record_classes
from otel_multisig.otlp import OtlpDecodeError, decode, encode_protobuf
from otel_multisig.otlp import protobuf as python
from otel_multisig.otlp._protobuf_spans import read_span
from otel_multisig.otlp.wire import write_varint
from otel_multisig.testing import strategies
from tests.native.sameness import exact
from tools.fuzz import mutate

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

TESTS = Path(__file__).parents[1]
GENUINE = sorted((TESTS / "data" / "otlp").glob("*.pb"))
CORPUS = sorted((TESTS / "corpus").glob("*/otlp.jsonl.gz"))


def refuse(*_: object) -> Any:
    raise ValueError


# The one that is used, and one that has no Python code to turn to for a span.
WHOLE = SpanDecoder(record_classes, python._resource_of, python._scope_of, read_span)
ALONE = SpanDecoder(record_classes, python._resource_of, python._scope_of, refuse)


def same(document: bytes) -> bool:
    """Check one document; whether it was read without any Python code."""
    try:
        expected = exact(python.decode_any_protobuf(document))
    except OtlpDecodeError:
        expected = None
    for decoder in (WHOLE, ALONE):
        found = decoder.decode(document)
        assert found is None or exact(found) == expected
        if found is not None:
            str(found)  # every text in it is sound
    return found is not None


def usual(document: bytes) -> None:
    assert same(document), "the Python code had to do it"


def field(number: int, content: bytes | int, wire_type: int | None = None) -> bytes:
    if isinstance(content, int):
        return write_varint(number << 3 | (wire_type or 0)) + write_varint(content)
    tag = write_varint(number << 3 | (2 if wire_type is None else wire_type))
    return tag + (write_varint(len(content)) if wire_type is None else b"") + content


def messages_of(path: Path) -> list[bytes]:
    """The messages of a file; the Collector writes each behind its length."""
    data, messages = path.read_bytes(), []
    while data.startswith(b"\0\0"):
        size = 4 + int.from_bytes(data[:4], "big")
        messages.append(data[4:size])
        data = data[size:]
    return messages or [data]


IDS = field(1, b"t" * 16) + field(2, b"s" * 8)


def document_of(*spans: bytes) -> bytes:
    return field(1, field(2, b"".join(field(2, span) for span in spans)))


def attribute_of(value: bytes) -> bytes:
    return document_of(IDS + field(9, field(1, b"k") + field(2, value)))


@settings(max_examples=150)
@given(st.lists(strategies.span_records(), max_size=4))
def test_any_records_are_read_without_python_code(records: list[SpanRecord]) -> None:
    message = encode_protobuf(records)
    usual(message)
    usual(TracesData.FromString(message).SerializeToString())


@pytest.mark.parametrize("path", GENUINE, ids=lambda path: path.name)
def test_what_real_servers_wrote_is_read_without_python_code(path: Path) -> None:
    for message in messages_of(path):
        usual(message)


@pytest.mark.parametrize("path", CORPUS[:: max(1, len(CORPUS) // 12)], ids=lambda path: path.parent.name)
def test_recorded_set_ups_are_read_without_python_code(path: Path) -> None:
    for line in gzip.decompress(path.read_bytes()).splitlines():
        usual(encode_protobuf(decode(line)))


def test_whole_set_ups_are_read_without_python_code() -> None:
    for number in range(5):
        for batch in batches(Recording(number).record()):
            usual(encode_protobuf(batch))


def test_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "_decode_usual", ALONE.decode)
    monkeypatch.setattr(python, "decode_any_protobuf", refuse)
    (record,) = python.decode_protobuf(document_of(IDS))
    assert record.span_id == "73" * 8


def seeds() -> list[bytes]:
    recorded = [encode_protobuf(batch) for batch in batches(Recording(7).record())]
    lines = gzip.decompress(CORPUS[0].read_bytes()).splitlines()[:4]
    return (
        [message for path in GENUINE for message in messages_of(path)]
        + recorded
        + [encode_protobuf(decode(line)) for line in lines]
    )


def test_damaged_documents_are_read_the_same_or_not() -> None:
    choose = random.Random(20)
    originals = seeds()
    taken = sum(same(mutate(choose.choice(originals), choose)) for _ in range(3000))
    assert 100 < taken < 2900


def test_documents_cut_off_anywhere_are_read_the_same_or_not() -> None:
    document = encode_protobuf(batches(Recording(8).record())[-1])
    for end in range(len(document)):
        assert not same(document[:end]) or end == 0


def test_an_error_is_the_python_code_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "_decode_usual", WHOLE.decode)
    place = r"resourceSpans\[0\].scopeSpans\[0\].spans\[1\].traceId: not an id of 16 bytes"
    with pytest.raises(OtlpDecodeError, match=place):
        python.decode_protobuf(document_of(IDS, field(1, b"t") + field(2, b"s" * 8)))


def test_only_odd_spans_are_left_to_the_python_code() -> None:
    group = b"\xfb\x01\x0b\x0c\xfc\x01"
    left: list[tuple[int, int]] = []

    def read(data: bytes, at: int, end: int, resource: Any, scope: Any) -> SpanRecord:
        left.append((at, end))
        return read_span(data, at, end, resource, scope)

    decoder = SpanDecoder(record_classes, python._resource_of, python._scope_of, read)
    document = document_of(IDS, IDS + group, IDS)
    found = decoder.decode(document)
    assert exact(found) == exact(python.decode_any_protobuf(document))
    ((start, end),) = left
    assert document[start:end] == IDS + group


def test_resources_and_scopes_are_shared_and_never_mixed_up() -> None:
    def wrapped(*numbers: int) -> bytes:
        return b"".join(
            field(1, field(1, field(2, number)) + field(2, field(1, field(4, number)) + field(2, IDS) * 2))
            for number in numbers
        )

    for document in (wrapped(1, 2, 2, 1), wrapped(2, 1), wrapped(1) + field(1, field(2, field(2, IDS)))):
        usual(document)
    first, second = WHOLE.decode(wrapped(5)) or ()
    (third, _) = WHOLE.decode(wrapped(5)) or ()
    assert first.resource is second.resource is third.resource
    assert first.scope is second.scope is third.scope


def test_long_resources_and_texts_are_not_kept() -> None:
    """A recording could make the process large for good."""
    resource, scope = field(1, field(1, b"k" * 5000)), field(1, b"n" * 5000)
    document = field(1, field(1, resource) + field(2, field(1, scope) + field(2, IDS)))
    usual(document)
    (first,), (second,) = (WHOLE.decode(document) or () for _ in range(2))
    assert first.resource is not second.resource
    assert first.scope is not second.scope
    for length, kept in ((128, True), (129, False)):
        (first,), (second,) = (WHOLE.decode(attribute_of(field(1, b"v" * length))) or () for _ in range(2))
        assert (first.attributes["k"] is second.attributes["k"]) is kept


@pytest.mark.parametrize(
    "records", [SimpleNamespace(SpanRecord=record_classes.EventRecord), record_classes.EventRecord]
)
def test_classes_of_other_fields_are_refused(records: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        SpanDecoder(records, refuse, refuse, refuse)
    with pytest.raises(TypeError):
        SpanDecoder.__new__(SpanDecoder)


@pytest.mark.parametrize("document", [bytearray(document_of(IDS)), memoryview(document_of(IDS)), "", None, 1])
def test_what_is_not_quite_bytes_is_left_to_the_python_code(document: Any) -> None:
    assert WHOLE.decode(document) is None


def nested(depth: int, number: int) -> bytes:
    """A value in arrays (5) or key-value lists (6)."""
    value = field(3, 7)
    for _ in range(depth):
        value = field(number, field(1, value if number == 5 else field(1, b"k") + field(2, value)))
    return value


@pytest.mark.parametrize("number", [5, 6])
def test_values_are_read_to_some_depth(number: int) -> None:
    for depth in range(11):
        usual(attribute_of(nested(depth, number)))
    for depth in (11, 49, 50, 51, 2000):
        assert not same(attribute_of(nested(depth, number)))


USUAL = {
    "an empty document": b"",
    "nothing in it": field(1, b""),
    "a resource and no spans": field(1, field(1, field(2, 1))),
    "wrapped as Tempo does": field(1, document_of(IDS)),
    "wrapped twice": field(1, field(1, document_of(IDS))),
    "two that look wrapped": field(1, document_of(IDS)) * 2,
    "wrapped, and something else": field(1, document_of(IDS)) + field(2, 1),
    "scopes before the resource": field(1, field(2, field(2, IDS) + field(1, field(1, b"n"))) + field(1, field(2, 3))),
    "unknown fields of each type": document_of(
        IDS + field(99, 1) + field(99, b"12345678", 1) + field(99, b"1234", 5) + field(99, b"x") + field(48, b"1234", 5)
    ),
    "each part twice": document_of(
        IDS + field(5, b"a") + field(5, b"b") + field(1, b"u" * 16) + field(6, 1) + field(6, 2)
    ),
    "an overridden id and text that are none": document_of(field(1, b"x") + field(5, b"\xff") + IDS + field(5, b"ok")),
    "a kind beyond 32 bits": document_of(IDS + field(6, 2**40 + 3)),
    "counts beyond 32 bits": document_of(IDS + field(10, 2**32 + 1) + field(12, 2**64 - 1) + field(14, 2**33)),
    "a status code beyond 32 bits": document_of(IDS + field(15, field(3, 2**36 + 2) + field(2, b"m"))),
    "a tag written with more bytes than it needs": document_of(b"\x8a\x00\x10" + b"t" * 16 + field(2, b"s" * 8)),
    "one key twice": document_of(IDS + field(9, field(1, b"k") + field(2, field(3, 1))) * 2),
    "a long key in which a short one may be seen": document_of(
        IDS + field(9, field(1, b"k" * 127 + b"\x12") + field(2, field(1, b"v" * 15)))
    ),
    "value before key": document_of(IDS + field(9, field(2, field(3, 1)) + field(1, b"k"))),
    "no key": document_of(IDS + field(9, field(2, field(3, 1)))),
    "no value": document_of(IDS + field(9, field(1, b"k"))),
    "neither": document_of(IDS + field(9, b"")),
    "an empty value": attribute_of(b""),
    "a value of an unknown kind": attribute_of(field(9, 1)),
    "values that exclude each other": attribute_of(field(1, b"\xff") + field(3, 5)),
    "arrays that exclude each other": attribute_of(nested(1, 5) + field(3, 5) + nested(2, 5)),
    "an empty text": attribute_of(field(1, b"")),
    "a true that is not one": attribute_of(field(2, 2**63)),
    "a false of ten bytes": attribute_of(b"\x10" + b"\x80" * 9 + b"\x00"),
    "the lowest number": attribute_of(field(3, 2**63)),
    "a number of which bits fall off": attribute_of(b"\x18" + b"\xff" * 9 + b"\x7f"),
    "a number that is none": attribute_of(field(4, struct.pack("<Q", 0xFFF8_0000_DEAD_BEEF), 1)),
    "minus zero": attribute_of(field(4, struct.pack("<d", -0.0), 1)),
    "bytes": attribute_of(field(7, b"\xff\0")),
}


@pytest.mark.parametrize("document", USUAL.values(), ids=USUAL)
def test_what_is_odd_and_still_read_without_python_code(document: bytes) -> None:
    usual(document)


UNUSUAL = {
    "two statuses": document_of(IDS + field(15, field(3, 2)) + field(15, field(2, b"m"))),
    "two empty statuses": document_of(IDS + field(15, b"") * 2),
    "two values": document_of(IDS + field(9, field(1, b"k") + field(2, field(3, 1)) * 2)),
    "a value whose length goes on": document_of(IDS + field(9, field(1, b"k") + b"\x12\x84" + b"\x18\x05" * 66)),
    "a text whose length goes on": attribute_of(b"\x0a\x82" + b"v" * 130),
    "an array in two parts": attribute_of(nested(1, 5) * 2),
    "a list in two parts": attribute_of(nested(1, 6) * 2),
    "two resources": field(1, field(1, field(2, 3)) + field(1, b"") + field(2, field(2, IDS))),
    "a group": document_of(IDS + b"\xfb\x01\xfc\x01"),
    "a kind beyond its type": document_of(IDS + field(6, 2**31)),
    "a status code beyond its type": document_of(IDS + field(15, field(3, 2**32 - 1))),
    "no ids": document_of(b""),
    "a long trace id": document_of(field(1, b"t" * 17) + field(2, b"s" * 8)),
    "a short parent": document_of(IDS + field(4, b"p")),
    "a link without ids": document_of(IDS + field(13, b"")),
    "a name that is no UTF-8": document_of(IDS + field(5, b"\xed\xa0\x80")),
    "a key that is no UTF-8": document_of(IDS + field(9, field(1, b"\xff") + field(2, field(3, 1)))),
    "a status message that is no UTF-8": document_of(IDS + field(15, field(2, b"\xff" * 9))),
    "a resource that is no message": field(1, field(1, b"\x08") + field(2, field(2, IDS))),
    "a scope's name that is no UTF-8": field(1, field(2, field(1, field(1, b"\xff")) + field(2, IDS))),
    "a field number of nought": document_of(IDS + b"\x00\x00"),
    **{
        f"a length of {length}": document_of(IDS + b"\x2a" + write_varint(length))
        for length in (1, 127, 2**31, 2**32, 2**63, 2**64 - 4, 2**64 - 1)
    },
    "a number that is too long": document_of(IDS + b"\x50" + b"\xff" * 10 + b"\x01"),
    "eight bytes that are seven": document_of(IDS + b"\x39" + b"1234567"),
    "four bytes that are three": document_of(IDS + b"\x85\x01123"),
    "a wire type that there is not": document_of(IDS + b"\x0e"),
}


@pytest.mark.parametrize("document", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_left_to_the_python_code(document: bytes) -> None:
    assert not same(document)


@pytest.mark.parametrize("length", [1, 7, 8, 9, 20, 21, 63, 64, 65, 121, 122, 123, 127, 128, 129, 300])
def test_texts_of_any_length_are_told_apart(length: int) -> None:
    """Also from what was there just before: the same, one that differs at its end, a shorter one, one not of ASCII."""
    texts = [
        "a" * length,
        "a" * length,
        "a" * (length - 1) + "b",
        "a" * (length - 1),
        "Ã¤" * length,
        "ä" * length,
        "a" * length,
    ]
    for text in texts:
        encoded = text.encode()
        pair = field(1, encoded) + field(2, field(1, encoded))
        event = field(2, encoded) + field(3, pair) + field(3, field(1, b"k") + field(2, field(1, encoded)))
        state = field(3, encoded) + field(5, encoded) + field(15, field(2, encoded))
        usual(document_of(IDS + state + field(9, pair) + field(11, event)))


@pytest.mark.parametrize("oddness", [0.0, 0.001, 0.01, 0.05])
def test_messages_of_any_fields_are_read_the_same_or_not(
    load_module: Callable[[Path], ModuleType], oddness: float
) -> None:
    choose = random.Random(f"{oddness}")
    writer = load_module(Path(__file__).parent / "protobuf_messages.py").Writer(choose, oddness)
    taken = sum(same(writer.message("document") or field(1, writer.content("resource_spans", 0))) for _ in range(1500))
    assert taken > 300 if oddness < 0.01 else taken
