"""Which set-ups met, found quickly among many."""

from __future__ import annotations

import time
from typing import Any

import pytest

from otel_multisig.diagnosis import Observation, diagnose
from otel_multisig.diagnosis.encounters import Encounters
from otel_multisig.semconv.attributes import FaultType


def test_set_ups_meet_on_a_port_at_the_same_time(script: Any) -> None:
    first, second = script("a").finish().facts(), script("b", at=1_000).finish().facts()
    later = script("c", at=3_600_000).finish().facts()
    elsewhere = script("d", buyer=1, vendor=2, arbiter=3).finish().facts()
    met = Encounters([first, second, later, elsewhere])
    assert [stay.setup for stay in met.on_port(first, 18082, first.start_nano, first.last_nano)] == [second]
    (found, *_) = diagnose([first, second, later, elsewhere])
    assert found.verdict is None
    assert [(o.kind, o.interfering) for o in found.observations] == [(Observation.SHARED_PORT, ("b",))]


def test_clocks_that_may_differ_widen_the_time(script: Any) -> None:
    first, later = script("a").finish().facts(), script("b", at=60_000).finish().facts()
    assert not Encounters([first, later]).on_port(first, 18082, first.start_nano, first.last_nano)
    skewed = Encounters([first, later], clock_skew_nano=120_000_000_000)
    assert skewed.on_port(first, 18082, first.start_nano, first.last_nano)
    assert not skewed.is_certainly_within(first.start_nano + 1, first.start_nano, first.last_nano)


@pytest.mark.parametrize("error", ["Monero RPC error: No wallet file", "lock wallet-ports not acquired in 30 s"])
def test_ten_times_as_many_take_no_more_than_some_twenty_times_as_long(script: Any, error: str) -> None:
    """Set-ups that follow each other on the same ports, all of which took a lock, and a third of which fail."""

    def one(number: int) -> Any:
        record = script(f"escrow-{number}", at=number * 2_000)
        record.custom("coordinator", event="lock_acquired", lock="wallet-ports", wait_ms=1)
        if number % 3:
            return record.finish().facts()
        record.until("exchange_multisig_keys", "vendor", 2)
        return record.fail("vendor", "exchange_multisig_keys", 2, error, took=0).facts()

    many = [one(number) for number in range(1_000)]

    def cost(count: int) -> float:
        began = time.process_time()
        diagnose(many[:count])
        return time.process_time() - began

    few = min(cost(100) for _ in range(3))
    assert min(cost(1_000) for _ in range(2)) < 20 * few


def test_who_held_the_lock_is_named(script: Any, verdict: Any) -> None:
    def holder(name: str, at: int, lock: str = "wallet-ports", *, released: bool = False) -> Any:
        record = script(name, at=at)
        record.custom("coordinator", event="lock_acquired", lock=lock, wait_ms=1)
        if released:
            record.custom("coordinator", event="lock_released", lock=lock, hold_ms=1)
        return record.finish()

    late = script("late", at=5_000).until("PRE_ROUND2", "buyer", 2)
    late.end("coordinator", "exchange_multisig_keys", 2, "lock wallet-ports not acquired in 30 s")
    others = [
        holder("held it", 4_000),
        holder("another lock", 4_000, "files"),
        holder("gave it back", 4_000, released=True),
        holder("just before", -8_000),
        holder("long before", -3_600_000),
        holder("after it", 3_600_000),
    ]
    found = verdict(late, *others)
    assert (found.kind, found.interfering) == (FaultType.LOCK_CONTENTION, ("held it",))


def test_of_two_that_saw_one_wallet_the_later_one_owns_it(script: Any, verdict: Any) -> None:
    early, late = script("early", at=0), script("late", at=50)
    for role in ("buyer", "vendor", "arbiter"):
        early.hashes["PRE_ROUND1", role] = late.hashes["PRE_ROUND1", role] = role.encode().hex().ljust(64, "0")
    early.finish()
    late.until("prepare_multisig", "buyer", 1)
    found = verdict(early, late)
    assert (found.kind, found.role, found.round, found.interfering) == (FaultType.RACE, "buyer", 0, ("late",))
    assert not found.sure


def test_the_owner_of_a_wallet_that_another_saw_too_came_through(script: Any, verdict: Any) -> None:
    early, late = script("early", at=0), script("late", at=50)
    for role in ("buyer", "vendor", "arbiter"):
        early.hashes["PRE_ROUND1", role] = late.hashes["PRE_ROUND1", role] = role.encode().hex().ljust(64, "0")
    early.until("prepare_multisig", "buyer", 1)
    assert verdict(late.finish(), early) is None
