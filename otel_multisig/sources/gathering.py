"""Whole set-ups out of sources, one by one: in as little memory as they take, and the first as soon as it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.model import EscrowTrace, Outcome, Span, SpanRecord, assemble, disassemble, setup_id_of
from otel_multisig.model.identity import imported_trace_id
from otel_multisig.sources._spill import Spill
from otel_multisig.sources.source import Problem, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from otel_multisig.sources.source import Found, Origin, Source

__all__ = ["Gathered", "Gathering"]

_HELD_BYTES: Final = 24 << 20
_BUCKET_BYTES: Final = 16 << 20
_USUAL_WEIGHT: Final = 1500
_ID_BYTES: Final = 8
_MAX_LOOKS: Final = 30


class Gathered(msgspec.Struct, frozen=True):
    """A set-up with all that the sources hold of it.

    Attributes:
        trace: the set-up.
        origins: the names of the sources that it was found in.
    """

    trace: EscrowTrace
    origins: tuple[str, ...]


class _Held(msgspec.Struct, gc=False):
    """What is known of a set-up that is not whole yet."""

    records: list[SpanRecord] = []
    origins: tuple[str, ...] = ()
    weight: int = 0
    rooted: bool = False
    items: int = 0
    next_try: int = 0
    tried: int = 0


class Gathering:
    """The set-ups and the problems of some sources, to be iterated over once.

    A set-up comes as soon as it is whole: its root has ended with an outcome, and no number of its sequence is missing.
    Those of which that cannot be said come at the end of all sources. What is held until then goes to a temporary
    folder when it is more than `held_bytes`; each set-up alone must fit into memory.

    Args:
        sources: where to read.
        advance: is told of each number of bytes that were read.
        held_bytes: how much of the input is held in memory, where it takes 4 to 5 times as much.
        folder: where the temporary folder is made; by default in the system's place (``TMPDIR``).
        early: whether set-ups come before the end. Without it, copies of a span that come after the set-up was whole
            add what only they have.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        advance: Callable[[int], None] = ignore_progress,
        *,
        held_bytes: int = _HELD_BYTES,
        folder: Path | None = None,
        early: bool = True,
    ) -> None:
        self.foreign_spans = 0
        """Number of spans, so far, that belong to no set-up."""
        self._sources = sources
        self._advance = advance
        self._held_bytes = held_bytes
        self._folder = folder
        self._early = early
        self._held: dict[str, _Held] = {}
        self._weight = 0
        self._spilled: set[str] = set()
        self._done: dict[str, bytes] = {}
        self._told: set[str] = set()
        self._names: dict[str, tuple[str, ...]] = {}

    def __iter__(self) -> Iterator[Gathered | Problem]:
        """Everything, one after the other.

        Raises:
            OSError: the temporary folder takes no more.
        """
        spill: Spill | None = None
        try:
            for found in self._read():
                if found is not None:
                    yield found
                elif self._weight > self._held_bytes:
                    if spill is None:
                        spill = Spill(_BUCKET_BYTES, self._folder)
                    self._leave(spill.folder, "")
            if spill is None:
                while self._held:
                    setup_id = next(iter(self._held))
                    held = self._held.pop(setup_id)
                    yield Gathered(_assembled(held.records), held.origins)
                return
            self._leave(spill.folder, "")
            for bucket in spill.buckets():
                for _, (records, origins) in spill.take(bucket):
                    yield Gathered(_assembled(records), origins)
        finally:
            if spill is not None:
                spill.close()

    def divide(self, folder: Path, writer: str) -> Iterator[Gathered | Problem]:
        """Those set-ups that are whole; the rest is left in the buckets of a folder, for a process that joins them.

        Args:
            folder: the folder of a `Spill`.
            writer: names this process: it has files of its own.

        Raises:
            OSError: the folder takes no more.
        """
        for found in self._read():
            if found is not None:
                yield found
            elif self._weight > self._held_bytes:
                self._leave(folder, writer)
        self._leave(folder, writer)

    def _leave(self, folder: Path, writer: str) -> None:
        Spill.write(folder, {setup_id: (held.records, held.origins) for setup_id, held in self._held.items()}, writer)
        self._spilled.update(self._held)
        self._held.clear()
        self._weight = 0

    def _read(self) -> Iterator[Gathered | Problem | None]:
        """What is there at once; None after each document."""
        before: Origin | None = None
        touched: dict[str, None] = {}
        for source in self._sources:
            for found in source.read(self._advance):
                if isinstance(found, Problem):
                    yield found
                    continue
                if found.origin is not before:
                    before = found.origin
                    yield from self._whole(touched)
                    touched.clear()
                    yield None
                yield from self._add(found, source.name, touched)
            yield from self._whole(touched)
            touched.clear()
            yield None

    def _add(self, found: Found, name: str, touched: dict[str, None]) -> Iterator[Gathered | Problem]:
        item = found.item
        setup_id = item.setup_id if isinstance(item, EscrowTrace) else setup_id_of(item)
        if setup_id is None:
            self.foreign_spans += 1
            return
        if isinstance(item, EscrowTrace):
            if self._early and self._is_new(setup_id) and _is_whole(item):
                self._done[setup_id] = b"".join([short_id(span) for span in item.spans])
                yield Gathered(item, self._names.setdefault(name, (name,)))
                return
            records = disassemble(item)
        else:
            records = (item,)
        done = self._done.get(setup_id)
        if done is not None:
            if setup_id not in self._told and is_news(setup_id, done, records):
                self._told.add(setup_id)
                yield late_spans(found.origin, setup_id)
            return
        held = self._held.get(setup_id)
        if held is None:
            # One tuple for all that are found in one source: mostly there is one source.
            held = self._held[setup_id] = _Held(origins=self._names.setdefault(name, (name,)))
        elif name not in held.origins:
            held.origins += (name,)
        weight = found.weight or _USUAL_WEIGHT * len(records)
        held.records.extend(records)
        held.weight += weight
        self._weight += weight
        held.items += sum([2 + len(record.events) for record in records])
        held.rooted = held.rooted or any(not record.parent_span_id for record in records)
        if held.rooted:
            touched[setup_id] = None

    def _is_new(self, setup_id: str) -> bool:
        return setup_id not in self._done and setup_id not in self._held and setup_id not in self._spilled

    def _whole(self, touched: Iterable[str]) -> Iterator[Gathered]:
        """Those of some set-ups that are whole."""
        if not self._early:
            return
        for setup_id in touched:
            held = self._held.get(setup_id)
            if held is None or setup_id in self._spilled or held.items < held.next_try:
                continue
            # Looking must not cost more than reading, however often it is in vain.
            if held.tried > _MAX_LOOKS * len(held.records):
                continue
            held.tried += len(held.records)
            trace = _assembled(held.records)
            if not _is_whole(trace):
                missing = sum([gap.stop - gap.start for gap in trace.gaps])
                held.next_try = held.items + max(1, missing)
                continue
            del self._held[setup_id]
            self._weight -= held.weight
            self._done[setup_id] = b"".join([short_id(record) for record in held.records])
            yield Gathered(trace, held.origins)


