"""The calls of wallets by method and role: how many, how many failed, how long they took."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
from rich.console import Group
from rich.text import Text

from otel_multisig.model import pieces
from otel_multisig.model.records import STATUS_ERROR
from otel_multisig.report._layout import Grid, heading
from otel_multisig.report._words import format_duration, format_roughly, plain
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from otel_multisig.model import EscrowTrace, Event, Span
    from otel_multisig.report.results import Results

__all__ = ["CallStatistics", "Calls", "calls_of", "calls_table", "describe_failure", "duration_of", "has_failed"]

_SECOND = 1_000_000_000


class CallStatistics(msgspec.Struct, frozen=True):
    """The calls of one method for one role.

    Attributes:
        method: the JSON-RPC method.
        role: the wallet's role, "" where it has none.
        calls: how many were started.
        errors: how many of them failed.
        unfinished: how many of them never ended.
        p50_seconds: half of those that ended took no longer; None where none ended.
        p95_seconds: 95 of 100 of those that ended took no longer.
        max_seconds: the longest.
        total_seconds: how long all of them were waited for.
    """

    method: str
    role: str
    calls: int
    errors: int
    unfinished: int
    p50_seconds: float | None
    p95_seconds: float | None
    max_seconds: float | None
    total_seconds: float


class _Tally:
    def __init__(self) -> None:
        self.calls = 0
        self.errors = 0
        self.durations: list[int] = []


class Calls:
    """Counts calls, set-up by set-up."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def add(self, trace: EscrowTrace) -> None:
        """Count the calls of a set-up."""
        for call in trace.calls:
            key = (call.called_method or call.name, call.role or "")
            tally = self._tallies.setdefault(key, _Tally())
            tally.calls += 1
            tally.errors += has_failed(call)
            duration = duration_of(call)
            if duration is not None:
                tally.durations.append(duration)

    def statistics(self) -> tuple[CallStatistics, ...]:
        """What was counted, in the order in which methods and roles were first called."""
        methods = list(dict.fromkeys(method for method, _ in self._tallies))
        in_order = sorted(self._tallies.items(), key=lambda item: methods.index(item[0][0]))
        return tuple(_statistics(method, role, tally) for (method, role), tally in in_order)


def calls_of(results: Results) -> Calls:
    """The calls of all set-ups that were asked for."""
    calls = Calls()
    for judged in results.judged:
        if judged.trace is not None:
            calls.add(judged.trace)
    return calls


def _statistics(method: str, role: str, tally: _Tally) -> CallStatistics:
    durations = sorted(tally.durations)
    return CallStatistics(
        method=method,
        role=role,
        calls=tally.calls,
        errors=tally.errors,
        unfinished=tally.calls - len(durations),
        p50_seconds=_percentile(durations, 50),
        p95_seconds=_percentile(durations, 95),
        max_seconds=_percentile(durations, 100),
        total_seconds=sum(durations) / _SECOND,
    )


def _percentile(durations: list[int], percent: int) -> float | None:
    """The nearest rank: one of the durations, never one that was not measured."""
    if not durations:
        return None
    return durations[max(0, math.ceil(len(durations) * percent / 100) - 1)] / _SECOND


def has_failed(call: Span) -> bool:
    """Whether a call came back with an error."""
    return call.status_code == STATUS_ERROR or call.error_type is not None or call.error_code is not None


def duration_of(call: Span) -> int | None:
    """Nanoseconds that a call took, None where it never ended; what was measured counts before what clocks say."""
    if not call.ended or call.interrupted:
        return None
    measured = call.attributes.get(attr.MONERO_CALL_DURATION)
    if isinstance(measured, int | float) and not isinstance(measured, bool) and measured >= 0:
        return round(measured * _SECOND)
    return max(0, call.duration_nano or 0)


def describe_failure(call: Span) -> str:
    """What a call that failed says: how long it took, the code and the text; fit for a terminal."""
    duration = duration_of(call)
    took = "" if duration is None else f" after {format_duration(duration)}"
    code = "" if call.error_code is None else f"{call.error_code} "
    why = call.status_message or next(filter(None, map(_message, call.events)), "") or call.error_type or ""
    return f"{plain(call.called_method or call.name)} failed{took}: {code}{plain(why)}".rstrip(": ")


def _message(event: Event) -> str | None:
    return pieces.gather(upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE, event.attributes)


def calls_table(statistics: Iterable[CallStatistics]) -> RenderableType:
    """The statistics as a table."""
    found = tuple(statistics)
    if not found:
        return Group(Text(), heading("Calls"), Text("  none was recorded"))
    open_calls = any(counted.unfinished for counted in found)
    titles = ["method", "role", "calls", "errors", "p50", "p95", "max", "waited"]
    if open_calls:
        titles.insert(4, "open")
    numbers = range(2, len(titles))
    grid = Grid(_rows(found, open_calls=open_calls), titles=titles, right=numbers, flexible=0)
    return Group(Text(), heading("Calls"), grid)


def _rows(found: Iterable[CallStatistics], *, open_calls: bool) -> Iterator[list[Text | str]]:
    for counted in found:
        row: list[Text | str] = [
            plain(counted.method),
            plain(counted.role),
            f"{counted.calls:,}",
            Text(f"{counted.errors:,}", style="red" if counted.errors else ""),
        ]
        if open_calls:
            row.append(Text(f"{counted.unfinished:,}", style="yellow" if counted.unfinished else ""))
        durations = (counted.p50_seconds, counted.p95_seconds, counted.max_seconds, counted.total_seconds)
        row += ["-" if seconds is None else format_roughly(round(seconds * _SECOND)) for seconds in durations]
        yield row
