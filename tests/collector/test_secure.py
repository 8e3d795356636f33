"""secure-*.yaml: what leaves the machine goes over TLS with a token, and nothing else is taken."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from otel_multisig.otlp import encode_protobuf
from tests.running.certificates import make_certificate
from tests.running.programs import wait_until
from tests.running.spans import by_id, copy_of, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN = "a-token-of-the-test"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, one that nobody trusts, and two tokens."""
    folder = tmp_path_factory.mktemp("secrets")
    for name in ("tls", "other"):
        make_certificate(folder, name)
    (folder / "token").write_text(TOKEN)
    (folder / "wrong").write_text("another")
    return folder


def settings(secrets: Path, token: str = "token", authority: str = "tls") -> dict[str, str]:
    return {
        "COLLECTOR_TOKEN_FILE": str(secrets / token),
        "COLLECTOR_CERT_FILE": str(secrets / "tls.crt"),
        "COLLECTOR_KEY_FILE": str(secrets / "tls.key"),
        "GATEWAY_CA_FILE": str(secrets / f"{authority}.crt"),
    }


def test_from_agent_to_gateway_and_who_is_refused(
    run_collector: Callable[..., Any], sink: Any, healthy: Any, secrets: Path
) -> None:
    env = settings(secrets)
    to = {"COLLECTOR_TRACES_TO": "[otlp_grpc/tempo]", "TEMPO_ENDPOINT": sink.address}
    gateway = run_collector("gateway.yaml", "secure-gateway.yaml", **env, **to)
    balancer = run_collector("load-balancer.yaml", "secure-load-balancer.yaml", GATEWAYS=f"[{gateway.grpc}]", **env)
    agent = run_collector("agent.yaml", "secure-agent.yaml", GATEWAY_ENDPOINT=balancer.grpc, **env)
    send(agent.http, healthy)
    assert wait_until(lambda: sink.spans == by_id(healthy))

    stranger = copy_of(healthy)
    trusted = (secrets / "tls.crt").read_bytes()
    for collector in (gateway, balancer):
        over_grpc(collector.grpc, stranger, None, None, grpc.StatusCode.UNAVAILABLE)
        over_grpc(collector.grpc, stranger, trusted, None, grpc.StatusCode.UNAUTHENTICATED)
        over_grpc(collector.grpc, stranger, trusted, "another", grpc.StatusCode.UNAUTHENTICATED)
        over_http(collector.http, stranger[:1], secrets, None, 401)  # little: it is refused unread
        over_http(collector.http, stranger[:1], secrets, "another", 401)
        with pytest.raises(OSError, match=r"400|reset|closed"):  # in the clear
            send(collector.http, stranger[:1])
    # Who shows the token is taken, in either way.
    other, third = copy_of(healthy), copy_of(healthy)
    over_grpc(gateway.grpc, other, trusted, TOKEN, None)
    over_http(gateway.http, third, secrets, TOKEN, 200)
    wanted = by_id([*healthy, *other, *third])
    assert wait_until(lambda: sink.spans == wanted)


def test_an_agent_that_trusts_another_authority_keeps_what_it_has(
    run_collector: Callable[..., Any], sink: Any, healthy: Any, secrets: Path
) -> None:
    to = {"COLLECTOR_TRACES_TO": "[otlp_grpc/tempo]", "TEMPO_ENDPOINT": sink.address}
    gateway = run_collector("gateway.yaml", "secure-gateway.yaml", **settings(secrets), **to)
    env = settings(secrets, authority="other") | {"GATEWAY_ENDPOINT": gateway.grpc}
    agent = run_collector("agent.yaml", "secure-agent.yaml", **env)
    send(agent.http, healthy)
    assert wait_until(lambda: "certificate signed by unknown authority" in agent.log.read_text())
    assert agent.metric("otelcol_exporter_queue_size") > 0
    # Given the right one, it sends.
    agent.end()
    agent.env["GATEWAY_CA_FILE"] = str(secrets / "tls.crt")
    agent.start()
    assert wait_until(lambda: sink.spans == by_id(healthy))


