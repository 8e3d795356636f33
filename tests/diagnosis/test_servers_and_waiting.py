"""Servers that did not answer, pools and locks that were not to be had, set-ups that came to a standstill."""

from __future__ import annotations

from typing import Any

import pytest

from otel_multisig.diagnosis import Observation, diagnose
from otel_multisig.semconv.attributes import FaultType

TIMED_OUT = "Internal error: Network error: error sending request: operation timed out"


def said(found: Any) -> tuple[Any, Any, Any] | None:
    return found and (found.kind, found.role, found.round)


def test_a_call_without_an_answer_is_an_unreachable_server(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 2)
    found = verdict(record.fail("vendor", "exchange_multisig_keys", 2, TIMED_OUT, took=30_001))
    assert said(found) == (FaultType.SERVER_UNREACHABLE, "vendor", 2)
    assert FaultType.TIMEOUT in found.others
    assert not found.sure


def test_where_the_server_answered_another_meanwhile_it_is_a_timeout(script: Any, verdict: Any) -> None:
    record = script("mine").until("exchange_multisig_keys", "vendor", 2)
    other = script("other", at=record.elapsed + 5_000).until("make_multisig", "buyer", 1)
    record.fail("vendor", "exchange_multisig_keys", 2, TIMED_OUT, took=30_001)
    found = verdict(record, other)
    assert said(found) == (FaultType.TIMEOUT, "vendor", 2)
    assert any(evidence.setup_id == other.setup_id for evidence in found.evidence)


def test_what_another_server_answered_says_nothing(script: Any, verdict: Any) -> None:
    record = script("mine").until("exchange_multisig_keys", "vendor", 2)
    other = script("other", at=record.elapsed + 5_000, buyer=1, vendor=2, arbiter=3)
    other.until("make_multisig", "buyer", 1)
    record.fail("vendor", "exchange_multisig_keys", 2, TIMED_OUT, took=30_001)
    assert said(verdict(record, other)) == (FaultType.SERVER_UNREACHABLE, "vendor", 2)


def test_a_refused_connection_is_an_unreachable_server(script: Any, verdict: Any) -> None:
    record = script().until("make_multisig", "arbiter", 1)
    found = verdict(record.fail("arbiter", "make_multisig", 1, "Monero RPC error: RPC unreachable"))
    assert said(found) == (FaultType.SERVER_UNREACHABLE, "arbiter", 1)


def test_a_slow_call_is_an_observation(script: Any) -> None:
    record = script().until("make_multisig", "arbiter", 1)
    record.call("arbiter", "make_multisig", 28_000)
    record._steps.pop(0)
    (found,) = diagnose([record.finish().facts()])
    assert found.verdict is None
    assert [observation.kind for observation in found.observations] == [Observation.SLOW_CALL]


def test_an_exhausted_pool(script: Any, verdict: Any) -> None:
    record = script().custom("coordinator", event="wallet_pool_exhausted", waited_ms=20_000)
    record.end("coordinator", "setup", 0, "No RPC instances available after 20 seconds")
    found = verdict(record)
    assert said(found) == (FaultType.POOL_EXHAUSTED, None, 0)
    assert found.evidence[0].number == 1


def test_a_pool_that_was_exhausted_for_a_while_is_no_fault(script: Any, verdict: Any) -> None:
    assert verdict(script().custom("coordinator", event="wallet_pool_exhausted", waited_ms=900).finish()) is None


def test_a_lock_that_was_not_to_be_had(script: Any, verdict: Any) -> None:
    record = script().until("PRE_ROUND2", "buyer", 2)
    record.end("coordinator", "exchange_multisig_keys", 2, "lock wallet-ports not acquired in 30 s")
    assert said(verdict(record)) == (FaultType.LOCK_CONTENTION, None, 2)


def test_a_long_wait_for_a_lock_is_an_observation(script: Any) -> None:
    record = script().custom("coordinator", event="lock_acquired", wait_ms=45_000)
    (found,) = diagnose([record.finish().facts()])
    assert found.verdict is None
    assert [observation.kind for observation in found.observations] == [Observation.LOCK_WAIT]


def test_a_call_that_never_ended_stalls_the_set_up(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 2)
    record.start("vendor", "exchange_multisig_keys")
    assert said(verdict(record)) == (FaultType.STALLED, "vendor", 2)


