"""Calls that had been done already: by a call whose answer was lost, by a second worker, or one too many."""

from __future__ import annotations

from typing import Any

import pytest

from otel_multisig.diagnosis import Observation, diagnose
from otel_multisig.semconv.attributes import FaultType

ALREADY = "Multisig error: Already in multisig mode"
WRONG = "Monero RPC error: Error calling exchange_multisig_info: Messages don't have the expected kex round number."


def said(found: Any) -> tuple[Any, Any, Any] | None:
    return found and (found.kind, found.role, found.round)


def test_a_make_refused_at_once_is_a_second_workers(script: Any, verdict: Any) -> None:
    record = script().until("make_multisig", "arbiter", 1)
    found = verdict(record.fail("arbiter", "make_multisig", 1, ALREADY, took=708))
    assert said(found) == (FaultType.RACE, "arbiter", 1)
    assert not found.sure
    assert FaultType.LOST_ANSWER_RETRY in found.others


def test_a_make_refused_after_the_time_limit_is_a_retry(script: Any, verdict: Any) -> None:
    record = script().until("make_multisig", "arbiter", 1)
    found = verdict(record.fail("arbiter", "make_multisig", 1, ALREADY, took=30_812))
    assert said(found) == (FaultType.LOST_ANSWER_RETRY, "arbiter", 1)
    assert FaultType.RACE in found.others


def test_neither_where_the_wallet_was_multisig_before(script: Any, verdict: Any) -> None:
    record = script()
    record.skips.add("PRE_ROUND1")
    record.fail("buyer", "prepare_multisig", 1, ALREADY)
    assert said(verdict(record)) == (FaultType.CACHE_POLLUTION, "buyer", 0)


def test_a_second_worker_on_record_is_named_surely(script: Any, verdict: Any) -> None:
    worker = script(at=1).until("make_multisig", "vendor", 1)
    record = script().until("make_multisig", "buyer", 1)
    record.now = worker.now + 500
    found = verdict(record.fail("buyer", "make_multisig", 1, ALREADY, took=300), worker)
    assert said(found) == (FaultType.RACE, "buyer", 1)
    assert found.sure
    assert found.interfering == ()
    assert any(evidence.setup_id == worker.setup_id for evidence in found.evidence)


def test_with_clocks_that_far_apart_it_is_not_sure(script: Any, verdict: Any) -> None:
    worker = script(at=1).until("make_multisig", "vendor", 1)
    record = script().until("make_multisig", "buyer", 1)
    record.now = worker.now + 500
    record.fail("buyer", "make_multisig", 1, ALREADY, took=300)
    found = verdict(record, worker, clock_skew_nano=60_000_000_000)
    assert said(found) == (FaultType.RACE, "buyer", 1)
    assert not found.sure


@pytest.mark.parametrize(("role", "number"), [("buyer", 3), ("arbiter", 4)])
def test_one_exchange_too_many(script: Any, verdict: Any, role: str, number: int) -> None:
    """It belongs to round 3 as long as another wallet is still in it."""
    record = script()
    record.until(*(("exchange_multisig_keys", "vendor", 3) if number == 3 else ("FINAL", "buyer", 4)))
    record.fail(role, "exchange_multisig_keys", number, "Invalid input: Wallet already finalized", took=0)
    found = verdict(record)
    assert said(found) == (FaultType.ALREADY_FINALIZED, role, number)
    assert found.sure


def test_a_finished_wallet_in_the_midst_of_the_set_up_is_not_that(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "buyer", 2)
    record.fail("buyer", "exchange_multisig_keys", 2, "Invalid input: Wallet already finalized", took=0)
    found = verdict(record)
    assert said(found) == (FaultType.WALLET_SWAPPED, "buyer", 2)
    assert FaultType.ALREADY_FINALIZED in found.others


def test_infos_of_another_round(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 3)
    found = verdict(record.fail("vendor", "exchange_multisig_keys", 3, WRONG, took=2))
    assert said(found) == (FaultType.WRONG_ROUND, "vendor", 3)


def test_an_export_before_the_last_exchange(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "buyer", 3)
    text = "Monero RPC error: This wallet is multisig, but not yet finalized"
    found = verdict(record.end("vendor", "export_multisig_info", 3, text))
    assert said(found) == (FaultType.NOT_FINALIZED, "vendor", 3)


def test_two_roles_with_one_port_are_a_race(script: Any, verdict: Any) -> None:
    record = script(arbiter=18082)
    record.until("make_multisig", "arbiter", 1).fail("arbiter", "make_multisig", 1, ALREADY)
    assert said(verdict(record))[:2] == (FaultType.RACE, "arbiter")  # type: ignore[index]


def test_what_the_application_saw_is_evidence_and_never_certain(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "buyer", 2)
    record.custom("coordinator", custom_event="race_detected", duplicate_vendor_port=18083)
    found = verdict(record.fail("vendor", "exchange_multisig_keys", 2, "no such luck"))
    assert said(found)[:2] == (FaultType.RACE, "vendor")  # type: ignore[index]
    assert not found.sure


def test_an_exchange_that_was_retried_and_came_through_is_no_fault(traced: Any) -> None:
    one = traced("e1")
    one.round(1)
    for role in ("buyer", "vendor", "arbiter"):
        one.refuse(role, "prepare_multisig", -1, "busy")
        one.call(role, "prepare_multisig", out=f"info of {role}")
    one.end()
    (found,) = diagnose(traced.facts())
    assert found.verdict is None
    assert {observation.kind for observation in found.observations} == {Observation.RETRIED}


def test_the_call_whose_answer_was_lost_is_no_root_cause_of_its_own(traced: Any) -> None:
    one = traced("e1")
    one.round(1)
    one.call("vendor", "prepare_multisig", out="info of vendor")
    with pytest.raises(ConnectionResetError), one.scope.call("vendor", "make_multisig", port=18083):
        raise ConnectionResetError("connection reset by peer")
    one.refuse("vendor", "make_multisig", -28, "This wallet is already multisig")
    one.end(one.last_error)
    (found,) = diagnose(traced.facts())
    (fault,) = found.faults
    assert said(fault) == (FaultType.LOST_ANSWER_RETRY, "vendor", 1)
    assert FaultType.SERVER_UNREACHABLE in {consequence.kind for consequence in fault.consequences}