def _assembled(records: list[SpanRecord]) -> EscrowTrace:
    (trace,) = assemble(records).traces
    return trace


def _is_whole(trace: EscrowTrace) -> bool:
    root = trace.root
    return (
        root is not None
        and root.start.sequence is not None
        and root.end is not None
        and root.end.sequence is not None
        and trace.outcome in {Outcome.SUCCESS, Outcome.FAILURE}
        and not trace.gaps
    )


def is_news(setup_id: str, done: bytes, records: Sequence[SpanRecord]) -> bool:
    """Whether some spans say what a whole set-up, of which `done` has the `short_id` of each span, does not.

    A live set-up's own legacy file, imported beside it, says nothing new: assembling would drop it, too.
    """
    copy = imported_trace_id(setup_id)
    return any(record.trace_id != copy and not knows(done, record) for record in records)


def late_spans(origin: Origin, setup_id: str) -> Problem:
    """That a set-up which was whole has further spans, told once for each."""
    return Problem(
        origin,
        f"spans of set-up {setup_id} came after it was whole",
        "they are missing in it: another recording of the same set-up?",
    )


def short_id(record: SpanRecord | Span) -> bytes:
    """A span's ids in few bytes, the same in every process."""
    return (int(record.span_id, 16) ^ int(record.trace_id[:16], 16)).to_bytes(_ID_BYTES)


def knows(ids: bytes, record: SpanRecord) -> bool:
    """Whether a span is among those whose `short_id` stand in `ids`, one after the other."""
    wanted = short_id(record)
    at = ids.find(wanted)
    while at >= 0 and at % _ID_BYTES:
        at = ids.find(wanted, at + 1)
    return at >= 0
