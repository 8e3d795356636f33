"""Real backends on free ports and temporary folders: Jaeger once a session, Tempo and the Collector for each test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.running.fixtures import run_collector, run_server, sink
from tests.running.programs import Server, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Require = Callable[[str], Path]

__all__ = ["run_collector", "run_server", "sink"]

JAEGER = """
extensions:
  jaeger_storage: {{backends: {{main: {storage}}}}}
  jaeger_query:
    storage: {{traces: main}}
    http: {{endpoint: "127.0.0.1:{query}"}}
    grpc: {{endpoint: "127.0.0.1:{other}"}}
receivers:
  otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{grpc}"}}, http: {{endpoint: "127.0.0.1:{http}"}}}}}}
exporters:
  jaeger_storage_exporter: {{trace_storage: main}}
service:
  extensions: [jaeger_storage, jaeger_query]
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}
"""
MEMORY = "{{memory: {{max_traces: 5000}}}}"
BADGER = "{{badger: {{ephemeral: false, directories: {{keys: {folder}/keys, values: {folder}/values}}}}}}"

TEMPO = """
target: all
server: {{http_listen_address: 127.0.0.1, http_listen_port: {query}, grpc_listen_address: 127.0.0.1,
          grpc_listen_port: {other}, log_level: warn}}
distributor:
  receivers: {{otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{grpc}"}}, http: {{endpoint: "127.0.0.1:{http}"}}}}}}}}
storage:
  trace:
    backend: local
    local: {{path: {blocks}}}
    wal: {{path: {folder}/wal, ingestion_time_range_slack: {slack}}}
    blocklist_poll: 1s
query_frontend: {{query_end_cutoff: 0s}}
live_store:
  fail_on_high_lag: false
  shutdown_marker_dir: {folder}/marker
  wal: {{path: {folder}/live, ingestion_time_range_slack: {slack}}}
  {flush}
block_builder: {{wal: {{path: {folder}/builder}}}}
usage_report: {{reporting_enabled: false}}
"""
# What comes stays in the live store, where search finds it after a second. At the moment when it becomes searchable, a
# question by its id may miss it.
SEARCHABLE = """flush_check_period: 500ms
  max_trace_live: 2s
  max_trace_idle: 1s
  max_block_duration: 30m"""
# What comes goes to a block within seconds.
FLUSHED = """flush_check_period: 500ms
  max_trace_live: 2s
  max_trace_idle: 1s
  max_block_duration: 1s"""

# What it takes, it writes into files: both layouts at once.
COLLECTOR = """
extensions: {{health_check: {{endpoint: "127.0.0.1:{query}"}}}}
receivers:
  otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{grpc}"}}, http: {{endpoint: "127.0.0.1:{http}"}}}}}}
exporters:
  file/lines: {{path: {folder}/lines/traces.jsonl, flush_interval: 100ms, create_directory: true}}
  file/packed: {{path: {folder}/packed/traces.zst, flush_interval: 100ms, format: proto, compression: zstd,
                 create_directory: true}}
service:
  extensions: [health_check]
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [file/lines, file/packed]}}
"""


class Backend(NamedTuple):
    """A running backend: where it takes OTLP, where it is asked, where its files are."""

    http: str
    grpc: str
    query: str
    folder: Path


@contextmanager
def running(program: Path, arguments: list[str], configuration: str, folder: Path, ready: str) -> Iterator[Backend]:
    query, other, grpc, http = free_ports(4)
    text = configuration.format(query=query, other=other, grpc=grpc, http=http, folder=folder)
    (folder / "configuration.yaml").write_text(text)
    url = f"http://127.0.0.1:{query}"
    # Killed in the end: Tempo takes its time to end well, and its files are thrown away.
    with Server([program, *arguments], {}, folder, url + ready):
        yield Backend(f"http://127.0.0.1:{http}", f"grpc://127.0.0.1:{grpc}", url, folder)


def run_jaeger(require: Require, folder: Path, storage: str) -> Iterator[Backend]:
    configuration = JAEGER.replace("{storage}", storage)
    with running(
        require("jaeger"), ["--config", "configuration.yaml"], configuration, folder, "/api/v3/services"
    ) as jaeger:
        yield jaeger


@contextmanager
def run_tempo(require: Require, folder: Path, blocks: Path, flush: str, slack: str) -> Iterator[Backend]:
    configuration = TEMPO.replace("{flush}", flush).replace("{slack}", slack).replace("{blocks}", str(blocks))
    with running(require("tempo"), ["-config.file=configuration.yaml"], configuration, folder, "/ready") as tempo:
        yield tempo


@pytest.fixture(scope="session")
def jaeger(require_server: Require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    yield from run_jaeger(require_server, tmp_path_factory.mktemp("jaeger"), MEMORY)


@pytest.fixture(scope="session")
def badger(require_server: Require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    yield from run_jaeger(require_server, tmp_path_factory.mktemp("badger"), BADGER)


@pytest.fixture
def collector(require_server: Require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A Collector that writes files in its folder: ``lines`` (JSON Lines) and ``packed`` (protobuf, zstd)."""
    program, folder = require_server("otelcol-multisig"), tmp_path_factory.mktemp("collector")
    with running(program, ["--config", "configuration.yaml"], COLLECTOR, folder, "/") as collector:
        yield collector


@pytest.fixture
def tempo(require_server: Require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A Tempo of the test's own, for what searches find is all that it holds; it keeps everything in its live store."""
    folder = tmp_path_factory.mktemp("tempo")
    with run_tempo(require_server, folder, folder / "blocks", "max_block_duration: 30m", "2m") as running_tempo:
        yield running_tempo


@pytest.fixture
def searchable_tempo(require_server: Require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """The same, but quick to find by search what it has just got."""
    folder = tmp_path_factory.mktemp("tempo")
    with run_tempo(require_server, folder, folder / "blocks", SEARCHABLE, "2m") as running_tempo:
        yield running_tempo


@pytest.fixture
def start_tempo_on(
    require_server: Require, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], AbstractContextManager[Backend]]:
    """Start a Tempo over a folder of blocks, with an empty live store.

    What it is sent goes to a block at once, and keeps the true time of old set-ups, so that search finds them.
    """

    def start(blocks: Path) -> AbstractContextManager[Backend]:
        return run_tempo(require_server, tmp_path_factory.mktemp("tempo-blocks"), blocks, FLUSHED, "300000h")

    return start
