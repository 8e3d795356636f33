"""The alerts as Grafana takes them by file, and an example of whom it tells.

Each rule is a query, a reduction to its last value, and a threshold. A second query with the same series gives the time
since when the links look, which Grafana's templates cannot tell themselves.
"""

from __future__ import annotations

import re
from typing import Any, Final

from grafana.source.alert import Alert, Dialect
from grafana.source.alerts import all_alerts
from grafana.source.prometheus import written
from grafana.source.rule_settings import MINUTE, RuleSettings

__all__ = ["CONTACTS_FILE", "POLICIES_FILE", "RULES_FILE", "alerting_files", "compiled"]

RULES_FILE: Final = "provisioning/alerting/rules.yaml"
CONTACTS_FILE: Final = "provisioning/alerting/contact-points.yaml"
POLICIES_FILE: Final = "provisioning/alerting/policies.yaml"

_DIALECT: Final = Dialect(
    value='(index .Values "B").Value', since=lambda _: '{{ (index .Values "E").Value | printf "%.0f" }}'
)
_RECEIVER: Final = "multisig-example"
_LONGEST_UID: Final = 40


def compiled(objective: float = RuleSettings.objective) -> dict[str, str]:
    """The text of each file, by its path under ``grafana/``."""
    return alerting_files(RuleSettings(objective=objective))


def alerting_files(settings: RuleSettings) -> dict[str, str]:
    """The same with other settings."""
    interval = max(settings.seconds(MINUTE), settings.shortest_wait)
    group = {
        "orgId": 1,
        "name": "multisig",
        "folder": "Multisig",
        "interval": f"{interval}s",
        "rules": [_rule(alert, settings) for alert in all_alerts(settings)],
    }
    return {
        RULES_FILE: written({"apiVersion": 1, "groups": [group]}),
        CONTACTS_FILE: written({"apiVersion": 1, "contactPoints": [_contact_point(settings)]}),
        POLICIES_FILE: written({"apiVersion": 1, "policies": [_policy(settings)]}),
    }


def _rule(alert: Alert, settings: RuleSettings) -> dict[str, Any]:
    wait = max(settings.seconds(alert.wait), settings.shortest_wait) if alert.wait else 0
    return {
        "uid": _uid(alert.name),
        "title": alert.name,
        "condition": "C",
        "data": [
            _query("A", alert.value, alert.lookback),
            _expression("B", "reduce", expression="A", reducer="last"),
            _expression(
                "C",
                "threshold",
                expression="B",
                conditions=[{"evaluator": {"type": "lt" if alert.below else "gt", "params": [alert.threshold]}}],
            ),
            _query("D", f"0 * ({alert.value}) + (time() - {alert.lookback}) * 1000", alert.lookback),
            _expression("E", "reduce", expression="D", reducer="last"),
        ],
        # No series is no failure, no fault, nothing open. That nothing arrives has alerts of its own.
        "noDataState": "OK",
        "execErrState": "Error",
        "for": f"{wait}s",
        "labels": alert.all_labels(),
        "annotations": alert.annotations(settings, _DIALECT),
    }


def _uid(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()[-_LONGEST_UID:].lstrip("-")


def _query(ref_id: str, expr: str, lookback: int) -> dict[str, Any]:
    return {
        "refId": ref_id,
        "datasourceUid": "prometheus",
        "relativeTimeRange": {"from": lookback, "to": 0},
        "model": {
            "refId": ref_id,
            "datasource": {"type": "prometheus", "uid": "prometheus"},
            "expr": expr,
            "instant": True,
            "range": False,
            "intervalMs": 1000,
            "maxDataPoints": 100,
        },
    }


def _expression(ref_id: str, kind: str, **model: Any) -> dict[str, Any]:
    return {
        "refId": ref_id,
        "datasourceUid": "__expr__",
        "relativeTimeRange": {"from": 0, "to": 0},
        "model": {"refId": ref_id, "datasource": {"type": "__expr__", "uid": "__expr__"}, "type": kind, **model},
    }


def _contact_point(settings: RuleSettings) -> dict[str, Any]:
    return {
        "orgId": 1,
        "name": _RECEIVER,
        "receivers": [
            {
                "uid": _RECEIVER,
                "type": "webhook",
                "settings": {"url": settings.webhook_url, "httpMethod": "POST"},
                "disableResolveMessage": False,
            },
        ],
    }


def _policy(settings: RuleSettings) -> dict[str, Any]:
    return {
        "orgId": 1,
        "receiver": _RECEIVER,
        # One message for one cause at one wallet, however many escrows it hit.
        "group_by": ["alertname", "fault_type", "role", "port"],
        "group_wait": f"{settings.seconds(10)}s",
        "group_interval": f"{settings.seconds(MINUTE)}s",
        "repeat_interval": "4h",
        "routes": [
            {
                "receiver": _RECEIVER,
                "object_matchers": [["severity", "=", "critical"]],
                "group_wait": "0s",
                "repeat_interval": "1h",
            },
        ],
    }
