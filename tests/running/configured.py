"""The servers of collector-config/ on its files, as they are there: each on free ports, with a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.running.programs import Server, free_ports, get

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIG = Path(__file__).parents[2] / "collector-config"
BACKENDS = CONFIG / "backends"
QUICK = {"COLLECTOR_RETRY_MAX": "1s", "COLLECTOR_SPAN_METRICS_INTERVAL": "500ms"}


class Collector(Server):
    """A Collector.

    Attributes:
        grpc: Where it takes OTLP, as host and port.
        http: Where it takes OTLP over HTTP, as a URL.
        own: Its own metrics.
        prometheus: What it shows to Prometheus.
    """

    def __init__(self, program: Path, files: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        grpc_port, http_port, health, own, prometheus = free_ports(5)
        self.grpc = f"127.0.0.1:{grpc_port}"
        self.http = f"http://127.0.0.1:{http_port}"
        self.own = f"http://127.0.0.1:{own}/metrics"
        self.prometheus = f"127.0.0.1:{prometheus}"
        settings = {
            "COLLECTOR_CONFIG": str(CONFIG),
            "COLLECTOR_FOLDER": str(folder),
            "COLLECTOR_LISTEN_GRPC": self.grpc,
            "COLLECTOR_LISTEN_HTTP": self.http.removeprefix("http://"),
            "COLLECTOR_HEALTH": f"127.0.0.1:{health}",
            "COLLECTOR_METRICS_PORT": str(own),
            "COLLECTOR_PROMETHEUS": self.prometheus,
        }
        command: list[str | Path] = [program, *(f"--config={CONFIG / name}" for name in files)]
        super().__init__(command, settings | QUICK | dict(env), folder, f"http://127.0.0.1:{health}/")

    def metric(self, name: str, label: str = "") -> float:
        """The sum of all its own series of this name, and with this label (``name="value"``)."""
        return _sum(self.own, name, label)

    def shown(self) -> str:
        """What it shows to Prometheus."""
        return get(f"http://{self.prometheus}/metrics").decode()

    def measured(self, span_name: str) -> float:
        """How many spans of a name its span metrics have counted."""
        return _sum(f"http://{self.prometheus}/metrics", "traces_span_metrics_calls_total", f'span_name="{span_name}"')


def _sum(url: str, name: str, label: str) -> float:
    lines = get(url).decode().splitlines()
    found = (line.rpartition(" ") for line in lines if line.startswith((name + "{", name + " ")) and label in line)
    return sum(float(value) for _, _, value in found)


class Jaeger(Server):
    """Jaeger on Badger.

    Attributes:
        query: Its page and what it is asked, as a URL.
        otlp: Where it takes OTLP over gRPC, as host and port.
        metrics: Its own metrics, as host and port.
    """

    def __init__(self, program: Path, folder: Path, **env: str) -> None:
        health, query, grpc, otlp, metrics = free_ports(5)
        self.query = f"http://127.0.0.1:{query}"
        self.otlp = f"127.0.0.1:{otlp}"
        self.metrics = f"127.0.0.1:{metrics}"
        ports = {
            "JAEGER_HEALTH_PORT": str(health),
            "JAEGER_QUERY_PORT": str(query),
            "JAEGER_QUERY_GRPC_PORT": str(grpc),
            "JAEGER_OTLP_PORT": str(otlp),
            "JAEGER_METRICS_PORT": str(metrics),
        }
        command: list[str | Path] = [program, "--config", BACKENDS / "jaeger.yaml"]
        super().__init__(command, ports | env, folder, f"{self.query}/api/v3/services")


class Tempo(Server):
    """Tempo.

    Attributes:
        query: What it is asked, as a URL.
        otlp: Where it takes OTLP over gRPC, as host and port.
        metrics: Its own metrics, as host and port.
    """

    def __init__(self, program: Path, folder: Path, file: Path = BACKENDS / "tempo.yaml") -> None:
        query, grpc, otlp = free_ports(3)
        self.query = f"http://127.0.0.1:{query}"
        self.otlp = f"127.0.0.1:{otlp}"
        self.metrics = f"127.0.0.1:{query}"
        env = {"TEMPO_QUERY_PORT": str(query), "TEMPO_GRPC_PORT": str(grpc), "TEMPO_OTLP_PORT": str(otlp)}
        command: list[str | Path] = [program, f"-config.file={file}", "-config.expand-env=true"]
        super().__init__(command, env, folder, f"{self.query}/ready")


class Alertmanager(Server):
    """Alertmanager.

    Attributes:
        metrics: Its page, what it is asked and its own metrics, as host and port.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        (port,) = free_ports(1)
        self.metrics = f"127.0.0.1:{port}"
        command: list[str | Path] = [
            program,
            f"--config.file={BACKENDS / 'alertmanager.yaml'}",
            f"--web.listen-address={self.metrics}",
            "--cluster.listen-address=",
            "--storage.path=data",
        ]
        super().__init__(command, {}, folder, f"http://{self.metrics}/-/ready")


class Prometheus(Server):
    """Prometheus on its file as it is, but for the pace, and on target files of its own.

    Rules that lie in its folder, in ``rules``, are read.

    Attributes:
        url: What it is asked.
    """

    def __init__(self, program: Path, folder: Path, targets: Mapping[str, str], pace: str = "1s") -> None:
        """Write its files.

        Args:
            program: Prometheus.
            folder: As in `Server`.
            targets: Whom it scrapes besides itself, host and port by job.
            pace: How often.
        """
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        text = (BACKENDS / "prometheus.yaml").read_text()
        assert text.count(": 15s") == 2
        (folder / "prometheus.yaml").write_text(text.replace(": 15s", f": {pace}"))
        (folder / "targets").mkdir()
        for job, target in {**targets, "prometheus": f"127.0.0.1:{port}"}.items():
            (folder / "targets" / f"{job}.yaml").write_text(yaml.safe_dump([{"targets": [target]}]))
        command: list[str | Path] = [
            program,
            "--config.file=prometheus.yaml",
            f"--web.listen-address=127.0.0.1:{port}",
            "--storage.tsdb.path=data",
            "--enable-feature=exemplar-storage",
        ]
        super().__init__(command, {}, folder, f"{self.url}/-/ready")