def test_an_agent_with_a_wrong_token_is_refused_for_good(
    run_collector: Callable[..., Any], sink: Any, healthy: Any, secrets: Path
) -> None:
    """docs/collector.md says so: what it sends is lost, and counted."""
    to = {"COLLECTOR_TRACES_TO": "[otlp_grpc/tempo]", "TEMPO_ENDPOINT": sink.address}
    gateway = run_collector("gateway.yaml", "secure-gateway.yaml", **settings(secrets), **to)
    agent = run_collector(
        "agent.yaml", "secure-agent.yaml", GATEWAY_ENDPOINT=gateway.grpc, **settings(secrets, "wrong")
    )
    send(agent.http, healthy)
    assert wait_until(lambda: agent.metric("otelcol_exporter_send_failed_spans") == len(healthy))
    assert not sink.spans


def test_a_receiver_takes_the_old_token_and_the_new(
    run_collector: Callable[..., Any], sink: Any, healthy: Any, secrets: Path, tmp_path: Path
) -> None:
    to = {"COLLECTOR_TRACES_TO": "[otlp_grpc/tempo]", "TEMPO_ENDPOINT": sink.address}
    (tmp_path / "both").write_text(f"{TOKEN}\nanother\n")
    env = settings(secrets) | {"COLLECTOR_TOKEN_FILE": str(tmp_path / "both")}
    gateway = run_collector("gateway.yaml", "secure-gateway.yaml", **env, **to)
    sent: list[Any] = []
    for token in ("token", "wrong"):
        agent = run_collector(
            "agent.yaml", "secure-agent.yaml", GATEWAY_ENDPOINT=gateway.grpc, **settings(secrets, token)
        )
        setup = copy_of(healthy)
        send(agent.http, setup)
        sent += setup
    assert wait_until(lambda: sink.spans == by_id(sent))


def test_backends_over_tls(
    run_collector: Callable[..., Any], sink: Any, second_sink: Any, healthy: Any, secrets: Path
) -> None:
    for each in (sink, second_sink):
        each.stop()
        each.start(secrets / "tls.crt")
    authority = str(secrets / "tls.crt")
    gateway = run_collector(
        "gateway.yaml",
        JAEGER_ENDPOINT=sink.address,
        JAEGER_INSECURE="false",
        JAEGER_CA_FILE=authority,
        TEMPO_ENDPOINT=second_sink.address,
        TEMPO_INSECURE="false",
        TEMPO_CA_FILE=authority,
    )
    send(gateway.http, healthy)
    assert wait_until(lambda: sink.spans == second_sink.spans == by_id(healthy))


def over_grpc(address: str, records: Any, authority: bytes | None, token: str | None, refused: Any) -> None:
    request = trace_service_pb2.ExportTraceServiceRequest.FromString(encode_protobuf(records))
    metadata = [("authorization", f"Bearer {token}")] if token else []
    with grpc.secure_channel(address, grpc.ssl_channel_credentials(authority)) as channel:
        call = trace_service_pb2_grpc.TraceServiceStub(channel).Export
        if refused is None:
            call(request, metadata=metadata, timeout=10)
            return
        with pytest.raises(grpc.RpcError) as error:
            call(request, metadata=metadata, timeout=10)
        assert error.value.code() == refused


def over_http(url: str, records: Any, secrets: Path, token: str | None, status: int) -> None:
    headers = {"Content-Type": "application/x-protobuf"} | ({"Authorization": f"Bearer {token}"} if token else {})
    url = url.replace("http:", "https:") + "/v1/traces"
    request = urllib.request.Request(url, encode_protobuf(records), headers)
    context = ssl.create_default_context(cafile=str(secrets / "tls.crt"))
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            found = answer.status
    except urllib.error.HTTPError as error:
        found = error.code
        error.close()
    assert found == status
