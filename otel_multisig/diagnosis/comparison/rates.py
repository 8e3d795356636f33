"""What so many faults in so many runs say of the rate behind them: exact bounds, and whether two differ by chance."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["CONFIDENCE", "chance_of_difference", "upper_bound"]

CONFIDENCE: Final = 0.95

_HALVINGS: Final = 60


def upper_bound(hits: int, runs: int, confidence: float = CONFIDENCE) -> float:
    """The highest rate at which so few hits in so many runs are still to be expected: Clopper and Pearson's bound.

    It is the rate at which as few hits or fewer come with a chance of 1 - `confidence`: were the true rate higher, this
    would have been rarer still. Without a hit it is 1 - (1 - confidence) ** (1 / runs), about 3 in `runs` at 95 %.

    Args:
        hits: the number of runs that had it.
        runs: the number of all runs.
        confidence: how sure the bound is, between 0 and 1.

    Raises:
        ValueError: there are more hits than runs, fewer than none, or no such confidence.
    """
    if not 0 <= hits <= runs or not 0 < confidence < 1:
        raise ValueError(f"there are no {hits} of {runs} with a confidence of {confidence}")
    if hits == runs:
        return 1.0
    if hits == 0:
        return -math.expm1(math.log1p(-confidence) / runs)
    below, above = hits / runs, 1.0
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        if _chance_of_at_most(hits, runs, middle) > 1 - confidence:
            below = middle
        else:
            above = middle
    return above


def _chance_of_at_most(hits: int, runs: int, rate: float) -> float:
    """The chance of so many hits or fewer at a rate strictly between 0 and 1."""
    if rate >= 1:
        return 0.0
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    ways = math.lgamma(runs + 1)
    return math.fsum(
        math.exp(
            ways
            - math.lgamma(number + 1)
            - math.lgamma(runs - number + 1)
            + number * log_rate
            + (runs - number) * log_rest
        )
        for number in range(hits + 1)
    )


def chance_of_difference(hits: int, runs: int, other_hits: int, other_runs: int) -> float:
    """How often chance alone parts two rates at least so far, were they the same: Fisher's exact test, two-sided.

    All ways to spread the hits over the two are counted, in whole numbers; it is the share of those that are no more
    likely than the one that was seen.

    Args:
        hits: the number of runs of the first kind that had it.
        runs: the number of all runs of the first kind.
        other_hits: likewise of the second kind.
        other_runs: likewise of the second kind.

    Raises:
        ValueError: there are more hits than runs, or fewer than none.
    """
    if not 0 <= hits <= runs or not 0 <= other_hits <= other_runs:
        raise ValueError(f"there are no {hits} of {runs} and {other_hits} of {other_runs}")
    all_hits = hits + other_hits
    fewest, most = max(0, all_hits - other_runs), min(runs, all_hits)
    weight = math.comb(runs, fewest) * math.comb(other_runs, all_hits - fewest)
    weights = [weight]
    for number in range(fewest, most):
        # The next coefficient from this one: to compute each anew takes seconds for thousands of runs.
        weight = weight * (runs - number) * (all_hits - number)
        weight //= (number + 1) * (other_runs - all_hits + number + 1)
        weights.append(weight)
    seen = weights[hits - fewest]
    as_rare = sum(each for each in weights if each <= seen)
    return as_rare / sum(weights)
