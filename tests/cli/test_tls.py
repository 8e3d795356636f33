"""HTTPS with an authority of one's own: `--ca`."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from otel_multisig.cli.program import cli
from otel_multisig.otlp import decode_protobuf, encode_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SAMPLE = min((Path(__file__).parents[1] / "data" / "legacy").glob("*.json"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False, standalone_mode=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of a server at 127.0.0.1, signed by itself, and its key in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("making a certificate needs the program openssl")
    folder = tmp_path_factory.mktemp("certificate")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext"
    command = [openssl, *words.split(), "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "ca.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "ca.pem"


class QuietServer(ThreadingHTTPServer):
    """Clients that do not trust it go away in the middle of a handshake, which is no news."""

    def handle_error(self, _request: Any, _address: Any) -> None:
        pass


@contextmanager
def serving(web_server: ModuleType, certificate: Path) -> Iterator[Any]:
    told = web_server.Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with QuietServer(("127.0.0.1", 0), web_server.make_handler(told)) as listening:
        # Each connection shakes hands in its own thread, and with what is read first.
        listening.socket = context.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
        told.url = f"https://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield told
        listening.shutdown()
        thread.join()


@pytest.fixture
def https(web_server: ModuleType, certificate: Path) -> Iterator[Any]:
    with serving(web_server, certificate) as told:
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
