"""Input that is made to hurt. ``tools/fuzz.py`` goes on where this ends."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from otel_multisig.model import disassemble
from otel_multisig.sources import Gathered, Gathering, Problem, StreamSource, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

COUNT = 3000


@pytest.fixture(scope="module")
def fuzz(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(Path(__file__).parents[2] / "tools" / "fuzz.py")


def test_damaged_recordings_of_every_form_give_problems_and_no_tracebacks(fuzz: ModuleType) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}: python tools/fuzz.py {COUNT} {seed}")  # noqa: T201 (shown where the test fails)
    assert fuzz.fuzz(COUNT, seed).setups > COUNT // 20


def test_what_is_found_by_seed_one_stays_so(fuzz: ModuleType) -> None:
    assert fuzz.mutate(b"0123456789" * 9, random.Random("1:1")) == fuzz.mutate(b"0123456789" * 9, random.Random("1:1"))


def read(data: bytes) -> tuple[list[Gathered], list[Problem]]:
    found = list(Gathering([StreamSource(io.BytesIO(data))]))
    return [f for f in found if isinstance(f, Gathered)], [f for f in found if isinstance(f, Problem)]


def line(*spans: dict[str, object]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode() + b"\n"


def span(number: int, parent: int, **more: object) -> dict[str, object]:
    known = {"monero.setup.id": "e-1700000000000", "monero.escrow.id": "e"}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in known.items()]
    ids = {"traceId": "a" * 32, "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}"}
    return {**ids, "name": "n", "startTimeUnixNano": "1", "attributes": attributes, **more}


@pytest.mark.parametrize("parents", [(1, 2), (2, 1), (2, 3, 1)], ids=["itself", "each other", "a circle"])
def test_circles_of_parents_are_read(parents: tuple[int, ...]) -> None:
    ((gathered,), problems) = read(line(*[span(number, parent) for number, parent in enumerate(parents, 1)]))
    assert len(disassemble(gathered.trace)) == len(parents)
    assert problems == []


def test_a_chain_of_ten_thousand_parents_is_read() -> None:
    ((gathered,), _) = read(line(*[span(number, number - 1) for number in range(2, 10_000)]))
    assert len(gathered.trace.spans) == 9_998


@pytest.mark.parametrize(
    "data",
    [
        b'{"resourceSpans":' + b"[" * 1_000_000,
        b'{"resourceSpans":' + b'{"a":' * 1_000_000 + b"\n",
        b'[{"trace_id":"e-1","event_type":' + b"[" * 1_000_000,
        b'[{"trace_id":"e-1700000000000","timestamp":1,"event_type":"CUSTOM","role":"buyer","details":'
        + b"[" * 5000
        + b"]" * 5000
        + b"}]",
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":' + b"9" * 1_000_000 + b"}]}]}]}",
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"' + b"9" * 1_000_000 + b'"}]}]}]}',
        b'{"data":[{"traceID":"1","spans":[{"tags":[{"key":"k","type":"int64","value":"'
        + b"9" * 1_000_000
        + b'"}]}]}]}',
        b'{"data":[{"spans":[{"traceID":"1","spanID":"1","tags":[{"key":"k","type":"float64","value":"1e999999"}]}]}]}',
        b"\x0a\xff\xff\xff\xff\x0f\x0a",
        b"\x00\x00\x00\x05{}\xff\xff\xff" + b"\x08\xff\xff\xff",
    ],
    ids=[
        "open brackets",
        "open braces",
        "legacy brackets",
        "nested details",
        "number",
        "text",
        "tag",
        "float",
        "length",
        "frame",
    ],
)
def test_what_is_nested_or_long_beyond_measure_is_told(data: bytes) -> None:
    _, problems = read(data)
    assert all(len(str(problem)) < 1000 for problem in problems)


def test_a_line_with_a_million_empty_spans_stays_within_bounds() -> None:
    data = b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * 300_000 + b"{}]}]}]}\n"
    tracemalloc.start()
    try:
        gathered, problems = read(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert gathered == []
    assert len(problems) == 1
    assert peak < 100 * len(data)


def test_ids_that_look_like_paths_are_texts(tmp_path: Path) -> None:
    attributes = [{"key": "monero.setup.id", "value": {"stringValue": "../../etc/passwd-1700000000000"}}]
    loaded = load([StreamSource(io.BytesIO(line(span(1, 0, attributes=attributes))))])
    assert loaded.traces[0].setup_id == "../../etc/passwd-1700000000000"
