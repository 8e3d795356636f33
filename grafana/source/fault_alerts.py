"""Alerts on faults that the rules found: one for each type, with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.source import recording
from grafana.source.alert import Alert
from grafana.source.recording import windowed
from grafana.source.traceql import ANY_SETUP
from otel_multisig.diagnosis.remedies import REMEDIES
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.remedies import Remedy

__all__ = ["OTHER_FAULT", "alert_name", "fault_alerts"]

_PREFIX: Final = "MultisigFault"

OTHER_FAULT: Final = f"{_PREFIX}Other"
"""The alert on faults of a type of the application's own."""

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


def alert_name(fault: FaultType) -> str:
    """The name of the alert on a fault: ``MultisigFaultWalletSwapped``."""
    return _PREFIX + fault.value.title().replace("_", "")


def fault_alerts() -> Iterator[Alert]:
    """All alerts on faults."""
    found = windowed(recording.FAULTS, recording.FAULT_WINDOW)
    for fault in FaultType:
        yield Alert(
            name=alert_name(fault),
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
        name=OTHER_FAULT,
        severity="warning",
        value=f'sum by (job, fault) ({found}{{fault!~"{known}"}})',
        threshold=0,
        wait=_SETTLED,
        labels=("job", "fault"),
        fixed=(("fault_type", '{{ index .Labels "fault" }}'),),
        summary="<fault>: a fault of the application's own (<value> in <job>)",
        description="<job> recorded the fault <fault>, of a type that is its own and of which nothing is known here.",
        traceql=ANY_SETUP,
    )


def _remedy_text(remedy: Remedy) -> str:
    steps = " ".join(f"({number}) {step}" for number, step in enumerate(remedy.words, 1))
    return f"{remedy.meaning} What to do: {steps} More: {remedy.page}"
