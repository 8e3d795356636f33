"""Every PromQL and TraceQL text, and the names that they are made of.

The bridge. What an application measures itself (``monero_escrow_...``) and what the Collector makes of spans alone
(``traces_span_metrics_...``: a proxy, other languages) are recorded under one name and with the same labels, so that
every panel and alert works on either. `BRIDGED` lists the series and gives the rule of each. All have the labels

- ``job``: the service,
- ``instance``: the process, or the Collector whose span metrics they are,
- ``source``: ``metrics`` or ``spans``.

`SOURCE` says which of the two counts for a service: its own metrics where it sent any in the last day. A query must
take one of them only; `counted` and all that is built on it do.

Low traffic. A series begins with its first set-up, and PromQL's own ``increase()`` does not see what a series begins
with. `increase` here is the last value less the one before the window; where there was none in the last day, all of it.
It gives whole numbers, and one single failure of a new process is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import metrics, spans, upstream
from otel_multisig.semconv.attributes import Outcome

SECONDS: Final = "_seconds"


def label(attribute: str) -> str:
    """Return the Prometheus label of an attribute."""
    return attribute.replace(".", "_")


def series(metric: str) -> str:
    """Return the name that Prometheus knows a metric by, without the suffixes of counters and histograms."""
    return metric.replace(".", "_") + (SECONDS if metrics.UNITS[metric] == "s" else "")


STALLED_TIME: Final = series(metrics.MONERO_ESCROW_STALLED_TIME)
"""Gauge, one series a process from its start: seconds since the last progress of its set-up that has waited longest."""

ACTIVE: Final = series(metrics.MONERO_ESCROW_ACTIVE)
"""Gauge: set-ups that are running in a process. There are none where only spans arrive."""

LOCK_WAIT: Final = series(metrics.MONERO_WALLET_LOCK_WAIT_DURATION)
"""Histogram: time that set-ups waited for a lock. There is none where only spans arrive."""

LOCK_HOLD: Final = series(metrics.MONERO_WALLET_LOCK_HOLD_DURATION)
"""Histogram: time that set-ups held a lock. There is none where only spans arrive."""

SPAN_CALLS: Final = "traces_span_metrics_calls_total"
SPAN_DURATION: Final = "traces_span_metrics_duration_seconds"

SOURCE: Final = "multisig:source"
"""1 with the labels ``job`` and ``source``: which source counts for a service."""

_SPANS: Final = "spans"
_FAULTS: Final = series(metrics.MONERO_ESCROW_FAULTS)
_METRICS: Final = "metrics"
_SUCCESS: Final = Outcome.SUCCESS.value
_FAILURE: Final = Outcome.FAILURE.value
_ROUND_SPANS: Final = f'span_name=~"{spans.ROUND} .*"'
_SETUP_SPANS: Final = f'span_name="{spans.SETUP}"'
_CALL_SPANS: Final = f'span_kind="SPAN_KIND_CLIENT", {label(upstream.RPC_METHOD)}!=""'
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
        Part(SPAN_DURATION, f'{_SETUP_SPANS}, {_OUTCOME}!=""', renamed=(("outcome", _OUTCOME),)),
        # An emitter that does not know the outcome says by the span's status whether it failed.
        Part(SPAN_DURATION, f'{_SETUP_SPANS}, {_OUTCOME}="", {_SOUND_SPAN}', given=(_SOUND,)),
        Part(SPAN_DURATION, f'{_SETUP_SPANS}, {_OUTCOME}="", {_FAILED_SPAN}', given=(_FAILED,)),
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
        Part(SPAN_DURATION, f"{_CALL_SPANS}, {_SOUND_SPAN}", (_SOUND,), _CALL_LABELS),
        Part(
            SPAN_DURATION,
            f'{_CALL_SPANS}, {_FAILED_SPAN}, {_CODE}!=""',
            (_FAILED,),
            (*_CALL_LABELS, ("error", _CODE)),
        ),
        Part(
            SPAN_DURATION,
            f'{_CALL_SPANS}, {_FAILED_SPAN}, {_CODE}=""',
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
    own=(Part(f"{series(metrics.MONERO_ESCROW_FAULTS)}_total", "", renamed=(("fault", _FAULT),)),),
    of_spans=(Part(SPAN_CALLS, f'{_SETUP_SPANS}, {_FAULT}!=""', renamed=(("fault", _FAULT),)),),
)

BRIDGED: Final = (SETUPS, ROUNDS, CALLS, FAULTS)
"""The series to be recorded."""


def source_rule() -> str:
    """Return the PromQL of `SOURCE`."""
    # Any of the three: a metrics pipeline may leave one out. An application in another language may well have the call
    # metric, which is not ours alone, and nothing else.
    names = "|".join((STALLED_TIME, f"{series(metrics.MONERO_ESCROW_SETUP_DURATION)}_count", f"{_FAULTS}_total"))
    own = f'count by (job) (last_over_time({{__name__=~"{names}"}}[1d]))'
    # Of spans a proxy may have the calls only, and no root; they are many, and the Collector shows them for ever.
    seen = f"count by (job) (last_over_time({SPAN_CALLS}[1h]))"
    return (
        f'label_replace({own}, "source", "{_METRICS}", "", "") * 0 + 1\nor\n'
        f'label_replace({seen} unless on (job) {own}, "source", "{_SPANS}", "", "") * 0 + 1'
    )


def increase(selector: str, window: str, memory: str = "1d") -> str:
    """Return by how much counters grew in a window, what a series begins with counted too.

    Args:
        selector: A counter, ``name{label="value"}``.
        window: How long, as ``5m`` or ``$__range``.
        memory: How far before the window an earlier value is looked for. Longer gaps in what arrives make everything
            before the gap count again; but a histogram with many series should not be looked through for a whole day.
    """
    last = f"last_over_time({selector}[{window}])"
    # Less than before: the counter began anew.
    return f"(({last} - last_over_time({selector}[{memory}] offset {window})) >= 0 or {last})"


def counted(selector: str, window: str, by: str, memory: str = "1d") -> str:
    """Return by how much recorded counters grew in a window, from the source that counts, summed by labels.

    The source is that at the end of the time shown, else a service whose spans come before its first metrics would be
    counted twice.
    """
    grown = f"{increase(selector, window, memory)} and on (job, source) ({SOURCE} @ end())"
    return f"sum by ({by}) ({grown})" if by else f"sum({grown})"


# What Grafana fills in.
RANGE: Final = "$__range"
STEP: Final = "$__interval"
RATE: Final = "$__rate_interval"
SERVICE: Final = 'job=~"$service"'

RECENT: Final = "15m"
"""Window of quantiles: long enough that one set-up in it shows, short enough that trouble does."""

ENDED: Final = f"{SETUPS.name}_count"
CALLED: Final = f"{CALLS.name}_count"
NOT_SUCCESS: Final = f'outcome!="{_SUCCESS}"'
FAILURE: Final = f'outcome="{_FAILURE}"'
CALL_FILTER: Final = f'{SERVICE}, method=~"$method", role=~"$role", port=~"$port"'


def or_zero(expression: str) -> str:
    """Return what an expression gives, 0 where it gives nothing."""
    return f"{expression} or vector(0)"


def share(part: str, whole: str) -> str:
    """Return the share of a part; nothing where there is no whole."""
    return f"(({part}) or ({whole}) * 0) / (({whole}) > 0)"


def quantile(share_below: float, histogram: Bridged | str, match: str, window: str, by: str = "") -> str:
    """Return the quantile of a recorded histogram, or of an application's own (its name).

    What an application measures itself only, there is no second source for.
    """
    labels = f"{by}, le" if by else "le"
    if isinstance(histogram, Bridged):
        grown = counted(f"{histogram.name}_bucket{{{match}}}", window, labels, memory="1h")
    else:
        grown = f"sum by ({labels}) ({increase(f'{histogram}_bucket{{{match}}}', window, memory='1h')})"
    return f"histogram_quantile({share_below}, {grown})"


def with_exemplars(expression: str, spans_match: str) -> str:
    """Return an expression that gives the same, and under which Prometheus finds the exemplars of span metrics.

    What is recorded has no exemplars. No bucket is less than nothing, so that the second part gives none.
    """
    return f"{expression} or ({SPAN_DURATION}_bucket{{{spans_match}}} < 0)"


SETUP_EXEMPLARS: Final = f"{_SETUP_SPANS}, {SERVICE}"
CALL_EXEMPLARS: Final = (
    f'{_CALL_SPANS}, {SERVICE}, {label(upstream.RPC_METHOD)}=~"$method", '
    f'{label(attr.MONERO_WALLET_ROLE)}=~"$role", {label(upstream.SERVER_PORT)}=~"$port"'
)

# A process that died in the middle sends nothing more; its last word counts for an hour.
STALLED: Final = f"max(last_over_time({STALLED_TIME}{{{SERVICE}}}[1h]))"
IN_FLIGHT: Final = f"sum({ACTIVE}{{{SERVICE}}})"


def collector(name: str, match: str = "") -> str:
    """Return the selector of a counter of the Collector: with and without the suffix that some builds give it."""
    return f'{{__name__=~"otelcol_{name}(_total)?"{match and f", {match}"}}}'


def collector_growth(name: str, match: str, window: str, by: str) -> str:
    """Return by how much a counter of the Collector grew; one that comes with the first mishap counts too."""
    grown = increase(collector(name, match), window, memory="1h")
    return f"sum by ({by}) ({grown})" if by else f"sum({grown})"


_SHOWN_OF_SETUP: Final = (
    f"span.{attr.MONERO_ESCROW_ID}, span.{attr.MONERO_FAULT_TYPE}, span.{attr.MONERO_ESCROW_OUTCOME}"
)
# Else a search ends with the first ones that it comes upon, whichever they are.
_NEWEST: Final = "with (most_recent=true)"

FAILED_SETUPS: Final = (
    f'{{ name = "{spans.SETUP}" && span.{attr.MONERO_ESCROW_OUTCOME} != "{_SUCCESS}" }} '
    f"| select({_SHOWN_OF_SETUP}) {_NEWEST}"
)
"""Set-ups that failed or were interrupted. TraceQL."""

ALL_SETUPS: Final = (
    f'{{ name = "{spans.SETUP}" && span.{attr.MONERO_ESCROW_OUTCOME} =~ ".+" }} | select({_SHOWN_OF_SETUP}) {_NEWEST}'
)
"""Set-ups that have ended. TraceQL."""

OPEN_SETUPS: Final = (
    f'{{ name = "{spans.SETUP}" && span.{attr.MONERO_SPAN_MARKERS} >= 0 }} '
    f"| max(span.{attr.MONERO_SPAN_MARKERS}) = 0 | select(span.{attr.MONERO_ESCROW_ID}) {_NEWEST}"
)
"""The markers of set-ups that have been open for long, and still are. TraceQL."""

ESCROW_TAGS: Final = f'{attr.MONERO_ESCROW_ID}="$escrow"'
"""The traces of one escrow, as tags: Grafana 9 puts variables into these, but not into TraceQL."""


def like_spans() -> str:
    """Return how many spans like one there were of late; Grafana fills in what it is like."""
    return f"sum by (status_code) ({increase(f'{SPAN_CALLS}{{$__tags}}', RECENT, memory='1h')})"


def like_spans_duration() -> str:
    """Return how long spans like one took of late; Grafana fills in what it is like."""
    grown = increase(f"{SPAN_DURATION}_bucket{{$__tags}}", RECENT, memory="1h")
    return f"histogram_quantile(0.95, sum by (le) ({grown}))"


LOCK_NAME: Final = label(attr.MONERO_LOCK_NAME)

# A server that answers, answers with a code: a number. Where it does not, the error is the class of an exception.
UNANSWERED: Final = f'{CALLED}{{{CALL_FILTER}, {FAILURE}, error!~"-?[0-9]+"}}'


def count_of(expression: str) -> str:
    """Return how many of the series are above zero."""
    return f"count({expression} > 0)"


def mishaps(name: str, match: str, window: str) -> str:
    """Return by how much a counter of mishaps grew, 0 where there has never been one."""
    by, ever = {
        "exporter_send_failed_spans": ("exporter", "exporter_sent_spans"),
        "exporter_enqueue_failed_spans": ("", "exporter_sent_spans"),
    }.get(name, ("", "receiver_accepted_spans"))
    never = f"sum by ({by}) ({collector(ever, match)}) * 0"
    return f"{collector_growth(name, match, window, by)} or {never}"


def queue(what: str, match: str) -> str:
    """Return the ``size`` or ``capacity`` of the queues, in the same unit."""
    return f"sum by (instance, exporter) (otelcol_exporter_queue_{what}{{{match}}})"


SCRAPED_AGO: Final = 'max(time() - max_over_time(timestamp(otelcol_process_uptime{job=~"$collector"})[1h:15s]))'
_COLLECTOR: Final = 'job=~"$collector"'
CPU: Final = f"sum by (instance) (rate({collector('process_cpu_seconds', _COLLECTOR)}[{RATE}]))"
SERVICES: Final = or_zero(f"count(count by (job) (last_over_time({SPAN_CALLS}[$__range])))")
