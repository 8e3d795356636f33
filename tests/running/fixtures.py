"""Fixtures of the tests that run what collector-config/ is for; conftest.py of such a folder imports those it needs."""

from __future__ import annotations

import itertools
import urllib.parse
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from tests.running.configured import Alertmanager, Collector, Jaeger, Prometheus, Tempo
from tests.running.programs import Server
from tests.running.spans import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Require = Callable[[str], Path]

S = TypeVar("S", bound=Server)


@pytest.fixture
def sink() -> Iterator[Sink]:
    """The end of a pipeline, listening."""
    with Sink() as sink:
        yield sink


@pytest.fixture
def second_sink() -> Iterator[Sink]:
    """Another one."""
    with Sink() as sink:
        yield sink


class RunServer(Protocol):
    """Make a server in a folder of this name, and launch it."""

    def __call__(self, name: str, make: Callable[[Path], S]) -> S: ...


@pytest.fixture
def run_server(tmp_path: Path) -> Iterator[RunServer]:
    """Make a server in a folder of a name, and launch it; killed when the test is over."""
    with ExitStack() as ended:

        def run(name: str, make: Callable[[Path], S]) -> S:
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            server = make(folder)
            ended.callback(server.kill)
            server.launch()
            return server

        yield run


@pytest.fixture
def run_collector(require_server: Require, run_server: RunServer) -> Callable[..., Collector]:
    """Start a Collector on the files named, with these variables; ended when the test is over."""
    program, numbers = require_server("otelcol-multisig"), itertools.count()

    def run(*files: str, **env: str) -> Collector:
        collector = run_server(f"collector-{next(numbers)}", lambda folder: Collector(program, files, env, folder))
        collector.await_ready()
        return collector

    return run


@pytest.fixture
def jaeger(require_server: Require, run_server: RunServer) -> Jaeger:
    """Jaeger, coming up."""
    return run_server("jaeger", partial(Jaeger, require_server("jaeger")))


@pytest.fixture
def tempo(require_server: Require, run_server: RunServer) -> Tempo:
    """Tempo, coming up."""
    return run_server("tempo", partial(Tempo, require_server("tempo")))


@pytest.fixture
def alertmanager(require_server: Require, run_server: RunServer) -> Alertmanager:
    """Alertmanager, coming up."""
    return run_server("alertmanager", partial(Alertmanager, require_server("alertmanager")))


@pytest.fixture
def start_prometheus(
    require_server: Require, run_server: RunServer, jaeger: Jaeger, tempo: Tempo, alertmanager: Alertmanager
) -> Callable[[Collector], Prometheus]:
    """Let Prometheus come up, which scrapes a Collector and all the others."""
    program = require_server("prometheus")

    def start(collector: Collector) -> Prometheus:
        targets = {
            "application": collector.prometheus,
            "collector": urllib.parse.urlsplit(collector.own).netloc,
            "jaeger": jaeger.metrics,
            "tempo": tempo.metrics,
            "alertmanager": alertmanager.metrics,
        }
        return run_server("prometheus", lambda folder: Prometheus(program, folder, targets))

    return start
