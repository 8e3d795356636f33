"""The dashboards, compiled to the classic JSON that every Grafana since 9 takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.source.escrow import escrow
from grafana.source.overview import overview
from grafana.source.pipeline import pipeline
from grafana.source.wallet_rpc import wallet_rpc

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard


def dashboards() -> list[Dashboard]:
    """Return all dashboards, panels and variables with ids of their own."""
    built = [make().build() for make in (overview, wallet_rpc, escrow, pipeline)]
    for made in built:
        for number, panel in enumerate(made.panels or (), 1):
            panel.id_val = number
        for variable in made.templating.list_val or ():
            # The SDK gives all the same id, by which Grafana 9 takes them for one variable.
            variable.id_val = variable.name
    return built


def compiled() -> dict[str, str]:
    """Return the file of each."""
    return {
        f"dashboards/{made.uid}.json": json.dumps(made, cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"
        for made in dashboards()
    }
