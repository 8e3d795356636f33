"""An OpenTelemetry span exporter that writes Monero multisig set-ups in the legacy JSON form, one file each.

By entry point: ``OTEL_TRACES_EXPORTER=otlp,multisig_json``. By hand: give `LegacyJsonSpanExporter` to a span processor.
"""

from __future__ import annotations

from otel_multisig_exporter_legacy_json.exporter import LegacyJsonSpanExporter

__all__ = ["LegacyJsonSpanExporter"]
