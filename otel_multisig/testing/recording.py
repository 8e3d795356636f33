"""What a stretch of a program recorded, for tests: its spans, set-ups and metrics, checked against the registry.

Needs the extra ``otlp`` (the OpenTelemetry SDK). With the pytest plug-in, the fixture ``recorded_spans`` does it all:

    def test_my_escrow(recorded_spans):
        set_up_my_escrow()
        (trace,) = recorded_spans.traces()
        assert trace.outcome == "success"
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    InMemoryMetricReader,
    Sum,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_multisig.model import assemble
from otel_multisig.otlp import from_sdk_span
from otel_multisig.semconv import conformance
from otel_multisig.tracing import _guard, recorder, settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.sdk.metrics.export import Metric

    from otel_multisig.model import EscrowTrace

__all__ = ["Measurement", "Recorded", "recorded_spans"]

_SCOPE: Final = "otel_multisig"
_one_at_a_time: Final = threading.Lock()


class Measurement(Struct, frozen=True):
    """One series of a metric.

    Attributes:
        name: The metric's name.
        unit: Its unit.
        kind: ``histogram``, ``counter``, ``updowncounter`` or ``gauge``.
        attributes: What tells the series apart.
        value: The sum of what was recorded; of a gauge its last value.
        count: How many times a histogram was recorded; 0 for the others.
    """

    name: str
    unit: str
    kind: str
    attributes: Mapping[str, Any]
    value: float
    count: int = 0

    @property
    def series(self) -> tuple[object, ...]:
        """What tells this series from every other."""
        return (self.name, frozenset(self.attributes.items()))


class Recorded:
    """What was recorded since the block began. Read it inside the block or after it."""

    def __init__(self, exporter: InMemorySpanExporter, reader: InMemoryMetricReader | None) -> None:
        self._exporter = exporter
        self._reader = reader
        self._before = {found.series: found for found in self._read()}
        self._kept: tuple[ReadableSpan, ...] | None = None

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """Every span that has ended, of whatever library, in the order of their ends."""
        return self._exporter.get_finished_spans() if self._kept is None else self._kept

    def traces(self) -> tuple[EscrowTrace, ...]:
        """The set-ups, in the order of their starts."""
        return assemble(from_sdk_span(span) for span in self.spans).traces

    def metrics(self, name: str | None = None) -> tuple[Measurement, ...]:
        """What was measured by otel-multisig, less what had been before; series that have not changed are left out.

        Args:
            name: Only this metric.

        Raises:
            RuntimeError: The process has a meter provider of its own, which cannot be read.
        """
        if self._reader is None:
            raise RuntimeError("the process had a meter provider before the first test; its metrics cannot be read")
        found = (self._since(measured) for measured in self._read())
        return tuple(
            measured
            for measured in found
            if (measured.value or measured.count or measured.kind == "gauge") and name in {None, measured.name}
        )

    def problems(self) -> list[str]:
        """What is not as the registry says, one sentence each."""
        found = [problem for span in self.spans if _is_ours(span) for problem in _span_problems(span)]
        for measured in self.metrics() if self._reader else ():
            found += conformance.check_metric(measured.name, measured.unit, measured.kind, measured.attributes)
        return found

    def _since(self, now: Measurement) -> Measurement:
        before = self._before.get(now.series)
        if before is None or now.kind == "gauge":
            return now
        return replace(now, value=now.value - before.value, count=now.count - before.count)

    def _read(self) -> Iterator[Measurement]:
        data = self._reader.get_metrics_data() if self._reader is not None else None
        for resource in data.resource_metrics if data is not None else ():
            for scope in resource.scope_metrics:
                if scope.scope.name == _SCOPE:
                    for metric in scope.metrics:
                        yield from _measurements(metric)

    def _keep(self) -> None:
        """Hold on to the spans, since the next block empties the exporter."""
        self._kept = self._exporter.get_finished_spans()


@contextmanager
def recorded_spans(*, check: bool = True) -> Iterator[Recorded]:
    """Record what happens in the block with the SDK of the process; one is installed where there is none.

    Errors inside the instrumentation, which are swallowed otherwise, are raised. Settings that the block changes
    (`configure`) are put back, and so are recorders. Blocks cannot be nested, nor run at once in several threads.

    Args:
        check: Compare every span, event and metric with the registry when the block has ended well.

    Raises:
        AssertionError: Something recorded is not as the registry says.
        RuntimeError: Another block is open.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise RuntimeError("recorded_spans() is in use already: one process has one OpenTelemetry SDK")
    settings_before, recorders_before = settings.current(), recorder.installed()
    try:
        exporter, reader = _install()
        exporter.clear()
        recorded = Recorded(exporter, reader)
        with _guard.strict():
            yield recorded
        recorded._keep()  # noqa: SLF001 - of this module
        if check and (problems := recorded.problems()):
            raise AssertionError("not as the registry says:\n" + "\n".join(problems))
    finally:
        settings.restore(settings_before)
        recorder.restore(recorders_before)
        _one_at_a_time.release()


@cache
def _install() -> tuple[InMemorySpanExporter, InMemoryMetricReader | None]:
    """Hook into the process's SDK, once: OpenTelemetry lets the providers be set a single time."""
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    if isinstance(metrics.get_meter_provider(), MeterProvider):
        return exporter, None
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    return exporter, reader


def _is_ours(span: ReadableSpan) -> bool:
    return span.instrumentation_scope is not None and span.instrumentation_scope.name == _SCOPE


def _span_problems(span: ReadableSpan) -> list[str]:
    events = [(event.name, dict(event.attributes or {})) for event in span.events]
    problems = conformance.check_span(span.name, span.kind.name, dict(span.attributes or {}), events)
    lost = span.dropped_attributes + span.dropped_events + sum(event.dropped_attributes for event in span.events)
    return [*problems, f"span {span.name!r}: the SDK dropped {lost} attributes or events"] if lost else problems


def _measurements(metric: Metric) -> Iterator[Measurement]:
    for point in metric.data.data_points:
        attributes = dict(point.attributes or {})
        if isinstance(point, HistogramDataPoint | ExponentialHistogramDataPoint):
            yield Measurement(metric.name, metric.unit or "", "histogram", attributes, point.sum, point.count)
        else:
            kind = "gauge"
            if isinstance(metric.data, Sum):
                kind = "counter" if metric.data.is_monotonic else "updowncounter"
            yield Measurement(metric.name, metric.unit or "", kind, attributes, point.value)
