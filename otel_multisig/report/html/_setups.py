"""Set-ups and findings, as the page takes them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.diagnosis.remedies import REMEDIES
from otel_multisig.report._facts_in_words import cause_in_words
from otel_multisig.report.html._items import Items
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otel_multisig.diagnosis.finding import Evidence, Finding
    from otel_multisig.report.html._texts import TextTable
    from otel_multisig.report.html.reported import Reported

__all__ = ["describe_faults", "describe_setups", "find_origin"]

_MAX_DEPTH: Final = 4
_MICROSECOND: Final = 1000


def find_origin(setups: Sequence[Reported]) -> int:
    """When the first set-up began, in nanoseconds since the epoch; 0 where there is none."""
    return min((_times(reported)[0] for reported in setups), default=0)


def describe_setups(setups: Sequence[Reported], texts: TextTable, origin_nano: int) -> list[dict[str, Any]]:
    """Every set-up with its items, its snapshots and what was found in it."""
    servers = _server_names(setups)
    items = [Items(reported, texts, origin_nano, servers) for reported in setups]
    places = _Places(setups, items)
    return [_describe(reported, own, places, texts, origin_nano) for reported, own in zip(setups, items, strict=True)]


def describe_faults(setups: Sequence[Reported], sources: str | None) -> dict[str, dict[str, Any]]:
    """What to do about each kind of fault that is the verdict on a set-up or stands among its faults.

    Args:
        setups: the set-ups.
        sources: the recordings as one types them behind a command, where they have a name.
    """
    findings: defaultdict[FaultType, list[Finding]] = defaultdict(list)
    for reported in setups:
        for finding in reported.diagnosis.faults:
            findings[FaultType(finding.kind)].append(finding)
    return {str(kind): _describe_fault(kind, found, sources) for kind, found in findings.items() if kind in REMEDIES}


def _describe_fault(kind: FaultType, findings: Sequence[Finding], sources: str | None) -> dict[str, Any]:
    """The remedy, with the port filled in where all findings have the same."""
    remedy = REMEDIES[kind]
    ports = {finding.evidence[0].port for finding in findings if finding.evidence}
    port = ports.pop() if len(ports) == 1 else None
    return {
        "title": remedy.title,
        "meaning": remedy.meaning,
        "words": list(remedy.words),
        "commands": list(remedy.commands_for(port=port, source=sources)),
        "page": remedy.page,
    }


def _describe(reported: Reported, items: Items, places: _Places, texts: TextTable, origin_nano: int) -> dict[str, Any]:
    trace, diagnosis = reported.trace, reported.diagnosis
    start, end = _times(reported)
    root = trace.root
    return {
        "escrow": texts.add(trace.escrow_id),
        "setup": texts.add(trace.setup_id),
        "trace": texts.add(trace.trace_id),
        "outcome": trace.outcome,
        "ended": root is not None and root.ended and not root.interrupted,
        "start": (start - origin_nano) // _MICROSECOND,
        "end": (end - origin_nano) // _MICROSECOND,
        "sources": [texts.add(source) for source in reported.sources],
        "context": reported.context,
        "lost": sum(gap.stop - gap.start for gap in trace.gaps),
        "attributes": [] if root is None else texts.add_attributes(root.attributes),
        "items": items.rows,
        "snapshots": items.snapshots,
        "findings": [
            _describe_finding(finding, cause_in_words(finding), places, texts, origin_nano)
            for finding in diagnosis.findings
        ],
    }


def _describe_finding(
    finding: Finding, sentence: str, places: _Places, texts: TextTable, origin_nano: int, depth: int = _MAX_DEPTH
) -> dict[str, Any]:
    inner = finding.consequences if depth else ()
    return {
        "kind": str(finding.kind),
        "fault": finding.is_fault,
        "sentence": texts.add(sentence),
        "role": texts.add(finding.role),
        "round": finding.round,
        "delay": None if finding.delay_nano is None else finding.delay_nano // _MICROSECOND,
        "interfering": [texts.add(escrow) for escrow in finding.interfering],
        "sure": finding.sure,
        "others": [str(other) for other in finding.others],
        "evidence": [
            [
                *places.of(evidence),
                (evidence.time_unix_nano - origin_nano) // _MICROSECOND,
                evidence.number,
                texts.add(evidence.what),
            ]
            for evidence in finding.evidence
        ],
        "consequences": [_describe_finding(one, one.sentence, places, texts, origin_nano, depth - 1) for one in inner],
    }


class _Places:
    """Where a piece of evidence lies: the set-up and the item, each -1 where it is not on the page."""

    def __init__(self, setups: Sequence[Reported], items: Sequence[Items]) -> None:
        self._items: Final = items
        self._by_trace = {(one.trace.setup_id, one.trace.trace_id): at for at, one in enumerate(setups)}
        self._by_setup = {one.trace.setup_id: at for at, one in reversed(list(enumerate(setups)))}

    def of(self, evidence: Evidence) -> tuple[int, int]:
        at = self._by_trace.get((evidence.setup_id, evidence.trace_id), self._by_setup.get(evidence.setup_id, -1))
        return (at, -1) if at < 0 else (at, self._items[at].find(evidence))


def _times(reported: Reported) -> tuple[int, int]:
    """The first and the last time in a set-up's record."""
    times = [item.time_unix_nano for item in reported.trace.timeline()]
    return (min(times), max(times)) if times else (0, 0)


def _server_names(setups: Sequence[Reported]) -> Mapping[tuple[str | None, int], str]:
    """What a server is called: its port, and its address too where several servers have the port."""
    seen = Counter({(call.address, call.port) for one in setups for call in one.trace.calls if call.port is not None})
    hosts: defaultdict[int, set[str]] = defaultdict(set)
    for address, port in seen:
        if address is not None and port is not None:
            hosts[port].add(address)
    return {
        (address, port): f"{address}:{port}" for port, found in hosts.items() if len(found) > 1 for address in found
    }
