"""Spans sent straight to an OTLP endpoint, and its answer believed only as far as it goes.

OpenTelemetry's own exporters take any answer of success for the whole truth; the protocol lets a server take a part and
say so in the answer ("partial success"). It is read here. HTTP needs nothing further, gRPC the extra ``otlp``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import msgspec

from otel_multisig.otlp import encode_protobuf
from otel_multisig.otlp.wire import WireError, fields, read_varint
from otel_multisig.web import AccessError, Client, WebError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from otel_multisig.model import SpanRecord
    from otel_multisig.web import Access

__all__ = ["OtlpPush", "PushError", "Sent"]

BATCH_BYTES: Final = 2 * 1024 * 1024
"""Requests are kept under this, where one span alone is not longer: gRPC servers take 4 MiB by default."""

_TRACES_PATH: Final = "/v1/traces"
_GRPC_PORT: Final = 4317
_PROTOBUF: Final = {"Content-Type": "application/x-protobuf", "Accept": "application/x-protobuf"}
_PARTIAL_SUCCESS: Final = 0x0A
_REJECTED_SPANS: Final = 0x08
_ERROR_MESSAGE: Final = 0x12
_NOT_FOUND: Final = 404


class PushError(Exception):
    """The endpoint took nothing, or not all; `remedy` says what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class Sent(msgspec.Struct, frozen=True):
    """What was sent: how many bytes, and what the endpoint warned of (""  where of nothing)."""

    size: int
    warning: str


class Transport(Protocol):
    """How one request is sent."""

    def send(self, body: bytes) -> bytes:
        """The answer's message.

        Raises:
            PushError: there is none.
        """

    def close(self) -> None:
        """No more is sent."""


class OtlpPush:
    """An OTLP endpoint: ``http://host:4318`` for HTTP; ``grpc://host:4317``, ``grpcs://`` or port 4317 for gRPC.

    Args:
        url: the endpoint. Without a path, the usual one of OTLP is taken for HTTP.
        access: how it is reached.

    Raises:
        AccessError: the URL or the access cannot be used.
    """

    def __init__(self, url: str, access: Access) -> None:
        self._transport = _open_transport(url, access)

    def send(self, records: Sequence[SpanRecord]) -> Sent:
        """Send spans, in several requests where they are many.

        Raises:
            PushError: the endpoint took nothing of a request, or said that it did not take all spans of it.
        """
        size = 0
        warnings: dict[str, None] = {}
        for body in _batches(records):
            size += len(body)
            rejected, message = _read_answer(self._transport.send(body))
            if rejected:
                raise PushError(f"it rejected {rejected} spans: {message or 'no reason given'}", "see the server's log")
            if message:
                warnings[message] = None
        return Sent(size, "; ".join(warnings))

    def close(self) -> None:
        """No more is sent."""
        self._transport.close()


class _HttpTransport:
    def __init__(self, url: str, access: Access) -> None:
        self._client = Client(url, access)
        self._path = "" if urlsplit(self._client.url).path else _TRACES_PATH

    def send(self, body: bytes) -> bytes:
        try:
            answer = self._client.post(self._path, body, _PROTOBUF)
        except WebError as error:
            raise PushError(str(error), error.remedy) from None
        if answer.ok:
            return answer.body
        remedy = "name an OTLP endpoint" if answer.status == _NOT_FOUND else "see the server's log"
        raise PushError(f"answers {answer.status}: {answer.text()}", remedy)

    def close(self) -> None:
        pass


def _open_transport(url: str, access: Access) -> Transport:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AccessError(f"no URL: {error}") from None
    if parts.scheme in {"grpc", "grpcs"} or (port == _GRPC_PORT and not parts.path.strip("/")):
        from otel_multisig.sinks._grpc import GrpcTransport

        return GrpcTransport(url, access)
    return _HttpTransport(url, access)


def _batches(records: Sequence[SpanRecord]) -> Iterator[bytes]:
    """The records as requests of about `BATCH_BYTES` at the most, by halves, so that what is small is encoded once."""
    body = encode_protobuf(records)
    if len(body) <= BATCH_BYTES or len(records) <= 1:
        yield body
        return
    middle = len(records) // 2
    yield from _batches(records[:middle])
    yield from _batches(records[middle:])


def _read_answer(message: bytes) -> tuple[int, str]:
    """Rejected spans and the reason, of an ``ExportTraceServiceResponse`` (collector/trace/v1/trace_service.proto)."""
    rejected, reason = 0, ""
    try:
        for tag, start, end in fields(message, 0, len(message)):
            if tag != _PARTIAL_SUCCESS:
                continue
            for inner, low, high in fields(message, start, end):
                if inner == _REJECTED_SPANS:
                    rejected = read_varint(message, low)[0]
                elif inner == _ERROR_MESSAGE:
                    reason = message[low:high].decode("utf-8", "replace")
    except WireError:
        return 0, ""  # some servers answer with an empty JSON object or a text: it was a success all the same
    return rejected, reason
