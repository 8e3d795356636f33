"""What is taken out of a record never makes a verdict surer, and never has another cause named in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from otel_multisig.diagnosis import Diagnosis, Finding, diagnose
from otel_multisig.diagnosis.facts import SetupFacts
from otel_multisig.model import EscrowTrace, Span, SpanKind
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.sources import load, open_sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATTERNS = {"otlp": "*otlp.jsonl.gz", "legacy": "escrow_*.json.gz"}


@pytest.mark.parametrize("form", ["otlp", "legacy"])
def test_less_evidence_never_makes_a_verdict_surer_or_another(score: Any, form: str) -> None:
    groups = sorted({label.group for label in score.read_labels() if label.truth.fault is not None})
    broken = [line for group in groups for line in _broken(score.CORPUS / group, PATTERNS[form])]
    assert not broken, f"{len(broken)} broken:\n" + "\n".join(broken[:40])


def _broken(group: Path, pattern: str) -> Iterator[str]:
    traces = {trace.setup_id: trace for trace in load(open_sources(map(str, sorted(group.glob(pattern))))).traces}
    facts = {setup_id: SetupFacts.of(trace) for setup_id, trace in traces.items()}
    for setup_id, verdict in _verdicts(facts).items():
        for owner, sequence in _pieces(traces):
            changed = _without(traces[owner], sequence)
            if not changed.spans:
                continue
            after = _verdicts({**facts, owner: SetupFacts.of(changed)}).get(setup_id)
            if after is not None and not _holds(verdict, after):
                yield f"{setup_id} without {sequence} of {owner}: {_words(verdict)} became {_words(after)}"


def _verdicts(facts: dict[str, SetupFacts]) -> dict[str, Finding]:
    # Rules keep nothing in facts, so one object may be judged again.
    diagnoses: tuple[Diagnosis, ...] = diagnose(facts.values())
    return {one.setup.setup_id: one.verdict for one in diagnoses if one.verdict is not None}


def _pieces(traces: dict[str, EscrowTrace]) -> Iterator[tuple[str, int]]:
    """Everything that was recorded, one after the other."""
    for trace in traces.values():
        for item in trace.timeline():
            if item.sequence is not None:
                yield trace.setup_id, item.sequence


def _holds(before: Finding, after: Finding) -> bool:
    """Another cause may at most be thought likelier, and not without the one that was found."""
    if after.kind is before.kind:
        return before.sure or not after.sure
    return not after.sure and (after.kind is FaultType.UNKNOWN or before.kind in after.others)


def _words(verdict: Finding) -> str:
    return f"{'surely ' if verdict.sure else ''}{verdict.kind}"


def _without(trace: EscrowTrace, sequence: int) -> EscrowTrace:
    """The record without one event, or without the span that starts or ends there and all that happened in it."""
    spans: list[Span] = []
    gone: set[str] = set()
    for span in trace.spans:
        is_it = sequence in {span.start.sequence, span.end.sequence if span.end is not None else None}
        if span.parent_span_id in gone or (is_it and span.kind is SpanKind.CALL):
            gone.add(span.span_id)
            continue
        events = tuple(event for event in span.events if event.sequence != sequence)
        spans.append(msgspec.structs.replace(span, events=events))
    return EscrowTrace.build(trace.escrow_id, trace.setup_id, spans)
