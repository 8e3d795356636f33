"""What happened in a set-up, line by line: what the timeline and the list of errors have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.text import Text

from otel_multisig.report._layout import Grid
from otel_multisig.report._numbers import numbers_of
from otel_multisig.report._words import format_offset, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from otel_multisig.diagnosis import Diagnosis
    from otel_multisig.model import EscrowTrace, TimelineItem

__all__ = ["Line", "lines_of", "lines_table"]


class Line(msgspec.Struct, frozen=True):
    """One thing that happened in a set-up.

    Attributes:
        time_unix_nano: when.
        number: its place in the legacy recording, from 1; None for what has none there.
        sequence: its place in the set-up's own count.
        round: the round in which it happened.
        role: whose wallet it is about.
        port: the port of that wallet's server.
        what: what it is, fit for a terminal.
        style: how a terminal shows it.
    """

    time_unix_nano: int
    number: int | None
    sequence: int | None
    round: int | None
    role: str
    port: int | None
    what: str
    style: str = ""


def lines_of(
    trace: EscrowTrace,
    diagnosis: Diagnosis,
    describe: Callable[[TimelineItem, EscrowTrace], tuple[str, str] | None],
) -> Iterator[Line]:
    """Items of a set-up's timeline, in order.

    Args:
        trace: the set-up.
        diagnosis: what the rules say of it.
        describe: says what an item is and in which style that is shown; None for what is left out.
    """
    numbers = numbers_of(diagnosis.setup, trace)
    for item in trace.timeline():
        described = describe(item, trace)
        if described is None:
            continue
        what, style = described
        span, event = item.span, item.event
        yield Line(
            time_unix_nano=item.time_unix_nano,
            number=None if item.sequence is None else numbers.get(item.sequence),
            sequence=item.sequence,
            round=span.round,
            role=plain((event.role if event else None) or span.role or ""),
            port=event.port if event is not None and event.port is not None else span.port,
            what=what,
            style=style,
        )


def lines_table(lines: Iterable[Line], start_nano: int) -> Grid:
    """Lines in columns.

    Args:
        lines: the lines.
        start_nano: the time that they count from.
    """
    rows = (
        (
            format_offset(line.time_unix_nano - start_nano),
            Text("" if line.number is None else f"#{line.number}", style="dim"),
            line.role,
            "" if line.port is None else str(line.port),
            Text(line.what, style=line.style),
        )
        for line in lines
    )
    return Grid(rows, right=(0, 1), flexible=4)
