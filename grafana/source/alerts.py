"""All alerts; `prometheus` and `provisioning` compile them, docs/alerts.md explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.source.fault_alerts import fault_alerts
from grafana.source.setup_alerts import setup_alerts
from grafana.source.telemetry_alerts import telemetry_alerts
from grafana.source.wallet_alerts import wallet_alerts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana.source.alert import Alert
    from grafana.source.rule_settings import RuleSettings

__all__ = ["all_alerts"]


def all_alerts(settings: RuleSettings) -> Iterator[Alert]:
    """All alerts, in the order in which they are shown."""
    yield from setup_alerts(settings)
    yield from wallet_alerts()
    yield from fault_alerts()
    yield from telemetry_alerts(settings)
