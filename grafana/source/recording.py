"""Recording rules: the bridge of live metrics and span metrics, and what the alerts count in their windows.

What is counted, and of which source, is said in `grafana.source.bridge`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grafana.source import bridge, queries
from grafana.source.rule_settings import DAY, HOUR, MINUTE, RuleSettings
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CALLS",
    "CALL_BUCKETS",
    "FAULTS",
    "LOCK_WAIT_BUCKETS",
    "OBJECTIVE",
    "PROGRESS",
    "SETUPS",
    "SPAN_SETUPS",
    "UNANSWERED",
    "RecordingGroup",
    "recording_groups",
    "windowed",
]

MEMORY: Final = DAY
"""How long a gap may be after which a counter goes on, instead of being a new one."""

BUCKET_MEMORY: Final = HOUR
"""The same for buckets, which are many. After a longer gap old durations show once more, for one window."""

OBJECTIVE: Final = "multisig:objective:ratio"
"""The share of set-ups that is meant to come through."""

PROGRESS: Final = "multisig:progress:timestamp_seconds"
"""By ``job`` and ``instance``: when the open set-up that has waited longest last made progress; 0 if none is open."""

SETUPS: Final = "multisig:setups"
"""Set-ups that ended in the window, by ``job`` and ``outcome``."""

SPAN_SETUPS: Final = "multisig:span_setups"
"""Set-ups whose root span came in the window, by ``job``, also of services that have metrics of their own."""

FAULTS: Final = "multisig:found_faults"
"""Faults found in the window, by ``job`` and ``fault``."""

CALLS: Final = "multisig:calls"
"""Calls to wallet servers in the window, by ``job``, ``role`` and ``port``."""

UNANSWERED: Final = "multisig:unanswered_calls"
"""Those of them that got no answer, not even an error."""

CALL_BUCKETS: Final = "multisig:calls_bucket"
"""The buckets of their durations, by ``job``, ``role``, ``port``, ``method`` and ``le``."""

LOCK_WAIT_BUCKETS: Final = "multisig:lock_waits_bucket"
"""The buckets of the waits for locks in the window, by ``job``, ``role``, ``lock`` and ``le``."""

SETUP_WINDOWS: Final = (5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR)
FAULT_WINDOW: Final = 10 * MINUTE
CALL_WINDOW: Final = 5 * MINUTE
LOCK_WINDOW: Final = 10 * MINUTE

_ROLE: Final = bridge.label(attr.MONERO_WALLET_ROLE)


@dataclass(frozen=True)
class RecordingGroup:
    """Rules that are evaluated together, one after the other.

    Attributes:
        name: Its name.
        interval: Seconds between two evaluations.
        rules: The PromQL of each series, by its name.
    """

    name: str
    interval: int
    rules: dict[str, str]


def windowed(series: str, seconds: int) -> str:
    """Return the name of the series that counts in a window of so many seconds, whatever the pace."""
    return f"{series}:increase{RuleSettings().span(seconds)}"


def recording_groups(settings: RuleSettings) -> Iterator[RecordingGroup]:
    """All recording rules, each after those that it needs."""
    stalled = bridge.STALLED_TIME
    rules = {bridge.SOURCE: bridge.source_rule()}
    for bridged in bridge.BRIDGED:
        rules |= bridged.rules()
    rules[PROGRESS] = f"max by (job, instance) ((timestamp({stalled}) - {stalled}) * ({stalled} > bool 0))"
    counts = {OBJECTIVE: f"vector({settings.objective})"}
    for seconds in SETUP_WINDOWS:
        counts |= _setups(settings, seconds)
    counts |= _others(settings)
    # In one group, so that a count follows what it counts in the same evaluation.
    yield RecordingGroup("multisig-recording", settings.seconds(15), rules | counts)


def _setups(settings: RuleSettings, seconds: int) -> dict[str, str]:
    window, memory = settings.span(seconds), settings.span(MEMORY)
    of_spans = queries.increase(f'{queries.ENDED}{{source="spans"}}', window, memory)
    return {
        windowed(SETUPS, seconds): queries.counted(queries.ENDED, window, "job, outcome", memory),
        windowed(SPAN_SETUPS, seconds): f"sum by (job) ({of_spans})",
    }


def _others(settings: RuleSettings) -> dict[str, str]:
    memory, shorter = settings.span(MEMORY), settings.span(BUCKET_MEMORY)
    window = settings.span(CALL_WINDOW)
    missed = queries.counted(f"{queries.CALLED}{{{queries.NO_ANSWER}}}", window, "job, role, port", memory)
    made = queries.counted(queries.CALLED, window, "job, role, port", memory)
    waits = queries.increase(f"{bridge.LOCK_WAIT}_bucket", settings.span(LOCK_WINDOW), shorter)
    waits = f'label_replace({waits}, "role", "$1", "{_ROLE}", "(.+)")'
    waits = f'label_replace({waits}, "lock", "$1", "{bridge.LOCK_NAME}", "(.+)")'
    return {
        windowed(FAULTS, FAULT_WINDOW): queries.counted(
            bridge.FAULTS.name, settings.span(FAULT_WINDOW), "job, fault", memory
        ),
        windowed(CALLS, CALL_WINDOW): made,
        windowed(UNANSWERED, CALL_WINDOW): missed,
        windowed(CALL_BUCKETS, CALL_WINDOW): queries.counted(
            f"{bridge.CALLS.name}_bucket", window, "job, role, port, method, le", shorter
        ),
        windowed(LOCK_WAIT_BUCKETS, LOCK_WINDOW): f"sum by (job, role, lock, le) ({waits})",
    }
