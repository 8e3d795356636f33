"""HTTPS and gRPC over TLS with an authority of one's own: `--ca`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from click.testing import CliRunner, Result
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from otel_multisig.cli.program import cli
from otel_multisig.legacy import read
from otel_multisig.model import disassemble
from otel_multisig.otlp import decode_protobuf, encode_line
from tests.running.certificates import make_certificate
from tests.running.programs import Server, free_ports, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

SAMPLE = min((Path(__file__).parents[1] / "data" / "legacy").glob("*.json"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False, standalone_mode=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def https(web_server: ModuleType, certificate: Path) -> Iterator[Any]:
    with web_server.serving(certificate) as told:
        yield told


def test_import_with_the_authority(https: Any, certificate: Path) -> None:
    result = run("import-json", SAMPLE, "--to", https.url, "--no-verify", "--ca", certificate)
    assert result.return_value == 0, result.stderr
    assert result.stderr.splitlines()[-1].startswith(f"1 set-up sent to {https.url}")
    ((method, path, _, body),) = https.requests
    assert (method, path) == ("POST", "/v1/traces")
    assert decode_protobuf(body)


def test_import_without_it(https: Any) -> None:
    result = run("import-json", SAMPLE, "--to", https.url, "--no-verify")
    assert result.return_value == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 2  # the set-up, and the summary
    assert "its certificate is not trusted" in lines[0]
    assert "--ca names the file of its authority" in lines[0]
    assert https.requests == []


def test_export_with_the_authority(https: Any, certificate: Path, setups: ModuleType, tmp_path: Path) -> None:
    records = setups.healthy().records()
    https.answers = [(200, {}, b'{"services":[]}'), (200, {}, b'{"result":' + encode_line(records) + b"}")]
    wanted = ("--trace-id", records[0].trace_id)
    result = run("export-json", https.url, *wanted, "--ca", certificate, "--out", tmp_path / "out")
    assert result.return_value == 0, result.stderr
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_export_without_it(https: Any, tmp_path: Path) -> None:
    result = run("export-json", https.url, "--trace-id", "1" * 32, "--out", tmp_path / "out")
    assert result.return_value == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"error: {https.url}: ")
    assert "its certificate is not trusted" in lines[0]
    assert "--ca names the file of its authority" in lines[0]


def test_what_is_no_certificate(https: Any, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("none")
    with pytest.raises(Exception, match="holds no certificates"):
        run("import-json", SAMPLE, "--to", https.url, "--no-verify", "--ca", tmp_path / "ca.pem")


class Traces(trace_service_pb2_grpc.TraceServiceServicer):
    """Takes what it is sent."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.port = 0

    def Export(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the service's name for it
        self.requests.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def grpcs(certificate: Path) -> Iterator[Traces]:
    told = Traces()
    key = certificate.with_suffix(".key").read_bytes()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(told, server)
    told.port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate.read_bytes())]))
    server.start()
    yield told
    server.stop(None).wait()


def test_grpc_with_the_authority(grpcs: Traces, certificate: Path) -> None:
    url = f"grpcs://127.0.0.1:{grpcs.port}"
    result = run("import-json", SAMPLE, "--to", url, "--no-verify", "--ca", certificate)
    assert result.return_value == 0, result.stderr
    assert result.stderr.splitlines()[-1].startswith(f"1 set-up sent to {url}")
    (request,) = grpcs.requests
    assert len(decode_protobuf(request.SerializeToString())) == len(disassemble(read(SAMPLE.read_bytes()).traces[0]))


def test_grpc_without_it(grpcs: Traces) -> None:
    result = run("import-json", SAMPLE, "--to", f"grpcs://127.0.0.1:{grpcs.port}", "--no-verify")
    assert result.return_value == 2
    assert "its certificate is not trusted; --ca names the file of its authority" in result.stderr.splitlines()[0]
    assert grpcs.requests == []


def test_grpc_without_tls_where_the_server_wants_it(grpcs: Traces) -> None:
    result = run("import-json", SAMPLE, "--to", f"grpc://127.0.0.1:{grpcs.port}", "--no-verify")
    assert result.return_value == 2
    assert "answers UNAVAILABLE" in result.stderr.splitlines()[0]
    assert grpcs.requests == []


def test_what_is_no_certificate_for_grpc(grpcs: Traces, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("none")
    url = f"grpcs://127.0.0.1:{grpcs.port}"
    with pytest.raises(Exception, match="holds no certificates"):
        run("import-json", SAMPLE, "--to", url, "--no-verify", "--ca", tmp_path / "ca.pem")


COLLECTOR = """
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:{grpc}", tls: &tls {{cert_file: {certificate}, key_file: {key}}}}}
      http: {{endpoint: "127.0.0.1:{http}", tls: *tls}}
exporters:
  file: {{path: traces.jsonl}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [file]}}
"""


@pytest.fixture(scope="module")
def collector(
    require_server: Callable[[str], Path], certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """A Collector that wants TLS on both of its ports: their URLs, and the file that it writes."""
    program, folder = require_server("otelcol-multisig"), tmp_path_factory.mktemp("collector")
    ports = dict(zip(("grpc", "http"), free_ports(2), strict=True))
    key = certificate.with_suffix(".key")
    (folder / "config.yaml").write_text(COLLECTOR.format(**ports, certificate=certificate, key=key))

    def is_ready() -> bool:
        return b"Everything is ready" in (folder / "log").read_bytes()

    with Server([program, "--config", "config.yaml"], {}, folder, is_ready):
        yield {
            "grpc": f"grpcs://127.0.0.1:{ports['grpc']}",
            "http": f"https://127.0.0.1:{ports['http']}",
            "file": str(folder / "traces.jsonl"),
        }


@pytest.mark.parametrize("way", ["grpc", "http"])
def test_a_collector_that_wants_tls(collector: dict[str, str], certificate: Path, tmp_path: Path, way: str) -> None:
    """What it took, written by it and converted back, is the recording to the byte."""
    to = (SAMPLE, "--to", collector[way], "--no-verify", "--keep-sensitive")
    refused = run("import-json", *to)
    assert refused.return_value == 2
    assert "its certificate is not trusted" in refused.stderr
    result = run("import-json", *to, "--ca", certificate)
    assert result.return_value == 0, result.stderr
    written = Path(collector["file"])
    assert wait_until(lambda: written.exists() and written.read_bytes().endswith(b"\n"))
    out = tmp_path / "out"
    assert run("export-json", written, "--out", out).return_value == 0
    assert [path.read_bytes() for path in out.iterdir()] == [SAMPLE.read_bytes()]
