"""The one order of a set-up: by sequence; what has none is put in by its time."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.model.spans import Event, Span

T = TypeVar("T")


def arrange(entries: Iterable[tuple[int | None, int, Any, T]]) -> list[T]:
    """The things in order of their sequence, then time, then tie-breaker, whatever the order of the input.

    Each entry is a sequence, a time, a tie-breaker and the thing itself.

    One without a sequence comes after the last of those with one that had happened by its time; where the clock went
    back, the latest time so far counts.
    """
    counted: list[tuple[int | None, int, Any, T]] = []
    uncounted: list[tuple[int | None, int, Any, T]] = []
    for entry in entries:
        (uncounted if entry[0] is None else counted).append(entry)
    counted.sort(key=lambda entry: entry[:3])
    if not uncounted:
        return [entry[3] for entry in counted]
    uncounted.sort(key=lambda entry: entry[1:3])
    clock = list(accumulate((entry[1] for entry in counted), max))
    result: list[T] = []
    done = 0
    for entry in uncounted:
        place = bisect_right(clock, entry[1])
        result.extend(before[3] for before in counted[done:place])
        result.append(entry[3])
        done = place
    result.extend(after[3] for after in counted[done:])
    return result


def arrange_spans(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order of their starts, parents before children where nothing else tells them apart."""
    sequences = {span.start.sequence for span in spans}
    if len(sequences) == len(spans) and None not in sequences:
        return tuple(sorted(spans, key=lambda span: span.start.sequence or 0))
    depths = find_depths(spans)
    return tuple(
        arrange(
            (
                span.start.sequence,
                span.start.time_unix_nano,
                (depth, span.trace_id, span.span_id),
                span,
            )
            for span, depth in zip(spans, depths, strict=True)
        )
    )


def arrange_events(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events of one span in their order; equal ones may stand in any, nobody can tell."""
    last = None
    for event in events:
        sequence = event.sequence
        if sequence is None or (last is not None and sequence <= last):
            break
        last = sequence
    else:
        return tuple(events)
    # The content is asked only where nothing else tells events apart: it is slow.
    moments = Counter((event.sequence, event.time_unix_nano) for event in events)
    return tuple(
        arrange(
            (*moment, content_of(event) if moments[moment] > 1 else "", event)
            for event in events
            for moment in ((event.sequence, event.time_unix_nano),)
        )
    )


def find_depths(spans: Sequence[Span]) -> list[int]:
    """How many ancestors each span has in the set-up, in the order of `spans`.

    A span whose parents run in a circle, and all below it, counts as standing below all others.
    """
    places = {(span.trace_id, span.span_id): place for place, span in enumerate(spans)}
    children: dict[int, list[int]] = {}
    level = []
    for place, span in enumerate(spans):
        parent = places.get((span.trace_id, span.parent_span_id))
        if parent is None:
            level.append(place)
        else:
            children.setdefault(parent, []).append(place)
    depths = [len(spans)] * len(spans)
    depth = 0
    while level:
        for place in level:
            depths[place] = depth
        level = [child for place in level for child in children.get(place, ())]
        depth += 1
    return depths


def content_of(value: Any) -> str:
    """A text that is equal for two values only where they are the same in value and in type, and sorts them.

    Python's own equality takes 1, 1.0 and True for one, and has no order for values of different types.
    """
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{content_of(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(map(content_of, value)) + ")"
    if hasattr(value, "__struct_fields__"):
        return content_of(tuple(getattr(value, field) for field in value.__struct_fields__))
    return repr(value)
