from __future__ import annotations

import errno
import gc
import json
import logging
import os
import stat
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult
from otel_multisig_exporter_legacy_json import LegacyJsonSpanExporter

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opentelemetry.sdk.trace import TracerProvider

SUCCESS, FAILURE = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
THREAD = "otel-multisig-json"
MS = 1_795_294_917_947


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def types(path: Path) -> list[str]:
    return [event["event_type"] for event in json.loads(path.read_bytes())]


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., LegacyJsonSpanExporter]]:
    made = []

    def make_one(folder: Path = tmp_path, **options: Any) -> LegacyJsonSpanExporter:
        made.append(LegacyJsonSpanExporter(folder, **options))
        return made[-1]

    yield make_one
    for exporter in made:
        exporter.shutdown()


@pytest.fixture
def exporter(make: Callable[..., LegacyJsonSpanExporter]) -> LegacyJsonSpanExporter:
    return make()


@pytest.mark.parametrize("processor", [SimpleSpanProcessor, BatchSpanProcessor])
def test_it_works_under_both_span_processors(
    provider: TracerProvider, exporter: LegacyJsonSpanExporter, new_setup: Any, tmp_path: Path, processor: Any
) -> None:
    provider.add_span_processor(processor(exporter))
    setup = new_setup()
    setup.call()
    setup.finish()
    provider.force_flush()
    assert names(tmp_path) == ["escrow_e.json"]
    assert types(tmp_path / "escrow_e.json") == ["RPC_CALL_START", "RPC_CALL_END"]
    assert stat.S_IMODE((tmp_path / "escrow_e.json").stat().st_mode) == 0o600


def test_nothing_is_written_before_the_root_ends(
    provider: TracerProvider, exporter: LegacyJsonSpanExporter, new_setup: Any, tmp_path: Path
) -> None:
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    setup = new_setup()
    setup.call()
    assert names(tmp_path) == []
    assert exporter.force_flush()
    assert names(tmp_path) == []
    setup.finish("failure")
    assert names(tmp_path) == ["escrow_e_FAILED.json"]
    assert types(tmp_path / "escrow_e_FAILED.json")[-1] == "ERROR_FINAL"


def test_spans_that_come_after_the_root_have_the_file_written_again(
    exporter: LegacyJsonSpanExporter, collected: Any, new_setup: Any, tmp_path: Path
) -> None:
    setup = new_setup()
    setup.call()
    late = setup.start_call("late")
    setup.finish()
    setup.end(late)
    call, root, late = collected.spans
    assert exporter.export([root, call]) is SUCCESS
    assert types(tmp_path / "escrow_e.json") == ["RPC_CALL_START", "RPC_CALL_END"]
    assert exporter.export([late]) is SUCCESS
    assert types(tmp_path / "escrow_e.json") == ["RPC_CALL_START", "RPC_CALL_END", "RPC_CALL_START", "RPC_CALL_END"]
    assert names(tmp_path) == ["escrow_e.json"]


def test_the_same_span_twice_counts_once(
    exporter: LegacyJsonSpanExporter, collected: Any, new_setup: Any, tmp_path: Path
) -> None:
    setup = new_setup()
    setup.call()
    setup.finish()
    exporter.export(collected.spans * 2)
    assert types(tmp_path / "escrow_e.json") == ["RPC_CALL_START", "RPC_CALL_END"]


def test_several_set_ups_at_once_and_several_of_one_escrow(
    provider: TracerProvider, exporter: LegacyJsonSpanExporter, new_setup: Any, tmp_path: Path
) -> None:
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    setups = [new_setup("a"), new_setup("a", MS + 1), new_setup("b")]
    for setup in setups:
        setup.call()
    setups[1].finish("failure")
    setups[2].finish()
    setups[0].finish()
    assert names(tmp_path) == ["escrow_a.json", f"escrow_a_FAILED_{MS + 1}.json", "escrow_b.json"]


def test_a_set_up_that_is_open_at_shutdown_is_partial(
    provider: TracerProvider, exporter: LegacyJsonSpanExporter, new_setup: Any, tmp_path: Path
) -> None:
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    setup = new_setup()
    setup.call()
    provider.shutdown()
    assert names(tmp_path) == ["escrow_e_PARTIAL.json"]


