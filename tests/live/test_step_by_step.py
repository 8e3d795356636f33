"""Replayed step by step over recorded set-ups, the rules say nothing while these run that they take back in the end."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from otel_multisig.diagnosis import SetupFacts, diagnose
from otel_multisig.live._running import PROVED_FOR_GOOD
from otel_multisig.model import EscrowTrace, SpanKind, assemble
from otel_multisig.otlp import decode
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis import Finding
    from otel_multisig.model import Span, TimelineItem

CORPUS = Path(__file__).parents[1] / "corpus"
GROUPS = sorted(path.parent for path in CORPUS.glob("*/otlp.jsonl.gz"))


def read(group: Path) -> list[EscrowTrace]:
    lines = gzip.decompress((group / "otlp.jsonl.gz").read_bytes()).splitlines()
    return list(assemble(record for line in lines for record in decode(line)).traces)


def moments(traces: list[EscrowTrace]) -> Iterator[int]:
    """The times at which the live rules are asked: after snapshots and after calls."""

    def is_telling(item: TimelineItem) -> bool:
        if item.event is not None:
            return item.event.name == events.WALLET_SNAPSHOT
        return item.kind == "end" and item.span.kind is SpanKind.CALL

    yield from sorted({item.time_unix_nano for trace in traces for item in trace.timeline() if is_telling(item)})


def so_far(trace: EscrowTrace, now: int) -> SetupFacts | None:
    """What a recorder in the process knew of a set-up at a time; None before it began."""
    spans = [cut(span, now) for span in trace.spans if span.start.time_unix_nano <= now]
    if not spans:
        return None
    facts = SetupFacts.of(EscrowTrace.build(trace.escrow_id, trace.setup_id, spans))
    facts.ended = True  # as the live rules have it: the record is whole up to here
    return facts


def cut(span: Span, now: int) -> Span:
    known = tuple(event for event in span.events if event.time_unix_nano <= now)
    if span.end is not None and span.end.time_unix_nano <= now:
        return replace(span, events=known)
    attributes = {} if span.kind is SpanKind.SETUP else span.attributes
    return replace(
        span,
        events=known,
        end=None,
        status_code=0,
        error_type=None,
        error_code=None,
        interrupted=False,
        attributes=attributes,
    )


def with_consequences(finding: Finding) -> Iterator[str]:
    yield finding.kind
    for consequence in finding.consequences:
        yield from with_consequences(consequence)


def test_the_corpus_is_there() -> None:
    assert len(GROUPS) > 100
    assert json.loads((CORPUS / "labels.json").read_text())


@pytest.mark.parametrize("group", GROUPS[::6], ids=lambda group: group.name)
def test_nothing_is_taken_back(group: Path) -> None:
    traces = read(group)
    in_the_end = {
        diagnosis.setup.setup_id: {kind for fault in diagnosis.faults for kind in with_consequences(fault)}
        for diagnosis in diagnose(map(SetupFacts.of, traces))
    }
    for now in moments(traces):
        facts = [known for trace in traces if (known := so_far(trace, now)) is not None]
        for diagnosis in diagnose(facts):
            if diagnosis.setup.outcome is not None:
                continue
            for fault in diagnosis.faults:
                if fault.sure and fault.kind in PROVED_FOR_GOOD:
                    assert fault.kind in in_the_end[diagnosis.setup.setup_id], (now, fault)
