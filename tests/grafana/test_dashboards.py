"""The dashboards as they are committed: up to date, whole, and by the rules of Grafana's dashboard linter."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source import datasources
from grafana.source.bridge import BRIDGED, CALLS, ROUNDS, SETUPS
from otel_multisig.tracing import _metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
UIDS = ("multisig-overview", "multisig-wallet-rpc", "multisig-escrow", "multisig-pipeline")
# What Grafana itself fills in.
BUILT_IN = {"__interval", "__range", "__rate_interval", "__data", "__url_time_range", "__all", "__tags"}
NUMBERS = {"stat", "timeseries", "heatmap"}
UNASKING = {"text", "alertlist"}


def texts(value: Any) -> Iterator[str]:
    """Every string in a piece of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def used_variables(value: Any) -> set[str]:
    found = (re.findall(r"\$(\w+)|\$\{(\w+)", text) for text in texts(value))
    # Groups of regular expressions begin with a digit.
    return {name for pair in itertools.chain(*found) for name in pair if name and not name[0].isdigit()}


def references(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict):
        if isinstance(value.get("datasource"), dict):
            yield value["datasource"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def expressions(dashboard: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ()) if "expr" in target]


@pytest.fixture(params=UIDS)
def dashboard(request: pytest.FixtureRequest, compiled: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return compiled[request.param]


def test_what_is_compiled_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "grafana.source", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)


def test_there_are_four(compiled: dict[str, Any]) -> None:
    assert set(compiled) == set(UIDS)


def test_it_is_what_the_types_of_the_sdk_allow(dashboard: dict[str, Any]) -> None:
    """The SDK's types are generated from a schema of Grafana 10: what they read, they write the same."""
    read = Dashboard.from_json(dashboard)
    again = json.loads(json.dumps(read, cls=JSONEncoder))
    # The SDK gives all variables the same, which must not be in the file.
    assert len({variable.pop("id") for variable in again["templating"]["list"]}) == 1
    for key in set(dashboard) - {"panels"}:
        assert again[key] == dashboard[key]
    kept = {"title", "description", "type", "gridPos", "fieldConfig", "options", "transformations", "datasource"}
    for was, now in zip(dashboard["panels"], again["panels"], strict=True):
        assert {key: now.get(key) for key in kept} == {key: was.get(key) for key in kept}
    assert dashboard["schemaVersion"] <= 37  # that of Grafana 9.3


def test_data_sources_resolve(dashboard: dict[str, Any]) -> None:
    variables = {
        each["name"]: each["query"] for each in dashboard["templating"]["list"] if each["type"] == "datasource"
    }
    found = list(references(dashboard))
    assert found
    for reference in found:
        assert variables[reference["uid"].removeprefix("${").removesuffix("}")] == reference["type"]
    assert all(panel.get("datasource") for panel in dashboard["panels"] if panel["type"] not in UNASKING)


def test_variables_are_defined_and_used(dashboard: dict[str, Any]) -> None:
    defined = [each["name"] for each in dashboard["templating"]["list"]]
    assert len(defined) == len(set(defined))
    assert not any("id" in each for each in dashboard["templating"]["list"])
    assert used_variables(dashboard) - BUILT_IN == set(defined)


def test_every_panel_says_what_it_is(dashboard: dict[str, Any]) -> None:
    assert dashboard["title"]
    assert dashboard["description"]
    for panel in dashboard["panels"]:
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel.get("targets") or panel["type"] in UNASKING
        if panel["type"] in NUMBERS:
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
    for each in dashboard["templating"]["list"]:
        assert each["label"]
        assert each["description"]
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(set(titles)) == len(titles)


def test_durations_in_tables_have_units(compiled: dict[str, Any]) -> None:
    for dashboard in compiled.values():
        for panel in dashboard["panels"]:
            overrides = panel.get("fieldConfig", {}).get("overrides", [])
            for override in overrides:
                if override["matcher"]["options"] in {"Duration", "Started", "Failed"}:
                    assert "unit" in {each["id"] for each in override["properties"]}, panel["title"]


