"""Grafana on our provisioning, beside the real servers: every panel has data and is drawn, and the links lead there."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grafana.source import queries as q
from grafana.source.bridge import FAULTS
from grafana.source.traceql import ALL_SETUPS
from tests.grafana import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.chromium import Browser
    from tests.grafana.stack import Stack

UIDS = ("multisig-overview", "multisig-wallet-rpc", "multisig-escrow", "multisig-pipeline")
PICTURES = os.environ.get("OTEL_MULTISIG_PICTURES")


@pytest.fixture(scope="session")
def chosen(failed: tuple[str, str]) -> dict[str, str]:
    """What the variables of the dashboards are."""
    everything = dict.fromkeys(("service", "method", "role", "port"), ".*")
    sources = {"datasource": "prometheus", "tempo": "tempo", "jaeger": "jaeger"}
    return everything | sources | {"collector": "collector", "trace": failed[0], "escrow": failed[1]}


def filled(text: str, chosen: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return chosen.get(found[1] or found[2], found[0])

    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", value, text)


def ask_panel(stack: Stack, target: dict[str, Any], chosen: dict[str, str]) -> int:
    """How many values the query of a panel gives, through Grafana."""
    source = filled(target["datasource"]["uid"], chosen)
    if "expr" in target:
        kind = {"range": target.get("range", False), "instant": target.get("instant", False)}
        found = ask_prometheus(stack, filled(target["expr"], chosen), **kind)
        return sum(len(frame["data"]["values"][0]) for frame in found)
    if target.get("queryType") == "traceId":
        query = target | {"datasource": {"type": "tempo", "uid": source}, "query": filled(target["query"], chosen)}
        answer = stack.grafana.post("/api/ds/query", {"queries": [query], "from": "now-1h", "to": "now"})
        return sum(len(values) for frame in frames(answer) for values in frame["data"]["values"])
    # What Grafana's page asks these for, it asks through Grafana's proxy.
    proxy = f"/api/datasources/proxy/uid/{source}"
    if source == "jaeger":
        return len(stack.grafana.get(f"{proxy}/api/traces/{filled(target['query'], chosen)}")["data"][0]["spans"])
    key, text = ("q", target["query"]) if target["queryType"] == "traceql" else ("tags", target["search"])
    now = int(time.time())
    asked = {key: filled(text, chosen), "limit": target["limit"], "start": now - 3600, "end": now + 1}
    return len(stack.grafana.get(f"{proxy}/api/search?{urllib.parse.urlencode(asked)}")["traces"])


def frames(answer: Any) -> Iterator[Any]:
    for result in answer["results"].values():
        assert "error" not in result, result
        yield from result.get("frames", ())


def ask_prometheus(stack: Stack, expression: str, **options: Any) -> list[Any]:
    """The frames that Grafana gives for an expression over the last quarter of an hour."""
    query = {
        "refId": "A",
        "datasource": {"type": "prometheus", "uid": "prometheus"},
        "expr": expression,
        "range": True,
        "intervalMs": 15000,
        "maxDataPoints": 60,
        **options,
    }
    return list(frames(stack.grafana.post("/api/ds/query", {"queries": [query], "from": "now-15m", "to": "now"})))


def dashboard_url(stack: Stack, uid: str, chosen: dict[str, str]) -> str:
    variables = {f"var-{name}": chosen[name] for name in ("trace", "escrow")} if uid == "multisig-escrow" else {}
    asked = urllib.parse.urlencode({"from": "now-15m", "to": "now", "refresh": "", **variables})
    return f"{stack.grafana.url}/d/{uid}/x?kiosk&{asked}"


@pytest.fixture
def open_dashboard(
    shown: Stack, browser: Browser, compiled: Any, chosen: dict[str, str]
) -> Iterator[Callable[[str], Any]]:
    opened = []

    def open_it(uid: str) -> Any:
        panels = compiled[uid]["panels"]
        height = 34 + 38 * max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
        page = pages.open_url(browser, dashboard_url(shown, uid, chosen), height=height)
        opened.append(page)
        pages.await_panels(page, len(panels))
        return page

    yield open_it
    for page in opened:
        page.close()


def test_data_sources_answer(stack: Stack) -> None:
    known = {each["uid"]: each for each in stack.grafana.get("/api/datasources")}
    assert known.keys() >= {"prometheus", "tempo", "jaeger", "alertmanager"}
    # What Grafana 9 asks them when their settings are tested.
    assert ask_prometheus(stack, "1 + 1", range=False, instant=True)[0]["data"]["values"][1] == [2]
    assert stack.grafana.get("/api/datasources/proxy/uid/tempo/api/v2/search/tags")["scopes"]
    assert set(stack.grafana.get("/api/datasources/proxy/uid/jaeger/api/services")["data"]) == {
        "escrow-service",
        "spans-only",
    }


@pytest.mark.parametrize("uid", UIDS)
def test_every_query_gives_data(shown: Stack, compiled: Any, chosen: dict[str, str], uid: str) -> None:
    loaded = shown.grafana.get(f"/api/dashboards/uid/{uid}")
    assert loaded["meta"]["provisioned"]
    assert loaded["meta"]["folderTitle"] == "Multisig"
    empty = [
        (panel["title"], target["refId"])
        for panel in compiled[uid]["panels"]
        for target in panel.get("targets", ())
        if not ask_panel(shown, target, chosen)
    ]
    assert empty == []


@pytest.mark.parametrize("uid", UIDS)
def test_it_is_drawn(open_dashboard: Callable[[str], Any], compiled: Any, uid: str) -> None:
    page = open_dashboard(uid)
    if PICTURES:
        (Path(PICTURES) / f"grafana-{uid.removeprefix('multisig-')}.png").write_bytes(page.screenshot())
    assert page.evaluate(pages.ERRORS) == []
    shown = page.evaluate("[...document.querySelectorAll('.panel-container')].map((one) => one.innerText)")
    assert len(shown) == len(compiled[uid]["panels"])
    for panel in compiled[uid]["panels"]:
        (text,) = [one for one in shown if one.startswith(panel["title"] + "\n")]
        assert "No data" not in text, panel["title"]
        assert len(text.splitlines()) > 1
    complaints = [one for one in page.complaints() if "apple-mobile-web-app-capable" not in one]
    assert complaints == []


@pytest.mark.parametrize("job", ["escrow-service", "spans-only"])
def test_set_ups_are_counted_to_the_last_one(shown: Stack, job: str, chosen: dict[str, str]) -> None:
    """Each process has sent its first and only set-ups: none is missed, none is counted twice."""
    chosen = chosen | {"service": job}
    for window, instant in (("$__range", True), ("$__interval", False)):
        expression = filled(q.counted(f"{q.ENDED}{{{q.SERVICE}}}", window, "outcome"), chosen)
        found = ask_prometheus(shown, expression, range=not instant, instant=instant)
        counted = {
            frame["schema"]["fields"][1]["labels"]["outcome"]: sum(frame["data"]["values"][1]) for frame in found
        }
        assert counted == {"success": 4, "failure": 2}
    faults = ask_prometheus(shown, filled(q.counted(f"{FAULTS.name}{{{q.SERVICE}}}", "$__interval", "fault"), chosen))
    assert {frame["schema"]["fields"][1]["labels"]["fault"]: sum(frame["data"]["values"][1]) for frame in faults} == {
        "cache_pollution": 1,
        "wallet_swapped": 1,
    }


def test_tables_of_set_ups_begin_with_the_newest(stack: Stack) -> None:
    starts = [int(found["startTimeUnixNano"]) for found in stack.search(ALL_SETUPS)]
    newest = [int(found["startTimeUnixNano"]) for found in stack.search(ALL_SETUPS, limit=3)]
    assert len(starts) == 12
    assert sorted(newest) == sorted(starts)[-3:]


def test_exemplars_lead_to_traces(stack: Stack, compiled: Any, chosen: dict[str, str]) -> None:
    (link, _) = stack.grafana.get("/api/datasources/uid/prometheus")["jsonData"]["exemplarTraceIdDestinations"]
    for uid in ("multisig-overview", "multisig-wallet-rpc"):
        for target in (t for panel in compiled[uid]["panels"] for t in panel.get("targets", ()) if t.get("exemplar")):
            found = ask_prometheus(stack, filled(target["expr"], chosen), exemplar=True)
            exemplars = [
                frame
                for frame in found
                if frame["schema"].get("meta", {}).get("custom", {}).get("resultType") == "exemplar"
            ]
            names = [field["name"] for frame in exemplars for field in frame["schema"]["fields"]]
            assert link["name"] in names
            for frame in exemplars:
                for trace_id in set(frame["data"]["values"][names.index(link["name"])]):
                    asked = {"queryType": "traceId", "query": trace_id, "limit": 1}
                    asked["datasource"] = {"type": "tempo", "uid": link["datasourceUid"]}
                    assert ask_panel(stack, asked, chosen)


def test_traces_lead_to_metrics(stack: Stack, open_dashboard: Callable[[str], Any]) -> None:
    """The links beside a span, as Grafana's page makes them, ask for spans like it, and there are some."""
    page = open_dashboard("multisig-escrow")
    span = (
        "[...document.querySelectorAll('[title$=\"::make_multisig\"]')].find((one) => /vendor/.test(one.textContent))"
    )
    page.evaluate(f"{span}.parentElement.querySelector('[data-testid=SpanLinksMenu] button').click()")
    links = "[...document.querySelectorAll('a[role=menuitem], [role=menu] a')]"
    page.wait(f"{links}.length >= 2")
    asked = [
        query["expr"]
        for href in page.evaluate(f"{links}.map((one) => one.href)")
        for query in explored(href)["queries"]
    ]
    assert len(asked) == 2
    for expression in asked:
        assert 'rpc_method="make_multisig"' in expression
        assert 'monero_wallet_role="vendor"' in expression
        assert ask_prometheus(stack, expression)


