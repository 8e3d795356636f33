"""The alerts as Grafana and people get them: files, texts, links, pages."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from grafana.source import __main__ as compiler
from grafana.source import prometheus, provisioning
from grafana.source.alerts import all_alerts
from grafana.source.fault_alerts import alert_name
from grafana.source.rule_settings import DAY, HOUR, RuleSettings
from otel_multisig.diagnosis.remedies import REMEDIES
from otel_multisig.semconv.attributes import FaultType

ROOT = Path(__file__).parents[2]
ALERTS = list(all_alerts(RuleSettings()))
PAGE = (ROOT / "docs" / "alerts.md").read_text()


def loaded(path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "grafana" / path).read_text())
    return document


RULES = loaded(provisioning.RULES_FILE)["groups"][0]["rules"]
TWINS = [rule for group in loaded(prometheus.ALERTS_FILE)["groups"] for rule in group["rules"]]


def test_files_are_what_they_are_compiled_to() -> None:
    texts = prometheus.compiled() | provisioning.compiled()
    assert {path: (ROOT / "grafana" / path).read_text() for path in texts} == texts


def test_rules_are_as_grafana_takes_them() -> None:
    """Fields and limits of Grafana's file provisioning of alert rules."""
    (group,) = loaded(provisioning.RULES_FILE)["groups"]
    assert group.keys() == {"orgId", "name", "folder", "interval", "rules"}
    assert seconds(group["interval"]) % 10 == 0
    uids = [rule["uid"] for rule in RULES]
    assert len(set(uids)) == len(uids)
    for rule in RULES:
        assert rule.keys() == {
            *("uid", "title", "condition", "data", "noDataState", "execErrState", "for", "labels", "annotations"),
        }
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", rule["uid"])
        assert rule["noDataState"] in {"OK", "NoData", "Alerting"}
        assert rule["execErrState"] in {"OK", "Error", "Alerting"}
        assert rule["condition"] in {each["refId"] for each in rule["data"]}
        known: set[str] = set()
        for each in rule["data"]:
            assert each["refId"] == each["model"]["refId"]
            assert each["datasourceUid"] == each["model"]["datasource"]["uid"]
            assert each["relativeTimeRange"]["from"] >= each["relativeTimeRange"]["to"]
            if each["datasourceUid"] == "__expr__":
                assert each["model"]["type"] in {"reduce", "threshold"}
                assert each["model"]["expression"] in known
            else:
                assert each["model"]["instant"]
            known.add(each["refId"])


def test_every_data_source_is_provisioned() -> None:
    files = (ROOT / "grafana" / "provisioning" / "datasources").glob("*.yaml")
    uids = {each["uid"] for path in files for each in yaml.safe_load(path.read_text())["datasources"]}
    asked = {each["datasourceUid"] for rule in RULES for each in rule["data"]}
    assert asked - {"__expr__"} <= uids
    for rule in (*RULES, *TWINS):
        left = explored(rule)
        assert {left["datasource"], *(query["datasource"]["uid"] for query in left["queries"])} <= uids


def test_nothing_is_taken_for_a_variable_of_the_environment() -> None:
    for path in provisioning.compiled():
        assert "$" not in (ROOT / "grafana" / path).read_text()


def test_the_example_of_whom_to_tell_holds_together() -> None:
    (policy,) = loaded(provisioning.POLICIES_FILE)["policies"]
    (contact,) = loaded(provisioning.CONTACTS_FILE)["contactPoints"]
    assert {policy["receiver"], *(route["receiver"] for route in policy["routes"])} == {contact["name"]}
    assert all("url" in receiver["settings"] for receiver in contact["receivers"])


def explored(rule: dict[str, Any]) -> dict[str, Any]:
    """The JSON of the link to Explore, templates left out."""
    url = urlsplit(re.sub(r"\{\{.*?\}\}", "", rule["annotations"]["explore_url"]))
    assert url.path == "/explore"
    left: dict[str, Any] = json.loads(parse_qs(url.query)["left"][0])
    return left


