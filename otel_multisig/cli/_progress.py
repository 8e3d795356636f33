"""Progress on long work, on a terminal only."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Progress", "show_conversion"]


class Progress(NamedTuple):
    """What takes each number of bytes that were read, and what is called for each set-up that was done."""

    advance: Callable[[int], None]
    done: Callable[[], None]


@contextmanager
def show_conversion(total: int | None, *, shown: bool) -> Iterator[Progress]:
    """A bar of bytes and a count of set-ups on standard error while the block runs; gone when it ends.

    Args:
        total: how many bytes there are to read, None where nobody knows.
        shown: whether it is wanted; without a terminal there is none anyway.
    """
    if not shown or not sys.stderr.isatty():
        yield Progress(lambda _amount: None, lambda: None)
        return
    # Imported here: it takes longer than most conversions.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), DownloadColumn(), TextColumn("{task.fields[setups]} set-ups"), TimeElapsedColumn())
    setups = 0
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, setups=0)

        def done() -> None:
            nonlocal setups
            setups += 1
            bar.update(task, setups=setups)

        yield Progress(lambda amount: bar.advance(task, amount), done)
