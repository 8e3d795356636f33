"""The rules as Prometheus takes them: what is recorded, and every alert."""

from __future__ import annotations

from typing import Any, Final

import yaml

from grafana.source.alert import Alert, Dialect
from grafana.source.alerts import all_alerts
from grafana.source.recording import recording_groups
from grafana.source.rule_settings import RuleSettings

__all__ = ["ALERTS_FILE", "RECORDING_FILE", "compiled", "expression", "rule_files", "written"]

RECORDING_FILE: Final = "prometheus/recording.rules.yaml"
ALERTS_FILE: Final = "prometheus/alerts.rules.yaml"

_DIALECT: Final = Dialect(
    value=".Value",
    since=lambda seconds: (
        f'{{{{ with query "(time() - {seconds}) * 1000" }}}}{{{{ . | first | value | printf "%.0f" }}}}{{{{ end }}}}'
    ),
)
_HEAD: Final = "# Compiled by `python -m grafana.source` (make grafana) from grafana/source: change it there.\n"


def compiled(objective: float = RuleSettings.objective) -> dict[str, str]:
    """The text of each file, by its path under ``grafana/``."""
    return rule_files(RuleSettings(objective=objective))


def rule_files(settings: RuleSettings) -> dict[str, str]:
    """The same with other settings."""
    recording = [
        {
            "name": group.name,
            "interval": f"{group.interval}s",
            "rules": [{"record": name, "expr": expr} for name, expr in group.rules.items()],
        }
        for group in recording_groups(settings)
    ]
    alerts = [_rule(alert, settings) for alert in all_alerts(settings)]
    groups = [{"name": "multisig-alerts", "interval": f"{settings.seconds(15)}s", "rules": alerts}]
    return {RECORDING_FILE: written({"groups": recording}), ALERTS_FILE: written({"groups": groups})}


def expression(alert: Alert) -> str:
    """What fires, as Prometheus has it."""
    return f"({alert.value}) {'<' if alert.below else '>'} {alert.threshold:g}"


def written(document: Any) -> str:
    """A document as YAML, with a word on where it comes from."""
    return _HEAD + yaml.safe_dump(document, sort_keys=False, width=10_000, allow_unicode=True)


def _rule(alert: Alert, settings: RuleSettings) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": expression(alert),
        "for": settings.span(alert.wait),
        "labels": alert.all_labels(),
        "annotations": alert.annotations(settings, _DIALECT),
    }
