"""The whole set on one machine, all real: Collector, Jaeger, Tempo, Prometheus, and Grafana on our provisioning."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

ROOT = Path(__file__).parents[2]
PROVISIONING = ROOT / "grafana" / "provisioning"
RULES = ROOT / "grafana" / "prometheus"
PACE = "2s"


class Stack:
    """The servers, running.

    Attributes:
        collector: The Collector, on ``all-in-one.yaml``.
        jaeger, tempo, prometheus, grafana: Addresses, ``http://host:port``.
        wait_until: Waits for a condition.
    """

    def __init__(self, support: ModuleType, require: Callable[[str], Path], folder: Path) -> None:
        self._support, self._require, self._folder = support, require, folder
        self.wait_until = support.wait_until
        self._running = ExitStack()
        self.collector: Any = None
        self.jaeger = self.tempo = self.prometheus = self.grafana = ""

    def __enter__(self) -> Self:
        with self._running as running:
            servers = [self._jaeger(), self._tempo(), self._collector(), self._prometheus(), self._grafana()]
            for server in servers:
                running.callback(server.kill)
                server.launch()
            for server in servers:
                server.await_ready()
            self._running = running.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _server(self, name: str, command: list[Any], env: dict[str, Any], ready: str) -> Any:
        folder = self._folder / name
        folder.mkdir()
        return self._support.Server(command, {key: str(value) for key, value in env.items()}, folder, ready)

    def _jaeger(self) -> Any:
        health, query, grpc, otlp, metrics = self._support.free_ports(5)
        self.jaeger, self._jaeger_otlp = f"http://127.0.0.1:{query}", f"127.0.0.1:{otlp}"
        self._targets = {"jaeger": f"127.0.0.1:{metrics}"}
        env = {
            "JAEGER_HEALTH_PORT": health,
            "JAEGER_QUERY_PORT": query,
            "JAEGER_QUERY_GRPC_PORT": grpc,
            "JAEGER_OTLP_PORT": otlp,
            "JAEGER_METRICS_PORT": metrics,
        }
        command = [self._require("jaeger"), "--config", self._support.BACKENDS / "jaeger.yaml"]
        return self._server("jaeger", command, env, f"{self.jaeger}/api/v3/services")

    def _tempo(self) -> Any:
        query, grpc, otlp = self._support.free_ports(3)
        self.tempo, self._tempo_otlp = f"http://127.0.0.1:{query}", f"127.0.0.1:{otlp}"
        self._targets["tempo"] = f"127.0.0.1:{query}"
        env = {"TEMPO_QUERY_PORT": query, "TEMPO_GRPC_PORT": grpc, "TEMPO_OTLP_PORT": otlp}
        file = self._support.BACKENDS / "tempo.yaml"
        command = [self._require("tempo"), f"-config.file={file}", "-config.expand-env=true"]
        return self._server("tempo", command, env, f"{self.tempo}/ready")

    def _collector(self) -> Any:
        folder = self._folder / "collector"
        folder.mkdir()
        env = {
            "JAEGER_ENDPOINT": self._jaeger_otlp,
            "TEMPO_ENDPOINT": self._tempo_otlp,
            # Not shorter than the interval of the scrapes, else exemplars are missed.
            "COLLECTOR_SPAN_METRICS_INTERVAL": PACE,
        }
        program = self._require("otelcol-multisig")
        self.collector = self._support.Collector(program, ["all-in-one.yaml"], env, folder)
        self._targets["application"] = self.collector.prometheus
        self._targets["collector"] = urllib.parse.urlsplit(self.collector.own).netloc
        return self.collector

    def _prometheus(self) -> Any:
        (port,) = self._support.free_ports(1)
        self.prometheus = f"http://127.0.0.1:{port}"
        server = self._server(
            "prometheus",
            [
                self._require("prometheus"),
                "--config.file=prometheus.yaml",
                f"--web.listen-address=127.0.0.1:{port}",
                "--storage.tsdb.path=data",
                "--enable-feature=exemplar-storage",
            ],
            {},
            f"{self.prometheus}/-/ready",
        )
        # As it is, but for the pace and the addresses.
        text = (self._support.BACKENDS / "prometheus.yaml").read_text()
        assert text.count(": 15s") == 2
        (server.folder / "prometheus.yaml").write_text(text.replace(": 15s", f": {PACE}"))
        (server.folder / "targets").mkdir()
        for job, target in (self._targets | {"prometheus": f"127.0.0.1:{port}"}).items():
            (server.folder / "targets" / f"{job}.yaml").write_text(yaml.safe_dump([{"targets": [target]}]))
        (server.folder / "rules").symlink_to(RULES)
        return server

    def _grafana(self) -> Any:
        (port,) = self._support.free_ports(1)
        self.grafana = f"http://127.0.0.1:{port}"
        env = {
            "GF_SERVER_HTTP_ADDR": "127.0.0.1",
            "GF_SERVER_HTTP_PORT": port,
            "GF_PATHS_DATA": self._folder / "grafana" / "data",
            "GF_PATHS_LOGS": self._folder / "grafana" / "logs",
            "GF_PATHS_PROVISIONING": PROVISIONING,
            "GF_AUTH_ANONYMOUS_ENABLED": "true",
            "GF_AUTH_ANONYMOUS_ORG_ROLE": "Admin",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_NEWS_NEWS_FEED_ENABLED": "false",
            "PROMETHEUS_URL": self.prometheus,
            "TEMPO_URL": self.tempo,
            "JAEGER_URL": self.jaeger,
            "ALERTMANAGER_URL": "http://127.0.0.1:9",
        }
        return self._server("grafana", [self._require("grafana-server")], env, f"{self.grafana}/api/health")

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
        return self._get(f"{self.prometheus}/api/v1/query?{urllib.parse.urlencode(asked)}")["data"]["result"]

    def search(self, query: str, limit: int = 20) -> list[dict[str, Any]]:
        """The traces that a TraceQL query gives in Tempo."""
        asked = urllib.parse.urlencode({"q": query, "limit": limit})
        return self._get(f"{self.tempo}/api/search?{asked}")["traces"]

    def _get(self, url: str) -> Any:
        return json.loads(self._support.get(url))

    def get(self, path: str) -> Any:
        """Ask Grafana something."""
        return self._get(self.grafana + path)

    def post(self, path: str, body: Any) -> Any:
        """Ask Grafana something that takes a body."""
        data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self.grafana + path, data, headers), timeout=30) as answer:
            return json.loads(answer.read())
