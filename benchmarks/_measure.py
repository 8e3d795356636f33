"""Timing two pieces of code against each other."""

from __future__ import annotations

import gc
import statistics
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Ratio", "compare", "report", "time_it"]


class Ratio(NamedTuple):
    """How one piece of code compares with another: medians over the rounds, seconds for one execution."""

    ratio: float
    low: float
    high: float
    ours: float
    theirs: float


def compare(ours: Callable[[], object], theirs: Callable[[], object], *, number: int, rounds: int = 15) -> Ratio:
    """Time both in turn, many times each round; the ratio is taken pair by pair, so that drift cancels out."""
    pairs = []
    for function in (ours, theirs):
        time_it(function, number // 4 + 1)
    gc.collect()
    gc.disable()
    try:
        for number_of_round in range(rounds):
            order = (ours, theirs) if number_of_round % 2 else (theirs, ours)
            times = {function: time_it(function, number) for function in order}
            pairs.append((times[ours], times[theirs]))
            gc.collect()
    finally:
        gc.enable()
    ratios = sorted(a / b for a, b in pairs)
    return Ratio(
        statistics.median(ratios),
        ratios[0],
        ratios[-1],
        statistics.median(a for a, _ in pairs) / number,
        statistics.median(b for _, b in pairs) / number,
    )


def time_it(function: Callable[[], object], number: int) -> float:
    """Seconds for so many executions."""
    started = perf_counter()
    for _ in range(number):
        function()
    return perf_counter() - started


def report(name: str, ratio: float, limit: float | None, detail: str) -> bool:
    """Print one line; say whether the ratio keeps its limit."""
    kept = limit is None or ratio <= limit
    bound = "" if limit is None else f" (at most {limit:g}) {'ok' if kept else 'TOO MUCH'}"
    print(f"{name:<58} {ratio:7.3f}{bound}   {detail}")
    return kept
