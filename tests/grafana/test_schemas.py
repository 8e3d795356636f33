"""Dashboards and alert files by the JSON schemas that Grafana publishes: what the newest version takes."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from grafana.source import provisioning

ROOT = Path(__file__).parents[2]
VARIABLE = "OTEL_MULTISIG_GRAFANA_SCHEMAS"
UIDS = ("multisig-overview", "multisig-wallet-rpc", "multisig-escrow", "multisig-pipeline")
# Panels and data sources that Grafana publishes no schema of.
WITHOUT = {"traces", "alertlist", "jaeger"}
# Grafana's own schemas say of these that they are anything; what becomes of it in JSON is "an object".
ANYTHING = {"DynamicConfigValue": "value", "MatcherConfig": "options"}


@pytest.fixture(scope="session", autouse=True)
def schemas() -> None:
    """Skip, where there are none."""
    if not os.environ.get(VARIABLE):
        pytest.skip(
            f"{VARIABLE} is not set: the folder `jsonschema` of github.com/grafana/grafana-foundation-sdk at v0.0.18"
        )


@cache
def published(name: str) -> dict[str, Any]:
    path = Path(os.environ[VARIABLE]) / f"{name}.jsonschema.json"
    document: dict[str, Any] = without_defaults(json.loads(path.read_text()))
    for definition, anything in ANYTHING.items():
        if definition in document["definitions"]:
            document["definitions"][definition]["properties"][anything] = {}
    return document


def without_defaults(schema: Any) -> Any:
    """A schema in which nothing is required that has a default: Grafana fills it in."""
    if isinstance(schema, list):
        return [without_defaults(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: without_defaults(value) for key, value in schema.items()}
    if isinstance(schema.get("required"), list) and isinstance(schema.get("properties"), dict):
        schema["required"] = [
            name for name in schema["required"] if "default" not in schema["properties"].get(name, {})
        ]
    return schema


def complaints(name: str, definition: str, document: Any) -> list[str]:
    """What a schema has against a document."""
    schema = published(name) | {"$ref": f"#/definitions/{definition}"}
    return [f"{error.json_path}: {error.message[:300]}" for error in Draft7Validator(schema).iter_errors(document)]


def loaded(path: str) -> Any:
    return yaml.safe_load((ROOT / "grafana" / path).read_text())


@pytest.fixture(params=UIDS)
def dashboard(request: pytest.FixtureRequest, compiled: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return compiled[request.param]


def test_dashboards(dashboard: dict[str, Any]) -> None:
    assert complaints("dashboard", "Dashboard", dashboard) == []


def test_options_of_panels(dashboard: dict[str, Any]) -> None:
    for panel in dashboard["panels"]:
        if panel["type"] not in WITHOUT:
            assert complaints(panel["type"], "Options", panel["options"]) == [], panel["title"]
            custom = panel["fieldConfig"]["defaults"].get("custom", {})
            assert not custom or complaints(panel["type"], "FieldConfig", custom) == [], panel["title"]


def test_queries_of_panels(dashboard: dict[str, Any]) -> None:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            plugin = target["datasource"]["type"]
            assert plugin in WITHOUT or complaints(plugin, "Dataquery", target) == [], panel["title"]


def test_schemas_can_tell(compiled: dict[str, dict[str, Any]]) -> None:
    dashboard = json.loads(json.dumps(compiled["multisig-overview"]))
    dashboard["panels"][0]["gridPos"]["w"] = "wide"
    assert complaints("dashboard", "Dashboard", dashboard)
    panel = compiled["multisig-overview"]["panels"][0]
    assert complaints("stat", "Options", panel["options"] | {"graphMode": "pie"})
    assert complaints("prometheus", "Dataquery", panel["targets"][0] | {"expr": None})


def seconds(duration: str) -> int:
    assert duration.endswith("s")
    return int(duration[:-1])


def test_alert_rules() -> None:
    """As Grafana's interface has them: in a file, the group says for all of its rules where they are."""
    for group in loaded(provisioning.RULES_FILE)["groups"]:
        place = {"orgID": group["orgId"], "folderUID": group["folder"], "ruleGroup": group["name"]}
        rules = [rule | place for rule in group["rules"]]
        interval = seconds(group["interval"])
        taken = {"title": group["name"], "folderUid": group["folder"], "interval": interval, "rules": rules}
        assert complaints("alerting", "RuleGroup", taken) == []


def test_queries_of_alert_rules() -> None:
    definitions = {"reduce": "TypeReduce", "threshold": "TypeThreshold"}
    for group in loaded(provisioning.RULES_FILE)["groups"]:
        for rule in group["rules"]:
            for query in rule["data"]:
                model = query["model"]
                if query["datasourceUid"] == "__expr__":
                    assert complaints("expr", definitions[model["type"]], model) == [], rule["title"]
                else:
                    assert complaints("prometheus", "Dataquery", model) == [], rule["title"]


def test_contact_points_and_policies() -> None:
    for contact in loaded(provisioning.CONTACTS_FILE)["contactPoints"]:
        for receiver in contact["receivers"]:
            assert complaints("alerting", "ContactPoint", receiver | {"name": contact["name"]}) == []
    for policy in loaded(provisioning.POLICIES_FILE)["policies"]:
        assert policy.pop("orgId") == 1
        assert complaints("alerting", "NotificationPolicy", policy) == []
