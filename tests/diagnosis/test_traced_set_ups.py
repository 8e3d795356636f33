"""What only our own records tell: opens and closes, codes, and the hashes of the infos that were handed round."""

from __future__ import annotations

from typing import Any

import pytest

from otel_multisig.diagnosis import Observation, diagnose
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.tracing.faults import record_fault

ROLES = ("buyer", "vendor", "arbiter")
MINE = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
RECOMMENDATIONS = "A pubkey recommended by multisig kex messages had an unexpected number of recommendations."


def said(found: Any) -> tuple[Any, Any, Any] | None:
    return found and (found.kind, found.role, found.round)


def refuse(one: Any, role: str, code: int, text: str, infos: list[str]) -> None:
    one.round(2)
    one.refuse(role, "exchange_multisig_keys", code, text, multisig_info=infos)
    one.end(one.last_error)


def judged(traced: Any, escrow_id: str = MINE, **options: Any) -> Any:
    return next(one for one in diagnose(traced.facts(), **options) if one.setup.escrow_id == escrow_id)


def test_another_escrow_that_opened_its_wallet_in_between_is_named(traced: Any) -> None:
    mine, other = traced(MINE), traced(OTHER)
    for role in ROLES:
        mine.open(role, "create_wallet")
    mine.prepare("a")
    other.open("vendor")
    other.end()
    mine.refuse("vendor", "make_multisig", -28, "This wallet is already multisig")
    mine.end(mine.last_error)
    found = judged(traced).verdict
    assert said(found) == (FaultType.WALLET_SWAPPED, "vendor", 1)
    assert found.interfering == (OTHER,)
    assert found.sure
    assert "Escrow 22222222 opened its wallet on port 18083 between 11111111's prepare_multisig" in found.sentence
    assert found.evidence[0].setup_id.startswith(OTHER)


def test_with_clocks_that_may_differ_it_is_not_sure(traced: Any) -> None:
    mine, other = traced(MINE), traced(OTHER)
    mine.open("vendor", "create_wallet")
    mine.prepare("a")
    other.open("vendor")
    other.end()
    mine.refuse("vendor", "make_multisig", -13, "No wallet file")
    mine.end(mine.last_error)
    found = judged(traced, clock_skew_nano=3_600_000_000_000).verdict
    assert found.kind is FaultType.WALLET_SWAPPED
    assert not found.sure


def swapped_under(traced: Any, **file_name: str) -> list[Any]:
    """Two set-ups, of which the second opened its wallet under the first, and the first opened one with this name."""
    mine, other = traced(MINE), traced(OTHER)
    mine.call("vendor", "create_wallet", **file_name)
    mine.prepare("a")
    other.open("vendor")
    other.end()
    mine.refuse("vendor", "make_multisig", -28, "This wallet is already multisig")
    mine.end(mine.last_error)
    return sorted(traced.facts(), key=lambda facts: facts.escrow_id)


@pytest.mark.parametrize(
    ("file_name", "gaps", "sure"),
    [
        ({"filename": "vendor_temp_escrow_mine"}, 0, True),
        ({"filename": "vendor_temp_escrow_mine"}, 1, False),  # what is missing may be its own open
        ({}, 0, False),  # what the other one opened may be the very same wallet
    ],
    ids=["proved", "a gap in the record", "a wallet without a name"],
)
def test_a_swap_is_proved_by_a_whole_record_that_names_both_wallets(
    traced: Any, file_name: dict[str, str], gaps: int, *, sure: bool
) -> None:
    mine, other = swapped_under(traced, **file_name)
    mine.gaps = gaps
    found = diagnose([mine, other])[0].verdict
    assert found is not None
    assert (found.kind, found.interfering, found.sure) == (FaultType.WALLET_SWAPPED, (OTHER,), sure)


def test_opened_again_before_use_it_is_only_a_shared_port(traced: Any) -> None:
    mine, other = traced(MINE), traced(OTHER)
    mine.open("vendor")
    mine.prepare("a")
    other.open("vendor")
    other.end()
    mine.open("vendor")
    mine.make("a")
    mine.end()
    found = judged(traced)
    assert found.verdict is None
    assert Observation.SHARED_PORT in {observation.kind for observation in found.observations}


def test_infos_of_another_escrow_are_traced_to_it(traced: Any) -> None:
    mine, other = traced(MINE), traced(OTHER, buyer=18085, vendor=18086, arbiter=18087)
    mine.prepare("a")
    other.prepare("b")
    mine.make("a", arbiter=["a prepare buyer", "b prepare vendor"])
    other.end()
    refuse(mine, "buyer", -1, RECOMMENDATIONS, mine.given("buyer", "a", "make"))
    found = judged(traced).verdict
    assert said(found) == (FaultType.MIXED_SESSION_INPUTS, "arbiter", 1)
    assert found.sure
    assert found.interfering == (OTHER,)
    assert "the info that the vendor's wallet of escrow 22222222 gave out" in found.sentence
    assert [later.role for later in found.consequences] == ["buyer"]