@pytest.mark.parametrize("rule", [*RULES, *TWINS], ids=lambda rule: rule.get("title") or rule["alert"])
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    texts = rule["annotations"]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert len(re.sub(r"\{\{.*?\}\}", "", texts["summary"])) < 120
    assert len(texts["description"]) > 60
    anchor = texts["runbook_url"].partition("/docs/alerts.md#")[2]
    assert f"\n### {rule.get('title') or rule['alert']}\n" in PAGE
    assert anchor == (rule.get("title") or rule["alert"]).lower()
    assert texts["dashboard_url"].split("?")[0].rpartition("/")[2] in {
        *("multisig-overview", "multisig-wallet-rpc", "multisig-pipeline"),
    }
    words = shlex.split(texts["terminal"])
    assert words[:3] == ["otel-multisig", "analyze", "http://tempo:3200"]
    assert words[3] == "--since"
    assert explored(rule)["queries"][0]["queryType"] == "traceql"
    assert explored(rule)["range"]["to"] == "now"


@pytest.mark.parametrize("rule", [*RULES, *TWINS], ids=lambda rule: rule.get("title") or rule["alert"])
def test_links_fill_in_variables_that_the_dashboard_has(
    rule: dict[str, Any], compiled: dict[str, dict[str, Any]]
) -> None:
    path, _, asked = rule["annotations"]["dashboard_url"].partition("?")
    dashboard = compiled[path.rpartition("/")[2]]
    filled_in = set(re.findall(r"&var-(\w+)=\{\{ \. \| urlquery \}\}", asked))
    assert len(filled_in) == asked.count("var-")
    assert filled_in <= {variable["name"] for variable in dashboard["templating"]["list"]}
    assert filled_in or dashboard["uid"] == "multisig-pipeline"


@pytest.mark.parametrize("fault", FaultType)
def test_every_fault_has_its_remedy_in_the_text(fault: FaultType) -> None:
    name = alert_name(fault)
    rules = [rule for rule in (*RULES, *TWINS) if name in (rule.get("title"), rule.get("alert"))]
    assert len(rules) == 2
    for rule in rules:
        assert rule["labels"]["fault_type"] == fault.value
        assert all(step in rule["annotations"]["description"] for step in REMEDIES[fault].words)
    section = PAGE.partition(f"\n### {name}\n")[2].partition("\n#")[0]
    assert f"faults/{fault.value}.md" in section


def test_every_section_is_of_an_alert() -> None:
    sections = re.findall(r"^### (Multisig\w+)$", PAGE, re.MULTILINE)
    assert sorted(sections) == sorted(alert.name for alert in ALERTS)


def test_series_with_a_role_or_a_port_show_them() -> None:
    for alert in ALERTS:
        if {"role", "port"} <= set(alert.labels):
            for rule in (*RULES, *TWINS):
                if alert.name in (rule.get("title"), rule.get("alert")):
                    shown = set(re.findall(r'index \.Labels "(\w+)"', rule["annotations"]["summary"]))
                    assert {"role", "port"} <= shown


def test_the_objective_is_compiled_in() -> None:
    texts = compiler.compile_all(objective=0.999)
    recording = next(text for path, text in texts.items() if path.name == "recording.rules.yaml")
    assert "vector(0.999)" in recording
    alerts = next(text for path, text in texts.items() if path.name == "alerts.rules.yaml")
    assert "99.9" in alerts
    assert texts.keys() == compiler.compile_all().keys()


@pytest.mark.parametrize("objective", [0, 1, 1.5, -0.1])
def test_no_objective_out_of_range(objective: float) -> None:
    with pytest.raises(ValueError, match="objective"):
        RuleSettings(objective=objective)


def test_a_modest_objective_can_still_burn() -> None:
    """Where failing is allowed for 20 %, nothing fails 14 times as often."""
    for alert in all_alerts(RuleSettings(objective=0.8)):
        if "BurnRate" in alert.name:
            assert alert.threshold * (1 - 0.8) < 1


def test_pace() -> None:
    """Time passes faster in tests; it never stops."""
    assert RuleSettings().span(DAY + HOUR + 90) == "1d1h1m30s"
    assert RuleSettings(pace=60).span(HOUR) == "1m"
    assert RuleSettings(pace=60).span(15) == "1s"
    assert RuleSettings().span(0) == "0s"


def seconds(duration: str) -> int:
    return sum(int(count) * {"s": 1, "m": 60, "h": 3600}[unit] for count, unit in re.findall(r"(\d+)([smh])", duration))
