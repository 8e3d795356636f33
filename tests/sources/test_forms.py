"""Every form of file, as the real servers wrote it (tests/data/otlp) and in every wrapping."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
import zstandard

from otel_multisig.legacy import encode, legacy_events
from otel_multisig.model import EscrowTrace, SpanRecord, assemble
from otel_multisig.otlp import decode, encode_line, encode_protobuf
from otel_multisig.sources import FileSource, Found, Limits, Problem, StreamSource, ignore_progress, load, open_sources
from otel_multisig.sources.files import in_order

SAMPLES = Path(__file__).parents[1] / "data" / "otlp"
LEGACY = Path(__file__).parents[1] / "data" / "legacy"
SENT = tuple(record for line in (SAMPLES / "sent.jsonl").read_bytes().splitlines() for record in decode(line))
BAD = tuple(record for record in SENT if record.trace_id == "0b" * 16)


class Pipe(io.BytesIO):
    """Standard input, which is not seekable, and gives at first as little as its writer had written."""

    def __init__(self, data: bytes, at_first: int | None = None) -> None:
        super().__init__(data)
        self._at_first = at_first

    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise OSError(29, "Illegal seek")

    def read1(self, size: int | None = -1, /) -> bytes:
        first, self._at_first = self._at_first, None
        return super().read1(size if first is None else first)


def read(data: bytes, limits: Limits | None = None, at_first: int | None = None) -> tuple[list[Any], list[Problem]]:
    """What is found in standard input; in a file it is the same."""
    found = list(StreamSource(Pipe(data, at_first), limits=limits).read(ignore_progress))
    items = [entry.item for entry in found if isinstance(entry, Found)]
    return items, [entry for entry in found if isinstance(entry, Problem)]


def framed(*messages: bytes) -> bytes:
    return b"".join(len(message).to_bytes(4) + message for message in messages)


@pytest.mark.parametrize(
    "name", ["sent.jsonl", "collector.json", "collector.json.zst", "collector.pb", "collector.pb.zst"]
)
def test_what_the_collector_writes_holds_what_it_was_sent(name: str) -> None:
    items, problems = read((SAMPLES / name).read_bytes())
    assert tuple(items) == SENT
    assert problems == []


@pytest.mark.parametrize("name", ["tempo-v1.json", "tempo-v2.json", "tempo-v1.pb", "tempo-v2.pb", "jaeger-v3-raw.json"])
def test_what_backends_answer_holds_the_set_up(name: str) -> None:
    items, problems = read((SAMPLES / name).read_bytes())
    assert assemble(items).traces == assemble(BAD).traces
    assert problems == []


@pytest.mark.parametrize("name", ["jaeger-v1.json", "jaeger-v3.json"])
def test_what_jaegers_page_shows_and_downloads_makes_the_same_recording(name: str) -> None:
    items, problems = read((SAMPLES / name).read_bytes())
    (trace,) = assemble(items).traces
    assert encode(legacy_events(trace)) == encode(legacy_events(assemble(BAD).traces[0]))
    assert problems == []


@pytest.mark.parametrize("name", ["jaeger-v3-search.json", "jaeger-v1-search.json"])
def test_a_search_gives_all_its_set_ups(name: str) -> None:
    items, _ = read((SAMPLES / name).read_bytes())
    made = [encode(legacy_events(trace)) for trace in assemble(items).traces]
    assert made == [encode(legacy_events(trace)) for trace in assemble(SENT).traces]


@pytest.mark.parametrize("name", sorted(path.name for path in LEGACY.glob("*.json")))
def test_a_legacy_file_is_read_as_it_was(name: str) -> None:
    data = (LEGACY / name).read_bytes()
    (trace,), problems = read(data)
    assert isinstance(trace, EscrowTrace)
    assert json.loads(encode(legacy_events(trace))) == json.loads(data)
    assert problems == []


def test_an_empty_recording_is_told() -> None:
    items, (problem,) = read(b"[]\n")
    assert items == []
    assert "no event" in problem.what


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_every_form_is_read_compressed_too(name: str) -> None:
    plain = (SAMPLES / name).read_bytes()
    expected = read(plain)
    assert expected[0]
    for packed in (
        gzip.compress(plain),
        zstandard.compress(plain),
        zstandard.compress(gzip.compress(plain)),
        gzip.compress(plain[:99]) + gzip.compress(plain[99:]),
        zstandard.compress(plain[:99]) + zstandard.compress(plain[99:]),
        gzip.compress(plain) + b"\0" * 512,
    ):
        assert read(packed) == expected


@pytest.mark.parametrize("at_first", [1, 3])
@pytest.mark.parametrize("name", ["sent.jsonl", "collector.pb", "collector.pb.zst", "tempo-v2.pb", "jaeger-v1.json"])
def test_a_pipe_may_give_little_at_first(name: str, at_first: int) -> None:
    data = (SAMPLES / name).read_bytes()
    for piped in (data, gzip.compress(data)):
        assert read(piped, at_first=at_first) == read(data)


@pytest.mark.parametrize("indent", [0, 2, "\t"])
@pytest.mark.parametrize("name", ["tempo-v1.json", "jaeger-v1.json", "jaeger-v3.json", "tempo-v2.json"])
def test_a_document_may_go_over_many_lines_and_others_may_follow(name: str, indent: Any) -> None:
    plain = (SAMPLES / name).read_bytes()
    items, _ = read(plain)
    pretty = json.dumps(json.loads(plain), indent=indent).encode()
    assert read(pretty) == (items, [])
    assert read(pretty + b"\r\n" + pretty + b"\n") == (items * 2, [])


def test_a_bad_document_among_pretty_ones_is_named_by_its_line() -> None:
    good = json.dumps(json.loads(encode_line(BAD)), indent=1).encode() + b"\n"
    items, problems = read(good + b'{\n "resourceSpans": 7\n}\n' + good)
    assert len(items) == 2 * len(BAD)
    assert [problem.origin.line for problem in problems] == [good.count(b"\n") + 1]


def test_lines_of_a_grpc_gateway_are_read_and_its_error_is_told() -> None:
    line = b'{"result":' + encode_line(BAD) + b"}\n"
    items, problems = read(line + line + b'{"error":{"grpcCode":2,"message":"lost"}}\n')
    assert len(items) == 2 * len(BAD)
    assert "lost" in problems[0].what


def test_a_protobuf_message_may_have_many_fields_and_be_cut_off() -> None:
    data = encode_protobuf(BAD) + encode_protobuf(SENT)
    assert read(data) == ([*BAD, *SENT], [])
    items, problems = read(data[:-1])
    assert items == list(BAD)
    assert "cut off" in problems[0].what
    assert problems[0].origin.place == f"byte {len(encode_protobuf(BAD))}"


@pytest.mark.parametrize("pack", [bytes, zstandard.compress])
@pytest.mark.parametrize("write", [encode_line, encode_protobuf])
def test_a_bad_message_among_many_is_named_and_the_others_are_read(pack: Any, write: Any) -> None:
    good = pack(write(BAD))
    items, problems = read(framed(good, pack(b"{nonsense"), b"\x28\xb5\x2f\xfdnonsense", good) + good[:50])
    assert items == list(BAD) * 2
    assert len(problems) == 3
    assert problems[0].origin.place == f"message at byte {len(good) + 4}"
    items, problems = read(framed(good, good)[:-3])
    assert items == list(BAD)
    assert "cut off" in problems[0].what


def test_a_rotated_set_is_read_in_order() -> None:
    names = ["t.json", "t-2026-01-02T03-04-05.006.json", "t-2025-12-31T23-59-59.999.json", "a.json", "u.json"]
    assert in_order(names) == ["a.json", names[2], names[1], "t.json", "u.json"]


def test_a_pattern_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "one.jsonl").write_bytes(encode_line(BAD) + b"\n")
    (tmp_path / "a" / "b" / "notes.txt").write_text("hello")
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
    for pattern in ("a/*/*.jsonl", "a/**/*", "a/b/on?.jsonl"):
        loaded = load(open_sources([str(tmp_path / pattern)]))
        assert loaded.problems == ()
        assert len(loaded.traces) == 1
    assert load(open_sources([str(tmp_path / "a" / "b")])).problems == ()
    (problem,) = load(open_sources([str(tmp_path / "a" / "*.none")])).problems
    assert "pattern" in problem.what


def test_a_folder_with_links_that_lead_nowhere_is_read(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "t.jsonl").write_bytes(encode_line(BAD) + b"\n")
    os.mkfifo(tmp_path / "pipe")
    loaded = load(open_sources([str(tmp_path)]))
    assert (len(loaded.traces), loaded.problems) == (1, ())


def test_a_file_name_that_cannot_be_is_a_problem() -> None:
    for name in ("a\0b", "x" * 5000):
        (problem,) = load(open_sources([name])).problems
        assert problem.remedy


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_what_came_before_a_cut_is_read(pack: Any) -> None:
    line = encode_line(BAD) + b"\n"
    noise = b'{"resourceSpans":[],"noise":"' + os.urandom(300_000).hex().encode() + b'"}\n'
    items, problems = read(pack(line)[:-4] if pack is gzip.compress else pack(line) + pack(noise)[:-50_000])
    assert items == list(BAD)
    assert "cut off" in problems[0].what


def test_damaged_compression_is_told() -> None:
    packed = bytearray(gzip.compress(encode_line(BAD)))
    packed[-6] ^= 1
    _, problems = read(bytes(packed))
    assert "damaged" in problems[0].what


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_refused_and_the_way_to_raise_the_limit_is_told(pack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = pack((encode_line(BAD) + b"\n") * 4000)
    limits = Limits(free_bytes=1 << 20, ratio=20)
    items, problems = read(bomb, limits)
    assert len(items) < 4000 * len(BAD)
    assert "unpacks to over 20 times its size" in problems[0].what
    assert "OTEL_MULTISIG_MAX_UNPACK_RATIO" in problems[0].remedy
    monkeypatch.setenv("OTEL_MULTISIG_MAX_UNPACK_RATIO", "100000")
    assert len(read(bomb)[0]) == 4000 * len(BAD)


def test_a_document_that_is_too_large_is_refused_in_every_form(monkeypatch: pytest.MonkeyPatch) -> None:
    legacy = next(LEGACY.glob("*.json")).read_bytes()
    pretty = json.dumps(json.loads(encode_line(BAD)), indent=1).encode()
    small = Limits(document_bytes=1 << 10)
    zipped = zstandard.compress(encode_line(BAD))
    for data in (legacy, pretty, encode_line(BAD), encode_protobuf(BAD), framed(encode_protobuf(BAD)), framed(zipped)):
        items, problems = read(data, small)
        assert items == []
        assert "OTEL_MULTISIG_MAX_DOCUMENT_MIB" in problems[0].remedy


def test_without_zstandard_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    for data in (zstandard.compress(b"x"), framed(zstandard.compress(b"x"))):
        _, problems = read(data)
        assert [problem.remedy for problem in problems] == ["pip install 'otel-multisig[zstd]'"]


def test_a_span_may_have_a_hundred_thousand_events() -> None:
    span = json.loads(encode_line(BAD[:1]))
    span["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["events"] = [{"name": "e", "timeUnixNano": "1"}] * 100_000
    (record,), problems = read(json.dumps(span).encode())
    assert isinstance(record, SpanRecord)
    assert len(record.events) == 100_000
    assert problems == []


def test_the_limits_of_the_environment_are_kept_to_what_is_sane(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(encode_line(BAD))
    for text in ("", "0", "-1", "many", "9" * 400):
        monkeypatch.setenv("OTEL_MULTISIG_MAX_DOCUMENT_MIB", text)
        assert len(list(FileSource(path).read(ignore_progress))) == len(BAD)
