"""Wallet RPC: which server, which method, which error; how slow, and who waits for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models import prometheus as prometheus_model

from grafana.source import bridge
from grafana.source import queries as q
from grafana.source.boards import board, labels_of
from grafana.source.panels import (
    CALM,
    GREEN,
    NONE_IS_GOOD,
    ORANGE,
    PROMETHEUS,
    RED,
    bars,
    curves,
    heat_map,
    now,
    number,
    over_time,
)
from grafana.source.tables import plain_table, shown, styled, transform

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders import table, timeseries
    from grafana_foundation_sdk.builders.dashboard import Dashboard


UID: Final = "multisig-wallet-rpc"

_CALLS: Final = f"{q.CALLED}{{{q.CALL_FILTER}}}"
_FAILED: Final = f"{q.CALLED}{{{q.CALL_FILTER}, {q.FAILURE}}}"
_SLOW: Final = 5.0


def _variables(made: Dashboard) -> Dashboard:
    known = f'{q.CALLED}{{job=~"$service"}}'
    for name, text, description in (
        ("method", "Method", "JSON-RPC method."),
        ("role", "Role", "Role of the wallet in the escrow."),
        ("port", "Port", "Port of the wallet server."),
    ):
        made = made.with_variable(labels_of(name, text, known, name, description))
    return made


def _latency(title: str, by: str, legend: str, *, exemplars: bool = False) -> timeseries.Panel:
    expression = q.quantile(0.95, bridge.CALLS, q.CALL_FILTER, q.RECENT, by)
    if exemplars:
        expression = q.with_exemplars(expression, q.CALL_EXEMPLARS)
    more = " The dots are single calls and lead to their traces." if exemplars else ""
    return curves(
        title,
        f"p95 of the calls of the last {q.RECENT}. The alert begins at {_SLOW:g} s.{more}",
        "s",
        [over_time(expression, legend, exemplars=exemplars)],
        limit=_SLOW,
    )


def _failures() -> table.Panel:
    by = "method, role, port, error"
    panel = plain_table(
        "What failed, where",
        "Failed calls in the time shown, by server and error. The code is that of the JSON-RPC answer, else the class "
        "of the exception.",
        PROMETHEUS,
        now(f"sort_desc({q.counted(_FAILED, q.RANGE, by)} > 0)").format(prometheus_model.PromQueryFormat.TABLE),
        width=12,
    )
    names = {"Value": "Failed", "method": "Method", "role": "Role", "port": "Port", "error": "Error"}
    panel = panel.with_transformation(
        transform(
            "organize",
            excludeByName={"Time": True},
            renameByName=names,
            indexByName={name: place for place, name in enumerate(names)},
        )
    )
    return styled(
        panel,
        shown("Failed", width=80, unit="short", align="left"),
        shown("Port", width=80),
        shown("Method", width=200),
    )


def wallet_rpc() -> Dashboard:
    """Return the dashboard."""
    calls, failed = q.counted(_CALLS, q.RANGE, ""), q.counted(_FAILED, q.RANGE, "")
    buckets = q.counted(f"{bridge.CALLS.name}_bucket{{{q.CALL_FILTER}}}", q.STEP, "le", memory="1h")
    made = _variables(
        board(UID, "Multisig: wallet RPC", "Which wallet server is slow or fails, at which method, since when.")
    )
    return (
        made.with_panel(
            number(
                "Failed calls",
                "Calls in the time shown that had an error, retries included.",
                q.or_zero(failed),
                "short",
                NONE_IS_GOOD,
            )
        )
        .with_panel(
            number(
                "Share of failed calls",
                "Of the calls in the time shown.",
                q.share(failed, calls),
                "percentunit",
                ((None, GREEN), (1e-9, ORANGE), (0.1, RED)),
                without="no calls",
                decimals=1,
            )
        )
        .with_panel(
            number(
                "Servers that did not answer",
                "Ports at which calls ended without an answer: refused, timed out, broken off.",
                q.or_zero(q.count_of(q.counted(q.UNANSWERED, q.RANGE, "port"))),
                "short",
                NONE_IS_GOOD,
            )
        )
        .with_panel(
            number(
                "Latency p95",
                "Of the calls in the time shown.",
                q.quantile(0.95, bridge.CALLS, q.CALL_FILTER, q.RANGE),
                "s",
                ((None, GREEN), (1, ORANGE), (_SLOW, RED)),
                without="no calls",
                decimals=1,
            )
        )
        .with_panel(
            number(
                "Lock wait p95",
                "How long set-ups waited for locks in the time shown. Known only of applications that send metrics of "
                "their own and tell of their locks.",
                q.quantile(0.95, bridge.LOCK_WAIT, q.SERVICE, q.RANGE),
                "s",
                ((None, GREEN), (1, ORANGE), (30, RED)),
                without="no locks",
                decimals=1,
            )
        )
        .with_panel(number("Calls", "Calls in the time shown.", q.or_zero(calls), "short", CALM))
        .with_panel(
            bars(
                "Calls by method",
                "Calls that ended in each interval.",
                "short",
                [over_time(q.counted(_CALLS, q.STEP, "method"), "{{method}}")],
            )
        )
        .with_panel(
            bars(
                "Failed calls by error",
                "Calls that failed in each interval, by the code of the answer or the class of the exception.",
                "short",
                [over_time(q.counted(_FAILED, q.STEP, "error"), "{{error}}")],
            )
        )
        .with_panel(_latency("Latency by method, p95", "method", "{{method}}", exemplars=True))
        .with_panel(_latency("Latency by role, p95", "role", "{{role}}"))
        .with_panel(_latency("Latency by port, p95", "port", ":{{port}}"))
        .with_panel(
            heat_map(
                "Latency of all calls",
                "How many calls took how long. Two bands are two kinds of calls, or a server that hangs.",
                prometheus.Dataquery().expr(buckets).legend_format("{{le}}").range().ref_id("A").datasource(PROMETHEUS),
            )
        )
        .with_panel(
            curves(
                "Locks, p95",
                f"How long each lock was waited for and held, of the last {q.RECENT}. One that is held for long has an "
                "owner that is stuck; where waits are long and holds are not, too many set-ups share its wallets.",
                "s",
                [
                    over_time(
                        q.quantile(0.95, measured, q.SERVICE, q.RECENT, bridge.LOCK_NAME),
                        f"{{{{{bridge.LOCK_NAME}}}}} {what}",
                        ref,
                    )
                    for ref, measured, what in (("A", bridge.LOCK_WAIT, "waited"), ("B", bridge.LOCK_HOLD, "held"))
                ],
                width=12,
                height=9,
            )
        )
        .with_panel(_failures())
        .with_panel(
            bars(
                "Calls by port",
                "Calls that ended in each interval. A port without any is a server that nobody uses, or that is gone.",
                "short",
                [over_time(q.counted(_CALLS, q.STEP, "port"), ":{{port}}")],
            )
        )
    )
