"""Provisioning of the data sources and of the folder of dashboards."""

from __future__ import annotations

from typing import Any, Final

import yaml

from grafana.source import queries
from grafana.source.bridge import label
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream

PROMETHEUS: Final = "prometheus"
TEMPO: Final = "tempo"
JAEGER: Final = "jaeger"
ALERTMANAGER: Final = "alertmanager"

_HEADER: Final = "# Compiled by `make grafana`: change grafana/source instead.\n#\n"
_SOURCES: Final = """\
# Addresses are variables of the environment of Grafana, which knows no defaults here: PROMETHEUS_URL, TEMPO_URL,
# JAEGER_URL and ALERTMANAGER_URL, as http://host:port.
"""
_FOLDER: Final = """\
# The dashboards lie beside the folder of provisioning, which GF_PATHS_PROVISIONING names; in Grafana's image it does.
"""


def _span_metrics() -> dict[str, Any]:
    tags = (
        upstream.SERVICE_NAME,
        upstream.RPC_METHOD,
        upstream.SERVER_PORT,
        attr.MONERO_WALLET_ROLE,
        attr.MONERO_MULTISIG_ROUND,
        attr.MONERO_ESCROW_OUTCOME,
    )
    asked = {
        "Spans like this, failed or not": queries.like_spans(),
        "Duration of spans like this, p95": queries.like_spans_duration(),
    }
    return {
        "datasourceUid": PROMETHEUS,
        "spanStartTimeShift": "-30m",
        "spanEndTimeShift": "30m",
        "tags": [{"key": tag, "value": label(tag)} for tag in tags],
        "queries": [{"name": name, "query": query} for name, query in asked.items()],
    }


def _sources() -> list[dict[str, Any]]:
    traces = [
        {"name": "trace_id", "datasourceUid": uid, "urlDisplayLabel": f"Trace in {uid.title()}"}
        for uid in (TEMPO, JAEGER)
    ]
    bar = {"type": "Tag", "tag": attr.MONERO_WALLET_ROLE}
    return [
        {
            "name": "Prometheus",
            "type": PROMETHEUS,
            "uid": PROMETHEUS,
            "url": "$PROMETHEUS_URL",
            "isDefault": True,
            "jsonData": {"httpMethod": "POST", "timeInterval": "15s", "exemplarTraceIdDestinations": traces},
        },
        {
            "name": "Tempo",
            "type": TEMPO,
            "uid": TEMPO,
            "url": "$TEMPO_URL",
            "jsonData": {"tracesToMetrics": _span_metrics(), "spanBar": bar},
        },
        {
            "name": "Jaeger",
            "type": JAEGER,
            "uid": JAEGER,
            "url": "$JAEGER_URL",
            "jsonData": {"tracesToMetrics": _span_metrics(), "spanBar": bar},
        },
        {
            "name": "Alertmanager",
            "type": ALERTMANAGER,
            "uid": ALERTMANAGER,
            "url": "$ALERTMANAGER_URL",
            "jsonData": {"implementation": "prometheus"},
        },
    ]


def _escaped(value: Any) -> Any:
    """Grafana fills variables of the environment in; a dollar of our own is written twice."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return {key: _escaped(item) for key, item in value.items()} if isinstance(value, dict) else value


def compiled() -> dict[str, str]:
    """Return the files of provisioning."""
    sources = [
        {key: _escaped(value) if key == "jsonData" else value for key, value in source.items()}
        | {"access": "proxy", "editable": False}
        for source in _sources()
    ]
    provider = {
        "name": "otel-multisig",
        "folder": "Multisig",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "options": {"path": "$GF_PATHS_PROVISIONING/../dashboards"},
    }
    return {
        "provisioning/datasources/multisig.yaml": _HEADER + _SOURCES + _dump({"apiVersion": 1, "datasources": sources}),
        "provisioning/dashboards/multisig.yaml": _HEADER + _FOLDER + _dump({"apiVersion": 1, "providers": [provider]}),
    }


def _dump(value: Any) -> str:
    return "\n" + yaml.safe_dump(value, sort_keys=False, width=10_000)
