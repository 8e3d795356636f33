"""Everything at once, each with its real program: the servers of the tests of collector-config/, and Grafana."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.grafana.server import Grafana
from tests.running.fixtures import alertmanager, jaeger, run_collector, run_server, start_prometheus, tempo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
GRAFANA = HERE.parents[1] / "grafana"

__all__ = ["alertmanager", "jaeger", "run_collector", "run_server", "start_prometheus", "tempo"]


@dataclass
class Webhook:
    """Where Grafana's contact point sends: what came, alert by alert."""

    url: str
    alerts: list[dict[str, Any]] = field(default_factory=list)

    def first(self, name: str, status: str) -> dict[str, Any] | None:
        found = (each for each in list(self.alerts) if each["status"] == status)
        return next((each for each in found if each["labels"]["alertname"] == name), None)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.alerts += json.loads(body)["alerts"]
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook = Webhook(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def start_grafana(require_server: Any, run_server: Any, tmp_path: Path) -> Callable[..., Grafana]:
    program = require_server("grafana-server")

    def start(alerting: dict[str, str], port: int, **urls: str) -> Grafana:
        """On the data sources as they are, and these files on alerting, by name."""
        sources = tmp_path / "provisioning" / "datasources"
        sources.mkdir(parents=True)
        for path in (GRAFANA / "provisioning" / "datasources").glob("*.yaml"):
            (sources / path.name).write_bytes(path.read_bytes())
        for kind in ("alerting", "dashboards", "notifiers", "plugins"):
            (sources.parent / kind).mkdir()
        for name, text in alerting.items():
            (sources.parent / "alerting" / name).write_text(text)
        # It reads the contact points that it is given when it looks for the first time.
        polled = (
            "GF_UNIFIED_ALERTING_ADMIN_CONFIG_POLL_INTERVAL",
            "GF_UNIFIED_ALERTING_ALERTMANAGER_CONFIG_POLL_INTERVAL",
        )
        env = dict.fromkeys(polled, "1s") | urls
        return run_server("grafana", lambda folder: Grafana(program, folder, sources.parent, port, **env))

    return start


class Application:
    """The application of the test, in a process of its own."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.sent = folder / "sent.jsonl"
        self._process = subprocess.Popen(
            [sys.executable, HERE / "application.py", self.sent],
            cwd=folder,
            env={
                "PATH": "/usr/bin:/bin",
                "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
                "OTEL_METRIC_EXPORT_INTERVAL": "300",
                "OTEL_BSP_SCHEDULE_DELAY": "200",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, what: str) -> None:
        """Run ``alone`` (comes through) or ``together`` (two of three fail); all is sent when it returns."""
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{what}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "sent\n"

    def end(self) -> None:
        _, _ = self._process.communicate(timeout=60)
        assert self._process.returncode == 0

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start_application(tmp_path: Path) -> Iterator[Callable[[str], Application]]:
    running = []

    def start(endpoint: str) -> Application:
        running.append(Application(tmp_path, endpoint))
        return running[-1]

    yield start
    for application in running:
        application.kill()
