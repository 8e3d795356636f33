"""A page about one set-up beside another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis.comparison import DifferenceKind
from otel_multisig.report._facts_in_words import with_full_stop
from otel_multisig.report._words import number_of
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
from otel_multisig.report.comparison_sentences import describe_difference, describe_differences, likeness
from otel_multisig.report.comparison_words import describe_steps, detail_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.diagnosis import Finding
    from otel_multisig.diagnosis.comparison import Comparison, Difference

__all__ = ["pair_page"]

_FOLDED: Final = {
    DifferenceKind.SLOWER: "took longer in BAD",
    DifferenceKind.FASTER: "took longer in GOOD",
    DifferenceKind.WAITED_LONGER: "began after a longer pause in BAD",
    DifferenceKind.WAITED_LESS: "began after a longer pause in GOOD",
    DifferenceKind.ORDER: "came in another order",
    DifferenceKind.EXTRA: "only in BAD",
    DifferenceKind.MISSING: "only in GOOD",
}


def pair_page(
    comparison: Comparison,
    sources: tuple[str, str],
    cause: Finding | None = None,
    *,
    diverges: bool = False,
    whole: bool,
) -> Page:
    """One set-up beside another.

    Args:
        comparison: what was found.
        sources: where GOOD and BAD come from.
        cause: what the rules say of BAD.
        diverges: whether BAD went another way where no step does: the rules find a fault in it that GOOD has not.
        whole: tell everything, fold nothing.
    """
    sections = [
        *cause_section(cause),
        Section("Then, in the order of BAD:" if comparison.diverges else "", tuple(_told(comparison, whole=whole))),
    ]
    return Page(
        (
            ("GOOD", subject_of(comparison.good, sources[0])),
            ("BAD", subject_of(comparison.bad, sources[1])),
        ),
        _headline(comparison, diverges=diverges),
        tuple(section for section in sections if section.entries),
    )


def _headline(comparison: Comparison, *, diverges: bool) -> Entry:
    first = comparison.first
    if first is not None:
        group = alike(first, comparison.differences, likeness)
        return Entry(with_full_stop(describe_differences(group)), BAD, _details(first))
    if diverges:
        return Entry("No step differs that matters, and yet BAD has a fault that GOOD has not.", BAD)
    if comparison.differences or comparison.not_recorded:
        return Entry("Nothing differs that matters.", WELL)
    return Entry("The two are the same but for ids, times and hashes.", WELL)


def _details(difference: Difference) -> tuple[str, ...]:
    told = []
    for label, step in (("BAD", difference.bad), ("GOOD", difference.good)):
        text = detail_of(step)
        if text is not None:
            told.append(f"{label}: {text}")
    places = [
        f"event {number} of {label}"
        for label, step in (("BAD", difference.bad), ("GOOD", difference.good))
        if step is not None and (number := event_of(step)) is not None
    ]
    return (*told, *([", ".join(places)] if places else []))


def _told(comparison: Comparison, *, whole: bool) -> Iterable[Entry]:
    """All but the first that matters, many of a kind in one line."""
    found = comparison.differences
    for group, folded_under in groups_of(found, comparison.first, likeness, _FOLDED, whole=whole):
        yield _entry(group) if folded_under is None else _fold(group, folded_under)
    yield from _not_told(comparison)
    if comparison.bad.succeeded and not comparison.good.succeeded:
        yield Entry("GOOD did not come through, and BAD did: are they the right way round?", QUIET)
    if comparison.differences:
        yield Entry(f"{number_of(comparison.alike, 'step')} alike", QUIET)


def _not_told(comparison: Comparison) -> Iterable[Entry]:
    """What is missing for a reason that is known."""
    for label, other, steps in (("BAD", "GOOD", comparison.bad_ended), ("GOOD", "BAD", comparison.good_ended)):
        if words := describe_steps(steps):
            yield Entry(f"{label} had ended by then: {words} of {other} never came", QUIET)
    if words := describe_steps(comparison.not_recorded):
        yield Entry(f"left out, for a legacy recording has none of their kind: {words}", QUIET)


def _entry(group: Sequence[Difference]) -> Entry:
    if group[0].matters:
        return Entry(describe_differences(group), BAD, _details(group[0]))
    return Entry(describe_differences(group))


def _fold(group: Sequence[Difference], words: str) -> Entry:
    """Many of a kind in one line, the widest apart by name."""
    widest = max(group, key=_width)
    steps = [difference.step for difference in group]
    if not _width(widest):
        return Entry(f"{describe_steps(steps)} {words}: {names_of(steps)}")
    return Entry(f"{describe_steps(steps)} {words}; the most: {describe_difference(widest)}")


def _width(difference: Difference) -> int:
    good, bad = difference.good, difference.bad
    if good is None or bad is None:
        return 0
    if difference.kind in {DifferenceKind.SLOWER, DifferenceKind.FASTER}:
        return abs((bad.duration_nano or 0) - (good.duration_nano or 0))
    if difference.kind in {DifferenceKind.WAITED_LONGER, DifferenceKind.WAITED_LESS}:
        return abs((bad.wait_nano or 0) - (good.wait_nano or 0))
    return 0
