"""A page about a comparison for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from otel_multisig.report._layout import Grid, Paragraph, heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from otel_multisig.report.comparison_page import Entry, Page, Section, Table

__all__ = ["page_on_terminal"]

_STYLES: Final = {"bad": "red", "well": "green", "quiet": "dim"}
_MARKS: Final = {"bad": "! ", "quiet": "  "}


def page_on_terminal(page: Page) -> RenderableType:
    """A page, to be printed; it fits the terminal's width."""
    return Group(*_parts(page))


def _parts(page: Page) -> Iterator[RenderableType]:
    for label, entry in page.subjects:
        yield Paragraph(Text(entry.text, style=_STYLES.get(entry.tone, "")), Text(f"{label:<7}", style="bold"))
        yield from (Paragraph(Text(detail, style="dim"), indent=7) for detail in entry.details if detail)
    yield Text()
    style = f"bold {_STYLES.get(page.headline.tone, '')}".rstrip()
    yield Paragraph(Text(page.headline.text, style=style))
    yield from (Paragraph(detail, indent=4) for detail in page.headline.details)
    for section in page.sections:
        yield Text()
        yield from _section(section)


def _section(section: Section) -> Iterator[RenderableType]:
    if section.title:
        yield heading(section.title)
    for entry in section.entries:
        yield from _entry(entry)
    if section.table is not None:
        yield _table(section.table)


def _entry(entry: Entry) -> Iterator[RenderableType]:
    style = _STYLES.get(entry.tone, "")
    mark = Text(_MARKS.get(entry.tone, "- "), style=style)
    yield Paragraph(Text(entry.text, style=style), mark, indent=2)
    yield from (Paragraph(Text(detail, style="dim"), indent=6) for detail in entry.details)


def _table(table: Table) -> RenderableType:
    rows = ([Text(cell, style=_STYLES.get(tone, "")) for cell in cells] for cells, tone in table.rows)
    return Grid(rows, titles=table.columns, right=range(1, len(table.columns)))
