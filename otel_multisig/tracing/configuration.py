"""Set-up in one line for programs that have no SDK set-up of their own."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import metrics, trace

from otel_multisig.semconv import upstream
from otel_multisig.tracing import _lifecycle, _switch, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace.export import SpanExporter

__all__ = ["ConfigurationError", "configure"]

_DEFAULT_SERVICE_NAME: Final = "otel-multisig"
_TRACES: Final = "TRACES"
_METRICS: Final = "METRICS"
_OTLP: Final = "otlp"
_PACKAGES: Final = {
    "multisig_json": "pip install otel-multisig-exporter-legacy-json",
    "otlp_proto_grpc": "pip install 'otel-multisig[otlp]'",
    "otlp_proto_http": "pip install 'otel-multisig[otlp]'",
}
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
    live_rules: bool | None = None,
    pending_after: float | None = None,
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
        live_rules: Whether set-ups are diagnosed while they run; by default they are (`OTEL_MULTISIG_LIVE_RULES`).
        pending_after: Seconds after which a set-up, round or call that is still open is shown by a marker; 0 for never
            (`OTEL_MULTISIG_PENDING_AFTER`).
        allow: Further keys of custom details whose text may be recorded.

    Returns:
        Whether set-ups will be traced.

    Raises:
        ConfigurationError: If the SDK or an exporter is not installed.
        SettingsError: If a setting has a value that it cannot have.
    """
    settings.update(
        capture=capture,
        snapshots=snapshots,
        snapshot_timeout=snapshot_timeout,
        live_rules=live_rules,
        pending_after=pending_after,
        allow=tuple(allow),
    )
    if enabled is not None:
        _switch.set_default(enabled)
    if not _switch.sdk_disabled() and not _switch.sdk_present() and _switch.switch():
        _set_up(service_name, exporters, metric_readers)
    if not _switch.is_on(None):
        return False
    _lifecycle.install()
    _lifecycle.settings_changed()
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
    chosen = _names(_TRACES) if exporters is None else exporters
    provider = TracerProvider(resource=resource)
    for exporter in chosen:
        made = _span_exporter(exporter) if isinstance(exporter, str) else exporter
        provider.add_span_processor(BatchSpanProcessor(made))
    readers = _metric_readers() if metric_readers is None else metric_readers
    trace.set_tracer_provider(provider)
    if not isinstance(metrics.get_meter_provider(), MeterProvider):
        metrics.set_meter_provider(MeterProvider(readers, resource=resource))


def _names(signal: str) -> list[str]:
    # An empty variable is one that is not set, says OpenTelemetry's specification.
    names = [name.strip() for name in (os.environ.get(f"OTEL_{signal}_EXPORTER") or _OTLP).split(",")]
    return [name for name in names if name not in {"", "none"}]


def _span_exporter(name: str) -> SpanExporter:
    exporter: SpanExporter = _load(_TRACES, name)()
    return exporter


def _metric_readers() -> list[MetricReader]:
    from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader

    # Some that are named as exporters, Prometheus' for one, are readers themselves.
    made = (_load(_METRICS, name)() for name in _names(_METRICS))
    return [each if isinstance(each, MetricReader) else PeriodicExportingMetricReader(each) for each in made]


def _load(signal: str, name: str) -> Any:
    if name == _OTLP:
        # The default is the SDK's own for the same variables, so that both ways of setting up agree.
        own = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL")
        protocol = own or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or "grpc"
        if protocol.strip() not in _OTLP_PROTOCOLS:
            choices = ", ".join(_OTLP_PROTOCOLS)
            raise ConfigurationError(f"OTLP protocol {protocol!r} is not known: choose one of {choices}")
        name = _OTLP_PROTOCOLS[protocol.strip()]
    for entry_point in entry_points(group=f"opentelemetry_{signal.lower()}_exporter", name=name):
        with suppress(ImportError):  # what it needs itself is missing
            return entry_point.load()
    hint = _PACKAGES.get(name, "install its package")
    raise ConfigurationError(
        f"no {signal.lower()} exporter {name!r} is installed: {hint}, or choose another by OTEL_{signal}_EXPORTER"
    )