@pytest.mark.parametrize(
    ("infos", "kind"),
    [
        (["a make vendor", "a make vendor"], FaultType.MIXED_SESSION_INPUTS),
        (["a make buyer", "a make vendor"], FaultType.MIXED_SESSION_INPUTS),
        (["a prepare vendor", "a make arbiter"], FaultType.WRONG_ROUND),
    ],
    ids=["one twice", "its own", "an older one"],
)
def test_wrong_infos_are_told_apart_by_their_hashes(traced: Any, infos: list[str], kind: FaultType) -> None:
    mine = traced(MINE)
    mine.prepare("a")
    mine.make("a")
    text = (
        RECOMMENDATIONS
        if kind is FaultType.MIXED_SESSION_INPUTS
        else "All messages must have the same kex round number."
    )
    refuse(mine, "buyer", -1, f"Error calling exchange_multisig_info: {text}", infos)
    found = judged(traced).verdict
    assert said(found) == (kind, "buyer", 2)
    assert found.sure


def test_right_infos_that_are_refused_speak_for_another_wallet(traced: Any) -> None:
    mine = traced(MINE)
    mine.prepare("a")
    mine.make("a")
    refuse(mine, "buyer", -1, RECOMMENDATIONS, mine.given("buyer", "a", "make"))
    found = judged(traced).verdict
    assert not found.sure
    assert found.kind is FaultType.WALLET_SWAPPED


def test_a_reopen_on_record_proves_that_the_flag_was_lost(traced: Any) -> None:
    mine = traced(MINE)
    mine.open("buyer", "create_wallet")
    mine.prepare("a")
    mine.call("buyer", "close_wallet")
    mine.open("buyer")
    mine.make("a")
    refuse(mine, "buyer", -48, "This wallet is multisig, and multisig is disabled.", mine.given("buyer", "a", "make"))
    found = judged(traced).verdict
    assert said(found) == (FaultType.EXPERIMENTAL_FLAG_LOST, "buyer", 1)
    assert found.sure


def test_a_make_without_answer_and_then_refused_is_a_lost_answer(traced: Any) -> None:
    mine = traced(MINE)
    mine.prepare("a")
    with pytest.raises(TimeoutError), mine._round.call("buyer", "make_multisig", port=18082):
        raise TimeoutError("timed out")
    mine.refuse("buyer", "make_multisig", -28, "This wallet is already multisig")
    mine.end(mine.last_error)
    found = judged(traced).verdict
    assert said(found) == (FaultType.LOST_ANSWER_RETRY, "buyer", 1)
    assert found.sure


def test_a_wallet_closed_unsaved_that_does_not_open_again(traced: Any) -> None:
    mine = traced(MINE)
    mine.open("vendor", "create_wallet")
    mine.prepare("a")
    mine.make("a")
    mine.round(2)
    for role in ROLES:
        mine.call(role, "exchange_multisig_keys", out=f"a exchange {role}", infos=mine.given(role, "a", "make"))
    mine.leave()
    mine.call("vendor", "close_wallet")
    mine.refuse("vendor", "open_wallet", -1, "Failed to open wallet", filename=f"vendor_temp_escrow_{MINE}")
    mine.end(mine.last_error)
    found = judged(traced).verdict
    assert (found.kind, found.role) == (FaultType.UNSAVED_CLOSE, "vendor")
    assert found.sure


def test_an_open_that_failed_and_another_wallet_that_answered(traced: Any) -> None:
    mine = traced(MINE)
    mine.open("buyer", "create_wallet")
    mine.prepare("a")
    mine.make("a")
    mine.leave()
    mine.refuse("buyer", "open_wallet", -1, "Failed to open wallet")
    refuse(mine, "buyer", -31, "This wallet is not multisig", mine.given("buyer", "a", "make"))
    found = judged(traced).verdict
    assert (found.kind, found.role) == (FaultType.STALE_WALLET_AFTER_FAILED_OPEN, "buyer")


def test_an_open_that_failed_without_harm_is_an_observation(traced: Any) -> None:
    mine = traced(MINE)
    mine.open("buyer", "create_wallet")
    mine.refuse("buyer", "open_wallet", -1, "Failed to open wallet")
    mine.prepare("a")
    mine.make("a")
    mine.end()
    found = judged(traced)
    assert found.verdict is None
    assert [observation.kind for observation in found.observations] == [Observation.FAILED_OPEN]


@pytest.mark.parametrize("by_rules", [False, True])
def test_what_rules_recorded_while_it_ran_is_no_evidence(traced: Any, by_rules: bool) -> None:
    one = traced("e1")
    one.round(1)
    if by_rules:
        record_fault(one.scope.setup, FaultType.CACHE_POLLUTION, role="buyer", round_number=0)
    else:
        one.scope.fault("cache_pollution", role="buyer")
    one.refuse("buyer", "make_multisig", -28, "This wallet is already multisig")
    one.end(one.last_error)
    (found,) = diagnose(traced.facts())
    assert found.verdict.kind is FaultType.CACHE_POLLUTION
    told = [evidence.what for evidence in found.verdict.evidence]
    assert ("the application reported cache pollution" in told) is not by_rules
