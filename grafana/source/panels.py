"""How the panels of all dashboards look: units, colors, legends, links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from grafana_foundation_sdk.builders import common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heatmaps
from grafana_foundation_sdk.models import prometheus as prometheus_model

from otel_multisig.semconv.attributes import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


PROMETHEUS: Final = model.DataSourceRef("prometheus", "${datasource}")
TEMPO: Final = model.DataSourceRef("tempo", "${tempo}")
JAEGER: Final = model.DataSourceRef("jaeger", "${jaeger}")

GREEN: Final = "green"
ORANGE: Final = "orange"
RED: Final = "red"
BLUE: Final = "blue"
OUTCOMES: Final = {Outcome.SUCCESS.value: GREEN, Outcome.FAILURE.value: RED, Outcome.INTERRUPTED.value: ORANGE}

Query = Builder[variants.Dataquery]
Steps = tuple[tuple[float | None, str], ...]

CALM: Final[Steps] = ((None, BLUE),)
NONE_IS_GOOD: Final[Steps] = ((None, GREEN), (1e-9, RED))


class Asked(variants.Dataquery):
    """A query of a data source that the SDK has no types for, or not for all of its fields."""

    def __init__(self, **fields: Any) -> None:
        self._fields = {"refId": "A", **fields}

    def to_json(self) -> dict[str, object]:
        """Return what stands in the dashboard."""
        return self._fields


class _Asking(Builder[variants.Dataquery]):
    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def build(self) -> variants.Dataquery:
        return self._asked


def of_tempo(**fields: Any) -> Query:
    """Return a query of Tempo."""
    # Later versions want filters, of an editor that is not used here.
    return _Asking(Asked(datasource=TEMPO, filters=[], **fields))


def of_jaeger(**fields: Any) -> Query:
    """Return a query of Jaeger."""
    return _Asking(Asked(datasource=JAEGER, **fields))


def over_time(expression: str, legend: str, ref: str = "A", *, exemplars: bool = False) -> Query:
    """Return a query for curves."""
    query = prometheus.Dataquery().expr(expression).legend_format(legend).range().ref_id(ref)
    return query.exemplar(exemplars).datasource(PROMETHEUS)


def now(expression: str, legend: str = "__auto", ref: str = "A") -> prometheus.Dataquery:
    """Return a query for the values at the end of the time shown."""
    return prometheus.Dataquery().expr(expression).legend_format(legend).instant().ref_id(ref).datasource(PROMETHEUS)


def steps(chosen: Steps) -> dashboard.ThresholdsConfig:
    """Return from which value on which color holds."""
    thresholds = [model.Threshold(value=value, color=color) for value, color in chosen]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(thresholds)


def link(title: str, url: str) -> dashboard.DashboardLink:
    """Return a link that a value carries."""
    return dashboard.DashboardLink(title).url(url)


def number(
    title: str,
    description: str,
    expression: str,
    unit: str,
    chosen: Steps,
    *,
    width: int = 4,
    without: str = "none",
    url: str = "",
    decimals: int | None = None,
) -> stat.Panel:
    """Return one large number, its background the answer to whether all is well."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .with_target(now(expression))
        .unit(unit)
        .no_value(without)
        .thresholds(steps(chosen))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .color_mode(shapes.BigValueColorMode.BACKGROUND)
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .text_mode(shapes.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .span(width)
        .height(4)
    )
    if decimals is not None:
        panel = panel.decimals(decimals)
    return panel.data_links([link(f"Show: {title}", url)]) if url else panel


def _plot(
    title: str, description: str, unit: str, queries: Sequence[Query], width: int, height: int
) -> timeseries.Panel:
    tooltip = common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING)
    panel = timeseries.Panel().title(title).description(description).datasource(PROMETHEUS).unit(unit).min(0)
    for query in queries:
        panel = panel.with_target(query)
    return panel.tooltip(tooltip).span(width).height(height)


def _legend(*shown: str) -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(True).placement(shapes.LegendPlacement.BOTTOM)
    return legend.display_mode(shapes.LegendDisplayMode.LIST).calcs(list(shown))


def curves(
    title: str,
    description: str,
    unit: str,
    queries: Sequence[Query],
    *,
    width: int = 8,
    height: int = 8,
    colors: Mapping[str, str] | None = None,
    limit: float | None = None,
    whole: float | None = None,
) -> timeseries.Panel:
    """Return curves: what has a value at any time. A limit is drawn as a line; the whole is the top of the axis."""
    panel = (
        _plot(title, description, unit, queries, width, height)
        .draw_style(shapes.GraphDrawStyle.LINE)
        .line_width(2)
        .fill_opacity(5)
        .show_points(shapes.VisibilityMode.AUTO)
        .legend(_legend())
    )
    if limit is not None:
        style = common.GraphThresholdsStyleConfig().mode(shapes.GraphTresholdsStyleMode.LINE)
        panel = panel.thresholds(steps(((None, "transparent"), (limit, RED)))).thresholds_style(style)
    return _colored(panel if whole is None else panel.max(whole), colors)


def bars(
    title: str,
    description: str,
    unit: str,
    queries: Sequence[Query],
    *,
    width: int = 12,
    height: int = 8,
    colors: Mapping[str, str] | None = None,
) -> timeseries.Panel:
    """Return stacked bars: how many there were in each interval. The legend says how many in all."""
    panel = (
        _plot(title, description, unit, queries, width, height)
        .draw_style(shapes.GraphDrawStyle.BARS)
        .fill_opacity(80)
        .line_width(0)
        .max_data_points(72)
        .decimals(0)
        .axis_soft_max(1)
        .stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
        .legend(_legend("sum"))
    )
    return _colored(panel, colors)


def _colored(panel: timeseries.Panel, colors: Mapping[str, str] | None) -> timeseries.Panel:
    for name, color in (colors or {}).items():
        value = {"mode": "fixed", "fixedColor": color}
        panel = panel.override_by_name(name, [model.DynamicConfigValue("color", value)])
    return panel


def heat_map(
    title: str, description: str, query: prometheus.Dataquery, *, width: int = 12, height: int = 9
) -> heatmap.Panel:
    """Return a heat map of the buckets of a histogram, in seconds."""
    colors = heatmap.HeatmapColorOptions().mode(heatmaps.HeatmapColorMode.SCHEME).scheme("Oranges").steps(64)
    axis = heatmap.YAxisConfig().unit("s").axis_placement(shapes.AxisPlacement.LEFT)
    return (
        heatmap.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .with_target(query.format(prometheus_model.PromQueryFormat.HEATMAP))
        .unit("short")
        .max_data_points(72)
        .calculate(False)
        .color(colors.fill("dark-orange").exponent(0.5).min(0))
        .y_axis(axis)
        .cell_gap(1)
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .show_tooltip()
        .show_legend()
        .span(width)
        .height(height)
    )
