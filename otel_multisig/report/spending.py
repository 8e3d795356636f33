"""Where the seconds of a set-up went: calls, locks, waits, snapshots, and what nothing in the record explains."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.console import Group
from rich.text import Text

from otel_multisig.model import Snapshot, SpanKind, pieces
from otel_multisig.report._layout import Grid, heading
from otel_multisig.report._words import format_duration, format_offset, format_roughly, plain
from otel_multisig.report.calls import duration_of
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from otel_multisig.model import EscrowTrace, Event, TimelineItem

__all__ = ["KINDS", "Pause", "Spending", "spending_of", "spending_table", "spendings_table"]

KINDS: Final = ("rpc", "lock", "wait", "snapshots", "unexplained")
"""What time is spent on. Where two of them overlap, the time counts for the first."""

_SECOND: Final = 1_000_000_000
_MILLISECOND: Final = 1_000_000
_PAUSES: Final = 3
_SHORTEST_PAUSE: Final = 100 * _MILLISECOND
_BAR: Final = 30
_WORDS: Final = {
    "rpc": "calls of wallets",
    "lock": "waiting for locks",
    "wait": "other waits that were recorded",
    "snapshots": "snapshots",
    "unexplained": "nothing recorded",
}
# A wait that an application records says in one of these how long it was, in milliseconds.
_WAIT_KEYS: Final = ("wait_ms", "elapsed_ms", "waited_ms", "sleep_ms", "delay_ms")
_LOCK_WORD: Final = "lock"


class Pause(msgspec.Struct, frozen=True):
    """A stretch of a set-up in which nothing was recorded.

    Attributes:
        start_nano: when it began.
        duration_nano: how long it was.
        before: what came after it; fit for a terminal.
    """

    start_nano: int
    duration_nano: int
    before: str


class Spending(msgspec.Struct, frozen=True):
    """Where the time of one set-up went, in nanoseconds; the parts add up to the total.

    Attributes:
        start_nano: when the record of it begins.
        total_nano: from the first thing in the record to the last.
        parts: the time by kind, see `KINDS`.
        pauses: the longest stretches in which nothing was recorded, the longest first.
    """

    start_nano: int
    total_nano: int
    parts: Mapping[str, int]
    pauses: tuple[Pause, ...] = ()


def spending_of(trace: EscrowTrace) -> Spending:
    """Where the time of a set-up went."""
    timeline = trace.timeline()
    times = [item.time_unix_nano for item in timeline if item.time_unix_nano]
    if not times:
        return Spending(0, 0, dict.fromkeys(KINDS, 0))
    start, end = min(times), max(times)
    stretches = _stretches(timeline, start, end)
    parts = dict.fromkeys(KINDS, 0)
    free = [(start, end)]
    for kind in KINDS[:-1]:
        before = _length(free)
        free = _without(free, stretches[kind])
        parts[kind] = before - _length(free)
    parts["unexplained"] = _length(free)
    return Spending(start, end - start, parts, tuple(_pauses(free, timeline)))


def _stretches(timeline: Iterable[TimelineItem], start: int, end: int) -> dict[str, list[tuple[int, int]]]:
    """For each kind the times at which it went on, in order."""
    found: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS}
    for item in timeline:
        for kind, begun, ended in _spent(item, end):
            if start <= ended and begun < ended:
                found[kind].append((max(start, begun), min(end, ended)))
    for stretches in found.values():
        stretches.sort()
    return found


def _spent(item: TimelineItem, end: int) -> Iterator[tuple[str, int, int]]:
    span, event = item.span, item.event
    if event is None:
        # From its start: what has no end went on until the record ends.
        if span.kind is SpanKind.CALL and span.start.time_unix_nano == item.time_unix_nano:
            begun = span.start.time_unix_nano
            duration = duration_of(span)
            yield "rpc", begun, end if duration is None else begun + duration
        return
    kind, seconds = _of_event(event)
    if kind and seconds is not None and seconds > 0:
        # An event of this kind tells of what has just ended.
        yield kind, event.time_unix_nano - round(seconds * _SECOND), event.time_unix_nano


def _of_event(event: Event) -> tuple[str, float | None]:
    if event.name == events.WALLET_SNAPSHOT:
        return "snapshots", Snapshot.of(event).duration
    if event.name == events.LOCK_ACQUIRED:
        return "lock", _number(event.attributes.get(attr.MONERO_LOCK_WAIT_DURATION))
    if event.name == events.FILE_OPERATION:
        return "wait", _number(event.attributes.get(attr.MONERO_FILE_DURATION))
    if event.name == events.CUSTOM:
        name = str(event.attributes.get(attr.MONERO_CUSTOM_NAME, ""))
        details = _details(event)
        waited = next((_number(details[key]) for key in _WAIT_KEYS if key in details), None)
        return "lock" if _LOCK_WORD in name else "wait", None if waited is None else waited / 1000
    return "", None


def _details(event: Event) -> dict[str, Any]:
    text = pieces.gather(attr.MONERO_CUSTOM_DETAILS, attr.MONERO_CUSTOM_DETAILS_PIECE, event.attributes)
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _without(free: Iterable[tuple[int, int]], taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of stretches; both are in order, and those that are free do not overlap."""
    left = []
    for begun, ended in free:
        at = begun
        for start, end in taken:
            if start >= ended:
                break
            if end <= at:
                continue
            if start > at:
                left.append((at, start))
            at = end
            if at >= ended:
                break
        if at < ended:
            left.append((at, ended))
    return left