def test_panels_do_not_overlap(dashboard: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = set(
            itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
        )
        assert not cells & taken, panel["title"]
        taken |= cells


def test_the_top_row_answers_whether_anything_is_wrong(compiled: dict[str, Any]) -> None:
    for uid in set(UIDS) - {"multisig-escrow"}:
        top = [panel for panel in compiled[uid]["panels"] if panel["gridPos"]["y"] == 0]
        assert {panel["type"] for panel in top} == {"stat"}
        assert sum(panel["gridPos"]["w"] for panel in top) == 24


def test_rules_of_the_linter(dashboard: dict[str, Any]) -> None:
    assert dashboard["editable"] is False
    first = dashboard["templating"]["list"][0]
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", "prometheus")
    for expression in expressions(dashboard):
        assert all(
            window == "$__rate_interval"
            for window in re.findall(r"\b(?:rate|irate|increase)\([^\[]*\[([^\]]+)", expression)
        )
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            if "expr" in target:
                # Counters are not shown as they are.
                assert not re.fullmatch(r"\w+(_total|_count|_sum|_bucket)(\{[^}]*\})?", target["expr"])
        ids = [target["refId"] for target in panel.get("targets", ())]
        assert len(ids) == len(set(ids))


def test_queries_choose_the_services_that_are_shown(compiled: dict[str, Any]) -> None:
    for uid in ("multisig-overview", "multisig-wallet-rpc"):
        for expression in expressions(compiled[uid]):
            if "multisig:" in expression or "monero_" in expression:
                assert 'job=~"$service"' in expression, expression


def test_exemplars_are_asked_for(compiled: dict[str, Any]) -> None:
    for uid in ("multisig-overview", "multisig-wallet-rpc"):
        asked = [t["expr"] for panel in compiled[uid]["panels"] for t in panel.get("targets", ()) if t.get("exemplar")]
        assert asked
        assert all("traces_span_metrics_duration_seconds_bucket" in expression for expression in asked)


def test_links_lead_to_dashboards_that_there_are(compiled: dict[str, Any]) -> None:
    linked = {uid for text in texts(compiled) for uid in re.findall(r"^/d/([\w-]+)", text)}
    assert {"multisig-escrow", "multisig-pipeline"} <= linked <= set(UIDS)


def test_bounds_of_buckets_are_those_of_both_sources() -> None:
    collector = yaml.safe_load((ROOT / "collector-config" / "all-in-one.yaml").read_text())
    seconds = {"ms": 0.001, "s": 1}
    of_spans = set()
    for bound in collector["connectors"]["span_metrics"]["histogram"]["explicit"]["buckets"]:
        number, unit = re.fullmatch(r"(\d+)(ms|s)", bound).groups()  # type: ignore[union-attr]
        of_spans.add(int(number) * seconds[unit])
    own = {
        SETUPS.name: _metrics._SETUP_BUCKETS,
        ROUNDS.name: _metrics._SETUP_BUCKETS,
        CALLS.name: _metrics._CALL_BUCKETS,
    }
    for bridged in BRIDGED:
        if bridged.histogram:
            assert set(bridged.bounds) == of_spans & set(own[bridged.name])


def test_provisioned_data_sources_are_linked() -> None:
    compiled = datasources.compiled()
    sources = {
        each["uid"]: each for each in yaml.safe_load(compiled["provisioning/datasources/multisig.yaml"])["datasources"]
    }
    assert set(sources) == {"prometheus", "tempo", "jaeger", "alertmanager"}
    exemplars = sources["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    assert [each["datasourceUid"] for each in exemplars] == ["tempo", "jaeger"]
    for uid in ("tempo", "jaeger"):
        to_metrics = sources[uid]["jsonData"]["tracesToMetrics"]
        assert to_metrics["datasourceUid"] in sources
        # A single dollar would be taken for a variable of the environment.
        assert all("{$$__tags}" in each["query"] for each in to_metrics["queries"])
        assert not any(re.search(r"(?<!\$)\$(?!\$)", each["query"].replace("$$", "")) for each in to_metrics["queries"])
