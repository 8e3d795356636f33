from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.legacy import LegacyEvent, encode

RECORDINGS = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("escrow_*.json"))

texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=10,
)


def event(details: dict[str, Any], **more: Any) -> LegacyEvent:
    return LegacyEvent(trace_id="e-1", timestamp=1, event_type="CUSTOM", role="buyer", details=details, **more)


def text_of(value: Any) -> str:
    """How a value stands in a file."""
    lines = encode([event({"x": value})]).decode().split("\n")
    (line,) = [line for line in lines if line.startswith('      "x": ')]
    return line.removeprefix('      "x": ')


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_a_genuine_recording_encoded_again_has_the_same_bytes(path: Path) -> None:
    data = path.read_bytes()
    assert encode([LegacyEvent(**event) for event in json.loads(data)]) == data


def test_there_are_genuine_recordings_to_compare_with() -> None:
    assert len(RECORDINGS) >= 2


@given(st.lists(st.dictionaries(texts, values), max_size=4))
def test_what_is_encoded_reads_back_as_it_was(all_details: list[dict[str, Any]]) -> None:
    decoded = json.loads(encode([event(details) for details in all_details]))
    assert [item["details"] for item in decoded] == all_details


@given(values)
def test_keys_stand_in_the_order_of_their_bytes_at_every_depth(value: Any) -> None:
    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key.encode() for key, _ in pairs]
        if b"trace_id" not in keys:
            assert keys == sorted(keys)
        return dict(pairs)

    json.loads(encode([event({"x": value})]), object_pairs_hook=check)


@given(values)
def test_whitespace_is_that_of_a_pretty_printer_with_two_spaces(value: Any) -> None:
    ours = encode([event({"x": value})])
    # Numbers and texts are written differently, the layout must be that of Python's own printer.
    theirs = json.dumps(json.loads(ours), indent=2, ensure_ascii=False)
    assert _indents(ours.decode()) == _indents(theirs)


def _indents(text: str) -> list[int]:
    return [len(line) - len(line.lstrip(" ")) for line in text.split("\n")]


def test_the_fields_of_an_event_have_a_fixed_order_and_no_newline_ends_the_file() -> None:
    assert encode([event({"b": [], "a": {}, "c": [1, {"z": None}]}, rpc_port=18082)]).decode() == (
        "[\n"
        "  {\n"
        '    "trace_id": "e-1",\n'
        '    "timestamp": 1,\n'
        '    "event_type": "CUSTOM",\n'
        '    "role": "buyer",\n'
        '    "rpc_port": 18082,\n'
        '    "details": {\n'
        '      "a": {},\n'
        '      "b": [],\n'
        '      "c": [\n'
        "        1,\n"
        "        {\n"
        '          "z": null\n'
        "        }\n"
        "      ]\n"
        "    }\n"
        "  }\n"
        "]"
    )


def test_empty_details_and_no_events() -> None:
    assert encode([]) == b"[]"
    assert b'"details": {}\n' in encode([event({})])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (2**64 - 1, "18446744073709551615"),
        (-(2**63), "-9223372036854775808"),
        (2**64, "18446744073709551616"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (1e-4, "0.0001"),
        (1e-5, "0.00001"),
        (1.5e-5, "0.000015"),
        (1e-6, "1e-6"),
        (1e-7, "1e-7"),
        (1.25e-7, "1.25e-7"),
        (123456789.125, "123456789.125"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e16"),
        (1.2345678901234568e17, "1.2345678901234568e17"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e308"),
        (math.nan, "null"),
        (math.inf, "null"),
        (-math.inf, "null"),
    ],
)
def test_numbers_are_written_as_serde_json_does(number: float, text: str) -> None:
    assert text_of(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_has_the_layout_of_rusts_shortest_form(number: float) -> None:
    # ryu's pretty form: plain from 1e-5 up to, but without, 1e16, else with a bare exponent.
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    shortest = "".join(map(str, digits))
    point = len(shortest) + int(exponent) - 1 if number else 0
    if not -5 <= point < 16:
        expected = shortest[0] + ("." + shortest[1:] if shortest[1:] else "") + f"e{point}"
    elif point < 0:
        expected = "0." + "0" * (-point - 1) + shortest
    else:
        expected = f"{shortest[: point + 1].ljust(point + 1, '0')}.{shortest[point + 1 :] or '0'}"
    assert text_of(number) == "-" * sign + expected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('"\\/', '"\\"\\\\/"'),
        ("\b\f\n\r\t", '"\\b\\f\\n\\r\\t"'),
        ("\x00\x0b\x1f", '"\\u0000\\u000b\\u001f"'),
        ("\x7f\u00e9\u2028\U0001f600", '"\x7f\u00e9\u2028\U0001f600"'),
    ],
)
def test_strings_are_escaped_as_serde_json_does(text: str, written: str) -> None:
    assert text_of(text) == written


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    data = encode(
        [LegacyEvent(trace_id="\ud800-1", timestamp=1, event_type="CUSTOM", role="r", details={"\udc00": ["\ud800"]})]
    )
    (decoded,) = json.loads(data)
    assert decoded["trace_id"] == "\ufffd-1"
    assert decoded["details"] == {"\ufffd": ["\ufffd"]}


def test_a_raw_value_keeps_its_own_text() -> None:
    assert text_of(msgspec.Raw(b"1e400")) == "1e400"
