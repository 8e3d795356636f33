from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from otel_multisig.testing.recording import Recorded, recorded_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with recorded_spans() as found:
        yield found


@pytest.fixture
def otlp_file(tmp_path: Path, recorded: Recorded) -> Callable[[], Path]:
    """What was recorded so far, as an OTLP JSON Lines file."""
    from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter

    def write() -> Path:
        exporter = OtlpJsonLinesExporter(tmp_path / "traces.otlp.jsonl")
        for span in recorded.spans:  # one line each, as a slow set-up would be exported
            exporter.export([span])
        return exporter.path

    return write
