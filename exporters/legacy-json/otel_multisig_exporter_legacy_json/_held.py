"""The set-ups that the exporter holds: what has come of each, and what is to be done when."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.model import SpanRecord
    from otel_multisig.sinks import Written

__all__ = ["HeldSetup", "HeldSetups"]


class HeldSetup:
    """One set-up: its spans so far.

    Attributes:
        setup_id: its id.
        records: its spans, in the order in which they came.
        size: number of spans and events.
        has_root: whether its root has ended.
        unwritten: whether something came that is in no file yet.
        written: its file as it was last written.
        touched: when the last of it came, in seconds of a clock that never goes back.
    """

    __slots__ = ("has_root", "records", "setup_id", "size", "touched", "unwritten", "written")

    def __init__(self, setup_id: str) -> None:
        self.setup_id = setup_id
        self.records: list[SpanRecord] = []
        self.size = 0
        self.has_root = False
        self.unwritten = False
        self.written: Written | None = None
        self.touched = 0.0


class HeldSetups:
    """All of them, the one that has waited longest first."""

    def __init__(self) -> None:
        self.size = 0
        self._setups: OrderedDict[str, HeldSetup] = OrderedDict()

    def __len__(self) -> int:
        return len(self._setups)

    def __iter__(self) -> Iterator[HeldSetup]:
        return iter(tuple(self._setups.values()))

    def add(self, setup_id: str, record: SpanRecord, *, is_root: bool, now: float | None) -> HeldSetup:
        """A span has come, or what counts as no news of the set-up (`now` is None)."""
        held = self._setups.get(setup_id)
        if held is None:
            held = self._setups[setup_id] = HeldSetup(setup_id)
            held.touched = time.monotonic()
        held.records.append(record)
        held.has_root = held.has_root or is_root
        held.unwritten = True
        if now is not None:
            held.touched = now
        size = 1 + len(record.events)
        held.size += size
        self.size += size
        self._setups.move_to_end(setup_id)
        return held

    def drop(self, held: HeldSetup) -> None:
        """Forget a set-up."""
        if self._setups.pop(held.setup_id, None) is not None:
            self.size -= held.size

    def clear(self) -> None:
        """Forget all of them."""
        self._setups.clear()
        self.size = 0

    def next_to_go(self) -> HeldSetup:
        """Which to drop when there are too many: one that is written and over, else the one that waited longest."""
        return next((held for held in self if held.has_root and not held.unwritten), next(iter(self)))
