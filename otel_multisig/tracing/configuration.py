"""Set-up in one line for programs that have no SDK set-up of their own."""

from __future__ import annotations

import os
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import metrics, trace

from otel_multisig.semconv import upstream
from otel_multisig.tracing import _switch, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace.export import SpanExporter

__all__ = ["ConfigurationError", "configure"]

_DEFAULT_SERVICE_NAME: Final = "otel-multisig"
_OTLP: Final = "otlp"
_OTLP_PROTOCOLS: Final = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}


class ConfigurationError(RuntimeError):
    """What was asked for cannot be set up; the text says what to do."""


def configure(
    *,
    service_name: str = _DEFAULT_SERVICE_NAME,
    enabled: bool | None = None,
    exporters: Sequence[str | SpanExporter] | None = None,
    metric_readers: Sequence[MetricReader] | None = None,
    capture: str | None = None,
    snapshots: str | None = None,
    snapshot_timeout: float | None = None,
    allow: Iterable[str] = (),
) -> bool:
    """Set up tracing and metrics, honouring the `OTEL_*` variables; needs the extra `otlp`.

    Where the process has an SDK already, that one is used as it is and only the settings take effect. Where
    `ENABLE_INSTRUMENTATION` is not set, tracing is set up only with `enabled=True`; where it says off, nothing is.

    Args:
        service_name: The name of the service, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` says another.
        enabled: The switch, where the environment does not have it.
        exporters: Span exporters, or names of them; by default what `OTEL_TRACES_EXPORTER` says (`otlp`).
        metric_readers: Metric readers; by default one for each name in `OTEL_METRICS_EXPORTER` (`otlp`).
        capture: What to record in the clear: `addresses,amounts,paths` (`OTEL_MULTISIG_CAPTURE`).
        snapshots: When to ask wallets for their state: `all`, `bounds`, `failure`, `off` (`OTEL_MULTISIG_SNAPSHOTS`).
        snapshot_timeout: Seconds that one snapshot may take (`OTEL_MULTISIG_SNAPSHOT_TIMEOUT`).
        allow: Further keys of custom details whose text may be recorded.

    Returns:
        Whether set-ups will be traced.

    Raises:
        ConfigurationError: If the SDK or an exporter is not installed.
        SettingsError: If a setting has a value that it cannot have.
    """
    settings.update(capture=capture, snapshots=snapshots, snapshot_timeout=snapshot_timeout, allow=tuple(allow))
    if _switch.sdk_disabled() or _switch.switch() is False or enabled is False:
        return False
    if _switch.sdk_present():
        return True
    if not (enabled or _switch.switch()):
        return False
    _set_up(service_name, exporters, metric_readers)
    return True


def _set_up(
    service_name: str,
    exporters: Sequence[str | SpanExporter] | None,
    metric_readers: Sequence[MetricReader] | None,
) -> None:
    try:
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigurationError("the OpenTelemetry SDK is not installed: pip install 'otel-multisig[otlp]'") from None
    named = OTELResourceDetector().detect().attributes.get(upstream.SERVICE_NAME)
    resource = Resource.create({upstream.SERVICE_NAME: named or service_name})
    chosen = _names("OTEL_TRACES_EXPORTER") if exporters is None else exporters
    provider = TracerProvider(resource=resource)
    for exporter in chosen:
        made = _span_exporter(exporter) if isinstance(exporter, str) else exporter
        provider.add_span_processor(BatchSpanProcessor(made))
    readers = _metric_readers() if metric_readers is None else metric_readers
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider(readers, resource=resource))


def _names(variable: str) -> list[str]:
    names = [name.strip() for name in os.environ.get(variable, _OTLP).split(",")]
    return [name for name in names if name not in {"", "none"}]


def _span_exporter(name: str) -> SpanExporter:
    exporter: SpanExporter = _load("opentelemetry_traces_exporter", name, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")()
    return exporter


def _metric_readers() -> list[MetricReader]:
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    group, protocol = "opentelemetry_metrics_exporter", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"
    return [PeriodicExportingMetricReader(_load(group, name, protocol)()) for name in _names("OTEL_METRICS_EXPORTER")]


def _load(group: str, name: str, protocol_variable: str) -> Any:
    if name == _OTLP:
        # The default is the SDK's own for the same variables, so that both ways of setting up agree.
        protocol = os.environ.get(protocol_variable) or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or "grpc"
        if protocol.strip() not in _OTLP_PROTOCOLS:
            choices = ", ".join(_OTLP_PROTOCOLS)
            raise ConfigurationError(f"OTLP protocol {protocol!r} is not known: choose one of {choices}")
        name = _OTLP_PROTOCOLS[protocol.strip()]
    for entry_point in entry_points(group=group, name=name):
        return entry_point.load()
    hint = "pip install otel-multisig-exporter-legacy-json" if name == "multisig_json" else "install its package"
    raise ConfigurationError(f"no exporter {name!r} is installed: {hint}, or choose another by OTEL_TRACES_EXPORTER")
