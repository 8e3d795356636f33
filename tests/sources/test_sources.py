from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig.model import SpanRecord
from otel_multisig.otlp import encode_line
from otel_multisig.sources import (
    FileSource,
    Found,
    Limits,
    Origin,
    Problem,
    Source,
    StreamSource,
    ignore_progress,
    load,
    open_sources,
)
from otel_multisig.sources.files import FolderSource
from otel_multisig.sources.forms import HEAD_BYTES
from otel_multisig.sources.json_documents import JsonDocuments

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType


def read(*paths: Path | str, stdin: bytes | None = None) -> list[Found | Problem]:
    stream = None if stdin is None else io.BytesIO(stdin)
    sources = open_sources([str(path) for path in paths], stdin=stream)
    return [found for source in sources for found in source.read(ignore_progress)]


def spans(found: Iterable[Found | Problem]) -> list[SpanRecord]:
    items = [item.item for item in found if isinstance(item, Found)]
    assert all(isinstance(item, SpanRecord) for item in items)
    return [item for item in items if isinstance(item, SpanRecord)]


def problems(found: Iterable[Found | Problem]) -> list[Problem]:
    return [item for item in found if isinstance(item, Problem)]


@pytest.fixture
def records(setups: ModuleType) -> list[SpanRecord]:
    return list(setups.failing().records())


@pytest.fixture
def file(records: list[SpanRecord], tmp_path: Path) -> Path:
    path = tmp_path / "traces.otlp.jsonl"
    path.write_bytes(b"".join(encode_line([record]) + b"\n" for record in records))
    return path


def test_a_file_gives_its_spans_with_file_and_line(file: Path, records: list[SpanRecord]) -> None:
    found = read(file)
    assert spans(found) == records
    assert [item.origin for item in found] == [Origin(str(file), line) for line in range(1, len(records) + 1)]


def test_standard_input_is_a_source(file: Path, records: list[SpanRecord]) -> None:
    found = read("-", stdin=file.read_bytes())
    assert spans(found) == records
    assert str(found[0].origin) == "-:1"


def test_without_a_stream_it_is_the_processs_own(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    assert len(read("-")) == 3


def test_a_form_is_known_by_its_content_not_by_its_name(file: Path) -> None:
    file.rename(file.with_name("anything.at.all"))
    assert len(spans(read(file.with_name("anything.at.all")))) == 3


@pytest.mark.parametrize(
    "alter",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\n\n" + data.replace(b"\n", b"\n\n"),
        lambda data: data.removesuffix(b"\n"),
        lambda data: data.replace(b'{"resourceSpans"', b' { "resourceSpans"'),
        lambda data: b"a damaged line\n" + data,
    ],
    ids=["byte order mark", "CRLF", "empty lines", "no last newline", "spaces", "first line damaged"],
)
def test_small_differences_do_not_matter(file: Path, records: list[SpanRecord], alter: Any) -> None:
    file.write_bytes(alter(file.read_bytes()))
    assert spans(read(file)) == records


def test_a_bad_line_is_reported_with_file_line_and_remedy_and_the_rest_is_read(file: Path) -> None:
    first, second, third = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([first, b'{"resourceSpans": 7}', second, b"\xff\xfe", b"[" * 100_000, third, b""]))
    found = read(file)
    assert len(spans(found)) == 3
    bad = problems(found)
    assert [problem.origin.line for problem in bad] == [2, 4, 5]
    assert str(bad[0]).startswith(f"{file}:2: the line cannot be read as spans (")
    assert "; mend or remove it" in str(bad[0])


def test_a_cut_off_last_line_is_told_as_such(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])
    found = read(file)
    assert len(spans(found)) == 2
    (problem,) = problems(found)
    assert problem.origin.line == 3
    assert "cut off" in problem.what


def test_a_line_that_is_too_long_is_passed_over(file: Path) -> None:
    longest = max(map(len, file.read_bytes().splitlines(keepends=True)))
    limits = Limits(document_bytes=longest + 1)
    first, *rest = file.read_bytes().splitlines(keepends=True)
    for too_long in (longest + 2, longest * 2, longest * 3 + 5):
        file.write_bytes(first + b"x" * too_long + b"\n" + b"".join(rest))
        found = list(FileSource(file, limits=limits).read(ignore_progress))
        assert len(spans(found)) == 3
        assert [problem.origin.line for problem in problems(found)] == [2]


def test_lines_of_other_signals_hold_no_spans(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b'{"resourceLogs":[]}\n')
    found = read(file)
    assert len(found) == 3