def test_an_interrupted_set_up_is_partial(
    provider: TracerProvider, exporter: LegacyJsonSpanExporter, new_setup: Any, tmp_path: Path
) -> None:
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    setup = new_setup()
    setup.call()
    setup.finish("interrupted")
    assert names(tmp_path) == ["escrow_e_PARTIAL.json"]


def test_a_set_up_without_news_is_partial_until_its_root_ends(
    provider: TracerProvider, make: Any, new_setup: Any, tmp_path: Path
) -> None:
    provider.add_span_processor(SimpleSpanProcessor(make(idle=0.02)))
    setup = new_setup()
    setup.call()
    wait_for(lambda: names(tmp_path) == ["escrow_e_PARTIAL.json"])
    assert types(tmp_path / "escrow_e_PARTIAL.json") == ["RPC_CALL_START", "RPC_CALL_END"]
    setup.call()
    wait_for(lambda: len(types(tmp_path / "escrow_e_PARTIAL.json")) == 4)
    setup.finish()
    assert names(tmp_path) == ["escrow_e.json"]
    assert len(types(tmp_path / "escrow_e.json")) == 4


def test_a_thread_runs_only_while_there_is_something_to_wait_for(
    provider: TracerProvider, make: Any, new_setup: Any, tmp_path: Path
) -> None:
    exporter = make(idle=0.02)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("test").start_span("foreign").end()
    assert threads() == []
    new_setup().call()
    assert [thread.daemon for thread in threads()] == [True]
    wait_for(lambda: names(tmp_path))
    wait_for(lambda: not threads())


def test_shutdown_ends_the_thread(provider: TracerProvider, make: Any, new_setup: Any) -> None:
    provider.add_span_processor(SimpleSpanProcessor(make(idle=1000)))
    new_setup().call()
    assert threads()
    provider.shutdown()
    wait_for(lambda: not threads())


def test_set_ups_that_are_over_are_let_go(provider: TracerProvider, make: Any, new_setup: Any) -> None:
    exporter = make(idle=0.02)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    setup = new_setup()
    setup.call()
    setup.finish()
    wait_for(lambda: len(exporter._held) == 0)
    assert exporter._held.size == 0


def test_a_straggler_of_a_set_up_that_was_let_go_harms_nothing(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path
) -> None:
    exporter = make(idle=0.02)
    setup = new_setup()
    setup.call()
    late = setup.start_call()
    setup.finish()
    exporter.export(collected.spans)
    before = (tmp_path / "escrow_e.json").read_bytes()
    wait_for(lambda: len(exporter._held) == 0)
    setup.end(late)
    exporter.export(collected.spans[-1:])
    exporter.shutdown()
    assert names(tmp_path) == ["escrow_e.json"]
    assert (tmp_path / "escrow_e.json").read_bytes() == before


def test_foreign_spans_are_passed_over(
    provider: TracerProvider, exporter: LegacyJsonSpanExporter, new_setup: Any, tmp_path: Path
) -> None:
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("app")
    with tracer.start_as_current_span("GET /", attributes={"http.method": "GET", "n": [1, 2]}):
        setup = new_setup()
        with tracer.start_as_current_span("inner"):
            setup.call()
    with tracer.start_as_current_span("odd", attributes={attr.MONERO_SETUP_ID: 7}):
        pass
    assert len(exporter._held) == 1
    setup.finish()
    assert types(tmp_path / "escrow_e.json") == ["RPC_CALL_START", "RPC_CALL_END"]


def test_foreign_spans_cost_next_to_nothing(exporter: LegacyJsonSpanExporter, provider: TracerProvider) -> None:
    span: Any = provider.get_tracer("app").start_span(
        "GET", attributes={f"key{number}": number for number in range(20)}
    )
    span.end()
    batch = [span] * 512

    def measure(work: Callable[[], object]) -> float:
        best = float("inf")
        for _ in range(20):
            begin = time.perf_counter()
            work()
            best = min(best, time.perf_counter() - begin)
        return best

    # Less than making the JSON text of the spans' attributes would: no conversion takes place.
    assert measure(lambda: exporter.export(batch)) < measure(lambda: [json.dumps(dict(s.attributes)) for s in batch])


