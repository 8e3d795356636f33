"""For each alert a healthy case, one just below its threshold and one just above, for ``promtool test rules``.

A case is what Prometheus scrapes, minute by minute, and when to look. They are compiled to *.test.yaml, so that whoever
changes the rules by hand can run them too. There each case is a service, or a Collector, of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from grafana.source import queries
from grafana.source.alerts import FAULT_PREFIX
from grafana.source.prometheus import written
from otel_multisig.semconv import metrics
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Case", "all_cases", "compiled"]

_LONG: Final = 70
_RULES: Final = ["recording.rules.yaml", "alerts.rules.yaml"]
_JOB: Final = 'job="shop"'
_INSTANCE: Final = 'instance="c:8888"'
# Without it promtool takes them in any order, and alerts may see what was recorded one step before.
_GROUPS: Final = ["multisig-recording", "multisig-alerts"]
_SHOP: Final = f'{_JOB},instance="1"'
_SETUPS: Final = f"{queries.series(metrics.MONERO_ESCROW_SETUP_DURATION)}_count"
_CALLS: Final = queries.series(metrics.RPC_CLIENT_CALL_DURATION)
_FAULTS: Final = f"{queries.series(metrics.MONERO_ESCROW_FAULTS)}_total"
_CALL: Final = f'{_SHOP},rpc_method="make_multisig",monero_wallet_role="vendor",server_port="18083"'
_GONE: Final = None


@dataclass(frozen=True)
class Case:
    """One case of one alert.

    Attributes:
        alert: Its name.
        title: What is shown.
        series: A value a minute of each series, from minute 0; None where there is none.
        minute: When to look.
        fires: The labels of those that fire then, beside the name and the severity.
        step: Minutes between two values, where it is not one.
    """

    alert: str
    title: str
    series: Mapping[str, Sequence[float | None]]
    minute: int
    fires: tuple[Mapping[str, str], ...] = field(default=())
    step: int = 1

    @property
    def own(self) -> Mapping[str, str]:
        """The label that no other case has: that of the service, or of the Collector where it is about that."""
        value = re.sub(r"[^a-z0-9]+", "_", f"{self.alert} {self.title}".lower()).strip("_")
        shop = any(_JOB in name for name in self.series)
        return {"job": value} if shop else {"instance": value}

    def renamed(self) -> Case:
        """The case with that label, so that it can be run together with others."""
        (name, value) = next(iter(self.own.items()))
        old = _JOB if name == "job" else _INSTANCE
        series = {each.replace(old, f'{name}="{value}"'): values for each, values in self.series.items()}
        return replace(self, series=series, fires=tuple({**labels, **self.own} for labels in self.fires))


def compiled() -> dict[str, str]:
    """The text of each file, by its path under ``grafana/``."""
    cases = list(all_cases())
    return {
        f"prometheus/alerts-{step}m.test.yaml": _file([case for case in cases if case.step == step], step)
        for step in sorted({case.step for case in cases})
    }


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


def _file(cases: list[Case], step: int) -> str:
    # That there is no Collector is so for all: those have a test of their own. The others run together, which is a
    # hundred times faster.
    alone = [[case] for case in cases if case.alert == "MultisigTelemetryMissing"]
    together = [case for case in cases if case.alert != "MultisigTelemetryMissing"]
    tests = [_test(some, step) for some in (together, *alone) if some]
    head = {"rule_files": _RULES, "group_eval_order": _GROUPS, "evaluation_interval": f"{step}m"}
    return written({**head, "tests": tests})


def _test(cases: list[Case], step: int) -> dict[str, Any]:
    owns = [case.own if len(cases) > 1 else {} for case in cases]
    cases = [case.renamed() if own else case for case, own in zip(cases, owns, strict=True)]
    series = {name: values for case in cases for name, values in case.series.items()}
    return {
        "interval": f"{step}m",
        "input_series": [
            {"series": name, "values": " ".join("_" if value is None else f"{value:g}" for value in values)}
            for name, values in series.items()
        ],
        "promql_expr_test": [_look(case, own) for case, own in zip(cases, owns, strict=True)],
    }


def _look(case: Case, own: Mapping[str, str]) -> dict[str, Any]:
    selected = "".join(f',{name}="{value}"' for name, value in own.items())
    alerts = f'ALERTS{{alertname="{case.alert}",alertstate="firing"{selected}}}'
    return {
        "expr": f"count without (alertname, alertstate, severity, fault) ({alerts})",
        "eval_time": f"{case.minute}m",
        "exp_samples": [
            {"labels": "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}", "value": 1}
            for labels in case.fires
        ],
    }


def _steady(value: float, count: int = _LONG) -> list[float | None]:
    return list(repeat(value, count))


def _climbing(step: float, count: int = _LONG, start: float = 0) -> list[float | None]:
    return [start + step * minute for minute in range(count)]


def _outcomes(success: float, failure: float, count: int = _LONG) -> dict[str, list[float | None]]:
    """Set-ups a minute."""
    return {
        f'{_SETUPS}{{{_SHOP},monero_escrow_outcome="success"}}': _climbing(success, count),
        f'{_SETUPS}{{{_SHOP},monero_escrow_outcome="failure"}}': _climbing(failure, count),
    }


def _spans(success: float, failure: float, count: int = _LONG) -> dict[str, list[float | None]]:
    """The same as span metrics."""
    base = 'job="shop",instance="collector:8889",collector_instance_id="c",span_name="multisig_setup"'
    found: dict[str, list[float | None]] = {}
    for status, step in (("UNSET", success), ("ERROR", failure)):
        outcome = "failure" if status == "ERROR" else "success"
        labels = f'{base},status_code="STATUS_CODE_{status}",monero_escrow_outcome="{outcome}"'
        found[f"{queries.SPAN_CALLS}{{{labels}}}"] = _climbing(step, count)
        found[f"{queries.SPAN_DURATION}_count{{{labels}}}"] = _climbing(step, count)
    return found


_OF_SHOP: Final = ({"job": "shop"},)


def _failure_rate() -> Iterator[Case]:
    name = "MultisigFailureRate"
    yield Case(name, "all come through", _outcomes(10, 0), 30)
    yield Case(name, "one in ten fails", _outcomes(9, 1), 30)
    yield Case(name, "more than one in ten fails", _outcomes(8.9, 1.1), 30, _OF_SHOP)
    yield Case(name, "for less than two minutes", _outcomes(0, 10), 2)
    yield Case(name, "all of nine fail", _outcomes(0, 0.9), 30)
    yield Case(name, "all of ten fail", _outcomes(0, 1), 30, _OF_SHOP)
    first = {f'{_SETUPS}{{{_SHOP},monero_escrow_outcome="failure"}}': [*[_GONE] * 10, *_steady(10)]}
    yield Case(name, "the first sample of a series counts", first, 14, _OF_SHOP)
    gap = {f'{_SETUPS}{{{_SHOP},monero_escrow_outcome="failure"}}': [*_steady(10, 30), *[_GONE] * 30, *_steady(10)]}
    yield Case(name, "a series that comes back after a gap does not count again", gap, 65)
    yield Case(name, "span metrics alone", _spans(8.9, 1.1), 30, _OF_SHOP)
    yield Case(name, "span metrics alone, just below", _spans(9, 1), 30)
    yield Case(name, "the live metrics win", _spans(0, 10) | _outcomes(10, 0), 30)


def _burn_rates() -> Iterator[Case]:
    fast, slow = "MultisigBurnRateFast", "MultisigBurnRateSlow"
    for name, share, step in ((fast, 14.4, 1), (slow, 6.0, 10)):
        look = 65 * step
        yield Case(name, "all come through", _outcomes(100, 0), look, step=step)
        yield Case(name, "just below", _outcomes(100.1 - share, share - 0.1), look, step=step)
        yield Case(name, "just above", _outcomes(99.9 - share, share + 0.1), look, _OF_SHOP, step=step)
    over = {
        f'{_SETUPS}{{{_SHOP},monero_escrow_outcome="success"}}': [*_climbing(0, 40), *_climbing(10, 20)],
        f'{_SETUPS}{{{_SHOP},monero_escrow_outcome="failure"}}': [*_climbing(1, 40), *_steady(39, 20)],
    }
    yield Case(fast, "over for five minutes", over, 50)


def _stalled() -> Iterator[Case]:
    name, series = "MultisigStalled", f"{queries.STALLED_TIME}{{{_SHOP}}}"
    fired = ({"job": "shop", "instance": "1"},)
    # From minute 5 on.
    waits = [*_steady(0, 5), *_climbing(60, 90)]
    yield Case(name, "nothing is open", {series: _steady(0, 90)}, 80)
    yield Case(name, "for an hour", {series: waits}, 65)
    yield Case(name, "for more than an hour", {series: waits}, 66, fired)
    yield Case(name, "goes on in time", {series: [*waits[:64], *_climbing(60, 30)]}, 75)
    died = [*waits[:15], *[_GONE] * 70]
    yield Case(name, "the process died and it is an hour", {series: died}, 65)
    yield Case(name, "the process died and it is more", {series: died}, 66, fired)
    yield Case(name, "the process ended in order", {series: [*waits[:15], 0, *[_GONE] * 70]}, 80)


def _buckets(metric: str, labels: str, fast: float, slow: float, edges: tuple[str, str], count: int) -> dict[str, Any]:
    """So many calls a minute below the lower edge, and between the two."""
    lower, upper = edges
    return {
        f'{metric}_bucket{{{labels},le="{lower}"}}': _climbing(fast, count),
        f'{metric}_bucket{{{labels},le="{upper}"}}': _climbing(fast + slow, count),
        f'{metric}_bucket{{{labels},le="+Inf"}}': _climbing(fast + slow, count),
    }


def _slow_calls() -> Iterator[Case]:
    name, edges = "MultisigSlowCalls", ("5.0", "10.0")
    known = {f"{queries.STALLED_TIME}{{{_SHOP}}}": _steady(0)}
    fired = ({"job": "shop", "role": "vendor", "port": "18083", "method": "make_multisig"},)
    yield Case(name, "all are quick", known | _buckets(_CALLS, _CALL, 10, 0, edges, _LONG), 30)
    yield Case(name, "one in twenty is slow", known | _buckets(_CALLS, _CALL, 9.5, 0.5, edges, _LONG), 30)
    yield Case(name, "more than one in twenty", known | _buckets(_CALLS, _CALL, 9.4, 0.6, edges, _LONG), 30, fired)
    yield Case(name, "for less than ten minutes", known | _buckets(_CALLS, _CALL, 0, 10, edges, _LONG), 10)
    yield Case(name, "fewer than five calls", known | _buckets(_CALLS, _CALL, 0, 0.9, edges, _LONG), 30)
    spans = (
        'job="shop",instance="c:8889",span_kind="SPAN_KIND_CLIENT",status_code="STATUS_CODE_UNSET",'
        'span_name="make_multisig",rpc_method="make_multisig",monero_wallet_role="vendor",server_port="18083"'
    )
    known = {f"{queries.SPAN_CALLS}{{{spans}}}": _climbing(10)}
    slow = _buckets(queries.SPAN_DURATION, spans, 9.4, 0.6, edges, _LONG)
    yield Case(name, "span metrics alone", known | slow, 30, fired)


def _lock_wait() -> Iterator[Case]:
    name, edges, labels = "MultisigLockWait", ("10.0", "30.0"), f'{_SHOP},monero_lock_name="port_18083"'
    fired = ({"job": "shop", "lock": "port_18083"},)
    yield Case(name, "none is long", _buckets(queries.LOCK_WAIT, labels, 10, 0, edges, _LONG), 30)
    yield Case(name, "one in twenty is long", _buckets(queries.LOCK_WAIT, labels, 9.5, 0.5, edges, _LONG), 30)
    yield Case(name, "more are", _buckets(queries.LOCK_WAIT, labels, 9.4, 0.6, edges, _LONG), 30, fired)


def _dead_server() -> Iterator[Case]:
    name = "MultisigWalletServerDead"
    known = {f"{queries.STALLED_TIME}{{{_SHOP}}}": _steady(0)}
    fired = ({"job": "shop", "role": "vendor", "port": "18083"},)

    def calls(answered: float, missed: float, refused: float = 0) -> dict[str, Any]:
        code = 'error_type="-13",rpc_response_status_code="-13"'
        return known | {
            f"{_CALLS}_count{{{_CALL}}}": _climbing(answered),
            f'{_CALLS}_count{{{_CALL},error_type="ConnectionRefusedError"}}': _climbing(missed),
            f"{_CALLS}_count{{{_CALL},{code}}}": _climbing(refused),
        }

    yield Case(name, "all are answered", calls(10, 0), 30)
    yield Case(name, "answered with errors", calls(0, 0, 10), 30)
    yield Case(name, "nine in ten are not", calls(1, 9), 30)
    yield Case(name, "more are not", calls(0.9, 9.1), 30, fired)
    yield Case(name, "two calls", calls(0, 0.4), 30)
    yield Case(name, "three calls", calls(0, 0.625), 30, fired)


def _faults() -> Iterator[Case]:
    for fault in FaultType:
        name = FAULT_PREFIX + fault.value.title().replace("_", "")
        fired = ({"job": "shop", "fault_type": fault.value},)
        series = f'{_FAULTS}{{{_SHOP},monero_fault_type="{fault.value}"}}'
        other = next(each for each in FaultType if each is not fault)
        another = {f'{_FAULTS}{{{_SHOP},monero_fault_type="{other.value}"}}': _climbing(1)}
        yield Case(name, "none", {series: _steady(0)}, 30)
        yield Case(name, "another", {series: _steady(0)} | another, 30)
        yield Case(name, "the first of all", {series: [*[_GONE] * 20, *_steady(1, 40)]}, 22, fired)
        yield Case(name, "long over", {series: [*[_GONE] * 20, *_steady(1, 40)]}, 35)
    name = f"{FAULT_PREFIX}Other"
    own = f'{_FAULTS}{{{_SHOP},monero_fault_type="no_funds"}}'
    yield Case(name, "none", {own: _steady(0)}, 30)
    known = {f'{_FAULTS}{{{_SHOP},monero_fault_type="race"}}': _climbing(1)}
    yield Case(name, "one that has an alert", known, 30)
    yield Case(
        name, "one of the application's own", {own: _climbing(1)}, 30, ({"job": "shop", "fault_type": "no_funds"},)
    )


def _telemetry() -> Iterator[Case]:
    name, up = "MultisigTelemetryDown", 'up{job="collector",instance="c:8888"}'
    there = {"job": "collector", "instance": "c:8888"}
    yield Case(name, "up", {up: _steady(1)}, 30)
    yield Case(name, "down for a minute", {up: [*_steady(1, 20), *_steady(0)]}, 21)
    yield Case(name, "down for two", {up: [*_steady(1, 20), *_steady(0)]}, 23, (there,))
    name = "MultisigTelemetryMissing"
    yield Case(name, "there", {up: _steady(1)}, 30)
    yield Case(name, "away for four minutes", {up: [*_steady(1, 10), *[_GONE] * 9, *_steady(1)]}, 19)
    yield Case(name, "away", {up: [*_steady(1, 10), *[_GONE] * 50]}, 21, ({"job": "collector"},))
    name = "MultisigTracesMissing"
    yield Case(name, "traces come", _outcomes(1, 0) | _spans(1, 0), 50)
    yield Case(name, "none of four set-ups", _outcomes(4 / 30, 0) | _spans(0, 0), 50)
    yield Case(name, "none of five", _outcomes(5 / 30, 0) | _spans(0, 0), 50, _OF_SHOP)
    yield Case(name, "never came", _outcomes(10, 0), 50)
    name = "MultisigTelemetryDropped"
    lost = 'otelcol_exporter_send_failed_spans{job="collector",instance="c:8888",exporter="otlp_grpc/tempo"}'
    how = {"how": "given up by an exporter"}
    yield Case(name, "none", {lost: _steady(0)}, 30)
    yield Case(name, "before", {lost: [*_steady(0, 10), *_steady(1)]}, 30)
    yield Case(name, "one", {lost: [*_steady(0, 10), *_steady(1)]}, 12, (there | how,))
    yield Case(name, "the first sample", {lost: [*[_GONE] * 10, *_steady(1)]}, 12, (there | how,))
    yield Case(name, "with its suffix", {lost.replace("_spans", "_spans_total"): _climbing(1)}, 12, (there | how,))
    name = "MultisigQueueFilling"
    queue = '{job="collector",instance="c:8888",exporter="otlp_grpc/tempo"}'

    def filled(size: float) -> dict[str, Any]:
        return {
            f"otelcol_exporter_queue_size{queue}": _steady(size),
            f"otelcol_exporter_queue_capacity{queue}": _steady(1000),
        }

    yield Case(name, "empty", filled(0), 30)
    yield Case(name, "half full", filled(500), 30)
    yield Case(name, "fuller", filled(501), 30, (there | {"exporter": "otlp_grpc/tempo"},))
