"""Sources as a user names them, and how much there is to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.sources import open_sources
from otel_multisig.sources.live import open_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.sources import Source
    from otel_multisig.sources.live import Selection
    from otel_multisig.web import Access

__all__ = ["open_all", "size_of"]


def open_all(names: Iterable[str], access: Access, selection: Selection) -> list[Source]:
    """The sources that a user names; backends are asked for what is selected only."""
    return [open_url(name, access, selection) if "://" in name else open_sources([name])[0] for name in names]


def size_of(sources: Iterable[Source]) -> int | None:
    """How many bytes there are to read, None where nobody knows."""
    sizes = [source.size for source in sources]
    return None if None in sizes else sum(size for size in sizes if size is not None)
