"""Escrow: one escrow, its set-ups, and what happened in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders import dashboard, text
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.text import TextMode

from grafana.source import traceql
from grafana.source.boards import board, escrow_table, source
from grafana.source.panels import JAEGER, TEMPO, of_jaeger, of_tempo
from grafana.source.tables import plain_table, shown, styled, transform, with_columns
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders import table
    from grafana_foundation_sdk.builders.dashboard import Dashboard, Panel

    from grafana.source.panels import Query

UID: Final = "multisig-escrow"

_HERE: Final = (
    "/d/multisig-escrow?${__url_time_range}&${datasource:queryparam}&${tempo:queryparam}&${jaeger:queryparam}"
)
_TERMINAL: Final = """\
What went wrong, which wallet, and what to do: `otel-multisig analyze http://TEMPO:3200 --escrow-id ${escrow:text}`

Its wallets side by side at each point: the same with `--snapshots-only`.

Nothing chosen? Click on an escrow in the table on the right. Until then what shows a trace has a red corner.
"""


def _box(name: str, label: str, description: str) -> dashboard.TextBoxVariable:
    nothing = model.VariableOption(selected=False, text="", value="")
    return dashboard.TextBoxVariable(name).label(label).description(description).default_value("").current(nothing)


def _trace() -> Query:
    return of_tempo(queryType="traceId", query="$trace")


def _set_ups() -> table.Panel:
    query = of_tempo(queryType="nativeSearch", search=traceql.ESCROW_TAGS, limit=20)
    url = _HERE + '&${escrow:queryparam}&var-trace=${__data.fields["Trace ID"]}'
    panel = plain_table(
        "Set-ups of this escrow",
        "All traces of the escrow in the time shown; one escrow may have several set-ups. The trace ID shows it below.",
        TEMPO,
        query,
        width=10,
        without="choose an escrow",
    ).with_transformation(transform("filterFieldsByName", include={"names": ["Start time", "Duration", "Trace ID"]}))
    return styled(
        panel,
        shown("Trace ID", links=[{"title": "Show this set-up", "url": url, "targetBlank": False}]),
        shown("Start time", width=155),
        shown("Duration", unit="ms", width=85, align="left"),
    )


def _spans(title: str, description: str, pattern: str) -> table.Panel:
    """The spans of the chosen trace whose names match."""
    panel = plain_table(title, description, TEMPO, _trace(), width=12, height=9, without="choose a set-up")
    matching = {"fieldName": "operationName", "config": {"id": "regex", "options": {"value": pattern}}}
    for step in (
        transform("filterByValue", type="include", match="all", filters=[matching]),
        transform("sortBy", fields={}, sort=[{"field": "startTime"}]),
    ):
        panel = panel.with_transformation(step)
    return styled(
        with_columns(panel, {"operationName": "What", "startTime": "Started", "duration": "Duration"}),
        shown("Started", unit="time:HH:mm:ss.SSS", width=120, align="left"),
        shown("Duration", unit="ms", align="left", decimals=1),
        shown("What", width=220),
    )


def escrow() -> Dashboard:
    """Return the dashboard."""
    return (
        board(
            UID,
            "Multisig: escrow",
            "One escrow: its set-ups, rounds, calls, snapshots.",
            with_service=False,
            traces=True,
        )
        .with_variable(source("jaeger", "jaeger", "Jaeger", "Where the trace is shown once more."))
        .with_variable(_box("escrow", "Escrow", "Id of the escrow, as the application knows it."))
        .with_variable(_box("trace", "Trace", "Trace id of the set-up that is shown; a click in a table fills it in."))
        .with_panel(
            text.Panel()
            .title("In a terminal")
            .description("How to ask for the same without Grafana.")
            .mode(TextMode.MARKDOWN)
            .content(_TERMINAL)
            .span(24)
            .height(5)
        )
        .with_panel(_set_ups())
        .with_panel(
            escrow_table(
                "Set-ups of all escrows, newest first",
                "What ended in the time shown. The escrow shows it on this page.",
                traceql.ALL_SETUPS,
                {attr.MONERO_ESCROW_OUTCOME: "Outcome", attr.MONERO_FAULT_TYPE: "Fault"},
                width=14,
            )
        )
        .with_panel(
            _panel(
                "Trace",
                "The set-up from its first call to its last: rounds, calls, and in each span its snapshots and faults "
                "as events. A click on a span shows them, and leads to the metrics of spans like it.",
                _trace(),
                TEMPO,
            )
        )
        .with_panel(
            _spans(
                "Rounds",
                "How long each round took, and whether all came.",
                f"^{spans.ROUND} ",
            )
        )
        .with_panel(
            _spans(
                "Calls",
                "Calls to the wallet servers in the order they began.",
                f"^(?!{spans.SETUP}|{spans.ROUND})",
            )
        )
        .with_panel(
            _panel(
                "The same trace in Jaeger",
                "Where Jaeger has it; what the two show must be the same.",
                of_jaeger(query="$trace"),
                JAEGER,
                height=14,
            )
        )
    )


def _panel(title: str, description: str, query: Query, of: model.DataSourceRef, height: int = 20) -> Panel:
    panel = dashboard.Panel().type("traces").title(title).description(description).datasource(of)
    return panel.with_target(query).options({}).span(24).height(height)
