"""What the rules find while a set-up runs is what they find afterwards, and stands where the evidence is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from otel_multisig.diagnosis import SetupFacts, diagnose
from otel_multisig.legacy import encode, legacy_events
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, metrics

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from otel_multisig.diagnosis import Finding
    from otel_multisig.model import EscrowTrace, Event
    from otel_multisig.testing.recording import Recorded
    from otel_multisig.testing.wallet_servers import WalletServers

    Provoke = Callable[[WalletServers], bool]


def faults_in(trace: EscrowTrace) -> list[Event]:
    return [item.event for item in trace.timeline() if item.event and item.event.name == events.FAULT]


def said(event: Event) -> tuple[object, ...]:
    keys = (attr.MONERO_FAULT_TYPE, attr.MONERO_FAULT_ROLE, attr.MONERO_FAULT_ROUND, attr.MONERO_FAULT_SURE)
    return tuple(event.attributes.get(key) for key in keys)


def found(finding: Finding) -> tuple[object, ...]:
    return (finding.kind.value, finding.role, finding.round, finding.sure)


def test_live_and_afterwards_the_same_is_said(
    servers: WalletServers, recorded: Recorded, provoked: tuple[str, Provoke]
) -> None:
    _, provoke = provoked
    provoke(servers)

    traces = recorded.traces()
    for trace, diagnosis in zip(traces, diagnose(map(SetupFacts.of, traces)), strict=True):
        live = faults_in(trace)
        verdict = diagnosis.verdict
        if verdict is None:
            assert live == []
            assert attr.MONERO_FAULT_TYPE not in trace.root.attributes
            continue
        assert found(verdict) in [said(event) for event in live]
        assert len({said(event) for event in live}) == len(live)
        assert trace.root.attributes[attr.MONERO_FAULT_TYPE] == verdict.kind
        assert {said(event) for event in live} <= {found(fault) for fault in diagnosis.faults}
    counted = recorded.metrics(metrics.MONERO_ESCROW_FAULTS)
    assert sum(each.value for each in counted) == sum(len(faults_in(trace)) for trace in traces) > 0


# Where the evidence is complete, as the driver knows it: the fault stands right behind the end of this call.
COMPLETE = {
    "cache_pollution": ("buyer", "prepare_multisig"),
    "wallet_swapped": ("vendor", "make_multisig"),
    "stale_wallet_after_failed_open": ("vendor", "exchange_multisig_keys"),
    "experimental_flag_lost": ("vendor", "exchange_multisig_keys"),
    "lost_answer_retry": ("vendor", "make_multisig"),
    "unsaved_close": ("vendor", "open_wallet"),
}


@pytest.mark.parametrize("provoked", sorted(COMPLETE), indirect=True)
def test_a_fault_stands_directly_behind_its_evidence(
    servers: WalletServers, recorded: Recorded, provoked: tuple[str, Provoke]
) -> None:
    kind, provoke = provoked
    provoke(servers)

    (trace,) = (trace for trace in recorded.traces() if faults_in(trace))
    fault = next(event for event in faults_in(trace) if event.attributes[attr.MONERO_FAULT_TYPE] == kind)
    before = max((item for item in trace.timeline() if item.sequence < fault.sequence), key=lambda item: item.sequence)
    assert (before.kind, before.span.role, before.span.method) == ("end", *COMPLETE[kind])


def test_other_faults_wait_for_the_end(servers: WalletServers, recorded: Recorded, provoking: ModuleType) -> None:
    provoking.server_unreachable(servers)

    (trace,) = recorded.traces()
    (fault,) = faults_in(trace)
    after = [item for item in trace.timeline() if item.sequence > fault.sequence]
    assert [(item.kind, item.span) for item in after] == [("end", trace.root)]


def test_a_healthy_setup_gets_none(servers: WalletServers, recorded: Recorded, provoking: ModuleType) -> None:
    assert provoking.healthy(servers)

    (trace,) = recorded.traces()
    assert faults_in(trace) == []
    assert attr.MONERO_FAULT_TYPE not in trace.root.attributes
    assert recorded.metrics(metrics.MONERO_ESCROW_FAULTS) == ()


def test_a_retry_that_comes_through_gets_none(
    servers: WalletServers, recorded: Recorded, provoking: ModuleType
) -> None:
    assert provoking.retried(servers)

    (trace,) = recorded.traces()
    assert [call.status_code for call in trace.calls].count(2) == 1
    assert faults_in(trace) == []


def test_who_interfered_is_told(servers: WalletServers, recorded: Recorded, provoking: ModuleType) -> None:
    provoking.wallet_swapped(servers)

    harmed, other = sorted(recorded.traces(), key=lambda trace: -len(trace.calls))
    (fault,) = faults_in(harmed)
    assert fault.attributes[attr.MONERO_FAULT_INTERFERING] == other.escrow_id
    assert faults_in(other) == []


def test_the_legacy_form_has_it(servers: WalletServers, recorded: Recorded, provoking: ModuleType) -> None:
    provoking.cache_pollution(servers)
    provoking.unsaved_close(servers)

    first, second = recorded.traces()
    written = [event for event in legacy_events(first) if event.event_type == "CACHE_POLLUTION_DETECTED"]
    assert [set(event.details) for event in written] == [{"reason"}]
    (custom,) = (event for event in legacy_events(second) if event.event_type == "CUSTOM")
    assert {"event": "fault", "type": "unsaved_close", "role": "vendor"}.items() <= custom.details.items()
    assert encode(legacy_events(second))
