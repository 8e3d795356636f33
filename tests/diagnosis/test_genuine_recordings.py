"""Recordings of the legacy collector over real wallets, with faults really provoked: each gets exactly its label."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from otel_multisig.diagnosis import SetupFacts, diagnose
from otel_multisig.sources import load, open_sources

DATA = Path(__file__).parents[1] / "data"
LABELS = json.loads((DATA / "legacy-labels.json").read_text())


@pytest.mark.parametrize("label", LABELS, ids=lambda label: f"{label['fault']}-{label['file'][7:15]}")
def test_the_verdict_is_the_label(label: dict[str, Any]) -> None:
    (trace,) = load(open_sources([str(DATA / "legacy" / label["file"])])).traces
    verdict = diagnose([SetupFacts.of(trace)])[0].verdict
    if label["fault"] == "none":
        assert verdict is None
        return
    assert verdict is not None
    assert (verdict.kind, verdict.role, verdict.round) == (label["fault"], label["culprit"], label["round"])
    assert list(verdict.interfering) == label["interfering_escrows"]


def test_read_together_they_get_the_same_verdicts() -> None:
    traces = load(open_sources([str(DATA / "legacy")])).traces
    facts = [SetupFacts.of(trace) for trace in traces]
    alone = [diagnose([one])[0].verdict for one in facts]
    together = [one.verdict for one in diagnose(facts)]
    assert [v and (v.kind, v.role, v.round) for v in together] == [v and (v.kind, v.role, v.round) for v in alone]
