"""Overview: is anything wrong, with which set-ups, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders.dashboard import Panel

from grafana.source import bridge, traceql
from grafana.source import queries as q
from grafana.source.boards import board, escrow_table
from grafana.source.collector import lost
from grafana.source.panels import CALM as CALM_COLORS
from grafana.source.panels import GREEN, NONE_IS_GOOD, ORANGE, OUTCOMES, RED, bars, curves, number, over_time
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

UID: Final = "multisig-overview"

_ENDED: Final = f"{q.ENDED}{{{q.SERVICE}}}"
_NOT_SUCCESS: Final = f"{q.ENDED}{{{q.SERVICE}, {q.NOT_SUCCESS}}}"
_FAULTS: Final = f"{bridge.FAULTS.name}{{{q.SERVICE}}}"


def _alerts() -> Panel:
    """The alerts of Grafana, or those of Prometheus: whichever there are."""
    options = {
        "viewMode": "list",
        "groupMode": "default",
        "groupBy": [],
        "maxItems": 20,
        "sortOrder": 3,
        "dashboardAlerts": False,
        "alertName": "",
        "alertInstanceLabelFilter": "",
        "stateFilter": {"firing": True, "pending": False, "error": True, "noData": False, "normal": False},
    }
    panel = Panel().type("alertlist").title("Alerts").span(7).height(8)
    return panel.description("Alerts that fire, by their names. Each says what to do.").options(options)


def overview() -> Dashboard:
    """Return the dashboard."""
    ended = q.counted(_ENDED, q.RANGE, "")
    failed = q.counted(_NOT_SUCCESS, q.RANGE, "")
    return (
        board(UID, "Multisig: overview", "Is anything wrong, with which set-ups, since when.", traces=True)
        .with_panel(
            number(
                "Set-ups not successful",
                "Set-ups in the time shown that failed or were interrupted.",
                q.or_zero(failed),
                "short",
                NONE_IS_GOOD,
                width=5,
            )
        )
        .with_panel(
            number(
                "Failure rate",
                "Share of the set-ups that ended in the time shown and were not successful. Of few set-ups, one is "
                "much: look at the number beside it.",
                q.share(failed, ended),
                "percentunit",
                ((None, GREEN), (1e-9, ORANGE), (0.1, RED)),
                without="no set-ups",
                decimals=1,
                width=5,
            )
        )
        .with_panel(
            number(
                "In flight",
                "Set-ups that are running now. Known only of applications that send metrics of their own.",
                q.IN_FLIGHT,
                "short",
                CALM_COLORS,
                without="not known",
            )
        )
        .with_panel(
            number(
                "Longest without progress",
                "How long the set-up that has waited longest has made no progress: no call, no snapshot. 0 where none "
                "is open. Counts on for an hour after a process died in the middle.",
                q.STALLED,
                "s",
                ((None, GREEN), (60, ORANGE), (3600, RED)),
                without="not known",
                decimals=0,
                width=5,
            )
        )
        .with_panel(
            number(
                "Telemetry lost",
                "Spans in the time shown that the Collector refused or could not hand on. With lost spans, what is "
                "shown here is too little.",
                lost(""),
                "short",
                NONE_IS_GOOD,
                url="/d/multisig-pipeline?${__url_time_range}&${datasource:queryparam}",
                width=5,
            )
        )
        .with_panel(
            bars(
                "Set-ups by outcome",
                "Set-ups that ended in each interval.",
                "short",
                [over_time(q.counted(_ENDED, q.STEP, "outcome"), "{{outcome}}")],
                colors=OUTCOMES,
                width=9,
            )
        )
        .with_panel(
            bars(
                "Faults by type",
                "Faults that the rules found in each interval, whether or not the set-up failed of them.",
                "short",
                [over_time(q.counted(_FAULTS, q.STEP, "fault"), "{{fault}}")],
                width=8,
            )
        )
        .with_panel(_alerts())
        .with_panel(
            escrow_table(
                "Failed set-ups, newest first",
                "Set-ups that failed or were interrupted. The escrow leads to its dashboard, with the trace.",
                traceql.FAILED_SETUPS,
                {attr.MONERO_FAULT_TYPE: "Fault"},
                width=14,
            )
        )
        .with_panel(
            escrow_table(
                "Open for long",
                "Set-ups that the application tells of because they have not ended after a while (30 s). Empty is "
                "good. One that went on after hours may still be listed: its trace says whether it has ended.",
                traceql.OPEN_SETUPS,
                {},
                width=10,
                markers=True,
            )
        )
        .with_panel(
            curves(
                "Duration of set-ups",
                f"Of those that ended in the last {q.RECENT}. The dots are single set-ups and lead to their traces.",
                "s",
                [
                    over_time(
                        q.with_exemplars(q.quantile(0.95, bridge.SETUPS, q.SERVICE, q.RECENT), q.SETUP_EXEMPLARS),
                        "p95",
                        exemplars=True,
                    ),
                    over_time(q.quantile(0.5, bridge.SETUPS, q.SERVICE, q.RECENT), "p50", "B"),
                ],
                colors={"p95": ORANGE, "p50": GREEN},
            )
        )
        .with_panel(
            curves(
                "Duration of rounds, p95",
                f"Of those that ended in the last {q.RECENT}.",
                "s",
                [over_time(q.quantile(0.95, bridge.ROUNDS, q.SERVICE, q.RECENT, "round"), "round {{round}}")],
            )
        )
        .with_panel(
            bars(
                "Failed rounds",
                "In which round set-ups fail. What fails before round 1 has none.",
                "short",
                [
                    over_time(
                        q.counted(f"{bridge.ROUNDS.name}_count{{{q.SERVICE}, {q.FAILURE}}}", q.STEP, "round"),
                        "round {{round}}",
                    )
                ],
                width=8,
            )
        )
    )
