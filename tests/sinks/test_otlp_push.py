from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from otel_multisig.sinks.limits import JAEGER, TEMPO, find_excess
from otel_multisig.sinks.otlp_push import OtlpPush, PushError
from otel_multisig.web import Access, AccessError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def answer_of(rejected: int, message: str) -> bytes:
    response = trace_service_pb2.ExportTraceServiceResponse()
    response.partial_success.rejected_spans = rejected
    response.partial_success.error_message = message
    return response.SerializeToString()


def spans_in(body: bytes) -> int:
    request = trace_service_pb2.ExportTraceServiceRequest.FromString(body)
    return sum(len(of_scope.spans) for resource in request.resource_spans for of_scope in resource.scope_spans)


def test_what_is_posted_is_what_the_official_classes_read(server: Any, setups: ModuleType) -> None:
    records = setups.healthy().records()
    sent = OtlpPush(server.url, Access(bearer="x")).send(records)
    method, path, headers, body = server.requests[0]
    assert (method, path, headers["Authorization"]) == ("POST", "/v1/traces", "Bearer x")
    assert spans_in(body) == len(records)
    assert sent.size == len(body)
    assert sent.warning == ""


def test_rejected_spans_are_an_error(server: Any, setups: ModuleType) -> None:
    server.answers = [(200, {}, answer_of(3, "too many"))]
    with pytest.raises(PushError, match="it rejected 3 spans: too many"):
        OtlpPush(server.url, Access()).send(setups.healthy().records())


def test_a_warning_is_told(server: Any, setups: ModuleType) -> None:
    server.answers = [(200, {}, answer_of(0, "old version"))]
    assert OtlpPush(server.url, Access()).send(setups.healthy().records()).warning == "old version"


def test_a_path_is_taken_as_it_is(server: Any, setups: ModuleType) -> None:
    OtlpPush(f"{server.url}/otlp/v1/traces", Access()).send(setups.healthy().records())
    assert server.requests[0][1] == "/otlp/v1/traces"


def test_many_spans_go_in_several_requests(server: Any, setups: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_multisig.sinks.otlp_push.BATCH_BYTES", 2000)
    records = setups.healthy().records()
    OtlpPush(server.url, Access()).send(records)
    assert len(server.requests) > 2
    assert sum(spans_in(request[3]) for request in server.requests) == len(records)


class Servicer(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self) -> None:
        self.refusals: list[grpc.StatusCode] = []
        self.answer = trace_service_pb2.ExportTraceServiceResponse()
        self.metadata: dict[str, str] = {}

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - the service's name for it
        self.metadata = dict(context.invocation_metadata())
        if self.refusals:
            context.abort(self.refusals.pop(0), "not now")
        return self.answer


@pytest.fixture
def grpc_server() -> Iterator[tuple[Servicer, str]]:
    servicer = Servicer()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield servicer, f"grpc://127.0.0.1:{port}"
    server.stop(None).wait()


def test_grpc_is_tried_again_and_its_answer_read(
    grpc_server: tuple[Servicer, str], setups: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("otel_multisig.web.retrying.time.sleep", waits.append)
    servicer, url = grpc_server
    servicer.refusals = [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED]
    push = OtlpPush(url, Access(headers=(("X-Key", "y"),)))
    push.send(setups.healthy().records())
    assert len(waits) == 2
    assert servicer.metadata["x-key"] == "y"
    servicer.answer = trace_service_pb2.ExportTraceServiceResponse.FromString(answer_of(1, "no"))
    with pytest.raises(PushError, match="it rejected 1 spans: no"):
        push.send(setups.healthy().records())
    servicer.refusals = [grpc.StatusCode.UNAUTHENTICATED]
    with pytest.raises(PushError, match="answers UNAUTHENTICATED: not now"):
        push.send(setups.healthy().records())
    push.close()


def test_what_is_no_endpoint() -> None:
    with pytest.raises(AccessError):
        OtlpPush("localhost:4318", Access())


def test_what_a_backend_would_cut_is_found(setups: ModuleType) -> None:
    script = setups.healthy()
    script.root.attributes["x"] = "y" * 2049
    assert find_excess(script.records(), 1000, TEMPO) == (
        "x of multisig_setup has over 2,048 bytes, the most Tempo holds"
    )
    assert find_excess(script.records(), 1000, JAEGER) is None
    excess = find_excess(setups.healthy().records(), 6_000_000, TEMPO)
    assert excess == "it has 6,000,000 bytes, Tempo holds 5,000,000 of a trace"
