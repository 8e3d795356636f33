"""All alerts; `prometheus` and `provisioning` compile them, docs/alerts.md explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.source import queries, recording
from grafana.source.alert import Alert
from grafana.source.recording import windowed
from grafana.source.rule_settings import DAY, HOUR, MINUTE, RuleSettings
from otel_multisig.diagnosis.remedies import REMEDIES
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, spans
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.remedies import Remedy

__all__ = ["FAULT_PREFIX", "all_alerts"]

FAULT_PREFIX: Final = "MultisigFault"
"""What the names of the alerts on faults begin with."""

_FEW: Final = 5
"""Calls or waits below which a percentile says nothing."""

_SETTLED: Final = 15
"""Seconds in which a service's own metrics come, where its spans came first."""

_URGENT: Final = frozenset(
    {
        # Somebody may pay to an address that nobody, or not everybody, can spend from.
        FaultType.STATE_DIVERGENCE,
        FaultType.NOT_FINALIZED,
        FaultType.MIXED_SESSION_INPUTS,
        FaultType.UNSAVED_CLOSE,
        # Everything fails until somebody comes.
        FaultType.SERVER_UNREACHABLE,
        FaultType.STALLED,
    }
)
_FAILED_SETUP: Final = f'{{ name = "{spans.SETUP}" && status = error }}'
_ANY_SETUP: Final = f'{{ name = "{spans.SETUP}" }}'
_ENDED_BADLY: Final = 'outcome!="success"'

# What is lost, by the Collector's own counters.
_LOST: Final = {
    "receiver_refused_spans": "refused by a receiver",
    "receiver_failed_spans": "failed in the pipeline",
    "exporter_enqueue_failed_spans": "not taken by a full queue",
    "exporter_send_failed_spans": "given up by an exporter",
}


def all_alerts(settings: RuleSettings) -> Iterator[Alert]:
    """All alerts, in the order in which they are shown."""
    yield from _setups(settings)
    yield from _burn_rates(settings)
    yield _stalled(settings)
    yield from _wallets()
    yield from _faults()
    yield from _telemetry(settings)


def _setups(settings: RuleSettings) -> Iterator[Alert]:
    count = windowed(recording.SETUPS, 10 * MINUTE)
    yield Alert(
        name="MultisigFailureRate",
        severity="critical",
        value=f"{_share_of_failures(10 * MINUTE)} * (sum by (job) ({count}) >= bool {settings.minimum})",
        threshold=0.1,
        wait=2 * MINUTE,
        shown="percentage",
        labels=("job",),
        summary="<value> of the set-ups of <job> fail",
        description=f"""More than 10 % of the set-ups of <job> that ended in the last 10 minutes failed, of
            {settings.minimum} or more. The alerts on faults that fire beside this one name the cause.""",
        traceql=_FAILED_SETUP,
    )


def _share_of_failures(seconds: int) -> str:
    # Never without a value where there once was one, and conditions as factors: Grafana takes longer to see that a
    # series is gone than that it is 0.
    count = windowed(recording.SETUPS, seconds)
    return f"sum by (job) ({count}{{{_ENDED_BADLY}}}) / clamp_min(sum by (job) ({count}), 1)"


def _burn_rates(settings: RuleSettings) -> Iterator[Alert]:
    """Two windows each: the long one says that it matters, the short one that it goes on."""
    budget = f"(1 - scalar({recording.OBJECTIVE}))"
    for name, rate, long, short, wait, severity, summary in (
        ("Fast", 14.4, HOUR, 5 * MINUTE, 2 * MINUTE, "critical", "2 % of a month's failures in an hour"),
        ("Slow", 6.0, 6 * HOUR, 30 * MINUTE, 15 * MINUTE, "warning", "5 % of a month's failures in six hours"),
    ):
        # Of a modest objective all set-ups failing is less than that; then nearly all of them must.
        threshold = round(min(rate, 0.8 / (1 - settings.objective)), 3)
        many = f"(sum by (job) ({windowed(recording.SETUPS, long)}) >= bool {settings.minimum})"
        recent = f"({_share_of_failures(short)} > bool {threshold} * {budget})"
        yield Alert(
            name=f"MultisigBurnRate{name}",
            severity="critical" if severity == "critical" else "warning",
            value=f"{_share_of_failures(long)} / {budget} * {recent} * {many}",
            threshold=threshold,
            wait=wait,
            labels=("job",),
            summary=f"<job> uses up its failures <value> times too fast: {summary}",
            description=f"""Of the set-ups of <job>, {settings.objective * 100:g} % are meant to come through. In
                the last {RuleSettings().span(long)}, and still in the last {RuleSettings().span(short)}, more than
                {threshold:g} times as many failed as that allows.""",
            traceql=_FAILED_SETUP,
            lookback=long,
        )


