from __future__ import annotations

import errno
import logging
import os
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

from otel_multisig.otlp import decode, from_sdk_span
from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def spans() -> list[ReadableSpan]:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    made = []
    for number in range(3):
        span = tracer.start_span(f"span {number}", attributes={"x": number})
        span.end()
        assert isinstance(span, ReadableSpan)
        made.append(span)
    return made


def test_each_export_is_one_line_that_reads_back(tmp_path: Path, spans: list[ReadableSpan]) -> None:
    exporter = OtlpJsonLinesExporter(tmp_path / "new" / "traces.otlp.jsonl")
    assert exporter.export(spans[:2]) is SpanExportResult.SUCCESS
    assert exporter.export([]) is SpanExportResult.SUCCESS
    assert exporter.export(spans[2:]) is SpanExportResult.SUCCESS
    first, second = exporter.path.read_bytes().splitlines()
    assert list(decode(first)) == [from_sdk_span(span) for span in spans[:2]]
    assert list(decode(second)) == [from_sdk_span(spans[2])]
    assert exporter.path.read_bytes().endswith(b"\n")
    assert stat.S_IMODE(exporter.path.stat().st_mode) == 0o600


def test_it_works_under_a_span_processor(tmp_path: Path) -> None:
    exporter = OtlpJsonLinesExporter(tmp_path / "t.jsonl")
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("test").start_span("a").end()
    provider.shutdown()
    assert len(exporter.path.read_bytes().splitlines()) == 1
    assert exporter.force_flush()


def test_half_a_line_of_a_killed_process_does_not_spoil_the_next(tmp_path: Path, spans: list[ReadableSpan]) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"resourceSp')
    OtlpJsonLinesExporter(path).export(spans)
    half, whole = path.read_bytes().splitlines()
    assert half == b'{"resourceSp'
    assert len(list(decode(whole))) == 3


def test_threads_that_write_at_once_mix_no_lines(tmp_path: Path, spans: list[ReadableSpan]) -> None:
    exporters = [OtlpJsonLinesExporter(tmp_path / "t.jsonl") for _ in range(3)]

    def work(exporter: OtlpJsonLinesExporter) -> None:
        for _ in range(10):
            exporter.export(spans)

    threads = [threading.Thread(target=work, args=(exporter,)) for exporter in exporters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp_path / "t.jsonl").read_bytes().splitlines()
    assert [len(list(decode(line))) for line in lines] == [3] * 30


def test_a_full_disk_is_logged_once_and_leaves_whole_lines(
    tmp_path: Path, spans: list[ReadableSpan], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = OtlpJsonLinesExporter(tmp_path / "t.jsonl")
    exporter.export(spans)
    before = exporter.path.read_bytes()
    write = os.write
    turns = iter([True, False] * 2)

    def full(descriptor: int, data: Any) -> int:
        if next(turns):
            return write(descriptor, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with caplog.at_level(logging.WARNING):
        assert [exporter.export(spans) for _ in range(2)] == [SpanExportResult.FAILURE] * 2
    monkeypatch.undo()
    assert exporter.path.read_bytes() == before
    assert len(caplog.records) == 1
    assert exporter.export(spans) is SpanExportResult.SUCCESS


def test_after_shutdown_nothing_is_written(tmp_path: Path, spans: list[ReadableSpan]) -> None:
    exporter = OtlpJsonLinesExporter(tmp_path / "t.jsonl")
    exporter.shutdown()
    assert exporter.export(spans) is SpanExportResult.FAILURE
    assert not exporter.path.exists()
