"""For each alert a healthy case, one just below its threshold and one just above.

A case is what Prometheus scrapes, minute by minute, and when to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.source import bridge
from grafana.source.fault_alerts import OTHER_FAULT, alert_name
from grafana.source.rule_case import GONE, SETUPS, SHOP, Case, Values, buckets, climbing, of_spans, outcomes, steady
from otel_multisig.semconv import metrics
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["all_cases"]

_CALLS: Final = bridge.series(metrics.RPC_CLIENT_CALL_DURATION)
_FAULTS: Final = f"{bridge.series(metrics.MONERO_ESCROW_FAULTS)}_total"
_CALL: Final = f'{SHOP},rpc_method="make_multisig",monero_wallet_role="vendor",server_port="18083"'
_OF_SHOP: Final = ({"job": "shop"},)


def all_cases() -> Iterator[Case]:
    """All of them."""
    yield from _failure_rate()
    yield from _burn_rates()
    yield from _stalled()
    yield from _slow_calls()
    yield from _lock_wait()
    yield from _dead_server()
    yield from _faults()
    yield from _telemetry()


def _failure_rate() -> Iterator[Case]:
    name = "MultisigFailureRate"
    yield Case(name, "all come through", outcomes(10, 0), 30)
    yield Case(name, "one in ten fails", outcomes(9, 1), 30)
    yield Case(name, "more than one in ten fails", outcomes(8.9, 1.1), 30, _OF_SHOP)
    yield Case(name, "for less than two minutes", outcomes(0, 10), 2)
    yield Case(name, "all of nine fail", outcomes(0, 0.9), 30)
    yield Case(name, "all of ten fail", outcomes(0, 1), 30, _OF_SHOP)
    first = {f'{SETUPS}{{{SHOP},monero_escrow_outcome="failure"}}': [*[GONE] * 10, *steady(10)]}
    yield Case(name, "the first sample of a series counts", first, 14, _OF_SHOP)
    gap = {f'{SETUPS}{{{SHOP},monero_escrow_outcome="failure"}}': [*steady(10, 30), *[GONE] * 30, *steady(10)]}
    yield Case(name, "a series that comes back after a gap does not count again", gap, 65)
    yield Case(name, "span metrics alone", of_spans(8.9, 1.1), 30, _OF_SHOP)
    yield Case(name, "span metrics alone, just below", of_spans(9, 1), 30)
    yield Case(name, "the live metrics win", of_spans(0, 10) | outcomes(10, 0), 30)


def _burn_rates() -> Iterator[Case]:
    fast, slow = "MultisigBurnRateFast", "MultisigBurnRateSlow"
    for name, share, step in ((fast, 14.4, 1), (slow, 6.0, 10)):
        look = 65 * step
        yield Case(name, "all come through", outcomes(100, 0), look, step=step)
        yield Case(name, "just below", outcomes(100.1 - share, share - 0.1), look, step=step)
        yield Case(name, "just above", outcomes(99.9 - share, share + 0.1), look, _OF_SHOP, step=step)
    over = {
        f'{SETUPS}{{{SHOP},monero_escrow_outcome="success"}}': [*climbing(0, 40), *climbing(10, 20)],
        f'{SETUPS}{{{SHOP},monero_escrow_outcome="failure"}}': [*climbing(1, 40), *steady(39, 20)],
    }
    yield Case(fast, "over for five minutes", over, 50)


def _stalled() -> Iterator[Case]:
    name, series = "MultisigStalled", f"{bridge.STALLED_TIME}{{{SHOP}}}"
    fired = ({"job": "shop", "instance": "1"},)
    # From minute 5 on.
    waits = [*steady(0, 5), *climbing(60, 90)]
    yield Case(name, "nothing is open", {series: steady(0, 90)}, 80)
    yield Case(name, "for an hour", {series: waits}, 65)
    yield Case(name, "for more than an hour", {series: waits}, 66, fired)
    yield Case(name, "goes on in time", {series: [*waits[:64], *climbing(60, 30)]}, 75)
    died = [*waits[:15], *[GONE] * 70]
    yield Case(name, "the process died and it is an hour", {series: died}, 65)
    yield Case(name, "the process died and it is more", {series: died}, 66, fired)
    yield Case(name, "the process ended in order", {series: [*waits[:15], 0, *[GONE] * 70]}, 80)


def _slow_calls() -> Iterator[Case]:
    name, edges = "MultisigSlowCalls", ("5.0", "10.0")
    known = {f"{bridge.STALLED_TIME}{{{SHOP}}}": steady(0)}
    fired = ({"job": "shop", "role": "vendor", "port": "18083", "method": "make_multisig"},)
    yield Case(name, "all are quick", known | buckets(_CALLS, _CALL, 10, 0, edges), 30)
    yield Case(name, "one in twenty is slow", known | buckets(_CALLS, _CALL, 9.5, 0.5, edges), 30)
    yield Case(name, "more than one in twenty", known | buckets(_CALLS, _CALL, 9.4, 0.6, edges), 30, fired)
    yield Case(name, "for less than ten minutes", known | buckets(_CALLS, _CALL, 0, 10, edges), 10)
    yield Case(name, "fewer than five calls", known | buckets(_CALLS, _CALL, 0, 0.9, edges), 30)
    spans = (
        'job="shop",instance="c:8889",span_kind="SPAN_KIND_CLIENT",status_code="STATUS_CODE_UNSET",'
        'span_name="make_multisig",rpc_method="make_multisig",monero_wallet_role="vendor",server_port="18083"'
    )
    known = {f"{bridge.SPAN_CALLS}{{{spans}}}": climbing(10)}
    slow = buckets(bridge.SPAN_DURATION, spans, 9.4, 0.6, edges)
    yield Case(name, "span metrics alone", known | slow, 30, fired)


def _lock_wait() -> Iterator[Case]:
    name, edges, labels = "MultisigLockWait", ("10.0", "30.0"), f'{SHOP},monero_lock_name="port_18083"'
    fired = ({"job": "shop", "lock": "port_18083"},)
    yield Case(name, "none is long", buckets(bridge.LOCK_WAIT, labels, 10, 0, edges), 30)
    yield Case(name, "one in twenty is long", buckets(bridge.LOCK_WAIT, labels, 9.5, 0.5, edges), 30)
    yield Case(name, "more are", buckets(bridge.LOCK_WAIT, labels, 9.4, 0.6, edges), 30, fired)


def _dead_server() -> Iterator[Case]:
    name = "MultisigWalletServerDead"
    known = {f"{bridge.STALLED_TIME}{{{SHOP}}}": steady(0)}
    fired = ({"job": "shop", "role": "vendor", "port": "18083"},)

    def calls(answered: float, missed: float, refused: float = 0) -> dict[str, Values]:
        code = 'error_type="-13",rpc_response_status_code="-13"'
        return known | {
            f"{_CALLS}_count{{{_CALL}}}": climbing(answered),
            f'{_CALLS}_count{{{_CALL},error_type="ConnectionRefusedError"}}': climbing(missed),
            f"{_CALLS}_count{{{_CALL},{code}}}": climbing(refused),
        }

    yield Case(name, "all are answered", calls(10, 0), 30)
    yield Case(name, "answered with errors", calls(0, 0, 10), 30)
    yield Case(name, "nine in ten are not", calls(1, 9), 30)
    yield Case(name, "more are not", calls(0.9, 9.1), 30, fired)
    yield Case(name, "two calls", calls(0, 0.4), 30)
    yield Case(name, "three calls", calls(0, 0.625), 30, fired)


def _faults() -> Iterator[Case]:
    for fault in FaultType:
        name = alert_name(fault)
        fired = ({"job": "shop", "fault_type": fault.value},)
        series = f'{_FAULTS}{{{SHOP},monero_fault_type="{fault.value}"}}'
        other = next(each for each in FaultType if each is not fault)
        another = {f'{_FAULTS}{{{SHOP},monero_fault_type="{other.value}"}}': climbing(1)}
        yield Case(name, "none", {series: steady(0)}, 30)
        yield Case(name, "another", {series: steady(0)} | another, 30)
        yield Case(name, "the first of all", {series: [*[GONE] * 20, *steady(1, 40)]}, 22, fired)
        yield Case(name, "long over", {series: [*[GONE] * 20, *steady(1, 40)]}, 35)
    name = OTHER_FAULT
    own = f'{_FAULTS}{{{SHOP},monero_fault_type="no_funds"}}'
    yield Case(name, "none", {own: steady(0)}, 30)
    known = {f'{_FAULTS}{{{SHOP},monero_fault_type="race"}}': climbing(1)}
    yield Case(name, "one that has an alert", known, 30)
    yield Case(
        name, "one of the application's own", {own: climbing(1)}, 30, ({"job": "shop", "fault_type": "no_funds"},)
    )


def _telemetry() -> Iterator[Case]:
    name, up = "MultisigTelemetryDown", 'up{job="collector",instance="c:8888"}'
    there = {"job": "collector", "instance": "c:8888"}
    yield Case(name, "up", {up: steady(1)}, 30)
    yield Case(name, "down for a minute", {up: [*steady(1, 20), *steady(0)]}, 21)
    yield Case(name, "down for two", {up: [*steady(1, 20), *steady(0)]}, 23, (there,))
    name = "MultisigTelemetryMissing"
    yield Case(name, "there", {up: steady(1)}, 30)
    yield Case(name, "away for four minutes", {up: [*steady(1, 10), *[GONE] * 9, *steady(1)]}, 19)
    yield Case(name, "away", {up: [*steady(1, 10), *[GONE] * 50]}, 21, ({"job": "collector"},))
    name = "MultisigTracesMissing"
    yield Case(name, "traces come", outcomes(1, 0) | of_spans(1, 0), 50)
    yield Case(name, "none of four set-ups", outcomes(4 / 30, 0) | of_spans(0, 0), 50)
    yield Case(name, "none of five", outcomes(5 / 30, 0) | of_spans(0, 0), 50, _OF_SHOP)
    yield Case(name, "never came", outcomes(10, 0), 50)
    name = "MultisigTelemetryDropped"
    lost = 'otelcol_exporter_send_failed_spans{job="collector",instance="c:8888",exporter="otlp_grpc/tempo"}'
    how = {"how": "given up by an exporter"}
    yield Case(name, "none", {lost: steady(0)}, 30)
    yield Case(name, "before", {lost: [*steady(0, 10), *steady(1)]}, 30)
    yield Case(name, "one", {lost: [*steady(0, 10), *steady(1)]}, 12, (there | how,))
    yield Case(name, "the first sample", {lost: [*[GONE] * 10, *steady(1)]}, 12, (there | how,))
    yield Case(name, "with its suffix", {lost.replace("_spans", "_spans_total"): climbing(1)}, 12, (there | how,))
    name = "MultisigQueueFilling"
    queue = '{job="collector",instance="c:8888",exporter="otlp_grpc/tempo"}'

    def filled(size: float) -> dict[str, Values]:
        return {
            f"otelcol_exporter_queue_size{queue}": steady(size),
            f"otelcol_exporter_queue_capacity{queue}": steady(1000),
        }

    yield Case(name, "empty", filled(0), 30)
    yield Case(name, "half full", filled(500), 30)
    yield Case(name, "fuller", filled(501), 30, (there | {"exporter": "otlp_grpc/tempo"},))
