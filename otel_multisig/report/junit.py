"""What an analysis found as JUnit XML: a test case a set-up, a failure where it has a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from otel_multisig.report._facts_in_words import certainty, escrow_of, fault_and_place, sentence_of
from otel_multisig.report._words import format_offset, plain
from otel_multisig.semconv import spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis import Diagnosis, Finding
    from otel_multisig.report.results import Judged, ProblemEntry, Results

__all__ = ["junit"]

_SUITE: Final = "otel-multisig analyze"
_CLASS: Final = spans.SETUP
_SECOND: Final = 1_000_000_000


def junit(results: Results) -> str:
    """The document, as GitLab, Jenkins and others read it."""
    counts = (
        f'tests="{len(results.judged) + len(results.problems)}" failures="{len(results.faulty)}" '
        f'errors="{len(results.problems)}"'
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {counts}>"]
    lines.append(f"  <testsuite name={quoteattr(_SUITE)} {counts}>")
    for judged in results.judged:
        lines += _case(judged)
    for problem in results.problems:
        lines += _error(problem)
    lines += ["  </testsuite>", "</testsuites>", ""]
    return "\n".join(lines)


def _case(judged: Judged) -> Iterator[str]:
    diagnosis = judged.diagnosis
    setup, verdict = diagnosis.setup, diagnosis.verdict
    seconds = max(0, setup.last_nano - setup.start_nano) / _SECOND
    file = f" file={_attribute(judged.sources[0])}" if judged.sources else ""
    head = f'    <testcase classname="{_CLASS}" name={_attribute(setup.setup_id)}{file} time="{seconds:.3f}"'
    if verdict is None:
        yield f"{head}/>"
        return
    yield f"{head}>"
    yield f"      <failure type={_attribute(str(verdict.kind))} message={_attribute(sentence_of(diagnosis))}>"
    for line in _words(verdict, diagnosis):
        yield escape(plain(line))
    yield "</failure>"
    yield "    </testcase>"


def _words(verdict: Finding, diagnosis: Diagnosis) -> Iterator[str]:
    from otel_multisig.diagnosis.remedies import REMEDIES

    yield fault_and_place(verdict, diagnosis.setup)
    yield certainty(verdict)
    yield from (f"with escrow {other}" for other in verdict.interfering)
    yield "evidence:"
    for piece in verdict.evidence:
        whose = "" if piece.setup_id == diagnosis.setup.setup_id else f"escrow {escrow_of(piece.setup_id)}: "
        number = "" if piece.number is None else f" event {piece.number}:"
        yield f"  {format_offset(piece.time_unix_nano - diagnosis.setup.start_nano)}{number} {whose}{piece.what}"
    for consequence in verdict.consequences:
        yield f"  it followed: {consequence.sentence}"
    yield f"what to do: {REMEDIES[verdict.kind].page}"  # type: ignore[index]


def _error(problem: ProblemEntry) -> Iterator[str]:
    yield f'    <testcase classname="input" name={_attribute(problem.source)}>'
    yield f"      <error message={_attribute(problem.what)}>{escape(plain(problem.remedy))}</error>"
    yield "    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(plain(text))
