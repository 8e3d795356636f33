"""From an application to whoever is woken: Collector, Jaeger, Tempo, Prometheus, Alertmanager, Grafana, all real."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from grafana.source.alerts import all_alerts
from grafana.source.prometheus import rule_files
from grafana.source.provisioning import RULES_FILE, alerting_files
from grafana.source.rule_settings import MINUTE, RuleSettings
from otel_multisig.diagnosis.remedies import REMEDIES
from otel_multisig.semconv.attributes import FaultType
from tests.running.arrival import ask, check_backend, jaeger_trace, tempo_trace
from tests.running.programs import free_ports, get, wait_until
from tests.running.spans import read_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

RATE = "MultisigFailureRate"
FAULT = "MultisigFaultWalletSwapped"
PACE = 30


def states_in_grafana(grafana: Any) -> dict[str, str]:
    answer = json.loads(get(f"{grafana.url}/api/prometheus/grafana/api/v1/rules"))
    return {rule["name"]: rule["state"] for group in answer["data"]["groups"] for rule in group["rules"]}


class Watcher:
    """Notes each state that Grafana shows of each alert, in its order."""

    def __init__(self, grafana: Any) -> None:
        self.states: dict[str, list[str]] = {RATE: [], FAULT: []}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(grafana,))

    def _watch(self, grafana: Any) -> None:
        while not self._ended.wait(0.3):
            now = states_in_grafana(grafana)
            for name, states in self.states.items():
                if name in now and now[name] not in states[-1:]:
                    states.append(now[name])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def in_alertmanager(alertmanager: Any) -> dict[str, dict[str, Any]]:
    alerts = json.loads(get(f"http://{alertmanager.metrics}/api/v2/alerts?active=true"))
    return {alert["labels"]["alertname"]: alert for alert in alerts}


def seen_in_prometheus(prometheus: Any, name: str) -> set[str]:
    found = ask(prometheus, f'count_over_time(ALERTS{{alertname="{name}"}}[10m])')
    return {each["metric"]["alertstate"] for each in found}


def search(tempo_url: str, link: str) -> list[dict[str, Any]]:
    """What the Explore link shows: its TraceQL in its range of time."""
    left = json.loads(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["left"][0])
    (query,) = left["queries"]
    assert left["range"]["to"] == "now"
    start = int(left["range"]["from"]) // 1000
    wanted = urllib.parse.urlencode({"q": query["query"], "start": start, "end": start + 7200, "limit": query["limit"]})
    return json.loads(get(f"{tempo_url}/api/search?{wanted}"))["traces"]


def check_links(annotations: dict[str, str], tempo: Any, grafana: Any, failed: set[str]) -> None:
    """The link to Explore finds failed set-ups and nothing else, by Grafana's own way to Tempo as well."""
    through_grafana = f"{grafana.url}/api/datasources/proxy/uid/tempo"
    assert annotations["explore_url"].startswith(f"{grafana.url}/explore?")
    for url in (tempo.query, through_grafana):

        def found(url: str = url) -> set[str]:
            return {each["traceID"].rjust(32, "0") for each in search(url, annotations["explore_url"])}

        assert wait_until(lambda: failed & found()), annotations
        assert found() <= failed


