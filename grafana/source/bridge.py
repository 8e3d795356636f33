"""The bridge of what an application measures itself and what the Collector makes of spans alone.

The one (``monero_escrow_...``) and the other (``traces_span_metrics_...``: a proxy, other languages) are recorded under
one name and with the same labels, so that every panel and alert works on either. `BRIDGED` lists the series and gives
the rule of each. All have the labels

- ``job``: the service,
- ``instance``: the process, or the Collector whose span metrics they are,
- ``source``: ``metrics`` or ``spans``.

`SOURCE` says which of the two counts for a service: its own metrics where it sent any in the last day. A query must
take one of them only; `grafana.source.queries.counted` and all that is built on it do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import metrics, spans, upstream
from otel_multisig.semconv.attributes import Outcome


def label(attribute: str) -> str:
    """Return the Prometheus label of an attribute."""
    return attribute.replace(".", "_")


def series(metric: str) -> str:
    """Return the name that Prometheus knows a metric by, without the suffixes of counters and histograms."""
    return metric.replace(".", "_") + ("_seconds" if metrics.UNITS[metric] == "s" else "")


STALLED_TIME: Final = series(metrics.MONERO_ESCROW_STALLED_TIME)
"""Gauge, one series a process from its start: seconds since the last progress of its set-up that has waited longest."""

ACTIVE: Final = series(metrics.MONERO_ESCROW_ACTIVE)
"""Gauge: set-ups that are running in a process. There are none where only spans arrive."""

LOCK_WAIT: Final = series(metrics.MONERO_WALLET_LOCK_WAIT_DURATION)
"""Histogram: time that set-ups waited for a lock. There is none where only spans arrive."""

LOCK_HOLD: Final = series(metrics.MONERO_WALLET_LOCK_HOLD_DURATION)
"""Histogram: time that set-ups held a lock. There is none where only spans arrive."""

LOCK_NAME: Final = label(attr.MONERO_LOCK_NAME)

SPAN_CALLS: Final = "traces_span_metrics_calls_total"
SPAN_DURATION: Final = "traces_span_metrics_duration_seconds"
SETUP_SPANS: Final = f'span_name="{spans.SETUP}"'
CALL_SPANS: Final = f'span_kind="SPAN_KIND_CLIENT", {label(upstream.RPC_METHOD)}!=""'

SOURCE: Final = "multisig:source"
"""1 with the labels ``job`` and ``source``: which source counts for a service."""

_METRICS: Final = "metrics"
_SPANS: Final = "spans"
_FAULTS: Final = f"{series(metrics.MONERO_ESCROW_FAULTS)}_total"
_SUCCESS: Final = Outcome.SUCCESS.value
_FAILURE: Final = Outcome.FAILURE.value
_ROUND_SPANS: Final = f'span_name=~"{spans.ROUND} .*"'
_FAILED_SPAN: Final = 'status_code="STATUS_CODE_ERROR"'
_SOUND_SPAN: Final = 'status_code!="STATUS_CODE_ERROR"'


@dataclass(frozen=True)
class Part:
    """What a recorded series takes from one metric.

    Attributes:
        metric: Name of the metric, without ``_bucket``, ``_sum``, ``_count``.
        match: Which of its series.
        given: Labels with a value of their own.
        renamed: Labels whose value is that of another one.
    """

    metric: str
    match: str
    given: tuple[tuple[str, str], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    def expression(self, labels: tuple[str, ...], suffix: str, source: str, further: str) -> str:
        """Return the PromQL of this part."""
        match = ", ".join(part for part in (self.match, further) if part)
        text = f"{self.metric}{suffix}{{{match}}}"
        for name, origin in self.renamed:
            text = f'label_replace({text}, "{name}", "$1", "{origin}", "(.+)")'
        for name, value in (*self.given, ("source", source)):
            text = f'label_replace({text}, "{name}", "{value}", "", "")'
        return f"sum by ({', '.join(labels)}) ({text})"


@dataclass(frozen=True)
class Bridged:
    """A recorded series: a counter, or a histogram.

    Attributes:
        name: Its name; that of a histogram without ``_bucket``, ``_sum``, ``_count``.
        meaning: What it counts.
        labels: Its labels beside ``job``, ``instance`` and ``source`` (and ``le``), with the meaning of each.
        histogram: Whether it is one.
        own: Where it comes from in an application that measures itself.
        of_spans: Where it comes from in span metrics.
        bounds: The bounds of buckets that both sources have. Buckets of different bounds cannot be added.
    """

    name: str
    meaning: str
    labels: tuple[tuple[str, str], ...]
    histogram: bool
    own: tuple[Part, ...]
    of_spans: tuple[Part, ...]
    bounds: tuple[float, ...] = ()

    def rules(self) -> dict[str, str]:
        """Return the PromQL of each series to be recorded, by its name."""
        names = ("job", "instance", "source", *(name for name, _ in self.labels))
        if not self.histogram:
            return {self.name: self._union(names, "")}
        return {
            f"{self.name}_bucket": self._union((*names, "le"), "_bucket"),
            f"{self.name}_count": self._union(names, "_count"),
            f"{self.name}_sum": self._union(names, "_sum"),
        }

    def _union(self, labels: tuple[str, ...], suffix: str) -> str:
        bounds = "|".join(f"{bound:g}".replace(".", "[.]") for bound in self.bounds)
        both = f'le=~"({bounds})([.]0)?|[+]Inf"' if suffix == "_bucket" else ""
        parts = [part.expression(labels, suffix, _METRICS, both) for part in self.own]
        parts += [part.expression(labels, suffix, _SPANS, both) for part in self.of_spans]
        return "\nor\n".join(parts)


# Of those in otel_multisig.tracing and in the Collector's configuration, what both have.
_SETUP_BOUNDS: Final = (0.5, 1, 2.5, 5, 10, 60, 120, 300, 600, 1800, 3600)
_CALL_BOUNDS: Final = (0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_OUTCOME_LABEL: Final = ("outcome", "success, failure or interrupted")
_ROUND_LABEL: Final = ("round", "number of the round")
_ERROR: Final = label(upstream.ERROR_TYPE)
_CODE: Final = label(upstream.RPC_RESPONSE_STATUS_CODE)
_OUTCOME: Final = label(attr.MONERO_ESCROW_OUTCOME)
_FAULT: Final = label(attr.MONERO_FAULT_TYPE)
_ROUND: Final = label(attr.MONERO_MULTISIG_ROUND)
_CALL_LABELS: Final = (
    ("method", label(upstream.RPC_METHOD)),
    ("role", label(attr.MONERO_WALLET_ROLE)),
    ("port", label(upstream.SERVER_PORT)),
)
_SOUND: Final = ("outcome", _SUCCESS)
_FAILED: Final = ("outcome", _FAILURE)

SETUPS: Final = Bridged(
    "multisig:setup_duration_seconds",
    "Set-ups that have ended, and how long they took.",
    (_OUTCOME_LABEL,),
    histogram=True,
    own=(Part(series(metrics.MONERO_ESCROW_SETUP_DURATION), "", renamed=(("outcome", _OUTCOME),)),),
    of_spans=(
        Part(SPAN_DURATION, f'{SETUP_SPANS}, {_OUTCOME}!=""', renamed=(("outcome", _OUTCOME),)),
        # An emitter that does not know the outcome says by the span's status whether it failed.
        Part(SPAN_DURATION, f'{SETUP_SPANS}, {_OUTCOME}="", {_SOUND_SPAN}', given=(_SOUND,)),
        Part(SPAN_DURATION, f'{SETUP_SPANS}, {_OUTCOME}="", {_FAILED_SPAN}', given=(_FAILED,)),
    ),
    bounds=_SETUP_BOUNDS,
)

ROUNDS: Final = Bridged(
    "multisig:round_duration_seconds",
    "Rounds that have ended, and how long they took.",
    (_ROUND_LABEL, ("outcome", "success or failure")),
    histogram=True,
    own=(
        Part(series(metrics.MONERO_MULTISIG_ROUND_DURATION), f'{_ERROR}=""', (_SOUND,), (("round", _ROUND),)),
        Part(series(metrics.MONERO_MULTISIG_ROUND_DURATION), f'{_ERROR}!=""', (_FAILED,), (("round", _ROUND),)),
    ),
    of_spans=(
        Part(SPAN_DURATION, f"{_ROUND_SPANS}, {_SOUND_SPAN}", (_SOUND,), (("round", _ROUND),)),
        Part(SPAN_DURATION, f"{_ROUND_SPANS}, {_FAILED_SPAN}", (_FAILED,), (("round", _ROUND),)),
    ),
    bounds=_SETUP_BOUNDS,
)

CALLS: Final = Bridged(
    "multisig:call_duration_seconds",
    "Calls to wallet servers that have ended, and how long they took.",
    (
        ("method", "JSON-RPC method"),
        ("role", "role of the wallet; none where it is not known"),
        ("port", "port of the wallet server"),
        ("outcome", "success or failure"),
        (
            "error",
            "code of the answer, else class of the exception; _OTHER where spans do not say; none on success",
        ),
    ),
    histogram=True,
    own=(
        Part(series(metrics.RPC_CLIENT_CALL_DURATION), f'{_ERROR}=""', (_SOUND,), _CALL_LABELS),
        Part(series(metrics.RPC_CLIENT_CALL_DURATION), f'{_ERROR}!=""', (_FAILED,), (*_CALL_LABELS, ("error", _ERROR))),
    ),
    of_spans=(
        Part(SPAN_DURATION, f"{CALL_SPANS}, {_SOUND_SPAN}", (_SOUND,), _CALL_LABELS),
        Part(
            SPAN_DURATION,
            f'{CALL_SPANS}, {_FAILED_SPAN}, {_CODE}!=""',
            (_FAILED,),
            (*_CALL_LABELS, ("error", _CODE)),
        ),
        Part(
            SPAN_DURATION,
            f'{CALL_SPANS}, {_FAILED_SPAN}, {_CODE}=""',
            (_FAILED, ("error", upstream.ERROR_TYPE_OTHER)),
            _CALL_LABELS,
        ),
    ),
    bounds=_CALL_BOUNDS,
)

FAULTS: Final = Bridged(
    "multisig:faults",
    "Faults that were found while set-ups ran; where only spans arrive, set-ups that ended with a fault.",
    (("fault", "type of the fault, as in the semantic conventions"),),
    histogram=False,
    own=(Part(_FAULTS, "", renamed=(("fault", _FAULT),)),),
    of_spans=(Part(SPAN_CALLS, f'{SETUP_SPANS}, {_FAULT}!=""', renamed=(("fault", _FAULT),)),),
)

BRIDGED: Final = (SETUPS, ROUNDS, CALLS, FAULTS)
"""The series to be recorded."""


def source_rule() -> str:
    """Return the PromQL of `SOURCE`."""
    # Any of the three: a metrics pipeline may leave one out. An application in another language may well have the call
    # metric, which is not ours alone, and nothing else.
    names = "|".join((STALLED_TIME, f"{series(metrics.MONERO_ESCROW_SETUP_DURATION)}_count", _FAULTS))
    own = f'count by (job) (last_over_time({{__name__=~"{names}"}}[1d]))'
    # Of spans a proxy may have the calls only, and no root; they are many, and the Collector shows them for ever.
    seen = f"count by (job) (last_over_time({SPAN_CALLS}[1h]))"
    return (
        f'label_replace({own}, "source", "{_METRICS}", "", "") * 0 + 1\nor\n'
        f'label_replace({seen} unless on (job) {own}, "source", "{_SPANS}", "", "") * 0 + 1'
    )
