"""The metrics of the live side. None of them ever carries an escrow id."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from opentelemetry import metrics as otel_metrics
from opentelemetry.metrics import Observation

from otel_multisig.semconv import metrics, upstream
from otel_multisig.tracing import _lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.metrics import CallbackOptions, MeterProvider

__all__ = ["Instruments", "instruments"]

SCOPE: Final = "otel_multisig"

# Seconds. A call takes a millisecond to some seconds and times out at 30; a set-up takes seconds to minutes.
_CALL_BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SETUP_BUCKETS: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 35.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


class Instruments:
    """One instrument for each metric of the registry that the live side emits."""

    __slots__ = ("active", "call", "faults", "file_operation", "lock_hold", "lock_wait", "round", "setup")

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter(SCOPE)

        def histogram(name: str, buckets: tuple[float, ...]) -> otel_metrics.Histogram:
            return meter.create_histogram(
                name,
                unit=metrics.UNITS[name],
                description=metrics.BRIEFS[name],
                explicit_bucket_boundaries_advisory=list(buckets),
            )

        self.setup = histogram(metrics.MONERO_ESCROW_SETUP_DURATION, _SETUP_BUCKETS)
        self.round = histogram(metrics.MONERO_MULTISIG_ROUND_DURATION, _SETUP_BUCKETS)
        self.call = histogram(upstream.METRIC_RPC_CLIENT_CALL_DURATION, _CALL_BUCKETS)
        self.lock_wait = histogram(metrics.MONERO_WALLET_LOCK_WAIT_DURATION, _CALL_BUCKETS)
        self.lock_hold = histogram(metrics.MONERO_WALLET_LOCK_HOLD_DURATION, _CALL_BUCKETS)
        self.file_operation = histogram(metrics.MONERO_WALLET_FILE_OPERATION_DURATION, _CALL_BUCKETS)
        self.faults = meter.create_counter(
            metrics.MONERO_ESCROW_FAULTS,
            unit=metrics.UNITS[metrics.MONERO_ESCROW_FAULTS],
            description=metrics.BRIEFS[metrics.MONERO_ESCROW_FAULTS],
        )
        self.active = meter.create_up_down_counter(
            metrics.MONERO_ESCROW_ACTIVE,
            unit=metrics.UNITS[metrics.MONERO_ESCROW_ACTIVE],
            description=metrics.BRIEFS[metrics.MONERO_ESCROW_ACTIVE],
        )
        meter.create_observable_gauge(
            metrics.MONERO_ESCROW_STALLED_TIME,
            [_observe_stalled_time],
            unit=metrics.UNITS[metrics.MONERO_ESCROW_STALLED_TIME],
            description=metrics.BRIEFS[metrics.MONERO_ESCROW_STALLED_TIME],
        )


_lock = threading.Lock()
_instruments: tuple[MeterProvider, Instruments] | None = None


def instruments() -> Instruments:
    """Return the instruments of the meter provider in force, made at the first call."""
    global _instruments  # noqa: PLW0603 - instruments belong to the process
    provider = otel_metrics.get_meter_provider()
    known = _instruments
    if known is None or known[0] is not provider:
        with _lock:
            known = _instruments
            if known is None or known[0] is not provider:
                _instruments = known = (provider, Instruments(provider))
    return known[1]


def _observe_stalled_time(_options: CallbackOptions) -> Iterable[Observation]:
    """Seconds since the last progress of the open set-up that has waited longest; 0 when none is open."""
    # By each set-up's own clock: a step of the wall clock is no stall.
    waited = (setup.now() - setup.last_progress_ns for setup in _lifecycle.open_setups())
    return [Observation(max(0, *waited, 0) / 1e9)]