def test_a_record_that_just_ends_is_stalled_at_the_wallet_whose_turn_it_was(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 2)
    assert said(verdict(record)) == (FaultType.STALLED, "vendor", 2)


@pytest.mark.parametrize("points", [{"PRE_ROUND1"}, {"PRE_ROUND1", "POST_MAKE_MULTISIG", "PRE_ROUND2", "PRE_ROUND3"}])
def test_missing_snapshots_are_no_fault(script: Any, verdict: Any, points: set[str]) -> None:
    record = script()
    record.skips |= points
    assert verdict(record.finish()) is None


def test_an_error_that_nobody_knows_stands_in_the_sentence(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 2)
    found = verdict(record.fail("vendor", "exchange_multisig_keys", 2, "the moon is \x1b[31mfull\n<b>"))
    assert said(found) == (FaultType.UNKNOWN, "vendor", 2)
    assert "the moon is \\x1b[31mfull\\n<b>" in found.sentence


def test_an_open_that_failed_after_an_exchange_is_an_unsaved_close(script: Any, verdict: Any) -> None:
    record = script().until("PRE_ROUND3", "buyer", 3)
    found = verdict(record.end("vendor", "open_wallet", 3, "Monero RPC error: Failed to open wallet"))
    assert said(found)[:2] == (FaultType.UNSAVED_CLOSE, "vendor")  # type: ignore[index]
    assert FaultType.RACE in found.others


def test_an_open_that_failed_before_any_exchange_is_not(script: Any, verdict: Any) -> None:
    record = script().until("make_multisig", "buyer", 1)
    found = verdict(record.end("vendor", "open_wallet", 1, "Monero RPC error: Failed to open wallet"))
    assert found.kind is FaultType.UNKNOWN


NO_WORD_OF_TIME = "Internal error: Network error: error sending request for url (http://127.0.0.1:18083/json_rpc)"


def test_a_network_error_after_the_time_limit_is_an_unreachable_server(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 2)
    found = verdict(record.fail("vendor", "exchange_multisig_keys", 2, NO_WORD_OF_TIME, took=30_004))
    assert said(found) == (FaultType.SERVER_UNREACHABLE, "vendor", 2)


def test_unless_the_same_set_up_had_an_answer_of_the_server_later(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 2)
    record.call("vendor", "exchange_multisig_keys", 30_004, failed=True)
    record.snapshot("PRE_ROUND3", "vendor")
    record.end("vendor", "exchange_multisig_keys", 2, NO_WORD_OF_TIME)
    assert said(verdict(record))[0] != FaultType.SERVER_UNREACHABLE  # type: ignore[index]


def test_unless_it_answered_the_snapshots_of_another_set_up(script: Any, verdict: Any) -> None:
    record = script("mine").until("exchange_multisig_keys", "vendor", 2)
    other = script("other", at=record.elapsed + 5_000).until("prepare_multisig", "buyer", 1)
    record.fail("vendor", "exchange_multisig_keys", 2, NO_WORD_OF_TIME, took=30_004)
    assert said(verdict(record, other)) == (FaultType.TIMEOUT, "vendor", 2)


def test_that_it_failed_another_set_up_without_a_word_is_no_answer(script: Any, verdict: Any) -> None:
    record = script("mine").until("exchange_multisig_keys", "vendor", 2)
    other = script("other", buyer=1, arbiter=3)
    other.skips |= {"PRE_ROUND1"}
    other.now = record.now + 5_000
    other.call("vendor", "prepare_multisig", 30_002, failed=True)
    record.fail("vendor", "exchange_multisig_keys", 2, NO_WORD_OF_TIME, took=30_004)
    assert said(verdict(record, other)) == (FaultType.SERVER_UNREACHABLE, "vendor", 2)


def test_a_pool_that_was_empty_before_anything_had_begun(script: Any, verdict: Any) -> None:
    record = script().custom("coordinator", event="wallet_pool_exhausted", waited_ms=20_000)
    record.end("coordinator", "make_multisig", 1, "Internal error: No RPC instances available after 20 seconds")
    assert said(verdict(record)) == (FaultType.POOL_EXHAUSTED, None, 0)