def test_beyond_its_bounds_the_one_that_waited_longest_is_written_and_dropped(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = make(max_setups=2)
    setups = {name: new_setup(name) for name in "abcd"}
    with caplog.at_level(logging.WARNING):
        for setup in setups.values():
            setup.call()
            exporter.export([collected.spans[-1]])
    assert names(tmp_path) == ["escrow_a_PARTIAL.json", "escrow_b_PARTIAL.json"]
    assert len(exporter._held) == 2
    assert len(caplog.records) == 1
    # What comes later of a set-up that was dropped must not take the place of what was recorded.
    setups["a"].call("late")
    setups["a"].finish()
    exporter.export(collected.spans[-2:])
    assert "escrow_a.json" in names(tmp_path)
    assert types(tmp_path / "escrow_a_PARTIAL.json") == ["RPC_CALL_START", "RPC_CALL_END"]


def test_the_number_of_spans_and_events_is_bounded_too(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path
) -> None:
    exporter = make(max_items=10)
    setup = new_setup()
    for _ in range(25):
        setup.call()
        exporter.export(collected.spans[-1:])
        assert exporter._held.size <= 10
    exporter.shutdown()
    total = sum(len(types(path)) for path in tmp_path.iterdir())
    assert total == 50
    assert all("PARTIAL" in name for name in names(tmp_path))


def test_set_ups_that_are_over_go_first(make: Any, collected: Any, new_setup: Any, tmp_path: Path) -> None:
    exporter = make(max_setups=2)
    still_open, over, third = new_setup("open"), new_setup("over"), new_setup("third")
    still_open.call()
    over.call()
    over.finish()
    third.call()
    exporter.export(collected.spans)
    assert names(tmp_path) == ["escrow_over.json"]


def test_a_folder_that_cannot_be_written_is_logged_once_and_tried_again(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "file" / "folder"
    (tmp_path / "file").write_text("in the way")
    exporter = make(folder)
    with caplog.at_level(logging.WARNING):
        for name in "abc":
            setup = new_setup(name)
            setup.call()
            setup.finish()
            assert exporter.export(collected.spans[-2:]) is FAILURE
    assert len(caplog.records) == 1
    assert str(folder) in caplog.text
    assert not exporter.force_flush()
    (tmp_path / "file").unlink()
    setup = new_setup("d")
    setup.call()
    setup.finish()
    assert exporter.export(collected.spans[-2:]) is SUCCESS
    assert names(folder) == [f"escrow_{name}.json" for name in "abcd"]


def test_what_could_not_be_written_is_tried_again_by_itself(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otel_multisig_exporter_legacy_json.exporter._RETRY_SECONDS", 0.02)
    (tmp_path / "file").write_text("in the way")
    exporter = make(tmp_path / "file" / "folder")
    setup = new_setup()
    setup.call()
    setup.finish()
    assert exporter.export(collected.spans) is FAILURE
    (tmp_path / "file").unlink()
    wait_for((tmp_path / "file" / "folder" / "escrow_e.json").exists)


def test_a_full_disk_keeps_what_there_was(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = make()
    setup = new_setup()
    setup.call()
    late = setup.start_call()
    setup.finish()
    exporter.export(collected.spans)
    before = (tmp_path / "escrow_e.json").read_bytes()

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    setup.end(late)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert exporter.export(collected.spans[-1:]) is FAILURE
    assert names(tmp_path) == ["escrow_e.json"]
    assert (tmp_path / "escrow_e.json").read_bytes() == before
    exporter.shutdown()
    assert len(types(tmp_path / "escrow_e.json")) == 4


def test_what_cannot_be_held_any_longer_on_a_full_disk_is_told(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    exporter = make(tmp_path / "file" / "folder", max_setups=1)
    for name in "ab":
        setup = new_setup(name)
        setup.call()
        setup.finish()
    with caplog.at_level(logging.WARNING):
        exporter.export(collected.spans)
    assert len(exporter._held) == 1
    assert "set-up a-" in caplog.text


def test_a_defect_of_ours_does_not_reach_the_application(
    make: Any, collected: Any, new_setup: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = make()
    setup = new_setup()
    setup.finish()

    def fail(*_: Any) -> Any:
        raise RuntimeError("boom")

    with caplog.at_level(logging.WARNING):
        for target in ("assemble", "from_sdk_span"):
            with monkeypatch.context() as patch:
                patch.setattr(f"otel_multisig_exporter_legacy_json.exporter.{target}", fail)
                exporter.export(collected.spans)
        assert exporter.export([None]) is FAILURE
    assert len(caplog.records) == 3


def test_after_shutdown_nothing_is_taken(exporter: LegacyJsonSpanExporter, collected: Any, new_setup: Any) -> None:
    new_setup().finish()
    exporter.shutdown()
    exporter.shutdown()
    assert exporter.export(collected.spans) is FAILURE


def test_many_threads_at_once(
    provider: TracerProvider, exporter: LegacyJsonSpanExporter, new_setup: Any, tmp_path: Path
) -> None:
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    def work(name: str) -> None:
        for turn in range(5):
            setup = new_setup(name, MS + turn)
            for _ in range(5):
                setup.call()
            setup.finish()

    workers = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(names(tmp_path)) == 20
    assert {len(types(path)) for path in tmp_path.iterdir()} == {10}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_leaves_its_parents_set_ups_alone(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path
) -> None:
    exporter = make(idle=1000)
    setup = new_setup()
    setup.call()
    exporter.export(collected.spans)
    child = os.fork()
    if not child:
        exporter.shutdown()
        os._exit(0 if names(tmp_path) == [] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    exporter.shutdown()
    assert names(tmp_path) == ["escrow_e_PARTIAL.json"]


def test_an_exporter_can_be_collected(tmp_path: Path) -> None:
    import weakref

    known = weakref.ref(LegacyJsonSpanExporter(tmp_path))
    gc.collect()
    assert known() is None


def test_old_recordings_are_removed(make: Any, collected: Any, new_setup: Any, tmp_path: Path) -> None:
    exporter = make(max_files=2)
    (tmp_path / "escrow_notes.json").write_text("mine")
    for number, name in enumerate("abc"):
        setup = new_setup(name)
        setup.call()
        setup.finish()
        exporter.export(collected.spans[-2:])
        os.utime(tmp_path / f"escrow_{name}.json", (number, number))
    assert names(tmp_path) == ["escrow_b.json", "escrow_c.json", "escrow_notes.json"]


def test_old_recordings_that_cannot_be_removed_are_no_failure(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*_: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    exporter = make(max_age=1)
    setup = new_setup()
    setup.call()
    setup.finish()
    monkeypatch.setattr("otel_multisig.sinks.retention.os.scandir", forbid)
    assert exporter.export(collected.spans) is SUCCESS
    assert (tmp_path / "escrow_e.json").exists()


def test_a_partial_file_that_could_not_be_written_is_tried_again(
    make: Any, collected: Any, new_setup: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otel_multisig_exporter_legacy_json.exporter._RETRY_SECONDS", 0.02)
    (tmp_path / "file").write_text("in the way")
    exporter = make(tmp_path / "file" / "folder", idle=0.02)
    new_setup().call()
    exporter.export(collected.spans)
    wait_for(lambda: "write" in exporter._warned)
    (tmp_path / "file").unlink()
    wait_for((tmp_path / "file" / "folder" / "escrow_e_PARTIAL.json").exists)


def test_five_thousand_events_in_one_round(exporter: LegacyJsonSpanExporter, collected: Any, new_setup: Any) -> None:
    setup = new_setup()
    for number in range(50):
        part = setup.start(
            f"{spans.SETUP}{spans.CONTINUED_SUFFIX}", setup.root, **{attr.MONERO_SPAN_CONTINUATION: True}
        )
        for _ in range(100):
            part.add_event(
                events.CUSTOM, {attr.MONERO_CUSTOM_NAME: f"n{number}", attr.MONERO_SETUP_SEQUENCE: setup.count()}
            )
        setup.end(part)
    setup.finish()
    assert exporter.export(collected.spans) is SUCCESS
    recording = json.loads((exporter._path / "escrow_e.json").read_bytes())
    assert [event["details"]["event"] for event in recording] == [f"n{number // 100}" for number in range(5000)]
