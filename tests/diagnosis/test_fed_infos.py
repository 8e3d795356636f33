"""What the hashes of infos prove: whose wallet was fed what none of the others gave out."""

from __future__ import annotations

from typing import Any

import pytest

from otel_multisig.diagnosis import diagnose
from otel_multisig.semconv.attributes import FaultType

ROLES = ("buyer", "vendor", "arbiter")
REFUSED = "Error calling exchange_multisig_info: A pubkey had an unexpected number of recommendations."
FINISHED = "This wallet is multisig, and already finalized"


def others(infos: dict[str, str], role: str) -> list[str]:
    return [info for other, info in infos.items() if other != role]


def prepared(one: Any) -> dict[str, str]:
    one.round(1)
    for role in ROLES:
        one.call(role, "prepare_multisig", out=f"prepare of {role}")
    return dict(one.outs)


def through(one: Any, number: int, infos: dict[str, str]) -> dict[str, str]:
    """All wallets through make, or an exchange."""
    if number > 1:
        one.round(number)
    method = "make_multisig" if number == 1 else "exchange_multisig_keys"
    for role in ROLES:
        one.call(role, method, infos=others(infos, role), out=f"{method} {number} of {role}")
    return dict(one.outs)


def test_an_info_of_an_unrecorded_set_up_is_proved_at_the_wallet_that_was_fed(traced: Any, wallet: Any) -> None:
    one = traced("e1")
    infos = prepared(one)
    for role in ROLES:
        given = infos if role == "buyer" else infos | {"buyer": "prepare of the buyer, a day before"}
        one.call(role, "make_multisig", infos=others(given, role), out=f"make of {role}")
        # The buyer alone was given the right infos, and so it is the one whose placeholder differs.
        one.snapshot("post_make_multisig", **{role: wallet("right" if role == "buyer" else "wrong", multisig=True)})
    one.round(2)
    one.refuse("buyer", "exchange_multisig_keys", -1, REFUSED, multisig_info=others(one.outs, "buyer"))
    one.end(one.last_error)
    found = traced.verdict()
    assert (found.kind, found.role, found.round) == (FaultType.MIXED_SESSION_INPUTS, "vendor", 1)
    assert found.sure


def test_an_info_that_was_given_out_before_a_repeated_call_is_none_of_another_set_up(traced: Any) -> None:
    one = traced("e1")
    infos = prepared(one)
    one.call("buyer", "prepare_multisig", out="prepare of buyer, once more")
    one.call("vendor", "make_multisig", infos=others(infos, "vendor"), out="make of vendor")
    one.end()
    found = traced.verdict()
    assert found is None or found.kind is not FaultType.MIXED_SESSION_INPUTS


def test_one_exchange_too_many_is_no_wrong_info(traced: Any) -> None:
    one = traced("e1")
    infos = prepared(one)
    for number in (1, 2, 3):
        infos = through(one, number, infos)
    one.refuse("buyer", "exchange_multisig_keys", -28, FINISHED, multisig_info=others(infos, "buyer"))
    one.end(one.last_error)
    found = traced.verdict()
    assert (found.kind, found.role) == (FaultType.ALREADY_FINALIZED, "buyer")


def test_nor_is_it_while_the_others_have_their_last_one_before_them(traced: Any) -> None:
    one = traced("e1")
    infos = prepared(one)
    for number in (1, 2):
        infos = through(one, number, infos)
    one.round(3)
    one.call("buyer", "exchange_multisig_keys", infos=others(infos, "buyer"), out="last of buyer")
    one.refuse("buyer", "exchange_multisig_keys", -1, FINISHED, multisig_info=["what nobody gave out", "nor this"])
    one.end(one.last_error)
    found = traced.verdict()
    assert (found.kind, found.role, found.round) == (FaultType.ALREADY_FINALIZED, "buyer", 3)


@pytest.mark.parametrize(
    ("gaps", "vendors", "later", "sure"),
    [
        (0, "prepare of vendor", "", True),
        (1, "prepare of vendor", "", False),
        (0, "", "", False),  # one of the two may be the vendor's
        (0, "prepare of vendor", "what nobody gave out", False),  # its record may be in disorder
    ],
    ids=["proved", "a gap in the record", "an info that was not recorded", "an info that was given out later"],
)
def test_infos_that_nobody_gave_out(traced: Any, gaps: int, vendors: str, later: str, *, sure: bool) -> None:
    one = traced("e1")
    one.round(1)
    for role, out in {"buyer": "prepare of buyer", "vendor": vendors, "arbiter": "prepare of arbiter"}.items():
        one.call(role, "prepare_multisig", out=out)
    one.call("buyer", "make_multisig", infos=["what nobody gave out", "nor this"])
    if later:
        one.call("vendor", "prepare_multisig", out=later)
    one.refuse("vendor", "make_multisig", -1, "who knows")
    one.end(one.last_error)
    found = traced.verdict(gaps)
    assert (found.kind, found.role, found.sure) == (FaultType.MIXED_SESSION_INPUTS, "buyer", sure)


@pytest.mark.parametrize("runs", [False, True])
def test_while_a_set_up_runs_an_info_that_nobody_gave_out_proves_nothing(traced: Any, *, runs: bool) -> None:
    one = traced("e1")
    infos = prepared(one)
    one.call("buyer", "make_multisig", infos=["what nobody gave out", infos["vendor"]])
    one.end()
    (facts,) = traced.facts()
    if runs:
        facts.outcome = None
    (found,) = diagnose([facts])
    assert [fault.kind for fault in found.faults if fault.sure] == ([] if runs else [FaultType.MIXED_SESSION_INPUTS])
