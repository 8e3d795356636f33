"""Markers of open spans in what sources hold: a stuck set-up comes as it is, one that went on as if there were none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from otel_multisig.semconv import attributes as attr
from otel_multisig.sources import Found, Gathered, Gathering, Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from otel_multisig.model import SpanRecord


class Given:
    """A source of records, each a document of its own."""

    name = "given"
    size = None

    def __init__(self, records: list[SpanRecord]) -> None:
        self.records = records
        self.given = 0

    def read(self, _advance: Callable[[int], None]) -> Iterator[Found]:
        for record in self.records:
            self.given += 1
            yield Found(Origin(self.name, self.given), record)


def marker_of(record: SpanRecord, number: int) -> SpanRecord:
    attributes = dict(record.attributes)
    del attributes[attr.MONERO_SETUP_END_SEQUENCE]
    attributes.pop(attr.MONERO_ESCROW_OUTCOME, None)
    attributes |= {attr.MONERO_SPAN_PENDING: True, attr.MONERO_SPAN_OPEN_ID: record.span_id}
    return replace(record, span_id=f"{0xF00 + number:016x}", attributes=attributes, events=())


def gather(source: Given, **options: Any) -> list[Any]:
    return list(Gathering([source], **options))


def records_of(setups: ModuleType) -> list[SpanRecord]:
    return [span.record() for span in setups.healthy().spans]


def test_a_set_up_that_is_whole_comes_early_whatever_its_markers(setups: ModuleType) -> None:
    records = records_of(setups)
    root = next(record for record in records if not record.parent_span_id)
    rest = [record for record in records if record is not root]
    source = Given([marker_of(root, 1), *rest, marker_of(rest[0], 2), root, marker_of(root, 3), marker_of(rest[0], 4)])
    gathering = iter(Gathering([source]))
    first = next(gathering)
    assert isinstance(first, Gathered)
    assert source.given == len(source.records) - 1  # the first document after the root has begun, no more was read
    (plain,) = gather(Given(records))
    assert first.trace == plain.trace
    # Markers that come later say nothing new, and are no reason for a word.
    assert list(gathering) == []


def test_a_stuck_set_up_comes_at_the_end_and_is_open(setups: ModuleType) -> None:
    records = records_of(setups)
    root = next(record for record in records if not record.parent_span_id)
    rest = [record for record in records if record is not root]
    for held_bytes in (0, 10**9):
        (found,) = gather(Given([*rest, marker_of(root, 1), marker_of(root, 2)]), held_bytes=held_bytes)
        assert found.trace.root.span_id == root.span_id
        assert not found.trace.root.ended
        assert found.trace.outcome is None
        assert len(found.trace.spans) == len(records)
