"""What is said of a comparison, as a page that the terminal and Markdown show each in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.diagnosis.comparison import Aspect, CallState
from otel_multisig.report._facts_in_words import cause_in_words, certainty, fault_and_place, with_full_stop
from otel_multisig.report._words import format_duration, plain
from otel_multisig.report.comparison_words import name_of, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.diagnosis import Finding
    from otel_multisig.diagnosis.comparison import Outline, Step

__all__ = [
    "BAD",
    "QUIET",
    "WELL",
    "Entry",
    "Page",
    "Section",
    "Table",
    "Tone",
    "cause_section",
    "event_of",
    "names_of",
    "subject_of",
]

Tone = str
BAD: Final = "bad"
WELL: Final = "well"
QUIET: Final = "quiet"
_OUTCOMES: Final = {"success": ("ok", WELL), "failure": ("FAILED", BAD), "interrupted": ("INTERRUPTED", BAD)}


class Entry(msgspec.Struct, frozen=True):
    """One thing to say.

    Attributes:
        text: a sentence.
        tone: how it is meant: "bad", "well", "quiet" or "".
        details: what stands below it.
    """

    text: str
    tone: Tone = ""
    details: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True):
    """Numbers side by side: the first column is a text, the others are numbers or words.

    Attributes:
        columns: the headings.
        rows: the cells, and how each row is meant.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], Tone], ...]


class Section(msgspec.Struct, frozen=True):
    """Things that belong together, under a heading or none."""

    title: str
    entries: tuple[Entry, ...] = ()
    table: Table | None = None


class Page(msgspec.Struct, frozen=True):
    """All that is to be said.

    Attributes:
        subjects: what is compared: a label and what it stands for.
        headline: what matters most.
        sections: all else.
    """

    subjects: tuple[tuple[str, Entry], ...]
    headline: Entry
    sections: tuple[Section, ...] = ()


def event_of(step: Step) -> int | None:
    """The event of the legacy recording that shows it: of a call that failed the one that says so."""
    result = step.values.get(Aspect.RESULT)
    failed = result is not None and result.state is CallState.FAILED
    return step.end_number if failed and step.end_number is not None else step.number


def names_of(steps: Iterable[Step], most: int = 3) -> str:
    """What the first of some steps are called, and how many more there are."""
    names = list(dict.fromkeys(name_of(step) for step in steps))
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def subject_of(outline: Outline, source: str) -> Entry:
    """A set-up: how it ended, its escrow, and where it was recorded."""
    word, tone = _OUTCOMES.get("" if outline.outcome is None else str(outline.outcome), ("UNFINISHED", BAD))
    lossy = ", with gaps in its record" if outline.lossy else ""
    return Entry(
        f"{word} {format_duration(outline.duration_nano)}  escrow {short(outline.escrow_id)}{lossy}",
        tone,
        (plain(source),),
    )


def cause_section(cause: Finding | None) -> Iterable[Section]:
    """What the rules say of a set-up; nothing where they found no fault."""
    if cause is None:
        return
    sentence = with_full_stop(plain(cause_in_words(cause)))
    details = (f"{fault_and_place(cause)}; {certainty(cause)}",)
    yield Section("The cause, as analyze finds it:", (Entry(sentence, "", details),))