def _length(stretches: Iterable[tuple[int, int]]) -> int:
    return sum(ended - begun for begun, ended in stretches)


def _pauses(free: Iterable[tuple[int, int]], timeline: Sequence[TimelineItem]) -> Iterator[Pause]:
    longest = sorted(free, key=lambda stretch: stretch[0] - stretch[1])[:_PAUSES]
    for begun, ended in longest:
        if ended - begun >= _SHORTEST_PAUSE:
            yield Pause(begun, ended - begun, _what_follows(timeline, ended))


def _what_follows(timeline: Iterable[TimelineItem], time: int) -> str:
    for item in timeline:
        if item.time_unix_nano < time or (item.span.kind is SpanKind.ROUND and item.event is None):
            continue
        event = item.event
        role = plain((event.role if event else None) or item.span.role or "")
        if event is not None and event.name == events.WALLET_SNAPSHOT:
            return f"the snapshot {plain(str(event.attributes.get(attr.MONERO_SNAPSHOT_POINT, '?')))} of {role}"
        if item.span.kind is SpanKind.CALL:
            return f"{plain(item.span.called_method or item.span.name)} of {role}"
        break
    return "the next event"


def spending_table(spending: Spending) -> RenderableType:
    """Where the time of one set-up went, with a bar for each kind."""
    rows = [
        (
            kind,
            format_duration(spending.parts[kind]),
            f"{100 * _share(spending.parts[kind], spending.total_nano):.0f} %",
            Text(_WORDS[kind], style="dim"),
            Text("#" * round(_BAR * _share(spending.parts[kind], spending.total_nano)), style="cyan"),
        )
        for kind in KINDS
    ]
    parts: list[RenderableType] = [
        Text(),
        heading(f"Where {format_duration(spending.total_nano)} went"),
        Grid(rows, right=(1, 2)),
    ]
    if spending.pauses:
        parts.append(Text("  longest stretches of which nothing is recorded:", style="dim"))
        parts.append(
            Grid(
                (
                    (
                        format_offset(pause.start_nano - spending.start_nano),
                        format_duration(pause.duration_nano),
                        f"before {pause.before}",
                    )
                    for pause in spending.pauses
                ),
                right=(0, 1),
                indent=4,
                flexible=2,
            )
        )
    return Group(*parts)


def spendings_table(spendings: Sequence[tuple[str, Spending]], more: int = 0) -> RenderableType:
    """Where the time of several set-ups went, one line each and one for all.

    Args:
        spendings: the name and the spending of each set-up.
        more: how many were left out of the lines and of the sum.
    """
    rows = [_line(plain(name), spending.total_nano, spending.parts) for name, spending in spendings]
    sums = {kind: sum(spending.parts[kind] for _, spending in spendings) for kind in KINDS}
    rows.append(_line("all", sum(spending.total_nano for _, spending in spendings), sums))
    titles = ("escrow", "in all", *KINDS)
    rest = [Text(f"  and {more:,} more: --all", style="dim")] if more else []
    grid = Grid(rows, titles=titles, right=range(1, len(titles)), flexible=0, indent=0)
    return Group(Text(), heading("Where the time went"), grid, *rest)


def _line(name: str, total: int, parts: Mapping[str, int]) -> list[str]:
    return [name, format_roughly(total), *(format_roughly(parts[kind]) for kind in KINDS)]


def _share(part: int, total: int) -> float:
    return part / total if total else 0.0
