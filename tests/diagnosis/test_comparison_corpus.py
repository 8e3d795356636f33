"""Comparing the recorded set-ups of the corpus: healthy ones do not part ways, whatever happened beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otel_multisig.diagnosis import SetupFacts
from otel_multisig.diagnosis.comparison import Baseline, Outline, compare_setups, find_unusual, outline_of
from otel_multisig.sources import load, open_sources

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture(scope="module", params=["*otlp.jsonl.gz", "escrow_*.json.gz"], ids=["otlp", "legacy"])
def outlines(request: pytest.FixtureRequest) -> dict[str, list[Outline]]:
    """The set-ups in one form, by whether their label names a fault."""
    labels = {label["setup_id"]: label for label in json.loads((CORPUS / "labels.json").read_text())}
    loaded = load(open_sources(str(path) for path in sorted(CORPUS.glob(f"*/{request.param}"))))
    found: dict[str, list[Outline]] = {"healthy": [], "faulty": []}
    for trace in loaded.traces:
        healthy = labels[trace.setup_id]["truth"].get("fault") is None
        found["healthy" if healthy else "faulty"].append(outline_of(SetupFacts.of(trace)))
    return found


def test_healthy_ones_do_not_part_ways(outlines: dict[str, list[Outline]]) -> None:
    first, *others = outlines["healthy"]
    assert len(others) > 50
    assert [other.setup_id for other in others if compare_setups(first, other).diverges] == []


def test_failed_ones_do(outlines: dict[str, list[Outline]]) -> None:
    good = outlines["healthy"][0]
    failed = [other for other in outlines["faulty"] if not other.succeeded]
    assert len(failed) > 50
    assert [other.setup_id for other in failed if not compare_setups(good, other).diverges] == []


def test_nothing_that_matters_is_unusual_in_a_healthy_one(outlines: dict[str, list[Outline]]) -> None:
    half = len(outlines["healthy"]) // 2
    baseline = Baseline(outlines["healthy"][:half])
    unusual = [find_unusual(baseline, other) for other in outlines["healthy"][half:]]
    assert [found.setup.setup_id for found in unusual if found.diverges] == []
