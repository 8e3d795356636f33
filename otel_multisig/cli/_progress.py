"""Progress on long work, on a terminal only."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["show_progress"]


@contextmanager
def show_progress(label: str, total: int | None, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while the block runs; gone when it ends.

    Args:
        label: what is being done.
        total: how much there is to do, None where nobody knows.
        shown: whether it is wanted; without a terminal there is none anyway.

    Yields:
        What takes each amount that was done.
    """
    if not shown or not sys.stderr.isatty():
        yield lambda _amount: None
        return
    # Imported here: it takes longer than most conversions.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda amount: progress.advance(task, amount)
