"""The dashboards, compiled to the classic JSON that every Grafana since 9 takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.source.escrow import escrow
from grafana.source.overview import overview
from grafana.source.pipeline import pipeline
from grafana.source.wallet_rpc import wallet_rpc

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard


def dashboards() -> list[Dashboard]:
    """Return all dashboards, panels with ids of their own."""
    built = [make().build() for make in (overview, wallet_rpc, escrow, pipeline)]
    for made in built:
        for number, panel in enumerate(made.panels or (), 1):
            panel.id_val = number
    return built


def compiled() -> dict[str, str]:
    """Return the file of each."""
    return {
        f"dashboards/{made.uid}.json": json.dumps(_document(made), indent=2, ensure_ascii=False) + "\n"
        for made in dashboards()
    }


def _document(made: Dashboard) -> dict[str, Any]:
    """A dashboard as JSON, without what the SDK adds and later versions of Grafana know no more.

    All of it is what Grafana 9 takes where it is not said.
    """
    document: dict[str, Any] = json.loads(json.dumps(made, cls=JSONEncoder))
    del document["style"]
    for variable in document["templating"]["list"]:
        # The same for all, by which Grafana 9 would take them for one variable.
        del variable["id"]
    for panel in document["panels"]:
        if panel["type"] == "heatmap":
            # What was a switch is a mode now.
            del panel["options"]["tooltip"]["show"]
            panel["options"]["tooltip"]["mode"] = "single"
    return document
