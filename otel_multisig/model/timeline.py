"""A set-up as one sequence: starts, events and ends of its spans, merged."""

from __future__ import annotations

from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig._native import make
from otel_multisig.model import spans as _spans
from otel_multisig.model._order import arrange, find_depths
from otel_multisig.model.spans import Event, Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class ItemKind(StrEnum):
    """What an item of a timeline tells."""

    START = "start"
    EVENT = "event"
    END = "end"


class TimelineItem(msgspec.Struct, frozen=True, gc=False):
    """One line of a timeline.

    Attributes:
        kind: a span started, an event happened, a span ended.
        sequence: its place in the set-up's count, None where the emitter has none.
        time_unix_nano: nanoseconds since the epoch.
        span: the span that started or ended or in which the event happened. For the events of a continuation span that
            is the span which it continues.
        event: the event, None for a start and an end.
    """

    kind: ItemKind
    sequence: int | None
    time_unix_nano: int
    span: Span
    event: Event | None = None


# A member of an enumeration is slow to look up, for every item of every set-up.
_IS_START: Final = ItemKind.START
_IS_EVENT: Final = ItemKind.EVENT
_IS_END: Final = ItemKind.END
_CONTINUATION: Final = SpanKind.CONTINUATION
_SEQUENCE: Final = attrgetter("sequence")

# What comes first of things of one time, where no sequence tells: spans that were running tell what happened in them,
# then end; then new ones start, what happened in them follows, and those that took no time at all end.
_EVENT_OF_RUNNING: Final = 0
_END_OF_RUNNING: Final = 1
_START: Final = 2
_EVENT_OF_NEW: Final = 3
_END_OF_NEW: Final = 4


_merger: Final = make("timeline", lambda native: native.ItemMerger(spans=_spans, item=TimelineItem, kinds=ItemKind))
_merge_usual: Final[Callable[[Sequence[Span]], tuple[TimelineItem, ...] | None] | None] = _merger and _merger.merge


def merge(spans: Sequence[Span]) -> tuple[TimelineItem, ...]:
    """The items of all spans of a set-up, in order of sequence, then time."""
    if _merge_usual is not None and (found := _merge_usual(spans)) is not None:
        return found
    return merge_any(spans)


def merge_any(spans: Sequence[Span]) -> tuple[TimelineItem, ...]:
    """The same in Python, for whatever the spans may be."""
    items = []
    for span, owner in zip(spans, _find_owners(spans), strict=True):
        if span.kind is not _CONTINUATION:
            start, end = span.start, span.end
            items.append(TimelineItem(_IS_START, start.sequence, start.time_unix_nano, span))
            if end is not None and span.ended:
                items.append(TimelineItem(_IS_END, end.sequence, end.time_unix_nano, span))
        if span.events:
            items += [
                TimelineItem(_IS_EVENT, event.sequence, event.time_unix_nano, owner, event) for event in span.events
            ]
    sequences = {item.sequence for item in items}
    if len(sequences) == len(items) and None not in sequences:
        items.sort(key=_SEQUENCE)
        return tuple(items)
    return _merge_by_time(spans, items)


def _find_owners(spans: Sequence[Span]) -> list[Span]:
    """For each span the one to which its events belong: itself, for a continuation what it continues.

    Where that is missing, it is the round of the continuation's number, else the continuation.
    """
    if _CONTINUATION not in [span.kind for span in spans]:
        return list(spans)
    by_id = {(span.trace_id, span.span_id): span for span in spans}
    rounds = {span.round: span for span in reversed(spans) if span.kind is SpanKind.ROUND}
    rounds.pop(None, None)
    continued: dict[tuple[str, str], Span | None] = {}
    owners = []
    for span in spans:
        path = []
        here: Span | None = span
        while here is not None and here.kind is SpanKind.CONTINUATION:
            key = (here.trace_id, here.span_id)
            if key in continued:
                here = continued[key]
                break
            continued[key] = None  # and so it stays where parents run in a circle
            path.append(key)
            here = by_id.get((here.trace_id, here.parent_span_id))
        continued.update(dict.fromkeys(path, here))
        owners.append(here or rounds.get(span.round, span))
    return owners


def _merge_by_time(spans: Sequence[Span], items: Sequence[TimelineItem]) -> tuple[TimelineItem, ...]:
    depths = {(span.trace_id, span.span_id): depth for span, depth in zip(spans, find_depths(spans), strict=True)}
    entries = []
    for place, item in enumerate(items):
        depth = depths[item.span.trace_id, item.span.span_id]
        started_before = item.span.start.time_unix_nano < item.time_unix_nano
        if item.kind is ItemKind.START:
            tie = (_START, depth, place)
        elif item.kind is ItemKind.EVENT:
            tie = (_EVENT_OF_RUNNING if started_before else _EVENT_OF_NEW, 0, place)
        else:
            tie = (_END_OF_RUNNING if started_before else _END_OF_NEW, -depth, place)
        entries.append((item.sequence, item.time_unix_nano, tie, item))
    return tuple(arrange(entries))
