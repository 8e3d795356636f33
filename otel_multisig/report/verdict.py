"""One set-up's verdict for the terminal: the sentence first, then what it rests on, what followed, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from otel_multisig.model import Outcome
from otel_multisig.report._facts_in_words import (
    cause_in_words,
    certainty,
    commands_of,
    ending,
    escrow_of,
    involved_setups,
    place_of,
    sentence_of,
    short_names,
    with_full_stop,
)
from otel_multisig.report._layout import Grid, Paragraph, heading, unbroken
from otel_multisig.report._words import format_clock, format_duration, format_offset, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from otel_multisig.diagnosis import Diagnosis, Evidence, Finding
    from otel_multisig.report.results import Judged, Results

__all__ = ["observations", "remedy_of", "verdict_details", "verdict_line"]

_WORDS: Final[Mapping[Outcome | None, tuple[str, str]]] = {
    Outcome.SUCCESS: ("OK", "bold green"),
    Outcome.FAILURE: ("FAILED", "bold red"),
}
_OPEN: Final = ("OPEN", "bold yellow")
_LABEL_WIDTH: Final = 13
_CAP_EVIDENCE: Final = 12
_CAP_OBSERVATIONS: Final = 5


def verdict_line(diagnosis: Diagnosis) -> RenderableType:
    """The verdict in one sentence, behind a word that says whether there is a fault."""
    if diagnosis.verdict is not None:
        return Paragraph(sentence_of(diagnosis), Text("FAULT  ", style="bold red"))
    word, style = _WORDS.get(diagnosis.setup.outcome, _OPEN)
    return Paragraph(sentence_of(diagnosis), Text(f"{word:<7}", style=style))


def verdict_details(judged: Judged, results: Results, *, whole: bool = False) -> RenderableType:
    """What a verdict rests on and what followed from it; of a set-up without a fault, what is known of it.

    Args:
        judged: the set-up.
        results: all that was read, for the names of other set-ups.
        whole: whether long lists are shown to their ends.
    """
    return Group(*_details(judged, results, whole=whole))


def _details(judged: Judged, results: Results, *, whole: bool) -> Iterator[RenderableType]:
    diagnosis = judged.diagnosis
    verdict = diagnosis.verdict
    others = () if verdict is None else involved_setups(verdict, diagnosis.setup.setup_id)
    yield from _head(judged, results, others)
    if verdict is not None:
        yield from _proof(verdict, diagnosis, whole=whole)
    for finding in diagnosis.faults[1:]:
        yield Text()
        yield heading(f"Also: {finding.kind}")
        yield Paragraph(with_full_stop(plain(cause_in_words(finding))), indent=2)
        yield Paragraph(Text(certainty(finding), style="dim"), indent=2)
        yield from _proof(finding, diagnosis, whole=whole)


def _head(judged: Judged, results: Results, others: Sequence[str]) -> Iterator[RenderableType]:
    diagnosis = judged.diagnosis
    verdict = diagnosis.verdict
    if verdict is not None:
        place = place_of(verdict, diagnosis.setup)
        fault = Text.assemble((str(verdict.kind), "bold"), f": {place}" if place else "")
        if verdict.delay_nano:
            fault.append(f"; the first symptom came {format_duration(verdict.delay_nano)} later")
        yield _labelled("cause", fault)
        yield _labelled("certainty", Text(certainty(verdict), style="" if verdict.sure else "yellow"))
    yield _labelled("escrow", Text(f"{plain(diagnosis.setup.escrow_id)}, {ending(diagnosis)}"))
    yield _labelled("started", Text(format_clock(diagnosis.setup.start_nano)))
    for number, source in enumerate(judged.sources):
        yield _path("recorded in" if number == 0 else "", source)
    for number, address in enumerate(judged.addresses):
        yield _path("trace" if number == 0 else "", address)
    if verdict is not None:
        named = {escrow_of(setup_id): setup_id for setup_id in others}
        for escrow_id in dict.fromkeys([plain(other) for other in verdict.interfering] + list(named)):
            yield _labelled("with escrow", Text(escrow_id))
            for source in results.sources_of(named[escrow_id]) if escrow_id in named else ():
                yield _path("", source)


def _labelled(label: str, text: Text) -> RenderableType:
    return Paragraph(text, Text(f"{label:<{_LABEL_WIDTH}}", style="dim"), indent=2)


def _path(label: str, name: str) -> RenderableType:
    # Not broken into lines: it is there to be copied.
    return unbroken(Text.assemble((f"  {label:<{_LABEL_WIDTH}}", "dim"), plain(name)))


def _proof(finding: Finding, diagnosis: Diagnosis, *, whole: bool) -> Iterator[RenderableType]:
    if finding.evidence:
        yield Text()
        yield heading("Evidence")
        shown = finding.evidence if whole else finding.evidence[:_CAP_EVIDENCE]
        yield Grid(_evidence_rows(shown, diagnosis), right=(0, 1), flexible=4)
        if len(shown) < len(finding.evidence):
            yield _more(len(finding.evidence) - len(shown), "piece", "pieces")
    if finding.consequences:
        yield Text()
        yield heading("What followed from it")
        rows = list(_consequence_rows(finding.consequences, diagnosis))
        shown_rows = rows if whole else rows[:_CAP_EVIDENCE]
        yield Grid(shown_rows, right=(0, 1), flexible=2)
        if len(shown_rows) < len(rows):
            yield _more(len(rows) - len(shown_rows), "consequence", "consequences")


def _evidence_rows(evidence: Iterable[Evidence], diagnosis: Diagnosis) -> Iterator[tuple[Text | str, ...]]:
    own = diagnosis.setup
    evidence = tuple(evidence)
    names = short_names(escrow_of(piece.setup_id) for piece in evidence)
    for piece in evidence:
        foreign = piece.setup_id != own.setup_id
        what = Text(plain(piece.what))
        name = names[escrow_of(piece.setup_id)]
        if foreign and name not in what.plain:
            what = Text.assemble((f"escrow {name}: ", "magenta"), what)
        yield (
            format_offset(piece.time_unix_nano - own.start_nano),
            _event_number(piece.number),
            plain(piece.role or ""),
            "" if piece.port is None else str(piece.port),
            what,
        )


def _event_number(number: int | None) -> Text:
    return Text("" if number is None else f"#{number}", style="dim")


def _consequence_rows(
    findings: Iterable[Finding], diagnosis: Diagnosis, depth: int = 0
) -> Iterator[tuple[Text | str, ...]]:
    for finding in findings:
        first = finding.evidence[0] if finding.evidence else None
        offset = "" if first is None else format_offset(first.time_unix_nano - diagnosis.setup.start_nano)
        number = _event_number(None if first is None else first.number)
        yield offset, number, Text(f"{'  ' * depth}{with_full_stop(plain(finding.sentence))}")
        yield from _consequence_rows(finding.consequences, diagnosis, depth + 1)


def remedy_of(
    finding: Finding, judged: Judged, results: Results, *, name_it: bool = False, told: set[str] | None = None
) -> RenderableType:
    """What to do about a fault, in words and in commands, and the page that says more.

    Args:
        finding: the fault.
        judged: the set-up, for the commands.
        results: all that was read.
        name_it: whether the fault is named above, where several remedies stand one below the other.
        told: the steps that stand above already; those that are told here are added.
    """
    from otel_multisig.diagnosis.remedies import REMEDIES

    remedy = REMEDIES[finding.kind]  # type: ignore[index]
    told = set() if told is None else told
    steps = [words for words in remedy.words if words not in told]
    told.update(steps)
    rest = "- and what stands above" if len(steps) < len(remedy.words) else ""
    return Group(
        Text(),
        heading(f"What to do about {finding.kind}" if name_it else "What to do"),
        *(Paragraph(words, "- ", indent=2) for words in steps),
        *([Paragraph(Text(rest, style="dim"), indent=2)] if rest else []),
        Text(),
        *(_command(line) for line in commands_of(finding, judged, results)),
        Paragraph(Text(f"more: {remedy.page}", style="dim"), indent=2),
    )


def _command(line: str) -> Text:
    # Not broken into lines: it is there to be copied.
    return unbroken(Text.assemble(("  $ ", "dim"), (line, "cyan")))


def observations(diagnosis: Diagnosis, *, whole: bool = False) -> RenderableType:
    """What is unusual without being a fault; nothing where there is nothing."""
    found = diagnosis.observations
    if not found:
        return Group()
    shown = found if whole else found[:_CAP_OBSERVATIONS]
    rest = [_more(len(found) - len(shown), "observation", "observations")] if len(shown) < len(found) else []
    rows = ((Text(f"{finding.kind}", style="dim"), Text(with_full_stop(plain(finding.sentence)))) for finding in shown)
    return Group(Text(), heading("Unusual, and no fault"), Grid(rows, flexible=1), *rest)


def _more(number: int, one: str, many: str) -> Text:
    return Text(f"  and {number:,} {one if number == 1 else many} more: --all", style="dim")