def explored(href: str) -> Any:
    """What a link to Explore asks for."""
    return json.loads(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(href).query))["left"])


def test_an_escrow_leads_to_its_dashboard(open_dashboard: Callable[[str], Any], failed: tuple[str, str]) -> None:
    trace, escrow = failed
    page = open_dashboard("multisig-overview")
    page.evaluate(f"[...document.querySelectorAll('a')].find((one) => one.textContent === {escrow!r}).click()")
    page.wait("location.pathname.startsWith('/d/multisig-escrow')")
    asked = dict(urllib.parse.parse_qsl(page.evaluate("location.search")))
    assert asked["var-escrow"] == escrow
    assert asked["var-trace"].zfill(32) == trace
    page.wait(f"document.body.innerText.includes({trace!r})")
    assert page.evaluate(pages.ERRORS) == []


def test_it_says_the_same_in_json(stack: Stack, compiled: Any) -> None:
    """Grafana took each file as it is: nothing was migrated away or dropped."""
    for uid, dashboard in compiled.items():
        stored = stack.grafana.get(f"/api/dashboards/uid/{uid}")["dashboard"]
        for key in ("panels", "templating", "links", "time", "editable"):
            assert json.loads(json.dumps(stored[key])) == dashboard[key]


def test_snapshots_are_events_of_the_trace(
    shown: Stack, browser: Browser, compiled: Any, chosen: dict[str, str]
) -> None:
    """A click on a span, one on its events, one on an event: point, wallet, whether it is multisig, its address."""
    (panel,) = (each for each in compiled["multisig-escrow"]["panels"] if each["title"] == "Trace")
    url = f"{dashboard_url(shown, 'multisig-escrow', chosen)}&viewPanel={panel['id']}"
    page = pages.open_url(browser, url, height=1300)

    def click(element: str) -> None:
        page.wait(element)
        page.evaluate(f"{element}.click()")
        page.settle()

    def switch(text: str) -> str:
        return f"[...document.querySelectorAll('[role=switch]')].find((one) => one.textContent.includes({text!r}))"

    click("document.querySelector('[title=\"escrow-service::multisig_setup\"]')")
    click(switch("Events"))
    page.wait(switch("pre_round3"))
    events = page.evaluate("[...document.querySelectorAll('[role=switch]')].map((one) => one.textContent)")
    snapshots = [text for text in events if "monero.wallet.snapshot" in text and "is_multisig=" in text]
    for point in ("pre_round1", "pre_round2", "pre_round3"):
        roles = re.findall(r"wallet\.role=(buyer|vendor|arbiter)", "".join(text for text in snapshots if point in text))
        assert sorted(roles) == ["arbiter", "buyer", "vendor"]
    click(switch("pre_round1"))
    page.wait("document.body.innerText.includes('monero.wallet.address.hash\\t')")
    if PICTURES:
        (Path(PICTURES) / "grafana-snapshots.png").write_bytes(pages.picture(page, ".panel-container"))
    page.close()


def test_without_a_trace_it_says_what_to_do(shown: Stack, browser: Browser, compiled: Any) -> None:
    """Grafana asks for a trace without an id, and marks those panels; the tables work."""
    page = pages.open_url(browser, f"{shown.grafana.url}/d/multisig-escrow/x?kiosk&from=now-15m&to=now", height=2100)
    page.wait(f"{pages.panel_text('Set-ups of all escrows, newest first')}?.includes('wallet_swapped')")
    page.wait(f"{pages.ERRORS}.length")
    assert "Click on an escrow" in page.evaluate(pages.panel_text("In a terminal"))
    of_traces = {panel["title"] for panel in compiled["multisig-escrow"]["panels"] if "$trace" in json.dumps(panel)}
    assert set(page.evaluate(pages.ERRORS)) <= of_traces
    page.close()
