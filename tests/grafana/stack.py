"""The whole set on one machine, all real: Collector, Jaeger, Tempo, Prometheus, and Grafana on our provisioning."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from grafana.source.provisioning import alerting_files
from grafana.source.rule_settings import RuleSettings
from tests.grafana.server import Grafana
from tests.running.configured import Collector, Jaeger, Prometheus, Tempo
from tests.running.programs import free_ports, get

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.running.programs import Server

GRAFANA = Path(__file__).parents[2] / "grafana"
PACE = "2s"
# Grafana looks every ten seconds at the earliest.
ALERTS_PACE = 6


class Stack:
    """The servers, running.

    Attributes:
        collector: The Collector, on ``all-in-one.yaml``.
        jaeger, tempo, prometheus, grafana: The others.
    """

    def __init__(self, require: Callable[[str], Path], folder: Path) -> None:
        self._require, self._folder = require, folder
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.jaeger = Jaeger(self._require("jaeger"), self._new("jaeger"))
        self.tempo = Tempo(self._require("tempo"), self._new("tempo"))
        # Longer than the interval of the scrapes: exemplars are shown until the next time, and must be scraped once.
        pace = {"COLLECTOR_SPAN_METRICS_INTERVAL": "6s"}
        backends = {"JAEGER_ENDPOINT": self.jaeger.otlp, "TEMPO_ENDPOINT": self.tempo.otlp}
        program = self._require("otelcol-multisig")
        self.collector = Collector(program, ["all-in-one.yaml"], backends | pace, self._new("collector"))
        self.prometheus = self._prometheus()
        self.grafana = self._grafana()
        servers: list[Server] = [self.jaeger, self.tempo, self.collector, self.prometheus, self.grafana]
        with self._running as running:
            for server in servers:
                running.callback(server.kill)
                server.launch()
            for server in servers:
                server.await_ready()
            self._running = running.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _new(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder

    def _prometheus(self) -> Prometheus:
        targets = {
            "jaeger": self.jaeger.metrics,
            "tempo": self.tempo.metrics,
            "application": self.collector.prometheus,
            "collector": urllib.parse.urlsplit(self.collector.own).netloc,
        }
        folder = self._new("prometheus")
        (folder / "rules").symlink_to(GRAFANA / "prometheus")
        return Prometheus(self._require("prometheus"), folder, targets, PACE)

    def _grafana(self) -> Grafana:
        """On our files as they are, but for the pace of the alerts and the addresses in their links."""
        folder = self._new("grafana")
        (folder / "dashboards").symlink_to(GRAFANA / "dashboards")
        provisioning = folder / "provisioning"
        for kind in ("datasources", "dashboards", "alerting", "notifiers", "plugins"):
            (provisioning / kind).mkdir(parents=True)
        for kind in ("datasources", "dashboards"):
            (provisioning / kind / "multisig.yaml").symlink_to(GRAFANA / "provisioning" / kind / "multisig.yaml")
        program = self._require("grafana-server")
        urls = {"TEMPO_URL": self.tempo.query, "JAEGER_URL": self.jaeger.query, "PROMETHEUS_URL": self.prometheus.url}
        (port,) = free_ports(1)
        grafana = Grafana(program, folder, provisioning, port, **urls)
        settings = RuleSettings(pace=ALERTS_PACE, grafana_url=grafana.url, tempo_url=self.tempo.query)
        for name, text in alerting_files(settings).items():
            (folder / name).write_text(text)
        return grafana

    def run_applications(self, services: Mapping[str, Mapping[str, str]]) -> None:
        """Start `application.py` for each service and return when what all did is sent; they end with the servers.

        Args:
            services: Further variables of the environment, by service.
        """
        started = [self._start_application(service, env) for service, env in services.items()]
        for process in started:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"

    def _start_application(self, service: str, env: Mapping[str, str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("application.py")],
            cwd=self._folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
                "OTEL_SERVICE_NAME": service,
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{self.collector.grpc}",
                "OTEL_METRIC_EXPORT_INTERVAL": "1000",
                **env,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin
        assert process.stdout
        for end in (process.wait, process.kill, process.stdout.close, process.stdin.close):
            self._running.callback(end)
        return process

    def ask(self, expression: str, at: int | None = None) -> list[dict[str, Any]]:
        """The series that an expression gives in Prometheus at a time, now if it is not given."""
        asked = {"query": expression} if at is None else {"query": expression, "time": at}
        answer = get(f"{self.prometheus.url}/api/v1/query?{urllib.parse.urlencode(asked)}")
        found: list[dict[str, Any]] = json.loads(answer)["data"]["result"]
        return found

    def search(self, query: str, limit: int = 20) -> list[dict[str, Any]]:
        """The traces that a TraceQL query gives in Tempo."""
        asked = urllib.parse.urlencode({"q": query, "limit": limit})
        found: list[dict[str, Any]] = json.loads(get(f"{self.tempo.query}/api/search?{asked}"))["traces"]
        return found
