"""OTLP: the JSON form of traces, read and written, and spans of the OpenTelemetry SDK as records."""

from __future__ import annotations

from otel_multisig.otlp.decode import OtlpDecodeError, decode
from otel_multisig.otlp.encode import encode_line
from otel_multisig.otlp.sdk import from_sdk_span

__all__ = ["OtlpDecodeError", "decode", "encode_line", "from_sdk_span"]
