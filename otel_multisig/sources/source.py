"""What every source of recordings offers, whatever it reads: a file, a stream, a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from otel_multisig.model import EscrowTrace, setup_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from otel_multisig.model import SpanRecord

__all__ = ["Found", "Origin", "Problem", "Source", "ignore_progress"]


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where something was found.

    Attributes:
        source: the name of the file, stream or backend.
        line: the number of the line from 1, where it has lines.
        place: what else names the place: ``byte 1234``, ``event 7, details.balance``.
    """

    source: str
    line: int | None = None
    place: str = ""

    def __str__(self) -> str:
        text = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{text} ({self.place})" if self.place else text


class Found(msgspec.Struct, frozen=True, gc=False):
    """A span, or a whole set-up where the form of the source has no spans, and where it was found.

    Attributes:
        weight: its share of the bytes that were read, for those who hold many.
    """

    origin: Origin
    item: SpanRecord | EscrowTrace
    weight: int = 0

    @property
    def setup_id(self) -> str | None:
        """The id of the set-up that it belongs to; None where it is a foreign span."""
        return self.item.setup_id if isinstance(self.item, EscrowTrace) else setup_id_of(self.item)


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Something that could not be read, and what to do about it. Reading goes on behind it."""

    origin: Origin
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.what}; {self.remedy}"


class Source(Protocol):
    """Somewhere that spans or set-ups come from."""

    @property
    def name(self) -> str:
        """What messages call it: the path as the user gave it, a URL, ``-``."""

    @property
    def size(self) -> int | None:
        """How many bytes there are to read, None where nobody knows."""

    def read(self, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """Everything in it, one after the other, so that it need not fit into memory.

        It never raises for what it reads: what is wrong with it comes as a `Problem`.

        Args:
            advance: is told of each number of bytes that were read, for a display of progress.
        """


def ignore_progress(_read: int) -> None:
    """An `advance` for those who show no progress."""