def _stalled(settings: RuleSettings) -> Alert:
    last = f"last_over_time({recording.PROGRESS}[{settings.span(DAY)}])"
    return Alert(
        name="MultisigStalled",
        severity="critical",
        value=f"time() - ({last} > 0)",
        threshold=settings.seconds(HOUR),
        shown="duration",
        labels=("job",),
        summary="a set-up of <job> has made no progress for <value>",
        description="""A set-up in the process <instance> of <job> is open and has done nothing for an hour. Either it
            waits for a call, a lock or a step of the application that does not come; or the process died in the middle
            of it, and then its wallets are as it left them. A process that ended in order does not fire this.""",
        traceql=f"{{ span.{attr.MONERO_SPAN_PENDING} = true }}",
        lookback=2 * HOUR,
        failed=False,
    )


def _wallets() -> Iterator[Alert]:
    buckets = windowed(recording.CALL_BUCKETS, recording.CALL_WINDOW)
    yield Alert(
        name="MultisigSlowCalls",
        severity="warning",
        value=f'histogram_quantile(0.95, {buckets}) and on (job, role, port, method) {buckets}{{le="+Inf"}} >= {_FEW}',
        threshold=5,
        wait=10 * MINUTE,
        shown="duration",
        labels=("job", "role", "port", "method"),
        summary="<method> takes <value> at <at>",
        description="""Of the calls of <method> by <job> to <at>, one in twenty has taken longer than <value>, for ten
            minutes now.""",
        traceql="{ kind = client && duration > 5s }",
        failed=False,
        dashboard="multisig-wallet-rpc",
    )
    waits = windowed(recording.LOCK_WAIT_BUCKETS, recording.LOCK_WINDOW)
    yield Alert(
        name="MultisigLockWait",
        severity="warning",
        value=f'histogram_quantile(0.95, {waits}) and on (job, role, lock) {waits}{{le="+Inf"}} >= {_FEW}',
        threshold=10,
        wait=5 * MINUTE,
        shown="duration",
        labels=("job", "role", "lock"),
        summary="set-ups of <job> wait <value> for the lock <lock>",
        description="""One wait in twenty for the lock <lock> has taken longer than <value>: more set-ups want it than
            it can serve, or one holds it for too long.""",
        traceql=f'{{ event:name = "{events.LOCK_ACQUIRED}" && event.{attr.MONERO_LOCK_WAIT_DURATION} > 10 }}',
        failed=False,
        dashboard="multisig-wallet-rpc",
    )
    calls = windowed(recording.CALLS, recording.CALL_WINDOW)
    missed = windowed(recording.UNANSWERED, recording.CALL_WINDOW)
    yield Alert(
        name="MultisigWalletServerDead",
        severity="critical",
        value=f"{missed} / {calls} and on (job, role, port) {calls} >= 3",
        threshold=0.9,
        wait=MINUTE,
        shown="percentage",
        labels=("job", "role", "port"),
        summary="<value> of the calls to <at> get no answer",
        description="""No connection, or no answer in time, for nearly all calls of <job> to <at> in the last five
            minutes. An error that the server answers with does not count here.""",
        traceql="{ kind = client && status = error }",
        dashboard="multisig-wallet-rpc",
    )


