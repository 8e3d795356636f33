"""PromQL: how things are counted, and what the dashboards ask.

Low traffic. A series begins with its first set-up, and PromQL's own ``increase()`` does not see what a series begins
with. `increase` here is the last value less the one before the window; where there was none in the last day, all of it.
It gives whole numbers, and one single failure of a new process is one.
"""

from __future__ import annotations

from typing import Final

from grafana.source.bridge import (
    ACTIVE,
    CALL_SPANS,
    CALLS,
    SETUP_SPANS,
    SETUPS,
    SOURCE,
    SPAN_CALLS,
    SPAN_DURATION,
    STALLED_TIME,
    Bridged,
    label,
)
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.semconv.attributes import Outcome


def increase(selector: str, window: str, memory: str = "1d") -> str:
    """Return by how much counters grew in a window, what a series begins with counted too.

    Args:
        selector: A counter, ``name{label="value"}``.
        window: How long, as ``5m`` or ``$__range``.
        memory: How far before the window an earlier value is looked for. Longer gaps in what arrives make everything
            before the gap count again; but a histogram with many series should not be looked through for a whole day.
    """
    last = f"last_over_time({selector}[{window}])"
    # Less than before: the counter began anew.
    return f"(({last} - last_over_time({selector}[{memory}] offset {window})) >= 0 or {last})"


def counted(selector: str, window: str, by: str, memory: str = "1d") -> str:
    """Return by how much recorded counters grew in a window, from the source that counts, summed by labels.

    The source is that at the end of the time shown, else a service whose spans come before its first metrics would be
    counted twice.
    """
    grown = f"{increase(selector, window, memory)} and on (job, source) ({SOURCE} @ end())"
    return f"sum by ({by}) ({grown})" if by else f"sum({grown})"


# What Grafana fills in.
RANGE: Final = "$__range"
STEP: Final = "$__interval"
RATE: Final = "$__rate_interval"
SERVICE: Final = 'job=~"$service"'

RECENT: Final = "15m"
"""Window of quantiles: long enough that one set-up in it shows, short enough that trouble does."""

ENDED: Final = f"{SETUPS.name}_count"
CALLED: Final = f"{CALLS.name}_count"
NOT_SUCCESS: Final = f'outcome!="{Outcome.SUCCESS.value}"'
FAILURE: Final = f'outcome="{Outcome.FAILURE.value}"'
CALL_FILTER: Final = f'{SERVICE}, method=~"$method", role=~"$role", port=~"$port"'


def or_zero(expression: str) -> str:
    """Return what an expression gives, 0 where it gives nothing."""
    return f"{expression} or vector(0)"


def share(part: str, whole: str) -> str:
    """Return the share of a part; nothing where there is no whole."""
    return f"(({part}) or ({whole}) * 0) / (({whole}) > 0)"


def quantile(share_below: float, histogram: Bridged | str, match: str, window: str, by: str = "") -> str:
    """Return the quantile of a recorded histogram, or of an application's own (its name).

    What an application measures itself only, there is no second source for.
    """
    labels = f"{by}, le" if by else "le"
    if isinstance(histogram, Bridged):
        grown = counted(f"{histogram.name}_bucket{{{match}}}", window, labels, memory="1h")
    else:
        grown = f"sum by ({labels}) ({increase(f'{histogram}_bucket{{{match}}}', window, memory='1h')})"
    return f"histogram_quantile({share_below}, {grown})"


def with_exemplars(expression: str, spans_match: str) -> str:
    """Return an expression that gives the same, and under which Prometheus finds the exemplars of span metrics.

    What is recorded has no exemplars. No bucket is less than nothing, so that the second part gives none.
    """
    return f"{expression} or ({SPAN_DURATION}_bucket{{{spans_match}}} < 0)"


SETUP_EXEMPLARS: Final = f"{SETUP_SPANS}, {SERVICE}"
CALL_EXEMPLARS: Final = (
    f'{CALL_SPANS}, {SERVICE}, {label(upstream.RPC_METHOD)}=~"$method", '
    f'{label(attr.MONERO_WALLET_ROLE)}=~"$role", {label(upstream.SERVER_PORT)}=~"$port"'
)

# A process that died in the middle sends nothing more; its last word counts for an hour.
STALLED: Final = f"max(last_over_time({STALLED_TIME}{{{SERVICE}}}[1h]))"
IN_FLIGHT: Final = f"sum({ACTIVE}{{{SERVICE}}})"


def like_spans() -> str:
    """Return how many spans like one there were of late; Grafana fills in what it is like."""
    return f"sum by (status_code) ({increase(f'{SPAN_CALLS}{{$__tags}}', RECENT, memory='1h')})"


def like_spans_duration() -> str:
    """Return how long spans like one took of late; Grafana fills in what it is like."""
    grown = increase(f"{SPAN_DURATION}_bucket{{$__tags}}", RECENT, memory="1h")
    return f"histogram_quantile(0.95, sum by (le) ({grown}))"


# A server that answers, answers with a code: a number. Where it does not, the error is the class of an exception.
NO_ANSWER: Final = f'{FAILURE}, error!~"-?[0-9]+"'
UNANSWERED: Final = f"{CALLED}{{{CALL_FILTER}, {NO_ANSWER}}}"


def count_of(expression: str) -> str:
    """Return how many of the series are above zero."""
    return f"count({expression} > 0)"
