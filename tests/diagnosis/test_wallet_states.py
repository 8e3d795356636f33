"""Cache pollution, swapped wallets and a lost flag in legacy recordings, each beside what looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from otel_multisig.semconv.attributes import FaultType

DISABLED = "Monero RPC error: This wallet is multisig, and multisig is disabled. Multisig is an experimental feature"
REFUSED = (
    "Monero RPC error: Error calling exchange_multisig_info: A pubkey recommended by multisig kex messages had an "
)
REFUSED += "unexpected number of recommendations."
ALREADY = "Multisig error: Already in multisig mode"
PLAIN = "Invalid input: Wallet is not a multisig wallet"


def said(found: Any) -> tuple[Any, Any, Any] | None:
    return found and (found.kind, found.role, found.round)


def test_a_healthy_set_up_has_no_fault(script: Any, verdict: Any) -> None:
    assert verdict(script().finish()) is None


def test_one_wallet_alone_may_be_polluted(script: Any, verdict: Any) -> None:
    record = script()
    record.multisig["PRE_ROUND1", "vendor"] = True
    record.until("prepare_multisig", "vendor", 1).fail("vendor", "prepare_multisig", 1, ALREADY)
    assert said(verdict(record)) == (FaultType.CACHE_POLLUTION, "vendor", 0)


def test_who_made_the_wallet_multisig_is_found_in_the_other_record(script: Any, verdict: Any) -> None:
    other = script("other", at=0)
    other.until("PRE_ROUND2", "buyer", 2)
    record = script("mine", at=50)
    for role in ("buyer", "vendor", "arbiter"):
        record.multisig["PRE_ROUND1", role] = True
        record.hashes["PRE_ROUND1", role] = other.events[11]["details"]["address_hash"]
    record.now = other.now + 10
    record.until("prepare_multisig", "buyer", 1).fail("buyer", "prepare_multisig", 1, ALREADY)
    found = verdict(record, other)
    assert said(found) == (FaultType.CACHE_POLLUTION, "buyer", 0)
    assert found.interfering == ("other",)
    assert any(evidence.setup_id == other.setup_id for evidence in found.evidence)


def test_a_closed_wallet_is_a_swap(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "arbiter", 3)
    record.fail("arbiter", "exchange_multisig_keys", 3, "Monero RPC error: No wallet file", took=0)
    found = verdict(record)
    assert said(found) == (FaultType.WALLET_SWAPPED, "arbiter", 3)
    assert FaultType.SERVER_UNREACHABLE in found.others


@pytest.mark.parametrize("number", [2, 3])
def test_a_plain_wallet_before_an_exchange_is_a_swap(script: Any, verdict: Any, number: int) -> None:
    record = script().until("exchange_multisig_keys", "vendor", number)
    record.now += 20
    record.fail("vendor", "exchange_multisig_keys", number, PLAIN, took=0)
    assert said(verdict(record)) == (FaultType.WALLET_SWAPPED, "vendor", number)


def test_where_nobody_had_time_to_swap_the_same_words_are_about_infos(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 3)
    record.fail("vendor", "exchange_multisig_keys", 3, PLAIN, took=0)
    found = verdict(record)
    assert said(found) == (FaultType.MIXED_SESSION_INPUTS, "vendor", 3)
    assert FaultType.WALLET_SWAPPED in found.others


def test_another_escrow_that_came_to_the_port_before_make_swapped_the_wallet(script: Any, verdict: Any) -> None:
    record = script("mine").until("make_multisig", "vendor", 1)
    other = script("other")
    other.now = record.now + 20
    other.until("make_multisig", "arbiter", 1)
    record.now = other.now + 20
    record.fail("vendor", "make_multisig", 1, ALREADY)
    found = verdict(record, other)
    assert said(found) == (FaultType.WALLET_SWAPPED, "vendor", 1)
    assert found.interfering == ("other",)
    assert not found.sure
    assert FaultType.RACE in found.others


def test_the_same_words_after_some_thought_are_about_infos(script: Any, verdict: Any) -> None:
    """*Could not find an expected signer* became these words too, and takes the server longer."""
    record = script().until("exchange_multisig_keys", "vendor", 3)
    found = verdict(record.fail("vendor", "exchange_multisig_keys", 3, PLAIN, took=4))
    assert said(found) == (FaultType.MIXED_SESSION_INPUTS, "vendor", 3)
    assert FaultType.WALLET_SWAPPED in found.others
    assert not found.sure


def test_another_address_after_the_last_exchange_is_a_swap_at_the_end(script: Any, verdict: Any) -> None:
    record = script()
    record.hashes["FINAL", "vendor"] = "d" * 64
    assert said(verdict(record.finish())) == (FaultType.WALLET_SWAPPED, "vendor", 4)


def test_whose_wallet_it_was_is_found_by_its_address(script: Any, verdict: Any) -> None:
    other = script("other", at=5_000).finish()
    record = script("mine")
    record.hashes["FINAL", "vendor"] = other.events[-1]["details"]["address_hash"]
    found = verdict(record.finish(), other)
    assert said(found) == (FaultType.WALLET_SWAPPED, "vendor", 4)
    assert found.interfering == ("other",)


def test_another_wallet_for_a_moment_that_harmed_nothing_is_no_fault(script: Any, verdict: Any) -> None:
    record = script()
    record.hashes["PRE_ROUND3", "vendor"] = "d" * 64
    assert verdict(record.finish()) is None


def test_one_cause_stands_above_what_followed_from_it(script: Any, verdict: Any) -> None:
    record = script()
    record.hashes["PRE_ROUND2", "vendor"] = "d" * 64
    record.multisig["PRE_ROUND2", "vendor"] = False
    record.until("exchange_multisig_keys", "vendor", 2).fail("vendor", "exchange_multisig_keys", 2, PLAIN, took=0)
    found = verdict(record)
    assert said(found) == (FaultType.WALLET_SWAPPED, "vendor", 2)
    assert [later.role for later in found.consequences] == ["vendor"]
    assert "not a multisig wallet" in found.consequences[0].sentence


def test_a_reopened_wallet_has_lost_the_flag(script: Any, verdict: Any) -> None:
    record = script().until("exchange_multisig_keys", "vendor", 2)
    found = verdict(record.fail("vendor", "exchange_multisig_keys", 2, DISABLED, took=0))
    assert said(found) == (FaultType.EXPERIMENTAL_FLAG_LOST, "vendor", 1)


def test_with_another_placeholder_it_is_another_wallet(script: Any, verdict: Any) -> None:
    record = script()
    for point in ("POST_MAKE_MULTISIG", "PRE_ROUND2"):
        record.hashes[point, "buyer"] = "e" * 64
    record.until("exchange_multisig_keys", "buyer", 2).fail("buyer", "exchange_multisig_keys", 2, DISABLED, took=0)
    assert said(verdict(record)) == (FaultType.WALLET_SWAPPED, "buyer", 1)


def test_with_another_placeholder_and_refused_infos_it_was_fed_wrongly(script: Any, verdict: Any) -> None:
    record = script()
    for point in ("POST_MAKE_MULTISIG", "PRE_ROUND2"):
        record.hashes[point, "arbiter"] = "e" * 64
    record.until("exchange_multisig_keys", "buyer", 2).fail("buyer", "exchange_multisig_keys", 2, REFUSED, took=3)
    found = verdict(record)
    assert said(found) == (FaultType.MIXED_SESSION_INPUTS, "arbiter", 1)
    assert FaultType.WALLET_SWAPPED in found.others


@pytest.mark.parametrize(("roles", "role"), [(("arbiter",), "arbiter"), (("buyer", "vendor", "arbiter"), None)])
def test_a_last_exchange_that_was_left_out(script: Any, verdict: Any, roles: tuple[str, ...], role: str | None) -> None:
    record = script().finish()
    last = [
        event
        for name in roles
        for event in [e for e in record.events if e["role"] == name and "exchange" in str(e["details"])][-2:]
    ]
    record.events = [event for event in record.events if event not in last]
    found = verdict(record)
    assert said(found) == (FaultType.NOT_FINALIZED, role, 3)
    assert not found.sure