def _faults() -> Iterator[Alert]:
    found = windowed(recording.FAULTS, recording.FAULT_WINDOW)
    for fault in FaultType:
        yield Alert(
            name=FAULT_PREFIX + fault.value.title().replace("_", ""),
            severity="critical" if fault in _URGENT else "warning",
            value=f'sum by (job) ({found}{{fault="{fault.value}"}})',
            threshold=0,
            wait=_SETTLED,
            labels=("job",),
            fixed=(("fault_type", fault.value),),
            summary=f"{fault.value}: {REMEDIES[fault].title} (<value> in <job>)",
            description=_remedy_text(REMEDIES[fault]),
            traceql=f'{{ name = "{spans.SETUP}" && span.{attr.MONERO_FAULT_TYPE} = "{fault.value}" }}',
        )
    known = "|".join(fault.value for fault in FaultType)
    yield Alert(
        name=f"{FAULT_PREFIX}Other",
        severity="warning",
        value=f'sum by (job, fault) ({found}{{fault!~"{known}"}})',
        threshold=0,
        wait=_SETTLED,
        labels=("job", "fault"),
        fixed=(("fault_type", '{{ index .Labels "fault" }}'),),
        summary="<fault>: a fault of the application's own (<value> in <job>)",
        description="<job> recorded the fault <fault>, of a type that is its own and of which nothing is known here.",
        traceql=_ANY_SETUP,
    )


def _remedy_text(remedy: Remedy) -> str:
    steps = " ".join(f"({number}) {step}" for number, step in enumerate(remedy.words, 1))
    return f"{remedy.meaning} What to do: {steps} More: {remedy.page}"


def _telemetry(settings: RuleSettings) -> Iterator[Alert]:
    yield Alert(
        name="MultisigTelemetryDown",
        severity="warning",
        value='min by (job, instance) (up{job=~"application|collector|jaeger|tempo|alertmanager"})',
        threshold=1,
        below=True,
        wait=2 * MINUTE,
        summary="<job> does not answer at <instance>",
        description="""Prometheus gets no answer from <job> at <instance>. While the Collector is away, applications
            keep what they can and then throw away their oldest spans.""",
        traceql=_ANY_SETUP,
        failed=False,
        dashboard="multisig-pipeline",
    )
    yield Alert(
        name="MultisigTelemetryMissing",
        severity="warning",
        value='absent(up{job="collector"})',
        threshold=0,
        wait=5 * MINUTE,
        summary="there is no Collector",
        description="""Prometheus knows of no target of the job "collector": nothing says whether telemetry arrives, and
            no other alert here can be trusted to fire.""",
        traceql=_ANY_SETUP,
        failed=False,
        dashboard="multisig-pipeline",
    )
    ended = f"sum by (job) ({windowed(recording.SETUPS, 30 * MINUTE)})"
    yield Alert(
        name="MultisigTracesMissing",
        severity="warning",
        value=f"{ended} and on (job) {windowed(recording.SPAN_SETUPS, 30 * MINUTE)} == 0",
        threshold=_FEW - 1,
        wait=5 * MINUTE,
        labels=("job",),
        summary="<value> set-ups of <job> have ended, and no trace of any has come",
        description="""By its metrics <job> has ended set-ups in the last half hour, but none of their root spans has
            reached the Collector, which it used to.""",
        traceql=_ANY_SETUP,
        failed=False,
        dashboard="multisig-pipeline",
    )
    lost = " or ".join(_lost_spans(name, how, settings) for name, how in _LOST.items())
    yield Alert(
        name="MultisigTelemetryDropped",
        severity="warning",
        value=f"sum by (job, instance, how) ({lost})",
        threshold=0,
        labels=("how",),
        summary="<value> spans <how> at <instance>",
        description="""The Collector at <instance> (<job>) did not keep <value> spans: <how>. Those that were refused
            come again from senders that try again; the others are lost.""",
        traceql=_ANY_SETUP,
        failed=False,
        dashboard="multisig-pipeline",
    )
    yield Alert(
        name="MultisigQueueFilling",
        severity="warning",
        value="max by (job, instance, exporter) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)",
        threshold=0.5,
        wait=10 * MINUTE,
        shown="percentage",
        labels=("exporter",),
        summary="the queue of <exporter> at <instance> is <value> full",
        description="""What <exporter> sends to does not take it, or not fast enough. When the queue is full, senders
            wait, and applications throw away their oldest spans.""",
        traceql=_ANY_SETUP,
        failed=False,
        dashboard="multisig-pipeline",
    )


def _lost_spans(name: str, how: str, settings: RuleSettings) -> str:
    # Prometheus may get the Collector's counters with the suffix or without.
    selector = f'{{__name__=~"otelcol_{name}(_total)?"}}'
    grown = queries.increase(selector, settings.span(5 * MINUTE), settings.span(HOUR))
    return f'label_replace({grown}, "how", "{how}", "", "")'
