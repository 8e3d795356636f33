"""Searching all of a time range in a backend that gives no more than so many traces at once and has no next page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Page", "RangeTooWideError", "Unfinished", "search_all"]

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """What one search found.

    Attributes:
        items: what was found.
        full: whether there may be more than was given.
        pivot: a time in the window that parts what was found into halves, None where nobody knows.
    """

    items: list[T]
    full: bool
    pivot: int | None = None


class Unfinished(msgspec.Struct, frozen=True):
    """A window that holds more than one search gives and that cannot be made smaller."""

    start: int
    end: int


class RangeTooWideError(Exception):
    """The backend does not search windows as wide as this."""


def search_all(
    search: Callable[[int, int], Page[T]], start: int, end: int, *, smallest: int = 1
) -> Iterator[T | Unfinished]:
    """Everything from `start` to before `end`; what lies in several windows comes several times.

    A window that gives a full page is parted and searched again, until none is full.

    Args:
        search: searches one window.
        start: its beginning.
        end: its end.
        smallest: no window is made smaller.
    """
    pending = [(start, end)] if start < end else []
    widest = end - start
    while pending:
        low, high = pending.pop()
        width = high - low
        if width > widest and width > smallest:
            pending += _part(low, high, None)
            continue
        try:
            page = search(low, high)
        except RangeTooWideError:
            if width <= smallest:
                yield Unfinished(low, high)
                continue
            widest = min(widest, width // 2)
            pending += _part(low, high, None)
            continue
        if page.full and width > smallest:
            pending += _part(low, high, page.pivot)
            continue
        yield from page.items
        if page.full:
            yield Unfinished(low, high)


def _part(low: int, high: int, pivot: int | None) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two halves; the earlier one last, since it is taken first."""
    middle = pivot if pivot is not None and low < pivot < high else (low + high) // 2
    return (middle, high), (low, middle)