def check_terminal(line: str, tempo: Any, failed: set[str]) -> None:
    """The line for the terminal names the cause of the failed set-ups."""
    program, *arguments = shlex.split(line)
    assert arguments[1] == tempo.query

    def explained() -> set[str]:
        done = subprocess.run(
            [Path(sys.executable).with_name(program), *arguments, "--json"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, done.stderr
        return {each["trace_id"] for each in json.loads(done.stdout)["setups"] if each["verdict"]}

    # Tempo finds by search a little later than by id.
    assert wait_until(lambda: explained() == failed)


def check_what_is_read(ways: tuple[dict[str, Any], ...], tempo: Any, grafana: Any, failed: set[str]) -> None:
    """What those who are woken get, whichever way it came: it names the cause and leads to the set-ups."""
    lines: set[str] = set()
    remedy = REMEDIES[FaultType.WALLET_SWAPPED]
    for alerts in ways:
        for name in (RATE, FAULT):
            assert alerts[name]["labels"]["job"] == "shop"
            texts = alerts[name]["annotations"]
            assert texts["runbook_url"].endswith(f"/docs/alerts.md#{name.lower()}")
            assert "{{" not in json.dumps(texts)
            assert "no value" not in json.dumps(texts)
            check_links(texts, tempo, grafana, failed)
            lines.add(texts["terminal"])
        assert alerts[FAULT]["labels"]["fault_type"] == "wallet_swapped"
        assert remedy.title in alerts[FAULT]["annotations"]["summary"]
        assert all(step in alerts[FAULT]["annotations"]["description"] for step in remedy.words)
    for line in lines:
        check_terminal(line, tempo, failed)


LABELS = {"job": "shop", "role": "buyer", "port": "18082", "method": "make_multisig", "fault": "race", "lock": "a"}


def check_every_rule(prometheus: Any, tempo: Any, grafana: Any) -> None:
    """All alerts can be evaluated, by both; and Tempo understands what every one of them asks for."""
    names = {alert.name for alert in all_alerts(RuleSettings())}
    for url in (f"{prometheus.url}/api/v1/rules?type=alert", f"{grafana.url}/api/prometheus/grafana/api/v1/rules"):

        def rules(url: str = url) -> list[dict[str, Any]]:
            return [rule for group in json.loads(get(url))["data"]["groups"] for rule in group["rules"]]

        assert {rule["name"] for rule in rules()} == names
        assert wait_until(lambda: {rule["health"] for rule in rules()} <= {"ok", "nodata"}), [
            (rule["name"], rule.get("lastError")) for rule in rules()
        ]
    for rule in rules_of(RuleSettings()):
        for labels in (LABELS, {}):
            link = filled(rule["annotations"]["explore_url"], labels)
            assert search(tempo.query, link) is not None, link


def rules_of(settings: RuleSettings) -> list[dict[str, Any]]:
    document = yaml.safe_load(alerting_files(settings)[RULES_FILE])
    return [rule for group in document["groups"] for rule in group["rules"]]


def filled(text: str, labels: dict[str, str]) -> str:
    """The few things that our templates do."""

    def part(found: re.Match[str]) -> str:
        value = labels.get(found[1], "")
        return re.sub(r"\{\{ \.( \| urlquery)? \}\}", value, found[2]) if value else ""

    text = re.sub(r'\{\{ with index \.Labels "(\w+)" \}\}(.*?)\{\{ end \}\}', part, text)
    return re.sub(r"\{\{ \(index \.Values.*?\}\}", str((int(time.time()) - 1800) * 1000), text)


def test_from_the_application_to_whoever_is_woken(
    jaeger: Any,
    tempo: Any,
    alertmanager: Any,
    webhook: Any,
    start_prometheus: Callable[..., Any],
    start_grafana: Callable[..., Any],
    run_collector: Callable[..., Any],
    start_application: Callable[..., Any],
    tmp_path: Path,
) -> None:
    (port,) = free_ports(1)
    settings = RuleSettings(
        pace=PACE, tempo_url=tempo.query, grafana_url=f"http://127.0.0.1:{port}", webhook_url=webhook.url, minimum=6
    )
    (tmp_path / "prometheus" / "rules").mkdir(parents=True)
    for name, text in rule_files(settings).items():
        (tmp_path / "prometheus" / "rules" / Path(name).name).write_text(text)
    collector = run_collector("all-in-one.yaml", JAEGER_ENDPOINT=jaeger.otlp, TEMPO_ENDPOINT=tempo.otlp)
    prometheus = start_prometheus(collector)
    grafana = start_grafana(
        {Path(name).name: text for name, text in alerting_files(settings).items()},
        port,
        PROMETHEUS_URL=prometheus.url,
        TEMPO_URL=tempo.query,
        JAEGER_URL=jaeger.query,
    )
    for server in (jaeger, tempo, alertmanager, prometheus):
        server.await_ready()
    application = start_application(f"http://{collector.grpc}")
    application.run("alone")
    application.run("together")
    application.run("together")
    grafana.await_ready()

    ran = 0.0

    def fires() -> bool:
        """Two thirds of the set-ups fail, evenly, for as long as not everybody has been told."""
        nonlocal ran
        if time.monotonic() > ran + settings.seconds(10 * MINUTE) / 5:
            ran = time.monotonic()
            application.run("together")
        told = in_alertmanager(alertmanager)
        return {RATE, FAULT} <= told.keys() and all(webhook.first(name, "firing") for name in (RATE, FAULT))

    with Watcher(grafana) as watcher:
        assert wait_until(fires, 60), (watcher.states, in_alertmanager(alertmanager).keys())
        told = in_alertmanager(alertmanager)
        application.end()

        # All that was sent is in both backends.
        sent = read_lines(application.sent)
        check_backend(jaeger_trace(jaeger.query), sent)
        check_backend(tempo_trace(tempo.query), sent)

        failed = {trace_id for (trace_id, _), span in sent.items() if not span.parent_span_id and span.status_code == 2}
        by_grafana = {name: webhook.first(name, "firing") for name in (RATE, FAULT)}
        check_every_rule(prometheus, tempo, grafana)
        check_what_is_read((told, by_grafana), tempo, grafana, failed)

        def resolved() -> bool:
            return not {RATE, FAULT} & in_alertmanager(alertmanager).keys() and all(
                webhook.first(name, "resolved") and watcher.states[name][-1] == "inactive" for name in (RATE, FAULT)
            )

        assert wait_until(resolved, 90), watcher.states
    for name in (RATE, FAULT):
        assert seen_in_prometheus(prometheus, name) == {"pending", "firing"}
        states = watcher.states[name]
        assert states[states.index("pending") :] == ["pending", "firing", "inactive"], watcher.states
