from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.legacy import encode, legacy_events, read
from otel_multisig.model import EscrowTrace, SpanRecord, assemble
from otel_multisig.otlp import encode_line
from otel_multisig.sources import Found, Gathered, Gathering, Origin, Problem, load, open_sources
from otel_multisig.sources._spill import Spill
from otel_multisig.sources.parallel import Tally, gather_in_parallel
from otel_multisig.testing import strategies

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType


class Given:
    """A source of given things, each a document of its own."""

    name = "given"
    size = None

    def __init__(self, items: Iterable[SpanRecord | EscrowTrace]) -> None:
        self.items = list(items)
        self.given = 0

    def read(self, advance: Any) -> Any:
        for item in self.items:
            self.given += 1
            yield Found(Origin(self.name, self.given), item)


def in_order(found: Iterable[Gathered | Problem]) -> tuple[EscrowTrace, ...]:
    traces = [entry.trace for entry in found if isinstance(entry, Gathered)]
    return tuple(sorted(traces, key=lambda trace: (trace.spans[0].start.time_unix_nano, trace.setup_id)))


@settings(max_examples=40)
@given(
    records=st.one_of(strategies.delivered_records(), st.lists(strategies.span_records(), max_size=8)),
    held_bytes=st.sampled_from((0, 4000, 10**9)),
)
def test_without_haste_it_gives_what_loading_gives(records: list[SpanRecord], held_bytes: int) -> None:
    expected = assemble(records)
    gathering = Gathering([Given(records)], held_bytes=held_bytes, early=False)
    assert repr(in_order(gathering)) == repr(expected.traces)
    assert gathering.foreign_spans == len(expected.foreign)


@settings(max_examples=40)
@given(
    traces=st.lists(strategies.traces(max_rounds=2), unique_by=lambda trace: trace.setup_id, max_size=3), data=st.data()
)
def test_whole_set_ups_come_early_and_are_the_same(traces: list[EscrowTrace], data: st.DataObject) -> None:
    from otel_multisig.model import disassemble

    records = [record for trace in traces for record in disassemble(trace)]
    shuffled = data.draw(st.permutations(records + records[:2]))
    assert in_order(Gathering([Given(shuffled)])) == assemble(records).traces
    assert in_order(Gathering([Given(shuffled)], held_bytes=3000)) == assemble(records).traces


def test_a_set_up_comes_as_soon_as_it_is_whole(setups: ModuleType) -> None:
    one, two = setups.healthy("one"), setups.failing("two", setups.START_MS + 1)
    source = Given([*one.records(), *two.records()])
    found = iter(Gathering([source]))
    first = next(found)
    assert isinstance(first, Gathered)
    assert first == Gathered(one.trace(), ("given",))
    assert source.given <= len(one.records()) + 1
    assert [entry.trace for entry in found] == [two.trace()]  # type: ignore[union-attr]


def test_a_whole_recording_comes_as_it_is_and_a_second_one_is_none(setups: ModuleType) -> None:
    (trace,) = read(encode(legacy_events(setups.healthy().trace()))).traces
    assert list(Gathering([Given([trace, trace])])) == [Gathered(trace, ("given",))]


def test_what_comes_after_the_whole_is_told(setups: ModuleType) -> None:
    records = setups.healthy().records()
    other = msgspec.structs.replace(records[3], span_id="e" * 16)
    found = list(Gathering([Given([*records, records[2], other])]))
    assert [type(entry) for entry in found] == [Gathered, Problem]
    assert "which was whole before" in str(found[1])


def test_what_comes_after_the_whole_is_told_once(setups: ModuleType) -> None:
    records = setups.healthy().records()
    others = [msgspec.structs.replace(records[3], span_id="e" * 15 + str(number)) for number in range(5)]
    found = list(Gathering([Given([*records, *others])]))
    assert [type(entry) for entry in found] == [Gathered, Problem]


def test_a_live_set_up_and_its_imported_copy_are_one(setups: ModuleType) -> None:
    live = setups.healthy()
    (copy,) = read(encode(legacy_events(live.trace()))).traces
    assert list(Gathering([Given([*live.records(), copy])])) == [Gathered(live.trace(), ("given",))]


def test_nothing_is_left_on_the_disk(setups: ModuleType, tmp_path: Path) -> None:
    records = setups.healthy().records()
    gathering = iter(Gathering([Given(records[:-1])], held_bytes=0, folder=tmp_path))
    next(gathering)
    assert list(tmp_path.iterdir())
    gathering.close()  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())


def test_a_bucket_that_is_too_large_is_divided(setups: ModuleType, tmp_path: Path) -> None:
    scripts = [setups.healthy(f"e{number}", setups.START_MS + number) for number in range(300)]
    with Spill(0, tmp_path) as spill:
        for part in (0, 1):
            half = {script.setup_id: (list(script.records()[part::2]), (f"p{part}",)) for script in scripts}
            spill.write(spill.folder, half)
        found = {name: spilled for bucket in spill.buckets() for name, spilled in spill.take(bucket)}
        assert not list(spill.folder.iterdir())
    assert len(found) == 300
    for script in scripts:
        records, origins = found[script.setup_id]
        assert assemble(records).traces == (script.trace(),)
        assert origins == ("p0", "p1")


@settings(max_examples=40)
@given(records=st.lists(strategies.span_records(), min_size=1, max_size=3))
def test_records_come_back_from_the_disk_as_they_were(records: list[SpanRecord]) -> None:
    with Spill(1 << 20) as spill:
        spill.write(spill.folder, {"x": (records, ())})
        ((_, (again, _)),) = [entry for bucket in spill.buckets() for entry in spill.take(bucket)]
    assert repr(again) == repr(records)


def recording_of(gathered: Gathered) -> tuple[str, bytes, tuple[str, ...]]:
    return gathered.trace.setup_id, encode(legacy_events(gathered.trace)), gathered.origins


@pytest.mark.parametrize("jobs", [1, 2])
def test_several_processes_make_the_same(setups: ModuleType, tmp_path: Path, jobs: int) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    scripts = [setups.healthy(f"e{number}", setups.START_MS + number) for number in range(9)]
    lines = [encode_line([record]) + b"\n" for script in scripts for record in script.records()]
    random.Random(1).shuffle(lines)
    foreign = SpanRecord(trace_id="1" * 32, span_id="2" * 16, name="GET", start_time_unix_nano=1)
    for number in range(5):
        (folder / f"{number}.jsonl").write_bytes(b"".join(lines[number::5]) + encode_line([foreign]) + b"\n")
    (folder / "notes").write_text("hello")
    single = tmp_path / "single.jsonl"
    single.write_bytes(b"not JSON\n" + encode_line(scripts[0].records()) + b"\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    paths = [str(folder), str(single), str(empty), str(tmp_path / "none")]
    tally, read_bytes = Tally(), []
    found = list(
        gather_in_parallel(open_sources(paths), recording_of, jobs, read_bytes.append, folder=tmp_path, tally=tally)
    )
    results = sorted(entry for entry in found if not isinstance(entry, Problem))
    loaded = load(open_sources(paths))
    assert [result[:2] for result in results] == sorted(
        (trace.setup_id, encode(legacy_events(trace))) for trace in loaded.traces
    )
    assert all(origins and set(origins) <= set(loaded.origins[name]) for name, _, origins in results)
    problems = {str(entry) for entry in found if isinstance(entry, Problem)}
    assert problems == set(map(str, loaded.problems))
    assert tally.foreign_spans == loaded.foreign_spans == 5
    assert sum(read_bytes) > 0
    assert {path.name for path in tmp_path.iterdir()} == {"in", "single.jsonl", "empty"}
