"""OTLP: traces as JSON and protobuf, read and written; the dialects of Jaeger and Tempo, read; SDK spans as records."""

from __future__ import annotations

from otel_multisig.otlp.decode import decode
from otel_multisig.otlp.encode import encode_line
from otel_multisig.otlp.errors import OtlpDecodeError
from otel_multisig.otlp.protobuf import decode_protobuf
from otel_multisig.otlp.protobuf_encode import encode_protobuf
from otel_multisig.otlp.sdk import from_sdk_span

__all__ = ["OtlpDecodeError", "decode", "decode_protobuf", "encode_line", "encode_protobuf", "from_sdk_span"]
