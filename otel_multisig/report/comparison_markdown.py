"""A page about a comparison as Markdown, to paste into an issue. Nothing of a record is markup in it, nor a mention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.report.markdown import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.report.comparison_page import Entry, Page, Table

__all__ = ["page_in_markdown"]


def page_in_markdown(page: Page) -> str:
    """A page as Markdown, with a newline at its end."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield f"**{escaped(page.headline.text)}**"
    yield ""
    if page.headline.details:
        yield from (f"- {escaped(detail)}" for detail in page.headline.details)
        yield ""
    yield "| | | recorded in |"
    yield "| --- | --- | --- |"
    for label, entry in page.subjects:
        yield f"| {label} | {escaped(entry.text)} | {', '.join(escaped(detail) for detail in entry.details)} |"
    for section in page.sections:
        yield ""
        if section.title:
            yield escaped(section.title)
            yield ""
        for entry in section.entries:
            yield from _entry(entry)
        if section.table is not None:
            yield from _table(section.table)


def _entry(entry: Entry) -> Iterator[str]:
    text = escaped(entry.text)
    yield f"- **{text}**" if entry.tone == "bad" else f"- {text}"
    yield from (f"  - {escaped(detail)}" for detail in entry.details)


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(escaped(column) for column in table.columns)} |"
    yield f"| --- |{' ---: |' * (len(table.columns) - 1)}"
    yield from (f"| {' | '.join(escaped(cell) for cell in cells)} |" for cells, _ in table.rows)
