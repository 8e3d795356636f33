"""OTLP over gRPC. Needs the extra ``otlp`` (the package ``grpcio``)."""

from __future__ import annotations

import base64
import ssl
from typing import Any, Final
from urllib.parse import urlsplit

from otel_multisig.otlp.wire import fields, read_varint
from otel_multisig.web import Access, AccessError, Backoff, split_credentials

_METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_RETRIED: Final = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS", "RESOURCE_EXHAUSTED"}
)
_PLAIN: Final = frozenset({"grpc", "http"})
_UNTRUSTED: Final = "CERTIFICATE_VERIFY_FAILED"
_MAX_SHOWN: Final = 200

# Tags of google.rpc.Status, google.protobuf.Any, google.rpc.RetryInfo and google.protobuf.Duration.
_STATUS_DETAILS: Final = 0x1A
_ANY_VALUE: Final = 0x12
_RETRY_DELAY: Final = 0x0A
_DURATION_SECONDS: Final = 0x08
_RETRY_INFO: Final = b"google.rpc.RetryInfo"


class GrpcTransport:
    """A channel to one endpoint; messages pass as the bytes that they are."""

    def __init__(self, url: str, access: Access) -> None:
        try:
            import grpc  # type: ignore[import-untyped]
        except ImportError:
            raise AccessError("gRPC needs a package more: pip install 'otel-multisig[otlp]'") from None
        self._grpc: Any = grpc
        plain = urlsplit(url).scheme in _PLAIN
        bare, self._access = split_credentials(f"http{'' if plain else 's'}://{url.partition('://')[2]}", access)
        target = urlsplit(bare).netloc
        if plain:
            self._channel = grpc.insecure_channel(target)
        else:
            self._channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(_certificates(access)))
        self._call = self._channel.unary_unary(_METHOD)
        self._metadata = [(name.lower(), value) for name, value in self._access.all_headers().items()]

    def send(self, body: bytes) -> bytes:
        from otel_multisig.sinks.otlp_push import PushError

        backoff = Backoff(self._access.attempts)
        while True:
            try:
                answer: bytes = self._call(body, timeout=self._access.timeout, metadata=self._metadata)
            except self._grpc.RpcError as error:
                code, details = error.code().name, " ".join((error.details() or "").split())
                if _UNTRUSTED in details:
                    raise PushError(
                        "cannot be reached: its certificate is not trusted", "--ca names the file of its authority"
                    ) from None
                if code not in _RETRIED or not backoff.wait(_retry_after(error)):
                    raise PushError(f"answers {code}: {details[:_MAX_SHOWN]}", "check the URL and the server") from None
            else:
                return answer

    def close(self) -> None:
        self._channel.close()


def _certificates(access: Access) -> bytes | None:
    if access.ca_file is None:
        return None
    try:
        # gRPC itself takes anything, and fails later without a word of it.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(access.ca_file)
        return access.ca_file.read_bytes()
    except OSError as error:
        raise AccessError(f"{access.ca_file} holds no certificates ({error.strerror})") from None


def _retry_after(error: Any) -> str | None:
    """The seconds that the server asks for, from the details of its status (google/rpc/error_details.proto)."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            try:
                return _seconds(value if isinstance(value, bytes) else base64.b64decode(value))
            except (ValueError, IndexError):
                return None
    return None


def _seconds(status: bytes) -> str | None:
    for detail in _inner(status, _STATUS_DETAILS):
        if _RETRY_INFO in detail:
            for info in _inner(detail, _ANY_VALUE):
                for delay in _inner(info, _RETRY_DELAY):
                    for tag, place, _ in fields(delay, 0, len(delay)):
                        if tag == _DURATION_SECONDS:
                            return str(read_varint(delay, place)[0])
    return None


def _inner(message: bytes, wanted: int) -> list[bytes]:
    return [message[start:end] for tag, start, end in fields(message, 0, len(message)) if tag == wanted]
