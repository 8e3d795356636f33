"""The files of collector-config/, each run with the real program, on free ports and in temporary folders."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from concurrent import futures
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from msgspec.structs import replace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from otel_multisig.demo.scenario import new_escrows, run_alone, run_together
from otel_multisig.otlp import decode_protobuf, encode_protobuf, from_sdk_span
from otel_multisig.testing.recording import recorded_spans
from otel_multisig.testing.wallet_servers import WalletServers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import ModuleType

    from otel_multisig.model import SpanRecord

    Require = Callable[[str], Path]

CONFIG = Path(__file__).parents[2] / "collector-config"
BACKENDS = CONFIG / "backends"
QUICK = {"COLLECTOR_RETRY_MAX": "1s", "COLLECTOR_SPAN_METRICS_INTERVAL": "500ms"}


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def get(url: str, accept: str = "*/*") -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=10) as answer:
        body: bytes = answer.read()
        return body


def answers(url: str) -> bool:
    try:
        get(url)
    except (OSError, urllib.error.URLError):
        return False
    return True


def wait_until(condition: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class Server:
    """A program that can be ended and started again on the same ports and folder."""

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str], folder: Path, ready: str) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.ready = ready
        self.command = command
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), **env}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.env, stdout=log, stderr=log)

    def await_ready(self) -> None:
        process = self.process
        assert process
        up = wait_until(lambda: answers(self.ready) or process.poll() is not None, 60)
        assert up, self.log.read_text()[-3000:]
        assert process.poll() is None, self.log.read_text()[-3000:]

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def kill(self) -> None:
        self.end(signal.SIGKILL)


class Collector(Server):
    """A Collector on files of collector-config/.

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
        command = [program, *(f"--config={CONFIG / name}" for name in files)]
        super().__init__(command, settings | QUICK | env, folder, f"http://127.0.0.1:{health}/")

    def metric(self, name: str, label: str = "") -> float:
        """The sum of all its own series of this name, and with this label (``name="value"``)."""
        lines = get(self.own).decode().splitlines()
        found = (line.rpartition(" ") for line in lines if line.startswith((name + "{", name + " ")) and label in line)
        return sum(float(value) for _, _, value in found)


class Sink(trace_service_pb2_grpc.TraceServiceServicer):
    """What stands at the end of a pipeline: takes OTLP over gRPC, keeps every span, can be away."""

    def __init__(self) -> None:
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        self.received: list[SpanRecord] = []
        self.keeps = True
        self._lock = threading.Lock()
        self._server: grpc.Server | None = None

    def start(self, certificate: Path | None = None) -> None:
        """Listen; over TLS where there is a certificate, whose key lies beside it."""
        self._server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self._server)
        if certificate is None:
            assert self._server.add_insecure_port(self.address)
        else:
            pair = (certificate.with_suffix(".key").read_bytes(), certificate.read_bytes())
            assert self._server.add_secure_port(self.address, grpc.ssl_server_credentials([pair]))
        self._server.start()

    def stop(self) -> None:
        if self._server:
            self._server.stop(0).wait()
            self._server = None

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        records = list(decode_protobuf(request.SerializeToString())) if self.keeps else ()
        with self._lock:
            self.received += records
        return trace_service_pb2.ExportTraceServiceResponse()

    @property
    def spans(self) -> dict[tuple[str, str], SpanRecord]:
        """What came, once each: delivery is at least once."""
        with self._lock:
            return by_id(self.received)


def by_id(records: Iterable[SpanRecord]) -> dict[tuple[str, str], SpanRecord]:
    return {(record.trace_id, record.span_id): record for record in records}


def copy_of(records: Iterable[SpanRecord]) -> list[SpanRecord]:
    """The same set-up once more: another trace, another escrow, now."""
    records = list(records)
    trace_id, old, new = uuid.uuid4().hex, str(records[0].attributes["monero.escrow.id"]), str(uuid.uuid4())
    shift = time.time_ns() - max(record.end_time_unix_nano for record in records)
    return [
        replace(
            record,
            trace_id=trace_id,
            start_time_unix_nano=record.start_time_unix_nano + shift,
            end_time_unix_nano=record.end_time_unix_nano + shift,
            attributes={
                key: value.replace(old, new) if isinstance(value, str) else value
                for key, value in record.attributes.items()
            },
            events=tuple(replace(event, time_unix_nano=event.time_unix_nano + shift) for event in record.events),
        )
        for record in records
    ]


def send(url: str, records: Iterable[SpanRecord]) -> None:
    """One request of OTLP over HTTP; it returns when the Collector has accepted it."""
    send_bytes(url, encode_protobuf(records))


def send_bytes(url: str, data: bytes) -> None:
    request = urllib.request.Request(f"{url}/v1/traces", data, {"Content-Type": "application/x-protobuf"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
        assert answer.read() in {b"", b"\n\x00"}  # else a part was refused


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def second_sink() -> Iterator[Sink]:
    sink = Sink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def run_collector(require_server: Require, tmp_path: Path) -> Iterator[Callable[..., Collector]]:
    """Start a Collector on the files named, with these variables; ended when the test is over."""
    program, running = require_server("otelcol-multisig"), []

    def run(*files: str, **env: str) -> Collector:
        folder = tmp_path / f"collector-{len(running)}"
        folder.mkdir()
        collector = Collector(program, files, env, folder)
        running.append(collector)
        collector.start()
        return collector

    yield run
    for collector in running:
        collector.kill()


@pytest.fixture(scope="session")
def recorded_setups() -> list[list[SpanRecord]]:
    """The demo's four set-ups on simulated wallets, as our SDK records them: two healthy, two that failed."""
    with recorded_spans() as recorded, WalletServers(kind="simulated") as servers:
        escrows = new_escrows()
        run_alone(escrows["alone"], servers.ports)
        run_together(escrows, servers.ports)
    records = [from_sdk_span(span) for span in recorded.spans]
    traces = dict.fromkeys(record.trace_id for record in records)
    return [[record for record in records if record.trace_id == trace_id] for trace_id in traces]


@pytest.fixture(scope="session")
def healthy(recorded_setups: list[list[SpanRecord]]) -> list[SpanRecord]:
    return next(setup for setup in recorded_setups if not any(span.status_code == 2 for span in setup))


@pytest.fixture(scope="session")
def failed(recorded_setups: list[list[SpanRecord]]) -> list[SpanRecord]:
    return next(setup for setup in recorded_setups if any(span.status_code == 2 for span in setup))


@pytest.fixture(scope="session")
def support() -> ModuleType:
    """The functions of this file, for tests."""
    return sys.modules[__name__]
