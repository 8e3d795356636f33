"""One record of the many that tell of the same span: every durable path delivers at least once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.model._order import content_of
from otel_multisig.model._reading import INT64_MIN, as_int, is_true, setup_id_of
from otel_multisig.model.identity import imported_trace_id
from otel_multisig.model.markers import MARKS
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_multisig.model.records import EventRecord, SpanRecord


# They belong to their own record: to its times, and to what it stands for.
_OWN: Final = {attr.MONERO_SETUP_TIME, attr.MONERO_SETUP_END_TIME} | MARKS


def drop_duplicates(records: Sequence[SpanRecord]) -> Sequence[SpanRecord]:
    """The records of one set-up with one record a span, whichever order they came in.

    A complete span beats those that were interrupted or are still open. Among equals the one that ends last is taken (a
    recording that was imported before it was whole ends too early), of open ones that which was seen last, then the
    fullest; what only the others have, events (by sequence) and, of those with the same end, attributes, is added to
    it.

    A set-up that has spans of its own and an imported copy, under the trace id of `imported_trace_id`, is what its own
    spans tell: the recording was made of them, and counts differently.
    """
    records = _without_import(records)
    by_id: dict[tuple[str, str], list[SpanRecord]] = {}
    for record in records:
        by_id.setdefault((record.trace_id, record.span_id), []).append(record)
    if len(by_id) == len(records):
        return records
    return [same[0] if len(same) == 1 else _merge(same) for same in by_id.values()]


def _without_import(records: Sequence[SpanRecord]) -> Sequence[SpanRecord]:
    if len({record.trace_id for record in records}) == 1:
        return records
    imported = imported_trace_id(setup_id_of(records[0]) or "")
    own = [record for record in records if record.trace_id != imported]
    return own or records


def _merge(records: Sequence[SpanRecord]) -> SpanRecord:
    # As a dict by content: equal copies count once, and nothing below depends on the order in which they came.
    ranked = sorted({_rank(record): record for record in records}.items(), key=lambda entry: entry[0], reverse=True)
    best = ranked[0][1]
    complete = ranked[0][0][0]
    others = [record for rank, record in ranked[1:] if rank[0] == complete]
    if not others:
        return best
    attributes: dict[str, Any] = {}
    end = _end_of(best)
    for record in (best, *(record for record in others if _end_of(record) == end)):
        for key, value in record.attributes.items():
            if record is best or key not in _OWN:
                attributes.setdefault(key, value)
    return msgspec.structs.replace(best, attributes=attributes, events=_unite(best, others))


def _end_of(record: SpanRecord) -> int | None:
    return as_int(record.attributes.get(attr.MONERO_SETUP_END_SEQUENCE))


def _rank(record: SpanRecord) -> tuple[bool, bool, int, int, int, int, str]:
    """Complete first, then interrupted, then open; then the later end, then the fullest; then the content decides.

    Of one that is open, the time of its end is when a marker was made of it.
    """
    get = record.attributes.get
    interrupted = is_true(get(attr.MONERO_SETUP_INTERRUPTED))
    # As in Span.ended: the end time alone may be a backend's invention.
    counts = as_int(get(attr.MONERO_SETUP_SEQUENCE)) is not None
    end = _end_of(record)
    ended = end is not None or (not counts and record.end_time_unix_nano != 0)
    size = (len(record.events), len(record.attributes))
    seen = 0 if ended else record.end_time_unix_nano
    return (ended and not interrupted, interrupted, INT64_MIN if end is None else end, seen, *size, content_of(record))


def _unite(best: SpanRecord, others: Sequence[SpanRecord]) -> tuple[EventRecord, ...]:
    """The events of `best`, then those of the others that it has not: by sequence, else by content."""
    events = list(best.events)
    have = Counter(map(_name_of, events))
    for record in others:
        seen: Counter[int | str] = Counter()
        for event in record.events:
            name = _name_of(event)
            seen[name] += 1
            if seen[name] > have[name]:
                events.append(event)
                have[name] += 1
    return tuple(events)


def _name_of(event: EventRecord) -> int | str:
    sequence = as_int(event.attributes.get(attr.MONERO_SETUP_SEQUENCE))
    return content_of(event) if sequence is None else sequence
