"""What an analysis found as Markdown, to paste into an issue. Nothing of a trace is markup in it, nor a mention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from otel_multisig.report._facts_in_words import (
    cause_in_words,
    certainty,
    commands_of,
    ending,
    escrow_of,
    place_of,
    sentence_of,
    with_full_stop,
)
from otel_multisig.report._words import format_offset, plain
from otel_multisig.report.overview import summary_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from otel_multisig.diagnosis import Diagnosis, Finding
    from otel_multisig.report.results import Judged, Results

__all__ = ["escaped", "fenced", "markdown"]

# What is markup wherever it stands, an underscore at the edge of a word, and what begins a list.
_SPECIAL: Final = re.compile(r"([\\`*\[\]<>#|~&$]|(?<!\w)_|_(?!\w)|^[+-](?=\s)|(?<=^\d)[.)])")
_TICKS: Final = re.compile("`+")
# An invisible blank: without it GitHub makes a mention, a reference, a link or a picture of what follows.
_APART: Final = "\u200b"
_LINKS: Final = re.compile(r"(?<=@)|(?<=#)(?=\d)|(?<=:)(?=//|\w)|(?<=www)(?=\.)", re.IGNORECASE)
_CAP: Final = 50
_DETAILS: Final = 3


def markdown(results: Results, *, whole: bool = False, brief: bool = False) -> str:
    """The verdicts, what they rest on, and what to do.

    Args:
        results: what was found.
        whole: whether long lists are shown to their ends.
        brief: whether the verdict is all that is wanted.
    """
    lines: list[str] = []
    if brief:
        one = len(results.judged) == 1
        sentence = sentence_of(results.judged[0].diagnosis) if one else summary_sentence(results)
        lines += [f"### {escaped(sentence)}", ""]
    elif len(results.judged) == 1:
        lines += _one(results.judged[0], results)
    else:
        lines += [f"**{escaped(summary_sentence(results))}**", ""]
        lines += _table(results.faulty if whole else results.faulty[:_CAP])
        if not whole and len(results.faulty) > _CAP:
            lines += [f"... and {len(results.faulty) - _CAP:,} more (`--all`).", ""]
        for judged in results.faulty if whole else results.faulty[:_DETAILS]:
            lines += _one(judged, results)
    if results.problems:
        lines += ["What could not be read:", ""]
        lines += [f"- {_code(problem.source)}: {escaped(problem.what)}" for problem in results.problems[:_CAP]]
        lines.append("")
    return "\n".join(lines)


def _table(judged: Iterable[Judged]) -> Iterator[str]:
    yield "| escrow | fault | wallet | sure | recorded in |"
    yield "| --- | --- | --- | --- | --- |"
    for one in judged:
        verdict = one.verdict
        assert verdict is not None
        sure = "yes" if verdict.sure else "likely"
        where = ", ".join(_cell(_code(source)) for source in one.sources)
        place = escaped(place_of(verdict, one.diagnosis.setup))
        yield f"| {_cell(_code(one.escrow_id))} | {verdict.kind} | {place} | {sure} | {where} |"
    yield ""


def _one(judged: Judged, results: Results) -> Iterator[str]:
    diagnosis = judged.diagnosis
    verdict = diagnosis.verdict
    yield f"### {escaped(sentence_of(diagnosis))}"
    yield ""
    yield f"- escrow {_code(diagnosis.setup.escrow_id)}, {ending(diagnosis)}"
    if judged.sources:
        yield f"- recorded in {', '.join(_code(source) for source in judged.sources)}"
    if judged.addresses:
        yield f"- trace {', '.join(_code(address) for address in judged.addresses)}"
    if verdict is not None:
        place = place_of(verdict, diagnosis.setup)
        yield f"- cause: **{verdict.kind}**{': ' if place else ''}{escaped(place)}"
        yield f"- certainty: {certainty(verdict)}"
        if verdict.interfering:
            yield f"- with escrow {', '.join(_code(other) for other in verdict.interfering)}"
    yield ""
    if verdict is not None:
        yield from _proof(verdict, diagnosis)
        yield from _remedy(verdict, judged, results)
    for finding in diagnosis.faults[1:]:
        yield f"Also **{finding.kind}**: {escaped(with_full_stop(cause_in_words(finding)))}"
        yield ""
        yield from _proof(finding, diagnosis)


def _proof(finding: Finding, diagnosis: Diagnosis) -> Iterator[str]:
    if finding.evidence:
        yield "| time | event | wallet | port | evidence |"
        yield "| ---: | ---: | --- | ---: | --- |"
        for piece in finding.evidence:
            own = piece.setup_id == diagnosis.setup.setup_id
            whose = "" if own else f"escrow {_cell(_code(escrow_of(piece.setup_id)))}: "
            offset = format_offset(piece.time_unix_nano - diagnosis.setup.start_nano)
            number = "" if piece.number is None else str(piece.number)
            port = "" if piece.port is None else str(piece.port)
            yield f"| {offset} | {number} | {escaped(piece.role or '')} | {port} | {whose}{escaped(piece.what)} |"
        yield ""
    if finding.consequences:
        yield "What followed from it:"
        yield ""
        yield from _consequences(finding.consequences, "")
        yield ""


def _consequences(findings: Iterable[Finding], indent: str) -> Iterator[str]:
    for finding in findings:
        yield f"{indent}- {escaped(with_full_stop(finding.sentence))}"
        yield from _consequences(finding.consequences, f"{indent}  ")


def _remedy(finding: Finding, judged: Judged, results: Results) -> Iterator[str]:
    from otel_multisig.diagnosis.remedies import REMEDIES

    remedy = REMEDIES[finding.kind]  # type: ignore[index]
    yield "What to do:"
    yield ""
    yield from (f"- {escaped(words)}" for words in remedy.words)
    yield ""
    yield fenced("\n".join(commands_of(finding, judged, results)), "sh")
    yield f"More: {_code(remedy.page)}"
    yield ""


def fenced(text: str, language: str = "text") -> str:
    """Text as a block of code that nothing in it can end."""
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in _TICKS.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}\n"


def escaped(text: str) -> str:
    """Text that is read as it is, whatever it holds."""
    return _LINKS.sub(_APART, _SPECIAL.sub(r"\\\1", plain(text)))


def _code(text: str) -> str:
    """A name, as it is."""
    text = plain(text)
    ticks = "`" * (1 + max((len(found) for found in _TICKS.findall(text)), default=0))
    blank = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def _cell(code: str) -> str:
    """Code in a table, where a bar ends the cell even in code."""
    return code.replace("|", "\\|")
