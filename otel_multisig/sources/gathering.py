"""Whole set-ups out of sources, one by one: in as little memory as they take, and the first as soon as it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.model import EscrowTrace, Outcome, Span, SpanRecord, assemble, disassemble, setup_id_of
from otel_multisig.model.identity import imported_trace_id
from otel_multisig.model.markers import resolve_marker
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
_APART: Final = "\0"


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
    folder when it is more than `held_bytes`; each set-up alone must fit into memory. Where a second recording of a
    set-up that was whole comes, with another trace id, it is given too.

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
        self._traces: dict[str, str] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._late: set[tuple[str, str]] = set()

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
                self._traces[setup_id] = item.trace_id
                yield Gathered(item, self._names.setdefault(name, (name,)))
                return
            records = disassemble(item)
        else:
            # By what it stands for, a marker that comes late is known to be of a span that came before.
            records = (resolve_marker(item),)
        if self._is_copy(setup_id, records):
            return
        setup_id = self._apart(setup_id, records)
        if setup_id in self._done:
            yield from self._tell_late(setup_id, records, found.origin)
        else:
            self._hold(setup_id, records, found.weight, name, touched)

    def _is_copy(self, setup_id: str, records: Sequence[SpanRecord]) -> bool:
        """Whether these are of a set-up's own recording, imported beside it: assembling would drop them as well."""
        whole = self._traces.get(setup_id)
        return whole is not None and records[0].trace_id == imported_trace_id(setup_id) != whole

    def _apart(self, setup_id: str, records: Sequence[SpanRecord]) -> str:
        """What to hold spans under: a second recording, with ids of its own, apart from the first, which is whole."""
        done = self._done.get(setup_id)
        if (
            done is None
            or records[0].trace_id == self._traces[setup_id]
            or all(knows(done, record) for record in records)
        ):
            return setup_id
        return f"{setup_id}{_APART}{records[0].trace_id}"

    def _tell_late(self, setup_id: str, records: Iterable[SpanRecord], origin: Origin) -> Iterator[Problem]:
        """What came too late, said once and not with each span."""
        late = (setup_id, origin.source)
        if late in self._late or all(knows(self._done[setup_id], record) for record in records):
            return
        self._late.add(late)
        yield Problem(
            origin,
            f"further spans of set-up {setup_id.partition(_APART)[0]} begin here, which was whole before",
            "these are left out: another recording of the same set-up?",
        )

    def _hold(
        self, setup_id: str, records: Sequence[SpanRecord], weight: int, name: str, touched: dict[str, None]
    ) -> None:
        held = self._held.get(setup_id)
        if held is None:
            # One tuple for all that are found in one source: mostly there is one source.
            held = self._held[setup_id] = _Held(origins=self._names.setdefault(name, (name,)))
        elif name not in held.origins:
            held.origins += (name,)
        weight = weight or _USUAL_WEIGHT * len(records)
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
            self._traces[setup_id] = trace.trace_id
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
