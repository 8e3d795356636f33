from __future__ import annotations

import gzip
import io
import os
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_multisig.legacy import encode, legacy_events, read
from otel_multisig.model import EscrowTrace, SpanRecord, disassemble
from otel_multisig.otlp import encode_line
from otel_multisig.sources import Gathered, Limits, Problem, Source, load, open_sources, read_setups
from otel_multisig.sources.files import FolderSource
from otel_multisig.testing import strategies

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType


def given_by(sources: Iterable[Source]) -> tuple[dict[str, Gathered], list[Problem]]:
    """What is known in the end, and all that was told."""
    found: dict[str, Gathered] = {}
    problems = []
    for entry in read_setups(sources):
        if isinstance(entry, Problem):
            problems.append(entry)
        else:
            found[entry.trace.setup_id] = entry
    return found, problems


def paths(*names: Path | str) -> tuple[Source, ...]:
    return open_sources([str(name) for name in names])


def write(path: Path, trace: EscrowTrace) -> Path:
    path.write_bytes(encode(legacy_events(trace)))
    return path


def lines(records: Iterable[SpanRecord]) -> bytes:
    return b"".join(encode_line([record]) + b"\n" for record in records)


def in_files(data: st.DataObject, folder: Path, recordings: list[list[Any]], records: list[SpanRecord]) -> None:
    """Put recordings and spans into files, plain ones and packed ones, whole and in part, some of them twice."""
    number = 0
    for recording in recordings:
        for length in {len(recording), data.draw(st.integers(1, len(recording)))}:
            number += 1
            text = msgspec.json.encode(recording[:length])
            if data.draw(st.integers(0, 3)) == 0:
                text = gzip.compress(text)
            (folder / data.draw(st.sampled_from((f"escrow_{number}.json", f"b{number}_PARTIAL.json")))).write_bytes(
                text
            )
    if records:
        (folder / "m.jsonl").write_bytes(lines(records))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    recordings=st.lists(strategies.legacy_recordings(), max_size=3),
    traces=st.lists(strategies.traces(max_rounds=2), max_size=2, unique_by=lambda trace: trace.setup_id),
    data=st.data(),
)
def test_in_the_end_it_has_given_what_loading_gives(
    tmp_path_factory: pytest.TempPathFactory,
    recordings: list[list[Any]],
    traces: list[EscrowTrace],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("recordings")
    records = [record for trace in traces for record in disassemble(trace)]
    # Of some recordings there are spans as well, under the ids that importing gives them.
    for recording in recordings[:1]:
        records += [
            record for trace in read(msgspec.json.encode(recording)).traces for record in disassemble(trace)[:2]
        ]
    in_files(data, folder, recordings, records)
    loaded = load(paths(folder))
    found, problems = given_by(paths(folder))
    assert {setup_id: gathered.trace for setup_id, gathered in found.items()} == {
        trace.setup_id: trace for trace in loaded.traces
    }
    assert sorted(map(str, problems)) == sorted(map(str, loaded.problems))


@pytest.fixture
def recordings(setups: ModuleType, tmp_path: Path) -> list[Path]:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return [
        write(folder / f"escrow_{number}.json", setups.healthy(f"{number}-2222-3333-4444-555555555555").trace())
        for number in range(3)
    ]


def test_a_recording_is_given_before_the_next_one_is_read(recordings: list[Path]) -> None:
    taken = 0

    def advance(number: int) -> None:
        nonlocal taken
        taken += number

    found = iter(read_setups(paths(recordings[0].parent), advance))
    for path in recordings:
        gathered = next(found)
        assert isinstance(gathered, Gathered)
        assert gathered.trace == read(path.read_bytes()).traces[0]
        assert gathered.origins == (str(path),)
        assert taken == sum(done.stat().st_size for done in recordings[: recordings.index(path) + 1])
    assert list(found) == []


def test_a_beginning_and_the_whole_are_one_set_up_of_two_files(recordings: list[Path]) -> None:
    path = recordings[0]
    events = legacy_events(read(path.read_bytes()).traces[0])
    partial = path.with_name("a_PARTIAL.json")
    partial.write_bytes(encode(events[:20]))
    given = [entry for entry in read_setups(paths(partial, path)) if isinstance(entry, Gathered)]
    assert [entry.origins for entry in given] == [(str(partial),), (str(partial), str(path))]
    assert given[1].trace == read(path.read_bytes()).traces[0]


def test_the_spans_of_a_set_up_say_more_than_its_recording(setups: ModuleType, tmp_path: Path) -> None:
    trace = setups.healthy().trace()
    recording = write(tmp_path / "escrow_1.json", trace)
    spans = tmp_path / "traces.jsonl"
    spans.write_bytes(lines(disassemble(trace)))
    found, problems = given_by(paths(recording, spans))
    assert [entry.trace for entry in found.values()] == [trace]
    assert problems == []


def test_what_is_wrong_is_told_as_loading_tells_it(recordings: list[Path], tmp_path: Path) -> None:
    folder = recordings[0].parent
    (folder / "cut.json").write_bytes(recordings[0].read_bytes()[:-300])
    (folder / "notes.txt").write_text("nothing of ours")
    (folder / "packed.json.gz").write_bytes(gzip.compress(recordings[1].read_bytes())[:-20])
    (folder / "line.jsonl").write_bytes(b'{"resourceSpans":[}\n')
    (folder / "none.json").write_bytes(b"[]")
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("nothing of ours")
    empty = tmp_path / "empty.json"
    empty.touch()
    names = (folder, other, empty, tmp_path / "missing.json", "\0", str(tmp_path / "*.none"))
    _, problems = given_by(paths(*names))
    expected = sorted(map(str, load(paths(*names)).problems))
    assert sorted(map(str, problems)) == expected
    assert len(expected) == 9


def test_a_folder_whose_files_are_all_recordings_in_disguise_has_a_known_form(recordings: list[Path]) -> None:
    for path in recordings:
        path.with_suffix(".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    found, problems = given_by(paths(recordings[0].parent))
    assert len(found) == len(recordings)
    assert problems == []


def test_a_recording_that_is_too_large_is_refused(recordings: list[Path]) -> None:
    limits = Limits(document_bytes=recordings[0].stat().st_size - 1)
    found, problems = given_by([FolderSource(recordings[0].parent, limits)])
    assert found == {}
    assert len(problems) == len(recordings)


def test_a_long_recording_is_read_to_its_end(setups: ModuleType, tmp_path: Path) -> None:
    events = legacy_events(setups.healthy().trace())
    path = tmp_path / "escrow_1.json"
    path.write_bytes(encode(events * 20))
    assert path.stat().st_size > 300_000
    found, problems = given_by(paths(path))
    assert [entry.trace for entry in found.values()] == list(load(paths(path)).traces)
    assert problems == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_pipe_is_read_once(recordings: list[Path], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(recordings[0].read_bytes(),))
    writer.start()
    found, problems = given_by(paths(pipe))
    writer.join()
    assert [entry.trace for entry in found.values()] == list(read(recordings[0].read_bytes()).traces)
    assert problems == []


def test_standard_input_may_hold_recordings(recordings: list[Path]) -> None:
    stream = io.BytesIO(recordings[0].read_bytes())
    found, problems = given_by(open_sources([str(recordings[0].parent), "-"], stdin=stream))
    assert len(found) == len(recordings)
    trace = read(recordings[0].read_bytes()).traces[0]
    assert found[trace.setup_id].trace == trace
    assert found[trace.setup_id].origins == ("-", str(recordings[0]))
    assert problems == []
