"""A page about one set-up measured by many good ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis.comparison import Aspect, DifferenceKind
from otel_multisig.report._facts_in_words import with_full_stop
from otel_multisig.report._words import format_duration, number_of, plain
from otel_multisig.report.comparison_groups import alike, groups_of
from otel_multisig.report.comparison_page import (
    BAD,
    QUIET,
    WELL,
    Entry,
    Page,
    Section,
    cause_section,
    event_of,
    names_of,
    subject_of,
)
from otel_multisig.report.comparison_sentences import describe_unusuals, unusual_likeness
from otel_multisig.report.comparison_words import describe_steps, detail_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.diagnosis import Finding
    from otel_multisig.diagnosis.comparison import Unusual, UnusualSetup

__all__ = ["unusual_page"]

_FOLDED: Final = {
    DifferenceKind.SLOWER: "took longer than in any good one",
    DifferenceKind.FASTER: "took less time than in any good one",
    DifferenceKind.WAITED_LONGER: "began after a longer pause than in any good one",
    DifferenceKind.WAITED_LESS: "began after a shorter pause than in any good one",
    DifferenceKind.EXTRA: "in none of the good ones, or in few",
    DifferenceKind.MISSING: "missing that the good ones have",
}


def unusual_page(
    found: UnusualSetup, sources: tuple[str, str], cause: Finding | None = None, *, left_out: int = 0, whole: bool
) -> Page:
    """One set-up measured by many good ones.

    Args:
        found: what is unusual in it.
        sources: where the good ones and it come from.
        cause: what the rules say of it.
        left_out: how many set-ups that were named as good did not come through, and were left out.
        whole: tell everything, fold nothing.
    """
    good = number_of(found.good, "good set-up")
    good += f"; {left_out} left out that did not come through well" if left_out else ""
    sections = [
        *cause_section(cause),
        Section("Then, in the order of BAD:" if found.diverges else "", tuple(_told(found, whole=whole))),
    ]
    return Page(
        (("GOOD", Entry(good, "", (plain(sources[0]),))), ("BAD", subject_of(found.setup, sources[1]))),
        _headline(found, cause),
        tuple(section for section in sections if section.entries),
    )


def _headline(found: UnusualSetup, cause: Finding | None) -> Entry:
    first = found.first
    if first is not None:
        group = alike(first, found.unusual, unusual_likeness)
        return Entry(with_full_stop(describe_unusuals(group)), BAD, _details(first))
    if cause is not None:
        return Entry("No step is unusual that matters, and yet BAD has a fault.", BAD)
    if found.unusual:
        return Entry("Nothing is unusual that matters.", WELL)
    return Entry(f"Nothing is unusual: it does as {number_of(found.good, 'good set-up')} did.", WELL)


def _details(unusual: Unusual) -> tuple[str, ...]:
    if unusual.kind is DifferenceKind.MISSING:
        return ()
    told = [text] if (text := detail_of(unusual.step)) is not None else []
    if unusual.usual_time is not None and unusual.aspect is Aspect.RESULT:
        span = unusual.usual_time
        told.append(f"in good ones it takes {format_duration(span.shortest)} to {format_duration(span.longest)}")
    if (number := event_of(unusual.step)) is not None:
        told.append(f"event {number} of BAD")
    return tuple(told)


def _told(found: UnusualSetup, *, whole: bool) -> Iterable[Entry]:
    """All but the first that matters, many of a kind in one line."""
    for group, folded_under in groups_of(found.unusual, found.first, unusual_likeness, _FOLDED, whole=whole):
        if folded_under is not None:
            steps = [each.step for each in group]
            yield Entry(f"{describe_steps(steps)} {folded_under}: {names_of(steps)}")
        elif group[0].matters:
            yield Entry(describe_unusuals(group), BAD, _details(group[0]))
        else:
            yield Entry(describe_unusuals(group))
    if words := describe_steps(found.ended):
        yield Entry(f"BAD had ended by then: {words} of the good ones never came", QUIET)
    if found.unusual:
        yield Entry(f"{number_of(found.alike, 'step')} as usual", QUIET)