def test_it_streams(records: list[SpanRecord]) -> None:
    line = encode_line(records) + b"\n"
    asked = 0

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            nonlocal asked
            asked += len(buffer)
            buffer[:] = (line * (len(buffer) // len(line) + 1))[: len(buffer)]
            return len(buffer)

    found = StreamSource(io.BufferedReader(Endless(), 8192)).read(ignore_progress)
    next(found)
    assert asked <= 4 * HEAD_BYTES


def test_progress_adds_up_to_the_size(file: Path) -> None:
    (source,) = open_sources([str(file)])
    read_bytes: list[int] = []
    list(source.read(read_bytes.append))
    assert sum(read_bytes) == source.size == file.stat().st_size


def test_a_folder_gives_the_files_of_known_form_in_order(file: Path, records: list[SpanRecord]) -> None:
    folder = file.parent
    (folder / "notes.json").write_text("{}")
    (folder / "empty").write_text("")
    (folder / ".hidden").write_bytes(file.read_bytes())
    (folder / "inner").mkdir()
    (folder / "a.jsonl").write_bytes(file.read_bytes())
    found = read(folder)
    assert [str(item.origin) for item in found] == [
        f"{folder / name}:{line}" for name in ("a.jsonl", file.name) for line in (1, 2, 3)
    ]
    (source,) = open_sources([str(folder)])
    assert source.size
    assert source.name == str(folder)


def test_a_folder_without_any_known_form_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[1]")
    (problem,) = problems(read(tmp_path))
    assert "legacy JSON" in problem.what


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"hello", "no known form"),
        (b"\x1f\x8b\x08", "gzip is cut off"),
        (b"[1, 2]", "no known form"),
        (b'{"resourceMetrics":[]}', "no known form"),
    ],
)
def test_a_named_file_of_no_known_form_is_a_problem(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    for found in (read(path), read("-", stdin=content)):
        (problem,) = problems(found)
        assert what in problem.what
        assert problem.remedy


def test_what_is_missing_or_forbidden_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(read(tmp_path / "nope"))
    assert str(problem) == f"{tmp_path / 'nope'}: No such file or directory; check the path"

    def forbid(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", forbid)
    (problem,) = problems(read(tmp_path))
    assert problem.remedy == "check its permissions"
    (source,) = open_sources([str(tmp_path)])
    assert source.size is None


def test_a_stream_that_breaks_is_a_problem_and_what_came_before_is_kept(file: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            if not data:
                raise OSError(5, "Input/output error")
            return data

        read1 = read

    found = list(StreamSource(Broken(file.read_bytes())).read(ignore_progress))
    assert len(spans(found)) == 3
    assert [problem.what for problem in problems(found)] == ["Input/output error"]


def test_loading_puts_set_ups_together_from_all_sources(setups: ModuleType, tmp_path: Path) -> None:
    good, bad = setups.healthy("good"), setups.failing("bad", setups.START_MS + 1)
    foreign = SpanRecord(trace_id="1" * 32, span_id="2" * 16, name="GET", start_time_unix_nano=1)
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(encode_line([foreign, *good.records()[:9], *bad.records()]))
    two.write_bytes(encode_line(good.records()[5:]) + b"\nnot JSON\n")
    loaded = load(open_sources([str(one), str(two)]))
    assert loaded.traces == (good.trace(), bad.trace())
    assert loaded.origins == {good.setup_id: (str(one), str(two)), bad.setup_id: (str(one),)}
    assert loaded.foreign_spans == 1
    assert [problem.origin.line for problem in loaded.problems] == [2]


def test_a_source_may_give_whole_set_ups(setups: ModuleType) -> None:
    trace = setups.healthy().trace()

    class Other:
        name = "elsewhere"
        size = None

        def read(self, advance: Any) -> Any:
            yield Found(Origin(self.name), trace)

    source: Source = Other()
    loaded = load([source, source])
    assert loaded.traces == (trace,)
    assert loaded.origins == {trace.setup_id: ("elsewhere",)}


def test_the_reader_of_a_form_can_be_used_alone(file: Path) -> None:
    form = JsonDocuments()
    assert form.recognise(file.read_bytes())
    assert not form.recognise(b'{"resourceMetrics":[]}')


def test_recordings_are_read_after_the_spans_that_say_more(tmp_path: Path) -> None:
    for name in ("escrow_a.json", "traces.otlp.jsonl", "escrow_b_FAILED.json", "other.json"):
        (tmp_path / name).touch()
    found = [path.name for path in FolderSource(tmp_path).files()]
    assert found == ["other.json", "traces.otlp.jsonl", "escrow_a.json", "escrow_b_FAILED.json"]
