"""A page about one set-up measured by many good ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis.comparison import Aspect, DifferenceKind
from otel_multisig.report._facts_in_words import with_full_stop
from otel_multisig.report._words import format_duration, plain
from otel_multisig.report.comparison_page import (
    BAD,
    QUIET,
    WELL,
    Entry,
    Page,
    Section,
    cause_section,
    event_of,
    fold_by_kind,
    is_foldable,
    names_of,
    subject_of,
)
from otel_multisig.report.comparison_words import (
    count,
    describe_steps,
    describe_unusual,
    describe_unusuals,
    detail_of,
    unusual_likeness,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    first = found.first
    good = count(found.good, "good set-up")
    good += f"; {left_out} left out that did not come through well" if left_out else ""
    sections = [
        *cause_section(cause),
        Section("Then, in the order of BAD:" if first else "", tuple(_told_unusual(found, whole=whole))),
    ]
    return Page(
        (("GOOD", Entry(good, "", (plain(sources[0]),))), ("BAD", subject_of(found.setup, sources[1]))),
        _unusual_headline(found, first, cause),
        tuple(section for section in sections if section.entries),
    )


def _unusual_headline(found: UnusualSetup, first: Unusual | None, cause: Finding | None) -> Entry:
    if first is not None:
        return Entry(with_full_stop(describe_unusuals(_alike(first, found.unusual))), BAD, _unusual_details(first))
    if cause is not None:
        return Entry("No step is unusual that matters, and yet BAD has a fault.", BAD)
    if found.unusual:
        return Entry("Nothing is unusual that matters.", WELL)
    return Entry(f"Nothing is unusual: it does as {count(found.good, 'good set-up')} did.", WELL)


def _unusual_details(unusual: Unusual) -> tuple[str, ...]:
    if unusual.kind is DifferenceKind.MISSING:
        return ()
    told = [text] if (text := detail_of(unusual.step)) is not None else []
    if unusual.usual_time is not None and unusual.aspect is Aspect.RESULT:
        span = unusual.usual_time
        told.append(f"in good ones it takes {format_duration(span.shortest)} to {format_duration(span.longest)}")
    if (number := event_of(unusual.step)) is not None:
        told.append(f"event {number} of BAD")
    return tuple(told)


def _alike(unusual: Unusual, others: Sequence[Unusual]) -> list[Unusual]:
    """What is unusual, and the same at other roles."""
    like = unusual_likeness(unusual)
    return [each for each in others if unusual_likeness(each) == like]


def _told_unusual(found: UnusualSetup, *, whole: bool) -> Iterable[Entry]:
    """All but the first that matters, many of a kind in one line."""
    told = {id(each) for each in _alike(found.first, found.unusual)} if found.first else set()
    plain_ones = {each.step.place for each in found.unusual if each.aspect is Aspect.IS_MULTISIG}
    unusual = [
        each
        for each in found.unusual
        if id(each) not in told
        and (whole or each.aspect is not Aspect.ADDRESS_CHANGE or each.step.place not in plain_ones)
    ]
    folded = fold_by_kind(unusual, _FOLDED, whole=whole)
    for each in unusual:
        if id(each) in told:
            continue
        if each.matters:
            group = [each] if whole else _alike(each, unusual)
            told |= {id(one) for one in group}
            yield Entry(describe_unusuals(group), BAD, _unusual_details(each))
        elif not is_foldable(each) or each.kind not in folded:
            yield Entry(describe_unusual(each))
        elif group := folded[each.kind]:
            steps = [one.step for one in group]
            yield Entry(f"{describe_steps(steps)} {_FOLDED[each.kind]}: {names_of(steps)}")
            folded[each.kind] = []
    if words := describe_steps(found.ended):
        yield Entry(f"BAD had ended by then: {words} of the good ones never came", QUIET)
    if found.unusual:
        yield Entry(f"{count(found.alike, 'step')} as usual", QUIET)
