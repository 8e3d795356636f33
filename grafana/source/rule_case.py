"""What a case of an alert is, and the series that cases are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import TYPE_CHECKING, Final

from grafana.source import bridge
from otel_multisig.semconv import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["GONE", "SETUPS", "SHOP", "Case", "Values", "buckets", "climbing", "of_spans", "outcomes", "steady"]

Values = list[float | None]

GONE: Final = None
"""No value in this minute."""

_JOB: Final = 'job="shop"'
_INSTANCE: Final = 'instance="c:8888"'

SHOP: Final = f'{_JOB},instance="1"'
"""The labels of the only process of the only service."""

SETUPS: Final = f"{bridge.series(metrics.MONERO_ESCROW_SETUP_DURATION)}_count"

_MINUTES: Final = 70


@dataclass(frozen=True)
class Case:
    """One case of one alert.

    Attributes:
        alert: Its name.
        title: What is shown.
        series: A value a minute of each series, from minute 0; None where there is none.
        minute: When to look.
        fires: The labels of those that fire then, beside the name and the severity.
        step: Minutes between two values, where it is not one.
    """

    alert: str
    title: str
    series: Mapping[str, Sequence[float | None]]
    minute: int
    fires: tuple[Mapping[str, str], ...] = field(default=())
    step: int = 1

    @property
    def own(self) -> Mapping[str, str]:
        """The label that no other case has: that of the service, or of the Collector where it is about that."""
        value = re.sub(r"[^a-z0-9]+", "_", f"{self.alert} {self.title}".lower()).strip("_")
        shop = any(_JOB in name for name in self.series)
        return {"job": value} if shop else {"instance": value}

    def renamed(self) -> Case:
        """The case with that label, so that it can be run together with others."""
        (name, value) = next(iter(self.own.items()))
        old = _JOB if name == "job" else _INSTANCE
        series = {each.replace(old, f'{name}="{value}"'): values for each, values in self.series.items()}
        return replace(self, series=series, fires=tuple({**labels, **self.own} for labels in self.fires))


def steady(value: float, count: int = _MINUTES) -> Values:
    """The same value in each minute."""
    return list(repeat(value, count))


def climbing(step: float, count: int = _MINUTES) -> Values:
    """A counter that begins with 0."""
    return [step * minute for minute in range(count)]


def outcomes(success: float, failure: float) -> dict[str, Values]:
    """Set-ups a minute."""
    return {
        f'{SETUPS}{{{SHOP},monero_escrow_outcome="success"}}': climbing(success),
        f'{SETUPS}{{{SHOP},monero_escrow_outcome="failure"}}': climbing(failure),
    }


def of_spans(success: float, failure: float) -> dict[str, Values]:
    """The same as span metrics."""
    base = 'job="shop",instance="collector:8889",collector_instance_id="c",span_name="multisig_setup"'
    found: dict[str, Values] = {}
    for status, step in (("UNSET", success), ("ERROR", failure)):
        outcome = "failure" if status == "ERROR" else "success"
        labels = f'{base},status_code="STATUS_CODE_{status}",monero_escrow_outcome="{outcome}"'
        found[f"{bridge.SPAN_CALLS}{{{labels}}}"] = climbing(step)
        found[f"{bridge.SPAN_DURATION}_count{{{labels}}}"] = climbing(step)
    return found


def buckets(metric: str, labels: str, fast: float, slow: float, edges: tuple[str, str]) -> dict[str, Values]:
    """So many calls a minute below the lower edge, and between the two."""
    lower, upper = edges
    return {
        f'{metric}_bucket{{{labels},le="{lower}"}}': climbing(fast),
        f'{metric}_bucket{{{labels},le="{upper}"}}': climbing(fast + slow),
        f'{metric}_bucket{{{labels},le="+Inf"}}': climbing(fast + slow),
    }
