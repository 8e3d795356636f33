"""How tables look: columns, widths, links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models import dashboard as model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grafana.source.panels import Query

Shown = tuple[str, list[model.DynamicConfigValue]]


def plain_table(
    title: str,
    description: str,
    source: model.DataSourceRef,
    query: Query,
    *,
    width: int,
    height: int = 8,
    without: str = "none",
) -> table.Panel:
    """Return a table as it comes."""
    panel = table.Panel().title(title).description(description).datasource(source).with_target(query)
    return panel.show_header(True).no_value(without).span(width).height(height)


def transform(name: str, **options: Any) -> model.DataTransformerConfig:
    """Return one transformation of what a query gave."""
    return model.DataTransformerConfig(id_val=name, options=options)


def shown(name: str, **properties: Any) -> Shown:
    """Return how a column is shown: ``width``, ``unit``, ``links``."""
    keys = {"width": "custom.width", "hidden": "custom.hidden", "align": "custom.align"}
    return name, [model.DynamicConfigValue(keys.get(key, key), value) for key, value in properties.items()]


def with_columns(panel: table.Panel, names: Mapping[str, str]) -> table.Panel:
    """Return the table with these columns only, in this order: what they are called in the answer, and here."""
    return panel.with_transformation(
        transform("filterFieldsByName", include={"names": list(names)})
    ).with_transformation(
        transform(
            "organize",
            renameByName={old: new for old, new in names.items() if old != new},
            indexByName={name: place for place, name in enumerate(names)},
            excludeByName={},
        )
    )


def styled(panel: table.Panel, *columns: Shown) -> table.Panel:
    """Return the table with its columns shown so."""
    for name, properties in columns:
        panel = panel.override_by_name(name, properties)
    return panel
