"""Pipeline: the Collector itself, and whether what is shown elsewhere is all there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.source import queries as q
from grafana.source.boards import board, labels_of
from grafana.source.collector import CHOSEN, CPU, LOSSES, SCRAPED_AGO, SERVICES, growth, lost, mishaps, queue
from grafana.source.panels import GREEN, NONE_IS_GOOD, ORANGE, RED, bars, curves, number, over_time

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

UID: Final = "multisig-pipeline"


def pipeline() -> Dashboard:
    """Return the dashboard."""
    full = f"{queue('size', CHOSEN)} / {queue('capacity', CHOSEN)}"
    made = board(
        UID, "Multisig: pipeline", "Whether telemetry arrives whole: queues, drops, refusals.", with_service=False
    ).with_variable(
        labels_of(
            "collector",
            "Collector",
            "otelcol_process_uptime",
            "job",
            "Which job of Prometheus. Jaeger is a Collector too.",
            chosen="collector",
        )
    )
    return (
        made.with_panel(
            number(
                "Servers down",
                "Targets of Prometheus that did not answer the last scrape: Collector, Tempo, Jaeger and the others.",
                q.or_zero("count(up == 0)"),
                "short",
                NONE_IS_GOOD,
            )
        )
        .with_panel(
            number(
                "Spans lost",
                "Refused, or not handed on, in the time shown.",
                lost(CHOSEN),
                "short",
                NONE_IS_GOOD,
            )
        )
        .with_panel(
            number(
                "Fullest queue",
                "Beyond full, applications must wait, and then throw spans away.",
                f"max({full})",
                "percentunit",
                ((None, GREEN), (0.5, ORANGE), (0.8, RED)),
                decimals=1,
            )
        )
        .with_panel(
            number(
                "Oldest scrape",
                "How long ago the Collector was last heard of.",
                SCRAPED_AGO,
                "s",
                ((None, GREEN), (60, ORANGE), (300, RED)),
                decimals=0,
            )
        )
        .with_panel(
            number(
                "Spans received",
                "Spans that the Collector took in the time shown.",
                q.or_zero(growth("receiver_accepted_spans", CHOSEN, q.RANGE, "")),
                "short",
                ((None, RED), (1, GREEN)),
            )
        )
        .with_panel(
            number(
                "Services with spans",
                "How many services the span metrics know.",
                SERVICES,
                "short",
                ((None, ORANGE), (1, GREEN)),
            )
        )
        .with_panel(
            bars(
                "Spans in",
                "Spans that the Collector accepted in each interval.",
                "short",
                [
                    over_time(
                        growth("receiver_accepted_spans", CHOSEN, q.STEP, "instance, transport"),
                        "{{transport}} at {{instance}}",
                    )
                ],
            )
        )
        .with_panel(
            curves(
                "Spans out by exporter",
                "Spans handed on in each interval. All exporters should do the same; one that lags has a backend that "
                "is slow or away.",
                "short",
                [over_time(growth("exporter_sent_spans", CHOSEN, q.STEP, "exporter"), "{{exporter}}")],
                width=12,
            )
        )
        .with_panel(
            bars(
                "Refused and lost",
                "Spans that the Collector did not take, or did not hand on. Refused ones may come again.",
                "short",
                [
                    over_time(mishaps(name, CHOSEN, q.STEP), legend, ref)
                    for ref, (name, legend) in zip("ABCD", LOSSES.items(), strict=True)
                ],
            )
        )
        .with_panel(
            curves(
                "Queue in use by exporter",
                "Share of the queue on disk that is in use. It grows while a backend is away.",
                "percentunit",
                [over_time(f"max by (exporter) ({full})", "{{exporter}}")],
                width=12,
                limit=0.8,
                whole=1,
            )
        )
        .with_panel(
            curves(
                "Memory of the Collector",
                "Resident memory. At its limit it refuses.",
                "bytes",
                [over_time(f"otelcol_process_memory_rss{{{CHOSEN}}}", "{{instance}}")],
                width=12,
            )
        )
        .with_panel(
            curves(
                "CPU of the Collector",
                "How many cores are in use.",
                "short",
                [over_time(CPU, "{{instance}}")],
                width=12,
            )
        )
    )
