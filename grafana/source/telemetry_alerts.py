"""Alerts on telemetry itself: while it is missing or dropped, silence elsewhere proves nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from grafana.source import collector, queries, recording
from grafana.source.alert import Alert
from grafana.source.recording import windowed
from grafana.source.rule_settings import HOUR, MINUTE, RuleSettings
from grafana.source.traceql import ANY_SETUP

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["telemetry_alerts"]

_LOST: Final = {
    "receiver_refused_spans": "refused by a receiver",
    "receiver_failed_spans": "failed in the pipeline",
    "exporter_enqueue_failed_spans": "not taken by a full queue",
    "exporter_send_failed_spans": "given up by an exporter",
}
"""Counters of the Collector that should stay at zero, and what became of the spans that they count."""


_warning = partial(Alert, severity="warning", traceql=ANY_SETUP, failed=False, dashboard="multisig-pipeline")


def telemetry_alerts(settings: RuleSettings) -> Iterator[Alert]:
    """All alerts on telemetry."""
    yield _warning(
        name="MultisigTelemetryDown",
        value='min by (job, instance) (up{job=~"application|collector|jaeger|tempo|alertmanager"})',
        threshold=1,
        below=True,
        wait=2 * MINUTE,
        summary="<job> does not answer at <instance>",
        description="""Prometheus gets no answer from <job> at <instance>. While the Collector is away, applications
            keep what they can and then throw away their oldest spans.""",
    )
    yield _warning(
        name="MultisigTelemetryMissing",
        value='absent(up{job="collector"})',
        threshold=0,
        wait=5 * MINUTE,
        summary="there is no Collector",
        description="""Prometheus knows of no target of the job "collector": nothing says whether telemetry arrives, and
            no other alert here can be trusted to fire.""",
    )
    ended = f"sum by (job) ({windowed(recording.SETUPS, 30 * MINUTE)})"
    yield _warning(
        name="MultisigTracesMissing",
        value=f"{ended} and on (job) {windowed(recording.SPAN_SETUPS, 30 * MINUTE)} == 0",
        threshold=4,
        wait=5 * MINUTE,
        labels=("job",),
        summary="<value> set-ups of <job> have ended, and no trace of any has come",
        description="""By its metrics <job> has ended set-ups in the last half hour, but none of their root spans has
            reached the Collector, which it used to.""",
    )
    lost = " or ".join(_lost_spans(name, how, settings) for name, how in _LOST.items())
    yield _warning(
        name="MultisigTelemetryDropped",
        value=f"sum by (job, instance, how) ({lost})",
        threshold=0,
        labels=("how",),
        summary="<value> spans <how> at <instance>",
        description="""The Collector at <instance> (<job>) did not keep <value> spans: <how>. Those that were refused
            come again from senders that try again; the others are lost.""",
    )
    yield _warning(
        name="MultisigQueueFilling",
        value="max by (job, instance, exporter) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)",
        threshold=0.5,
        wait=10 * MINUTE,
        shown="percentage",
        labels=("exporter",),
        summary="the queue of <exporter> at <instance> is <value> full",
        description="""What <exporter> sends to does not take it, or not fast enough. When the queue is full, senders
            wait, and applications throw away their oldest spans.""",
    )


def _lost_spans(name: str, how: str, settings: RuleSettings) -> str:
    grown = queries.increase(collector.counter(name), settings.span(5 * MINUTE), settings.span(HOUR))
    return f'label_replace({grown}, "how", "{how}", "", "")'
