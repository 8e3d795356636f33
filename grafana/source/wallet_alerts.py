"""Alerts on wallet servers: slow, waited for, dead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.source import recording
from grafana.source.alert import Alert
from grafana.source.recording import windowed
from grafana.source.rule_settings import MINUTE
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["wallet_alerts"]

_DASHBOARD: Final = "multisig-wallet-rpc"

_FEW: Final = 5
"""Calls or waits below which a percentile says nothing."""


def wallet_alerts() -> Iterator[Alert]:
    """All alerts on wallet servers."""
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
        dashboard=_DASHBOARD,
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
        dashboard=_DASHBOARD,
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
        dashboard=_DASHBOARD,
    )
