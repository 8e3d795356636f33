"""Paragraphs and tables for the terminal: they fit its width, and no line ends in blanks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["Grid", "Paragraph", "heading", "unbroken"]

_GAP: Final = 2
_LEAST: Final = 16
_WIDEST_PARAGRAPH: Final = 100


class Paragraph:
    """A text behind a label: what does not fit goes on below the text, not below the label.

    Args:
        text: the text.
        label: what stands before its first line.
        indent: blanks before the label.
    """

    def __init__(self, text: Text | str, label: Text | str = "", indent: int = 0) -> None:
        self._text = _as_text(text)
        self._label = _as_text(label)
        self._indent = indent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        before = self._indent + self._label.cell_len
        room = max(_LEAST, min(options.max_width, _WIDEST_PARAGRAPH) - before)
        for number, line in enumerate(_wrap(self._text, console, room)):
            start = Text(" " * self._indent) + self._label if number == 0 else Text(" " * before)
            yield _trim(start + line)


class Grid:
    """Rows of cells in columns as wide as they need to be.

    Args:
        rows: the rows, equally long.
        titles: what stands above the columns.
        right: the numbers of the columns that end in line: those of numbers.
        indent: blanks before each line.
        flexible: the column that gives way where the terminal is too narrow: the last one is broken into lines,
            another is cut once the gaps are as narrow as they can be. Without one, lines may be longer than the
            terminal is wide.
        gap: blanks between two columns.
    """

    def __init__(
        self,
        rows: Iterable[Sequence[Text | str]],
        *,
        titles: Sequence[str] = (),
        right: Iterable[int] = (),
        indent: int = 2,
        flexible: int | None = None,
        gap: int = _GAP,
    ) -> None:
        self._rows = [[Text(title, style="dim") for title in titles]] if titles else []
        self._rows += [[_as_text(cell) for cell in row] for row in rows]
        self._right = frozenset(right)
        self._indent = indent
        self._flexible = flexible
        self._gap = gap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self._rows:
            return
        widths = [max(cell.cell_len for cell in column) for column in zip(*self._rows, strict=True)]
        gap = self._gap
        if self._flexible is not None:
            gaps = len(widths) - 1
            others = sum(widths) - widths[self._flexible] + self._indent
            room = options.max_width - others - gap * gaps
            if room < widths[self._flexible] and self._flexible != gaps:
                room += (gap - 1) * gaps
                gap = 1
            widths[self._flexible] = min(widths[self._flexible], max(_LEAST, room))
        for row in self._rows:
            yield from self._lines(row, widths, gap, console)

    def _lines(self, row: Sequence[Text], widths: Sequence[int], gap: int, console: Console) -> Iterable[Text]:
        last = len(row) - 1
        start = Text(" " * self._indent)
        for number, cell in enumerate(row[:-1]):
            start += self._pad(cell, number, widths[number]) + Text(" " * gap)
        rest = _wrap(row[last], console, widths[last]) if self._flexible == last else [row[last]]
        for number, line in enumerate(rest):
            before = start if number == 0 else Text(" " * start.cell_len)
            yield _trim(before + self._pad(line, last, widths[last]))

    def _pad(self, cell: Text, number: int, width: int) -> Text:
        if cell.cell_len > width:
            cell = cell.copy()
            cell.truncate(width, overflow="ellipsis")
        blanks = Text(" " * (width - cell.cell_len))
        return blanks + cell if number in self._right else cell + blanks


def heading(text: str) -> Text:
    """The line above a part of a report."""
    return Text(text, style="bold")


def unbroken(line: Text) -> Text:
    """A line that stays one, however narrow the terminal is."""
    line.no_wrap = True
    line.overflow = "ignore"
    return line


def _as_text(text: Text | str) -> Text:
    return text if isinstance(text, Text) else Text(text)


def _wrap(text: Text, console: Console, width: int) -> list[Text]:
    if cell_len(text.plain) <= width and "\n" not in text.plain:
        return [text]
    return list(text.wrap(console, width, no_wrap=False, overflow="fold"))


def _trim(line: Text) -> Text:
    line.rstrip()
    return unbroken(line)
