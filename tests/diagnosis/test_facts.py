"""Facts of a set-up: numbers of the legacy recording, and one at a time as well as all at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_multisig.diagnosis import SetupFacts, diagnose
from otel_multisig.legacy import legacy_events, read
from otel_multisig.legacy.event_types import EventType
from otel_multisig.model import Outcome
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.testing import strategies
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from types import ModuleType

any_trace = st.one_of(strategies.traces(), strategies.odd_traces())
slow_to_draw = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@slow_to_draw
@given(any_trace)
def test_numbers_are_those_of_the_legacy_recording(trace: Any) -> None:
    written = legacy_events(trace)
    facts = SetupFacts.of(trace)
    kinds: dict[int, set[str]] = {}
    for call in facts.calls:
        kinds.setdefault(call.number or 0, set()).add(EventType.RPC_CALL_START)
        kinds.setdefault(call.end_number or 0, set()).update({EventType.RPC_CALL_END, EventType.RPC_CALL_ERROR})
    for snapshot in facts.snapshots:
        assert written[(snapshot.number or 0) - 1].details["role"] == (snapshot.role or "coordinator")
    for event in facts.events:
        if event.number is not None:
            assert not written[event.number - 1].event_type.startswith("RPC_CALL")
    if facts.failure is not None and facts.outcome is Outcome.FAILURE:
        kinds.setdefault(facts.failure.number or 0, set()).add(EventType.ERROR_FINAL)
    kinds.pop(0, None)
    assert all(written[number - 1].event_type in allowed for number, allowed in kinds.items())


@slow_to_draw
@given(st.lists(any_trace, max_size=3), st.integers(0, 10**19))
def test_any_record_whatever_gives_a_result(traces: list[Any], skew: int) -> None:
    facts = [SetupFacts.of(trace) for trace in traces]
    found = diagnose(facts, clock_skew_nano=skew)
    assert [one.setup for one in found] == facts
    for finding in (finding for one in found for finding in one.findings):
        assert finding.sentence.isprintable()
        assert all(evidence.what.isprintable() for evidence in finding.evidence)
        assert not (finding.sure and finding.others)
        assert finding.kind not in finding.others


@slow_to_draw
@given(strategies.legacy_recordings())
def test_any_legacy_recording_gives_a_result(recording: Any) -> None:
    for trace in read(json.dumps(recording).encode()).traces:
        assert len(diagnose([SetupFacts.of(trace)])) == 1


def test_step_by_step_gives_the_same_facts(script: Any) -> None:
    record = script().until("make_multisig", "vendor", 1)
    record.fail("vendor", "make_multisig", 1, "Monero RPC error: No wallet file")
    whole = record.facts()
    live = SetupFacts(whole.escrow_id, whole.setup_id, whole.trace_id, whole.start_nano)
    for step in whole.steps:
        if hasattr(step, "method"):
            call = live.add_call(
                method=step.method, time_nano=step.start_nano, role=step.role, port=step.port, round_number=step.round
            )
            assert call.number == step.number
            live.end_call(call, time_nano=step.end_nano or 0, failed=step.failed, error_text=step.error_text)
            assert (call.meaning, call.failed, call.end_number) == (step.meaning, step.failed, step.end_number)
        else:
            known = {attr.MONERO_SNAPSHOT_POINT: step.point, attr.MONERO_WALLET_IS_MULTISIG: step.is_multisig}
            known[attr.MONERO_WALLET_ADDRESS_HASH] = step.address_hash
            snapshot = live.add_snapshot(known, time_nano=step.time_nano, role=step.role, port=step.port)
            assert (snapshot.number, snapshot.round) == (step.number, step.round)
    assert live.calls[-1].meaning is Meaning.NO_WALLET
    live.end(Outcome.FAILURE, time_nano=whole.last_nano, failure=whole.failure)
    (mine,), (theirs,) = diagnose([live]), diagnose([whole])
    assert mine.verdict is not None
    assert theirs.verdict is not None
    assert (mine.verdict.kind, mine.verdict.sentence) == (theirs.verdict.kind, theirs.verdict.sentence)


def test_an_event_step_by_step_says_why_its_call_failed() -> None:
    live = SetupFacts("e", "e-1795294830484")
    call = live.add_call(method="make_multisig", time_nano=1, role="buyer", round_number=1)
    live.add_event(
        upstream.EVENT_EXCEPTION,
        {upstream.EXCEPTION_MESSAGE: "This wallet is already multisig"},
        time_nano=2,
        call=call,
    )
    assert call.meaning is Meaning.ALREADY_MULTISIG
    lock = live.add_event(events.LOCK_ACQUIRED, {}, time_nano=3)
    assert (lock.number, [c for c in live.calls if c.failed]) == (2, [call])


def test_an_empty_role_is_that_of_the_span(setups: ModuleType) -> None:
    """So it is in the legacy recording."""
    setup = setups.SetupScript()
    setup.start_round(1)
    setup.round.attributes[attr.MONERO_WALLET_ROLE] = "buyer"
    setup.round.event(events.WALLET_SNAPSHOT, {attr.MONERO_WALLET_ROLE: ""})
    setup.round.event(events.CUSTOM, {attr.MONERO_WALLET_ROLE: ""})
    setup.end_round()
    setup.finish()
    trace = setup.trace()
    facts = SetupFacts.of(trace)
    assert [event.role for event in legacy_events(trace)] == ["buyer", "buyer"]
    assert (facts.snapshots[0].role, facts.events[0].role) == ("buyer", "buyer")
