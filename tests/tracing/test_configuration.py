"""`configure`: one line for programs that have no OpenTelemetry set-up of their own."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_multisig import ConfigurationError, SettingsError, configure, trace_escrow
from otel_multisig.tracing import configuration, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.startswith({missing!r}):
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
sys.meta_path.insert(0, Missing())
from otel_multisig import ConfigurationError, configure, trace_escrow
"""

SET_UP = """
with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "prepare_multisig"):
    pass
"""


class Collector:
    """What an OTLP receiver was sent, by path."""

    def __init__(self) -> None:
        received: dict[str, list[bytes]] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.setdefault(self.path, []).append(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.received = received
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever, args=(0.05,))
    thread.start()
    yield collector
    collector.server.shutdown()
    thread.join()
    collector.server.server_close()


def test_otlp_with_nothing_but_the_variables(run_python: Any, collector: Collector) -> None:
    done = run_python(
        f"from otel_multisig import configure, trace_escrow\nassert configure()\n{SET_UP}",
        ENABLE_INSTRUMENTATION="1",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_COMPRESSION="none",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment=test",
    )
    assert (done.returncode, done.stderr) == (0, "")
    (resource_spans,) = ExportTraceServiceRequest.FromString(collector.received["/v1/traces"][0]).resource_spans
    attributes = {pair.key: pair.value.string_value for pair in resource_spans.resource.attributes}
    assert attributes["service.name"] == "otel-multisig"
    assert attributes["deployment.environment"] == "test"
    assert [span.name for span in resource_spans.scope_spans[0].spans] == [
        "prepare_multisig",
        "multisig_round 1",
        "multisig_setup",
    ]
    (resource_metrics,) = ExportMetricsServiceRequest.FromString(collector.received["/v1/metrics"][0]).resource_metrics
    names = {metric.name for scope in resource_metrics.scope_metrics for metric in scope.metrics}
    assert "monero.escrow.setup.duration" in names


@pytest.mark.parametrize("by", ["argument", "variable"])
def test_legacy_json_by_name(run_python: Any, tmp_path: Path, by: str) -> None:
    argument = 'exporters=["multisig_json"], ' if by == "argument" else ""
    done = run_python(
        f"from otel_multisig import configure, trace_escrow\n"
        f"assert configure(enabled=True, {argument}metric_readers=[])\n{SET_UP}",
        **({"OTEL_TRACES_EXPORTER": "multisig_json"} if by == "variable" else {}),
    )
    assert (done.returncode, done.stderr) == (0, "")
    written = json.loads((tmp_path / "escrow_e-1.json").read_text())
    assert [event["event_type"] for event in written] == ["RPC_CALL_START", "RPC_CALL_END"]


def test_a_dead_collector_costs_the_caller_nothing(run_python: Any) -> None:
    done = run_python(
        f"from otel_multisig import configure, trace_escrow\nassert configure()\n{SET_UP}\nprint('done')",
        ENABLE_INSTRUMENTATION="1",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
    )
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_without_the_sdk_one_clear_line_and_the_rest_works(run_python: Any) -> None:
    code = WITHOUT.format(missing="opentelemetry.sdk") + SET_UP
    code += "\nassert configure() is False and configure(enabled=False) is False\nconfigure(enabled=True)"
    done = run_python(code)
    assert done.returncode == 1
    *_, last = done.stderr.splitlines()
    assert last.endswith(
        "ConfigurationError: the OpenTelemetry SDK is not installed: pip install 'otel-multisig[otlp]'"
    )
    assert "During handling" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "traces exporter 'otlp_proto_grpc' is installed: pip install 'otel-multisig[otlp]'"),
        (
            {"OTEL_TRACES_EXPORTER": "none"},
            "metrics exporter 'otlp_proto_grpc' is installed: pip install 'otel-multisig[otlp]'",
        ),
    ],
)
def test_without_the_exporter_one_clear_line(run_python: Any, variables: dict[str, str], told: str) -> None:
    done = run_python(WITHOUT.format(missing="opentelemetry.exporter") + "configure(enabled=True)", **variables)
    *_, last = done.stderr.splitlines()
    assert told in last
    assert "OTEL_METRICS_EXPORTER" in last or "OTEL_TRACES_EXPORTER" in last


@pytest.mark.usefixtures("no_sdk")
@pytest.mark.parametrize(
    ("exporter", "told"),
    [("no-such", "'no-such'.*install its package.*OTEL_TRACES_EXPORTER"), ("multisig_json_", "'multisig_json_'")],
)
def test_an_exporter_that_there_is_not(exporter: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        configure(enabled=True, exporters=[exporter], metric_readers=[])
    assert "\n" not in str(caught.value)
    assert not hasattr(trace.get_tracer_provider(), "shutdown")  # nothing was set up by halves


@pytest.mark.usefixtures("no_sdk")
@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"])
def test_a_protocol_that_there_is_not(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "carrier-pigeon")
    with pytest.raises(ConfigurationError, match=r"carrier-pigeon.*grpc, http/protobuf"):
        configure(enabled=True, metric_readers=[])


@pytest.mark.usefixtures("no_sdk")
@pytest.mark.parametrize(
    ("own", "general", "module"),
    [
        (None, None, "grpc"),
        ("", "", "grpc"),
        (None, "http/protobuf", "http"),
        ("grpc", "http/protobuf", "grpc"),
        (" http/protobuf ", "grpc", "http"),
    ],
)
def test_the_protocol_of_otlp(
    monkeypatch: pytest.MonkeyPatch, own: str | None, general: str | None, module: str
) -> None:
    for name, value in (("TRACES_PROTOCOL", own), ("PROTOCOL", general)):
        if value is not None:
            monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", value)
    assert f".{module}." in configuration._load("TRACES", "otlp").__module__


@pytest.mark.usefixtures("no_sdk")
@pytest.mark.parametrize(
    ("value", "names"), [(None, ["otlp"]), ("", ["otlp"]), ("none", []), ("otlp, console,none", ["otlp", "console"])]
)
def test_names_of_exporters(monkeypatch: pytest.MonkeyPatch, value: str | None, names: list[str]) -> None:
    if value is not None:
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", value)
    assert configuration._names("TRACES") == names


@pytest.mark.usefixtures("no_sdk")
def test_a_metric_exporter_that_is_a_reader_is_used_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "prometheus-like")
    monkeypatch.setattr(configuration, "_load", lambda *_: InMemoryMetricReader)
    (reader,) = configuration._metric_readers()
    assert isinstance(reader, InMemoryMetricReader)


