"""What all dashboards have in common: variables, links to each other, tables of set-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

from grafana.source.bridge import SOURCE
from grafana.source.panels import PROMETHEUS, TEMPO, of_tempo
from grafana.source.tables import plain_table, shown, styled, transform, with_columns
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grafana_foundation_sdk.builders import table

TAG: Final = "multisig"

_ESCROW: Final = (
    "/d/multisig-escrow?${__url_time_range}&${datasource:queryparam}&${tempo:queryparam}"
    '&var-escrow=${__data.fields["Escrow"]}&var-trace=${__data.fields["traceIdHidden"]}'
)
_TRACE: Final = "traceIdHidden"


def source(name: str, plugin: str, label: str, description: str) -> dashboard.DatasourceVariable:
    """Return a variable for a data source."""
    # Chosen at once: the queries of other variables need it.
    chosen = model.VariableOption(selected=True, text=plugin.title(), value=plugin)
    return dashboard.DatasourceVariable(name).type(plugin).label(label).description(description).current(chosen)


def labels_of(
    name: str, label: str, selector: str, of: str, description: str, *, chosen: str = ""
) -> dashboard.QueryVariable:
    """Return a variable with the values that a label of Prometheus has in the time shown; all, if none is chosen."""
    at_first = model.VariableOption(selected=True, text=chosen or "All", value=chosen or "$__all")
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(PROMETHEUS)
        .query(f"label_values({selector}, {of})")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(at_first)
    )


def service() -> dashboard.QueryVariable:
    """Return the variable of the services."""
    return labels_of("service", "Service", SOURCE, "job", "Whose set-ups: service.name of the application.")


def board(
    uid: str, title: str, description: str, *, traces: bool = False, with_service: bool = True, since: str = "now-6h"
) -> dashboard.Dashboard:
    """Return a dashboard without panels."""
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .refresh("30s")
        .time(since, "now")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(dashboard.DashboardLink("Multisig").type(model.DashboardLinkType.DASHBOARDS).tags([TAG]).keep_time(True))
        .with_variable(source("datasource", "prometheus", "Metrics", "Prometheus with our recording rules."))
    )
    if traces:
        made = made.with_variable(source("tempo", "tempo", "Traces", "Where the traces are searched."))
    return made.with_variable(service()) if with_service else made


# Grafana 9 gives what TraceQL finds as a table of traces with a table of spans in each row; later ones, asked for
# "spans", as one table of spans. Either becomes one table of spans: start and duration, which have the same names in
# both tables, are computed under new names, then all tables are merged, and what is no span goes.
_STARTED: Final = "Started"
_TOOK: Final = "Duration "
_AS_SPANS: Final = (
    transform("convertFieldType", fields={}, conversions=[{"targetField": "Start time", "destinationType": "time"}]),
    *(
        transform(
            "calculateField",
            mode="binary",
            alias=alias,
            binary={"left": field, "operator": "*", "reducer": "sum", "right": "1"},
        )
        for alias, field in ((_STARTED, "Start time"), (_TOOK, "Duration"))
    ),
    transform("merge"),
    transform(
        "filterByValue",
        type="include",
        match="all",
        filters=[{"fieldName": "Span ID", "config": {"id": "isNotNull", "options": {}}}],
    ),
)

# One row a span, however many markers it has.
_ONCE: Final = transform(
    "groupBy",
    fields={name: {"operation": "groupby", "aggregations": []} for name in (_STARTED, attr.MONERO_ESCROW_ID, _TRACE)},
)


def escrow_table(
    title: str,
    description: str,
    traceql: str,
    columns: Mapping[str, str],
    *,
    width: int,
    markers: bool = False,
) -> table.Panel:
    """Return a table of the spans that a TraceQL query finds, each escrow a link to its dashboard.

    Args:
        title: Title of the panel.
        description: Its description.
        traceql: The query; it selects what is shown.
        columns: Further columns: attribute, and what it is called.
        width: In columns of the grid.
        markers: Whether it finds markers of open spans, several of one span: when it began is then all that is known.
    """
    names = {_STARTED: _STARTED, _TOOK: "Duration", **columns, attr.MONERO_ESCROW_ID: "Escrow", _TRACE: _TRACE}
    query = of_tempo(queryType="traceql", query=traceql, limit=20, tableType="spans", spss=3)
    panel = plain_table(title, description, TEMPO, query, width=width)
    for step in (*_AS_SPANS, _ONCE) if markers else _AS_SPANS:
        panel = panel.with_transformation(step)
    links = [{"title": "Show this escrow", "url": _ESCROW, "targetBlank": False}]
    return styled(
        with_columns(panel, names),
        shown(_STARTED, unit="time:YYYY-MM-DD HH:mm:ss", width=155, align="left"),
        shown("Duration", unit="ns", width=90, align="left", decimals=1),
        shown("Outcome", width=85),
        shown("Fault", width=145),
        shown("Escrow", links=links),
        shown(_TRACE, hidden=True),
    )
