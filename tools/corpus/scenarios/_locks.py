"""Clients that wait for each other's locks, without threads: what one waits for is done while it waits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tools.corpus.habits import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tools.corpus.client import EscrowClient

__all__ = ["begin", "held", "one_by_one"]


class _Lock:
    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile = meanwhile

    def acquire(self) -> None:
        self._meanwhile()

    def release(self) -> None:
        """Nobody waits by now."""


@contextmanager
def held(client: EscrowClient, name: str, meanwhile: Callable[[], None], *, role: str | None = None) -> Iterator[None]:
    """Let a client hold a lock while the block runs; what it waits for is done by `meanwhile`.

    An exception of `meanwhile` is that of a client that waited in vain.
    """
    assert client.escrow
    lock = client.escrow.lock(_Lock(meanwhile), name, role=role)
    client.inside(lock.__enter__)
    try:
        yield
    finally:
        client.inside(lock.__exit__, None, None, None)


def begin(client: EscrowClient) -> None:
    """Begin a client's record, and stop before its first wallet."""
    client.run_until(0, "buyer", OPEN)


def one_by_one(clients: Sequence[EscrowClient], name: str) -> None:
    """Run clients that have begun at the same time, each under the lock that the one before it holds."""

    def work(number: int) -> None:
        with held(clients[number], name, lambda: work(number - 1) if number else None):
            clients[number].run_until(4, "", "end")
        clients[number].finish()

    work(len(clients) - 1)
