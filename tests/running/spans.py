"""Spans as tests of servers send them, and as they come out at the other end."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent import futures
from typing import TYPE_CHECKING, Any, Self

import grpc
from msgspec.structs import replace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from otel_multisig.otlp import decode, decode_protobuf, encode_protobuf
from tests.running.programs import free_ports, post

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from otel_multisig.model import SpanRecord

ById = dict[tuple[str, str], "SpanRecord"]


def by_id(records: Iterable[SpanRecord]) -> ById:
    """By trace and span id, once each: delivery is at least once."""
    return {(record.trace_id, record.span_id): record for record in records}


def read_lines(path: Path) -> ById:
    """The spans of a file of JSON Lines."""
    return by_id(record for line in path.read_bytes().splitlines() for record in decode(line))


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
    """One request of OTLP over HTTP; it returns when all of it has been accepted."""
    send_bytes(url, encode_protobuf(records))


def send_bytes(url: str, data: bytes) -> None:
    """The same, of spans that are encoded."""
    answer = post(f"{url}/v1/traces", data, "application/x-protobuf")
    assert answer in {b"", b"\n\x00"}  # else a part was refused


class Sink(trace_service_pb2_grpc.TraceServiceServicer):
    """What stands at the end of a pipeline: takes OTLP over gRPC, keeps every span, can be away.

    As a context it listens, and stops at the end.

    Attributes:
        address: Where it listens, as host and port.
        received: All that came, in its order.
        keeps: Whether it keeps what comes.
    """

    def __init__(self) -> None:
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        self.received: list[SpanRecord] = []
        self.keeps = True
        self._lock = threading.Lock()
        self._server: grpc.Server | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

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
        """Be away."""
        if self._server:
            self._server.stop(0).wait()
            self._server = None

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        records = list(decode_protobuf(request.SerializeToString())) if self.keeps else ()
        with self._lock:
            self.received += records
        return trace_service_pb2.ExportTraceServiceResponse()

    @property
    def spans(self) -> ById:
        """What came, once each."""
        with self._lock:
            return by_id(self.received)
