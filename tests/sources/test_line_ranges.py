from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.legacy import encode, legacy_events
from otel_multisig.otlp import encode_line
from otel_multisig.sinks import Recording, record
from otel_multisig.sources import FileSource, Gathered, Gathering, Problem, ignore_progress, open_sources
from otel_multisig.sources._line_ranges import split
from otel_multisig.sources.parallel import gather_in_parallel

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

ODD_LINES = (b"", b"  ", b'{"resourceSpans":[}', b"x" * 700, b'{"resourceSpans":[]}')


@pytest.fixture(scope="module")
def lines(setups: ModuleType) -> list[bytes]:
    """Each span of three set-ups, interleaved."""
    parts = [setups.healthy(f"{number}-2222-3333-4444-555555555555").records() for number in range(3)]
    return [encode_line([record]) for group in zip(*parts, strict=True) for record in group]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_parts_give_what_the_file_gives(
    lines: list[bytes], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    odd = data.draw(st.lists(st.tuples(st.integers(1, len(lines)), st.sampled_from(ODD_LINES)), max_size=5))
    here = list(lines)
    for place, line in odd:
        here.insert(place, line)
    path = tmp_path_factory.mktemp("lines") / "traces.jsonl"
    path.write_bytes(b"\n".join(here) + data.draw(st.sampled_from((b"", b"\n", b"\n{"))))
    source = FileSource(path)
    ranges = split(source, 1000, data.draw(st.integers(2, 20)))
    assert len(ranges) > 1
    assert [part.start for part in ranges[1:]] == [part.end for part in ranges[:-1]]
    taken: list[int] = []
    found = [found for part in ranges for found in part.read(taken.append)]
    assert found == list(source.read(ignore_progress))
    assert sum(taken) == path.stat().st_size == sum(part.size for part in ranges)


def test_one_line_that_is_longer_than_a_part(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_bytes(lines[0] + b"\n" + b"x" * 100_000 + b"\n" + lines[1])
    ranges = split(FileSource(path), 2 * len(lines[0]), 50)
    assert [part.line for part in ranges] == [1, 3]
    assert sum(not isinstance(found, Problem) for part in ranges for found in part.read(ignore_progress)) == 2


def test_what_has_no_lines_is_not_parted(lines: list[bytes], setups: ModuleType, tmp_path: Path) -> None:
    recording = encode(legacy_events(setups.healthy().trace()))
    whole = b"\n".join(lines) + b"\n"
    for content in (recording, gzip.compress(whole), whole.replace(b":", b":\n", 1), b"", b"x" * 5000):
        path = tmp_path / "file"
        path.write_bytes(content)
        assert split(FileSource(path), 100, 8) == []
    path.write_bytes(whole)
    assert split(FileSource(path), len(whole), 8) == []
    assert split(FileSource(tmp_path / "missing"), 100, 8) == []


def recording_of(found: Gathered) -> Recording:
    return record(found.trace)


def test_several_processes_read_one_file(lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_multisig.sources._parts._PART_BYTES", 4000)
    path = tmp_path / "traces.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    expected = {
        found.trace.setup_id: record(found.trace)
        for found in Gathering(open_sources([str(path)]))
        if isinstance(found, Gathered)
    }
    read_bytes: list[int] = []
    made = list(gather_in_parallel(open_sources([str(path)]), recording_of, 2, read_bytes.append, folder=tmp_path))
    assert {recording.setup_id: recording for recording in made if isinstance(recording, Recording)} == expected
    assert len(made) == len(expected) == 3
    assert sum(read_bytes) == path.stat().st_size
