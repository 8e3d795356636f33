"""An order in which threads take their steps, so that trouble is forced and not hoped for."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Turns"]


class Turns:
    """Steps taken by several clients, one after the other in a fixed order.

    A client that gives up leaves, and its remaining steps with it, so that nobody waits for them.
    """

    def __init__(self, order: Iterable[tuple[str, str]]) -> None:
        self._order = list(order)
        self._changed = threading.Condition()

    @contextmanager
    def step(self, client: str, name: str) -> Iterator[None]:
        """Wait until it is this step's turn, and hold the turn while the block runs."""
        step = (client, name)
        with self._changed:
            self._changed.wait_for(lambda: step not in self._order or self._order[0] == step)
        try:
            yield
        finally:
            with self._changed:
                if step in self._order:
                    self._order.remove(step)
                self._changed.notify_all()

    def leave(self, client: str) -> None:
        """Drop all steps of a client that takes no further ones."""
        with self._changed:
            self._order = [step for step in self._order if step[0] != client]
            self._changed.notify_all()
