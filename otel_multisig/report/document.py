"""What an analysis found as JSON, for programs."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET

from otel_multisig.report._entries import (
    Document,
    EvidenceEntry,
    FindingEntry,
    RemedyEntry,
    SetupEntry,
    Summary,
    VerdictEntry,
)
from otel_multisig.report._facts_in_words import cause_in_words, commands_of
from otel_multisig.report.calls import calls_of
from otel_multisig.semconv.attributes import FaultType, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.diagnosis import Diagnosis, Evidence, Finding
    from otel_multisig.report.results import Judged, Results

__all__ = [
    "NO_VIEWS",
    "VERSION",
    "Document",
    "Views",
    "document_of",
    "encode",
    "json_schema",
    "rfc3339",
    "schema_of",
]

VERSION: Final = 1
"""Goes up when a program that reads the document could break; a field that is added does not raise it."""

_SECOND: Final = 1_000_000_000
_LAST_SECOND: Final = 253_402_300_799
_TO_SECONDS: Final = len("2026-01-01T00:00:00")
# The controls that JSON lets stand as they are: DEL and the second set, and what turns the direction of text.
_ORDERS: Final = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Views(msgspec.Struct, frozen=True):
    """What was asked for beyond the verdicts.

    Attributes:
        timeline: all that happened.
        rpc: the calls by method and role.
        snapshots: the wallets at each point.
        changes: what changed between points.
        errors: what failed.
        time: where the time went.
    """

    timeline: bool = False
    rpc: bool = False
    snapshots: bool = False
    changes: bool = False
    errors: bool = False
    time: bool = False

    @property
    def any(self) -> bool:
        """Whether anything was asked for, so that whole set-ups have to be at hand."""
        return self.timeline or self.rpc or self.snapshots or self.changes or self.errors or self.time

    @property
    def only(self) -> bool:
        """Whether something was asked for with a word that says that nothing else is wanted."""
        return self.rpc or self.snapshots or self.errors


NO_VIEWS: Final = Views()


def document_of(
    results: Results,
    *,
    views: Views = NO_VIEWS,
    comparison: Any = UNSET,
) -> Document:
    """What was found, as the document.

    Args:
        results: what was found.
        views: what was asked for beyond the verdicts; for those each set-up has its trace.
        comparison: the comparison that was asked for, as values of JSON.
    """
    by_fault = Counter(str(judged.verdict.kind) for judged in results.judged if judged.verdict is not None)
    faulty = sum(by_fault.values())
    return Document(
        version=VERSION,
        setups=tuple([_setup(judged, results, views) for judged in results.judged]),
        summary=Summary(
            setups=len(results.judged),
            healthy=len(results.judged) - faulty,
            faulty=faulty,
            by_fault=dict(by_fault.most_common()),
        ),
        problems=results.problems,
        calls=calls_of(results).statistics() if views.rpc else UNSET,
        comparison=comparison,
    )


def _setup(judged: Judged, results: Results, views: Views) -> SetupEntry:
    diagnosis = judged.diagnosis
    setup = diagnosis.setup
    verdict = diagnosis.verdict
    entry = SetupEntry(
        source=judged.sources[0] if len(judged.sources) == 1 else judged.sources,
        escrow_id=setup.escrow_id,
        setup_id=setup.setup_id,
        trace_id=setup.trace_id,
        outcome=None if setup.outcome is None else Outcome(setup.outcome),
        started=rfc3339(setup.start_nano),
        duration_seconds=(setup.last_nano - setup.start_nano) / _SECOND,
        verdict=None if verdict is None else _verdict(verdict, judged, results),
        findings=tuple([_finding(finding, cause_in_words(finding), diagnosis) for finding in diagnosis.findings]),
        trace_urls=judged.addresses or UNSET,
    )
    return entry if judged.trace is None or not views.any else msgspec.structs.replace(entry, **_views(judged, views))


def _verdict(verdict: Finding, judged: Judged, results: Results) -> VerdictEntry:
    from otel_multisig.diagnosis.remedies import REMEDIES

    fault = FaultType(verdict.kind)
    remedy = REMEDIES[fault]
    return VerdictEntry(
        fault=fault,
        role=verdict.role,
        round=verdict.round,
        sure=verdict.sure,
        others=tuple([str(other) for other in verdict.others]),
        interfering=verdict.interfering,
        sentence=cause_in_words(verdict),
        remedy=RemedyEntry(remedy.title, remedy.words, commands_of(verdict, judged, results), remedy.page),
    )


def _finding(finding: Finding, sentence: str, diagnosis: Diagnosis) -> FindingEntry:
    start = diagnosis.setup.start_nano
    return FindingEntry(
        fault=str(finding.kind) if finding.is_fault else None,
        observation=None if finding.is_fault else str(finding.kind),
        role=finding.role,
        round=finding.round,
        sure=finding.sure,
        others=tuple([str(other) for other in finding.others]),
        interfering=finding.interfering,
        sentence=sentence,
        delay_seconds=None if finding.delay_nano is None else finding.delay_nano / _SECOND,
        evidence=tuple([_evidence(evidence, start) for evidence in finding.evidence]),
        consequences=tuple(
            [_finding(consequence, consequence.sentence, diagnosis) for consequence in finding.consequences]
        ),
    )


def _evidence(evidence: Evidence, start: int) -> EvidenceEntry:
    return EvidenceEntry(
        setup_id=evidence.setup_id,
        number=evidence.number,
        sequence=evidence.sequence,
        time=rfc3339(evidence.time_unix_nano),
        offset_seconds=(evidence.time_unix_nano - start) / _SECOND,
        trace_id=evidence.trace_id,
        span_id=evidence.span_id,
        role=evidence.role,
        port=evidence.port,
        what=evidence.what,
    )


def _views(judged: Judged, views: Views) -> Mapping[str, Any]:
    from otel_multisig.report._view_entries import view_entries

    return view_entries(judged, views)


def rfc3339(unix_nano: int) -> str:
    """A time as text, to the nanosecond."""
    seconds, rest = divmod(unix_nano, _SECOND)
    # A year of five digits has no text in this form.
    moment = datetime.fromtimestamp(min(max(seconds, 0), _LAST_SECOND), UTC)
    return f"{moment.isoformat()[:_TO_SECONDS]}.{rest:09d}Z"


def encode(document: msgspec.Struct) -> str:
    """The document as text, indented. What a terminal could take for an order stands in it as an escape."""
    try:
        data = msgspec.json.encode(document)
    except UnicodeEncodeError:
        # A lone surrogate, for which UTF-8 has no bytes.
        data = msgspec.json.encode(_mended(msgspec.to_builtins(document)))
    return _ORDERS.sub(lambda found: f"\\u{ord(found[0]):04x}", msgspec.json.format(data, indent=2).decode())


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_mended(key): _mended(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(inner) for inner in value]
    return value


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    return schema_of(Document, "urn:otel-multisig:analysis:1", "otel-multisig analyze --json")


def schema_of(document: type[msgspec.Struct], name: str, title: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a document.

    Args:
        document: its type.
        name: the schema's id, a URN with the document's version at its end.
        title: what writes the document.
    """
    schema = msgspec.json.schema(document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, "title": title, **schema}
