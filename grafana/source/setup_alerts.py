"""Alerts on set-ups: too many fail, the objective is missed, one does not go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.source import queries, recording
from grafana.source.alert import Alert
from grafana.source.recording import windowed
from grafana.source.rule_settings import DAY, HOUR, MINUTE, RuleSettings
from grafana.source.traceql import FAILED_SETUP
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana.source.alert import Severity

__all__ = ["setup_alerts"]

_BURN_RATES: Final[tuple[tuple[str, float, int, int, int, Severity, str], ...]] = (
    ("Fast", 14.4, HOUR, 5 * MINUTE, 2 * MINUTE, "critical", "2 % of a month's failures in an hour"),
    ("Slow", 6.0, 6 * HOUR, 30 * MINUTE, 15 * MINUTE, "warning", "5 % of a month's failures in six hours"),
)
"""Name, times too fast, the long and the short window, for how long, how urgent, what it amounts to."""


def setup_alerts(settings: RuleSettings) -> Iterator[Alert]:
    """All alerts on set-ups."""
    yield _failure_rate(settings)
    yield from _burn_rates(settings)
    yield _stalled(settings)


def _failure_rate(settings: RuleSettings) -> Alert:
    count = windowed(recording.SETUPS, 10 * MINUTE)
    return Alert(
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
        traceql=FAILED_SETUP,
    )


def _share_of_failures(seconds: int) -> str:
    # Never without a value where there once was one, and conditions as factors: Grafana takes longer to see that a
    # series is gone than that it is 0.
    count = windowed(recording.SETUPS, seconds)
    return f"sum by (job) ({count}{{{queries.NOT_SUCCESS}}}) / clamp_min(sum by (job) ({count}), 1)"


def _burn_rates(settings: RuleSettings) -> Iterator[Alert]:
    """Two windows each: the long one says that it matters, the short one that it goes on."""
    budget = f"(1 - scalar({recording.OBJECTIVE}))"
    for name, rate, long, short, wait, severity, summary in _BURN_RATES:
        # Of a modest objective all set-ups failing is less than that; then nearly all of them must.
        threshold = round(min(rate, 0.8 / (1 - settings.objective)), 3)
        many = f"(sum by (job) ({windowed(recording.SETUPS, long)}) >= bool {settings.minimum})"
        recent = f"({_share_of_failures(short)} > bool {threshold} * {budget})"
        yield Alert(
            name=f"MultisigBurnRate{name}",
            severity=severity,
            value=f"{_share_of_failures(long)} / {budget} * {recent} * {many}",
            threshold=threshold,
            wait=wait,
            labels=("job",),
            summary=f"<job> uses up its failures <value> times too fast: {summary}",
            description=f"""Of the set-ups of <job>, {settings.objective * 100:g} % are meant to come through. In
                the last {RuleSettings().span(long)}, and still in the last {RuleSettings().span(short)}, more than
                {threshold:g} times as many failed as that allows.""",
            traceql=FAILED_SETUP,
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