@pytest.mark.usefixtures("no_sdk")
@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "mine"),
        ({"OTEL_SERVICE_NAME": "theirs"}, "theirs"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=theirs"}, "theirs"),
        ({"OTEL_SERVICE_NAME": "theirs", "OTEL_RESOURCE_ATTRIBUTES": "service.name=other"}, "theirs"),
    ],
)
def test_the_name_of_the_service(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    exporter = InMemorySpanExporter()
    assert configure(service_name="mine", enabled=True, exporters=[exporter], metric_readers=[])
    with trace_escrow("e-1"):
        pass
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.force_flush()
    (span,) = exporter.get_finished_spans()
    assert span.resource.attributes["service.name"] == name


@pytest.mark.usefixtures("no_sdk")
def test_metrics_go_to_the_readers_given() -> None:
    reader = InMemoryMetricReader()
    assert configure(enabled=True, exporters=[], metric_readers=[reader])
    with trace_escrow("e-1"):
        pass
    data = reader.get_metrics_data()
    assert data is not None
    names = {metric.name for metric in data.resource_metrics[0].scope_metrics[0].metrics}
    assert names == {"monero.escrow.active", "monero.escrow.setup.duration", "monero.escrow.stalled.time"}


@pytest.mark.usefixtures("no_sdk")
def test_an_sdk_that_is_there_is_used_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    provider = TracerProvider()
    trace.set_tracer_provider(provider)
    exporter = InMemorySpanExporter()
    assert configure(service_name="mine", exporters=[exporter], snapshots="off")
    assert configure(service_name="mine", exporters=[exporter])
    assert trace.get_tracer_provider() is provider
    assert not isinstance(metrics.get_meter_provider(), MeterProvider)
    assert settings.current().snapshots == "off"
    assert caplog.records == []


@pytest.mark.usefixtures("no_sdk")
def test_a_meter_provider_that_is_there_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    provider = MeterProvider()
    metrics.set_meter_provider(provider)
    assert configure(enabled=True, exporters=[], metric_readers=[])
    assert metrics.get_meter_provider() is provider
    assert caplog.records == []


@pytest.mark.usefixtures("no_sdk")
def test_calling_it_twice_changes_settings_only() -> None:
    assert configure(enabled=True, exporters=[], metric_readers=[])
    provider = trace.get_tracer_provider()
    assert configure(enabled=True, exporters=[], metric_readers=[], allow=["note"])
    assert trace.get_tracer_provider() is provider
    assert "note" in settings.current().allowed_details


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"snapshots": "sometimes"}, "snapshots='sometimes': choose one of all, bounds, failure, off"),
        ({"capture": "addresses,keys"}, "capture='addresses,keys': choose from addresses, amounts, paths"),
        ({"snapshot_timeout": 0}, "snapshot_timeout=0: give a number of seconds greater than 0"),
        ({"snapshot_timeout": float("inf")}, "snapshot_timeout=inf"),
        ({"snapshot_timeout": float("nan")}, "snapshot_timeout=nan"),
    ],
)
def test_a_setting_that_cannot_be(arguments: dict[str, Any], told: str) -> None:
    before = settings.current()
    with pytest.raises(SettingsError) as caught:
        configure(**arguments)
    assert str(caught.value).startswith(told)
    assert settings.current() == before


def test_settings_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_MULTISIG_CAPTURE", " Paths , amounts,")
    monkeypatch.setenv("OTEL_MULTISIG_SNAPSHOTS", " Bounds ")
    monkeypatch.setenv("OTEL_MULTISIG_SNAPSHOT_TIMEOUT", "0.5")
    settings.reset()
    found = settings.current()
    assert found.capture == {"paths", "amounts"}
    assert (found.snapshots, found.snapshot_timeout) == ("bounds", 0.5)
    configure(snapshots="all", allow=["note"])
    found = settings.current()
    assert found.capture == {"paths", "amounts"}  # what is not given stays
    assert found.snapshots == "all"
    assert found.allowed_details == settings.DEFAULT_ALLOWED_DETAILS | {"note"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_MULTISIG_CAPTURE", "keys"),
        ("OTEL_MULTISIG_SNAPSHOTS", "sometimes"),
        ("OTEL_MULTISIG_SNAPSHOT_TIMEOUT", "soon"),
        ("OTEL_MULTISIG_SNAPSHOT_TIMEOUT", "-1"),
    ],
)
def test_a_wrong_variable_is_logged_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    settings.reset()
    assert settings.current() == settings.Settings()
    assert settings.current() == settings.Settings()
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("otel_multisig", "WARNING")
    assert f"{variable}={value!r}" in record.getMessage()


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for variable in ("OTEL_MULTISIG_CAPTURE", "OTEL_MULTISIG_SNAPSHOTS", "OTEL_MULTISIG_SNAPSHOT_TIMEOUT"):
        monkeypatch.setenv(variable, value)
    settings.reset()
    assert settings.current() == settings.Settings()
