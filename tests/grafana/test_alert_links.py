"""The links of an alert that fires in Grafana: the dashboard, Explore, and the line for the terminal."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grafana.source.fault_alerts import alert_name
from otel_multisig.semconv.attributes import FaultType
from tests.grafana import pages
from tests.running.programs import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.chromium import Browser, Page
    from tests.grafana.stack import Stack

NAME, JOB = alert_name(FaultType.WALLET_SWAPPED), "escrow-service"
LOOKBACK_MS = 30 * 60 * 1000
TIME_RANGE = "document.querySelector('[aria-label^=\"Time range selected\"]')"

TRACES = "[...document.querySelectorAll('[role=cell] a')]"


@pytest.fixture(scope="module")
def texts(stack: Stack) -> dict[str, str]:
    """What the alert on the fault says, once it fires."""

    def firing() -> list[dict[str, str]]:
        alerts = stack.grafana.get("/api/prometheus/grafana/api/v1/alerts")["data"]["alerts"]
        return [
            alert["annotations"]
            for alert in alerts
            if (alert["labels"]["alertname"], alert["labels"].get("job")) == (NAME, JOB)
            and alert["state"] == "Alerting"
        ]

    assert wait_until(firing, 90)
    (found,) = firing()
    return found


@pytest.fixture
def follow(browser: Browser) -> Iterator[Callable[[str], Page]]:
    opened = []

    def follow(url: str) -> Page:
        opened.append(pages.open_url(browser, url))
        opened[-1].wait(TIME_RANGE)
        return opened[-1]

    yield follow
    for page in opened:
        page.close()


def asked(url: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def explored(url: str) -> dict[str, Any]:
    left: dict[str, Any] = json.loads(asked(url)["left"])
    return left


def shown_since(page: Page, since: str) -> bool:
    """Whether the time range that the page shows begins then and ends now."""
    written = f"(new Date({since} - 60000 * new Date().getTimezoneOffset())).toISOString()"
    begins = page.evaluate(f"{written}.slice(0, 19).replace('T', ' ')")
    label: str = page.evaluate(f"{TIME_RANGE}.getAttribute('aria-label')")
    return f"{begins} to a few seconds ago" in label


def spans_begin(stack: Stack, trace_id: str) -> int:
    """When a set-up began, in milliseconds since the Unix epoch."""
    (found,) = (each for each in stack.search('{ name = "multisig_setup" }') if each["traceID"].zfill(32) == trace_id)
    return int(found["startTimeUnixNano"]) // 1_000_000


def test_the_dashboard_shows_the_service_at_that_time(
    stack: Stack,
    follow: Callable[[str], Page],
    texts: dict[str, str],
    failed: tuple[str, str],
    compiled: dict[str, dict[str, Any]],
) -> None:
    trace_id, escrow = failed
    url = texts["dashboard_url"]
    assert url.startswith(f"{stack.grafana.url}/d/multisig-overview?")
    page = follow(url)
    pages.await_panels(page, len(compiled["multisig-overview"]["panels"]))
    assert compiled["multisig-overview"]["title"] in page.evaluate("document.title")
    since = asked(url)["from"]
    assert 0 < spans_begin(stack, trace_id) - int(since) < LOOKBACK_MS
    assert shown_since(page, since)
    service = page.evaluate("document.querySelector('[for=\"var-service\"]').parentElement.innerText")
    assert service.split() == ["Service", JOB]
    # Two of its set-ups failed; two more of the other service did.
    assert page.evaluate(pages.panel_text("Set-ups not successful")).split()[-1] == "2"
    assert escrow in page.evaluate(pages.panel_text("Failed set-ups, newest first"))
    assert page.evaluate(pages.ERRORS) == []


def test_explore_finds_the_set_up(
    follow: Callable[[str], Page], texts: dict[str, str], failed: tuple[str, str]
) -> None:
    trace_id, _ = failed
    left = explored(texts["explore_url"])
    (query,) = left["queries"]
    assert query["query"] == texts["traceql"]
    page = follow(texts["explore_url"])
    page.wait(f"{TRACES}.length")
    assert page.evaluate(f"{TRACES}.map((one) => one.textContent.padStart(32, '0'))") == [trace_id]
    # This Grafana comes without the editor of the query: what the page asks Tempo for is what it would show there.
    (sent,) = (asked(url) for url in page.requests() if urllib.parse.urlsplit(url).path.endswith("/api/search"))
    assert sent["q"] == query["query"]
    since = left["range"]["from"]
    assert sent["start"] == str(int(since) // 1000)
    assert shown_since(page, since)


def test_the_line_for_the_terminal_names_the_cause(
    stack: Stack, texts: dict[str, str], failed: tuple[str, str]
) -> None:
    program, *arguments = shlex.split(texts["terminal"])
    assert arguments == ["analyze", stack.tempo.query, "--since", "30m", "--failed"]
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    verdicts = {each["trace_id"]: json.dumps(each["verdict"]) for each in json.loads(done.stdout)["setups"]}
    assert FaultType.WALLET_SWAPPED.value in verdicts[failed[0]]
