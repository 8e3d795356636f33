"""The three patterns of the old quick start, as its documents describe them."""

from __future__ import annotations

from typing import Any

from otel_multisig.semconv.attributes import FaultType


def test_a_wallet_that_is_multisig_before_make_is_cache_pollution(script: Any, verdict: Any) -> None:
    record = script()
    record.multisig["PRE_ROUND1", "buyer"] = True
    record.snapshot("PRE_ROUND1", "buyer")
    record.fail("buyer", "make_multisig", 1, "Wallet already in multisig mode", took=50)
    found = verdict(record)
    assert (found.kind, found.role, found.round) == (FaultType.CACHE_POLLUTION, "buyer", 0)
    assert found.evidence[0].number == 1


def test_the_third_of_three_that_fails_at_the_same_place_is_a_race(script: Any, verdict: Any) -> None:
    first, second, third = (script(f"escrow-{n}", at=n * 100) for n in (1, 2, 3))
    first.finish()
    second.finish()
    third.until("make_multisig", "arbiter", 1).fail("arbiter", "make_multisig", 1, "Something went wrong")
    found = verdict(third, first, second)
    assert (found.kind, found.role) == (FaultType.RACE, "arbiter")
    assert set(found.interfering) == {"escrow-1", "escrow-2"}
    assert not found.sure
    assert verdict(first, second, third) is None


def test_alone_the_same_failure_is_no_race(script: Any, verdict: Any) -> None:
    record = script().until("make_multisig", "arbiter", 1)
    found = verdict(record.fail("arbiter", "make_multisig", 1, "Something went wrong"))
    assert found.kind is FaultType.UNKNOWN
    assert "Something went wrong" in found.sentence


def test_an_address_that_differs_in_the_end_is_state_divergence(script: Any, verdict: Any) -> None:
    record = script()
    for point in ("POST_EXPORT_MULTISIG", "PRE_ROUND3", "POST_IMPORT_MULTISIG", "FINAL"):
        record.hashes[point, "arbiter"] = "c" * 64
    found = verdict(record.finish())
    assert (found.kind, found.role) == (FaultType.STATE_DIVERGENCE, "arbiter")


def test_so_is_one_that_only_the_last_snapshots_tell(script: Any, verdict: Any) -> None:
    record = script()
    record.skips |= {"POST_EXPORT_MULTISIG", "PRE_ROUND3", "POST_IMPORT_MULTISIG"}
    record.hashes["FINAL", "arbiter"] = "c" * 64
    found = verdict(record.finish())
    assert (found.kind, found.role) == (FaultType.STATE_DIVERGENCE, "arbiter")
