"""What the Collector says of itself: what it takes, hands on, refuses and loses, and how full its queues are."""

from __future__ import annotations

from typing import Final

from grafana.source.bridge import SPAN_CALLS
from grafana.source.queries import RANGE, RATE, increase, or_zero

LOSSES: Final = {
    "receiver_refused_spans": "refused",
    "receiver_failed_spans": "failed on the way in",
    "exporter_send_failed_spans": "not sent to {{exporter}}",
    "exporter_enqueue_failed_spans": "queue full",
}
"""Counters of the Collector that should stay at zero, and what they count."""


def counter(name: str, match: str = "") -> str:
    """Return the selector of a counter of the Collector: with and without the suffix that some builds give it."""
    return f'{{__name__=~"otelcol_{name}(_total)?"{match and f", {match}"}}}'


def growth(name: str, match: str, window: str, by: str) -> str:
    """Return by how much a counter of the Collector grew; one that comes with the first mishap counts too."""
    grown = increase(counter(name, match), window, memory="1h")
    return f"sum by ({by}) ({grown})" if by else f"sum({grown})"


def lost(match: str) -> str:
    """Return how many spans were refused or lost in the time shown."""
    return " + ".join(f"({or_zero(growth(name, match, RANGE, ''))})" for name in LOSSES)


def mishaps(name: str, match: str, window: str) -> str:
    """Return by how much a counter of mishaps grew, 0 where there has never been one."""
    by, ever = {
        "exporter_send_failed_spans": ("exporter", "exporter_sent_spans"),
        "exporter_enqueue_failed_spans": ("", "exporter_sent_spans"),
    }.get(name, ("", "receiver_accepted_spans"))
    never = f"sum by ({by}) ({counter(ever, match)}) * 0"
    return f"{growth(name, match, window, by)} or {never}"


def queue(what: str, match: str) -> str:
    """Return the ``size`` or ``capacity`` of the queues, in the same unit."""
    return f"sum by (instance, exporter) (otelcol_exporter_queue_{what}{{{match}}})"


CHOSEN: Final = 'job=~"$collector"'
"""The Collectors that are chosen on the dashboard."""

SCRAPED_AGO: Final = f"max(time() - max_over_time(timestamp(otelcol_process_uptime{{{CHOSEN}}})[1h:15s]))"
CPU: Final = f"sum by (instance) (rate({counter('process_cpu_seconds', CHOSEN)}[{RATE}]))"
SERVICES: Final = or_zero(f"count(count by (job) (last_over_time({SPAN_CALLS}[{RANGE}])))")
