"""What a sure verdict on another's wallet rests on: where one thing of it is not in the record, it is not sure."""

from __future__ import annotations

from typing import Any

import pytest

from otel_multisig.diagnosis import diagnose
from otel_multisig.semconv.attributes import FaultType

MINE = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
ROLES = ("buyer", "vendor", "arbiter")
PREPARE, MAKE, EXCHANGE = "prepare_multisig", "make_multisig", "exchange_multisig_keys"
ALREADY = "This wallet is already multisig"
RECOMMENDATIONS = "A pubkey recommended by multisig kex messages had an unexpected number of recommendations."
NO_FILE = "No wallet file"
SECOND = 1_000_000_000


def said(found: Any) -> tuple[Any, Any, Any]:
    return found and (found.kind, found.role, found.sure)


# Wallets that were multisig before round 1.


def polluted(mine: Any, wallet: Any, *, refused: bool = True, looked_at: str = "buyer") -> None:
    """The rest of a set-up whose buyer's wallet was multisig before it was prepared."""
    mine.round(1)
    mine.snapshot("pre_round1", **{looked_at: wallet("finished", multisig=True)})
    if refused:
        mine.refuse("buyer", PREPARE, -28, ALREADY)
    else:
        mine.refuse("buyer", PREPARE, -1, "who knows")
    mine.end(mine.last_error)


@pytest.mark.parametrize(
    ("gaps", "refused", "looked_at", "sure"),
    [(0, True, "buyer", True), (1, True, "buyer", False), (0, False, "buyer", False), (0, True, "vendor", False)],
    ids=["proved", "a gap in the record", "refused for something else", "another wallet was looked at"],
)
def test_a_polluted_wallet(traced: Any, wallet: Any, gaps: int, looked_at: str, *, refused: bool, sure: bool) -> None:
    polluted(traced(MINE), wallet, refused=refused, looked_at=looked_at)
    assert said(traced.verdict(gaps)) == (FaultType.CACHE_POLLUTION, "buyer", sure)


def test_a_polluted_wallet_where_somebody_else_was_at_the_port(traced: Any, wallet: Any) -> None:
    mine, other = traced(MINE), traced(OTHER)
    other.call("buyer", "get_balance")
    other.end()
    polluted(mine, wallet)
    assert said(traced.verdict()) == (FaultType.CACHE_POLLUTION, "buyer", False)


def made_multisig(other: Any, wallet: Any) -> None:
    """What another set-up does that makes a wallet multisig."""
    other.call("buyer", MAKE)
    other.snapshot("post_make_multisig", buyer=wallet("finished", multisig=True))
    other.end()


@pytest.mark.parametrize(
    ("steps", "skew", "sure"),
    [
        (("other opens", "mine opens", "other makes"), 0, True),
        (("other opens", "mine opens", "other makes"), 60 * SECOND, False),
        (("other opens", "other makes", "mine opens"), 0, False),  # it may have opened what was made before
        (("other opens", "other makes"), 0, False),
        (("mine opens", "other makes"), 0, False),
    ],
    ids=["proved", "clocks that differ", "made before its own open", "no open of its own", "no open of the other"],
)
def test_who_made_a_wallet_multisig(traced: Any, wallet: Any, steps: tuple[str, ...], skew: int, *, sure: bool) -> None:
    mine, other = traced(MINE), traced(OTHER)
    for step in steps:
        if step == "other makes":
            made_multisig(other, wallet)
        else:
            (mine if step == "mine opens" else other).open("buyer")
    polluted(mine, wallet)
    facts = sorted(traced.facts(), key=lambda one: one.start_nano)
    for call in facts[1].calls:
        if call.method == "open_wallet":
            call.start_nano, call.end_nano = (time - 3_600 * SECOND for time in (call.start_nano, call.end_nano))
    found = diagnose(facts, clock_skew_nano=skew)[0].verdict
    assert found is not None
    assert said(found) == (FaultType.CACHE_POLLUTION, "buyer", sure)
    assert found.interfering == (OTHER,)


def finished_elsewhere(traced: Any, wallet: Any, own: str | None = "mine", theirs: str | None = "theirs") -> None:
    """The buyer's wallet is that of another escrow, which opened and made it, and this one's own open had no answer."""
    mine, other = traced(MINE), traced(OTHER)
    for setup, name in ((mine, own), (other, theirs)):
        setup.call("buyer", "open_wallet", **({} if name is None else {"filename": name}))
    made_multisig(other, wallet)
    mine.lose("buyer", "open_wallet", TimeoutError("timed out"))
    polluted(mine, wallet)


@pytest.mark.parametrize(
    ("skew", "gaps", "names", "sure"),
    [
        (0, 0, ("mine", "theirs"), True),
        (3_600 * SECOND, 0, ("mine", "theirs"), False),
        (0, 1, ("mine", "theirs"), False),
        (0, 0, (None, "theirs"), False),
        (0, 0, ("mine", None), False),
    ],
    ids=["proved", "clocks that differ", "a gap in the record", "its own without a name", "the other's without a name"],
)
def test_a_finished_wallet_that_another_escrow_opened(
    traced: Any, wallet: Any, skew: int, gaps: int, names: tuple[str | None, str | None], *, sure: bool
) -> None:
    finished_elsewhere(traced, wallet, *names)
    assert said(traced.verdict(gaps, clock_skew_nano=skew)) == (FaultType.WALLET_SWAPPED, "buyer", sure)


def very_wallet(traced: Any, wallet: Any) -> None:
    """Another escrow opened this set-up's own wallet, and made it."""
    mine, other = traced(MINE), traced(OTHER)
    mine.call("buyer", "open_wallet", filename="one wallet")
    other.call("buyer", "open_wallet", filename="one wallet")
    made_multisig(other, wallet)
    polluted(mine, wallet)


def test_the_very_wallet_opened_by_another_escrow_and_made_multisig(traced: Any, wallet: Any) -> None:
    very_wallet(traced, wallet)
    found = traced.verdict()
    assert said(found) == (FaultType.CACHE_POLLUTION, "buyer", True)
    assert found.interfering == (OTHER,)


@pytest.mark.parametrize(
    ("by_other", "kind"),
    [(False, FaultType.CACHE_POLLUTION), (True, FaultType.WALLET_SWAPPED)],
    ids=["this set-up's wallet, it seems", "the other's wallet, it seems"],
)
def test_a_third_escrow_that_opened_a_wallet(traced: Any, wallet: Any, kind: FaultType, *, by_other: bool) -> None:
    """Whose wallet the other one made multisig is not certain then."""
    mine, other, third = traced(MINE), traced(OTHER), traced("33333333-3333-4333-8333-333333333333")
    other.open("buyer")
    mine.open("buyer")
    if by_other:
        other.open("buyer")
    third.open("buyer")
    third.end()
    made_multisig(other, wallet)
    mine.lose("buyer", "open_wallet", TimeoutError("timed out"))
    polluted(mine, wallet)
    assert said(traced.verdict()) == (kind, "buyer", False)


def test_a_wallet_made_multisig_after_this_set_up_had_closed_its_own(traced: Any, wallet: Any) -> None:
    mine, other = traced(MINE), traced(OTHER)
    other.open("buyer")
    mine.open("buyer")
    mine.call("buyer", "close_wallet")
    made_multisig(other, wallet)
    polluted(mine, wallet)
    assert said(traced.verdict()) == (FaultType.CACHE_POLLUTION, "buyer", False)


# Wallets whose address changed.


def swapped_at_the_end(traced: Any, wallet: Any, address: str) -> None:
    """The vendor's wallet shows this address in the last snapshot, and another escrow's is `theirs`."""
    mine, other = traced(MINE), traced(OTHER, buyer=1, vendor=2, arbiter=3)
    other.snapshot("final", vendor=wallet("theirs", multisig=True))
    other.end()
    mine.prepare("a")
    mine.make("a")
    for number, step in ((2, "make"), (3, "exchange")):
        mine.round(number)
        for role in ROLES:
            mine.call(role, EXCHANGE, out=f"a exchange {role}", infos=mine.given(role, "a", step))
    right = wallet("right", multisig=True)
    mine.snapshot("post_import_multisig", buyer=right, vendor=right, arbiter=right)
    mine.leave()
    mine.snapshot("final", buyer=right, vendor=wallet(address, multisig=True), arbiter=right)
    mine.end()


@pytest.mark.parametrize(
    ("address", "gaps", "sure"),
    [("theirs", 0, True), ("theirs", 1, False), ("nobody's", 0, False)],
    ids=["proved", "a gap in the record", "an address that nobody knows"],
)
def test_a_wallet_swapped_at_the_end(traced: Any, wallet: Any, address: str, gaps: int, *, sure: bool) -> None:
    swapped_at_the_end(traced, wallet, address)
    assert said(traced.verdict(gaps)) == (FaultType.WALLET_SWAPPED, "vendor", sure)


@pytest.mark.parametrize("tried", [False, True], ids=["proved", "after an open of its own that had no answer"])
def test_a_wallet_that_is_plain_again(traced: Any, wallet: Any, *, tried: bool) -> None:
    mine, other = traced(MINE), traced(OTHER, buyer=1, vendor=2, arbiter=3)
    other.snapshot("pre_round1", vendor=wallet("theirs"))
    other.end()
    mine.prepare("a")
    mine.make("a")
    right = wallet("right", multisig=True)
    mine.snapshot("post_make_multisig", buyer=right, vendor=right, arbiter=right)
    if tried:
        mine.lose("vendor", "open_wallet", TimeoutError("timed out"))
    mine.round(2)
    mine.snapshot("pre_round2", vendor=wallet("theirs"))
    mine.end(ValueError("the wallet of the vendor is none"))
    assert said(traced.verdict()) == (FaultType.WALLET_SWAPPED, "vendor", not tried)


# Wallets that were made with the right infos, and are another one all the same.


def made_in_anothers_place(
    traced: Any,
    wallet: Any,
    *,
    done: str | None = "open_wallet",
    opened: str | None = "theirs",
    own: str | None = "mine",
    with_infos: bool = True,
) -> None:
    """Another escrow does this at the vendor's port while its make is under way; the placeholder is another then."""
    mine = traced(MINE)
    if own is not None:
        mine.call("vendor", "create_wallet", filename=own)
    mine.prepare("a")
    for role in ROLES:
        params = {"multisig_info": mine.given(role, "a", "prepare")} if with_infos or role != "vendor" else {}
        with mine._round.call(role, MAKE, port=mine.ports[role], address="127.0.0.1", params=params) as call:
            if role == "vendor" and done is not None:
                other = traced(OTHER)
                other.call("vendor", done, **({} if opened is None else {"filename": opened}))
                other.end()
            call.answer({"multisig_info": f"a make {role}"})
    right = wallet("right", multisig=True)
    mine.snapshot("post_make_multisig", buyer=right, vendor=wallet("another", multisig=True), arbiter=right)
    mine.round(2)
    mine.refuse("buyer", EXCHANGE, -1, RECOMMENDATIONS, multisig_info=mine.given("buyer", "a", "make"))
    mine.end(mine.last_error)


@pytest.mark.parametrize(
    ("recorded", "gaps", "skew", "sure"),
    [
        ({}, 0, 0, True),
        ({}, 1, 0, False),
        ({}, 0, 3_600 * SECOND, False),
        ({"done": "get_balance", "opened": None}, 0, 0, False),
        ({"done": "close_wallet", "opened": None}, 0, 0, False),
        ({"done": None}, 0, 0, False),
        ({"with_infos": False}, 0, 0, False),
        ({"opened": "mine"}, 0, 0, False),
        ({"opened": None}, 0, 0, False),
        ({"own": None}, 0, 0, False),
    ],
    ids=[
        "proved",
        "a gap in the record",
        "clocks that differ",
        "nobody opened a wallet",
        "somebody closed it",
        "nobody was there",
        "infos unknown",
        "the very wallet was opened again",
        "which wallet was opened is not known",
        "which wallet was its own is not known",
    ],
)
def test_a_wallet_made_in_anothers_place(
    traced: Any, wallet: Any, recorded: dict[str, Any], gaps: int, skew: int, *, sure: bool
) -> None:
    made_in_anothers_place(traced, wallet, **recorded)
    assert said(traced.verdict(gaps, clock_skew_nano=skew)) == (FaultType.WALLET_SWAPPED, "vendor", sure)


# Wallets that another escrow opened between two steps.


def swapped_before_make(
    traced: Any, method: str = "open_wallet", *, refused_for_none: bool = False, **named: str
) -> list[Any]:
    """Two set-ups, of which the second did this at the port of the first one's vendor before its make."""
    mine = traced(MINE)
    mine.call("vendor", "create_wallet", filename="the wallet of mine")
    mine.prepare("a")
    other = traced(OTHER)
    other.call("vendor", method, **named)
    other.end()
    mine.refuse("vendor", MAKE, *((-13, NO_FILE) if refused_for_none else (-28, ALREADY)))
    mine.end(mine.last_error)
    return sorted(traced.facts(), key=lambda facts: facts.start_nano)


@pytest.mark.parametrize(
    ("method", "named", "none", "sure"),
    [
        ("open_wallet", {"filename": "the wallet of the other"}, False, True),
        ("open_wallet", {}, False, False),  # it may be the very wallet
        ("open_wallet", {"filename": "the wallet of the other"}, True, False),  # somebody closed that one
        ("close_wallet", {}, True, True),
        ("close_wallet", {}, False, False),  # somebody opened one after that
    ],
    ids=["opened", "opened without a name", "opened, and none was open", "closed", "closed, and one was open"],
)
def test_what_was_done_to_the_wallet(
    traced: Any, method: str, named: dict[str, str], *, none: bool, sure: bool
) -> None:
    facts = swapped_before_make(traced, method, refused_for_none=none, **named)
    assert said(diagnose(facts)[0].verdict) == (FaultType.WALLET_SWAPPED, "vendor", sure)


@pytest.mark.parametrize(
    ("edge", "step"), [("start_nano", PREPARE), ("end_nano", MAKE)], ids=["the step before", "the step after"]
)
def test_an_open_that_was_under_way_during(traced: Any, edge: str, step: str) -> None:
    facts = swapped_before_make(traced, filename="the wallet of the other")
    (opener,) = facts[1].calls
    during = next(call for call in facts[0].calls if (call.role, call.method) == ("vendor", step))
    setattr(opener, edge, during.start_nano + 1)
    assert said(diagnose(facts)[0].verdict) == (FaultType.WALLET_SWAPPED, "vendor", False)


@pytest.mark.parametrize(
    ("code", "text"), [(-13, NO_FILE), (-28, ALREADY)], ids=["no wallet was open", "a wallet was open"]
)
def test_another_that_opened_the_very_wallet(traced: Any, code: int, text: str) -> None:
    mine = traced(MINE)
    mine.call("vendor", "create_wallet", filename="one wallet")
    mine.prepare("a")
    other = traced(OTHER)
    other.call("vendor", "open_wallet", filename="one wallet")
    other.end()
    mine.refuse("vendor", MAKE, code, text)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.WALLET_SWAPPED, "vendor", False)


# Wallets that another escrow closed, in a record that does not tell of the open.


@pytest.mark.parametrize(
    ("recorded", "gaps", "skew", "sure"),
    [
        ({}, 0, 0, True),
        ({}, 1, 0, False),
        ({}, 0, 3_600 * SECOND, False),
        ({"code": -28, "text": ALREADY}, 0, 0, False),
        ({"done": "open_wallet"}, 0, 0, False),
        ({"done": "get_balance"}, 0, 0, False),
        ({"elsewhere": True}, 0, 0, False),
        ({"prepared": False}, 0, 0, False),
        ({"host": "another.host"}, 0, 0, False),
    ],
    ids=[
        "proved",
        "a gap in the record",
        "clocks that differ",
        "a wallet was open",
        "the other opened one",
        "nobody closed it",
        "seen on another port",
        "never seen",
        "on another host",
    ],
)
def test_a_wallet_that_was_closed(traced: Any, recorded: dict[str, Any], gaps: int, skew: int, *, sure: bool) -> None:
    facts = closed_before_make(traced, **recorded)
    facts[0].gaps = gaps
    assert said(diagnose(facts, clock_skew_nano=skew)[0].verdict) == (FaultType.WALLET_SWAPPED, "vendor", sure)


def closed_before_make(
    traced: Any,
    *,
    done: str = "close_wallet",
    code: int = -13,
    text: str = NO_FILE,
    elsewhere: bool = False,
    prepared: bool = True,
    host: str = "127.0.0.1",
) -> list[Any]:
    """Two set-ups, of which the second did this on this host at the port on which the first one is refused."""
    mine = traced(MINE)
    if prepared:
        mine.prepare("a")
    else:
        mine.round(1)
    if elsewhere:
        mine.ports["vendor"] = 18999
    other = traced(OTHER, **mine.ports)
    other.call("vendor", done)
    other.end()
    mine.refuse("vendor", MAKE, code, text)
    mine.end(mine.last_error)
    facts = sorted(traced.facts(), key=lambda one: one.start_nano)
    for call in facts[1].calls:
        call.address = host
    return facts


def test_no_wallet_after_a_close_of_its_own(traced: Any) -> None:
    mine = traced(MINE)
    mine.prepare("a")
    mine.call("vendor", "close_wallet")
    mine.refuse("vendor", MAKE, -13, NO_FILE)
    mine.end(mine.last_error)
    found = traced.verdict()
    assert said(found) == (FaultType.WALLET_SWAPPED, "vendor", False)
    assert found.sentence.endswith("the set-up had closed it itself")


@pytest.mark.parametrize("before", ["closed", "closed by the coordinator", "refused"])
def test_no_wallet_may_have_been_open_when_another_escrow_closed_one(traced: Any, before: str) -> None:
    mine = traced(MINE, coordinator=18083)
    mine.prepare("a")
    if before == "closed":
        mine.call("vendor", "close_wallet")
    elif before == "refused":
        mine.refuse("vendor", MAKE, -13, NO_FILE)
    else:
        mine.call("coordinator", "close_wallet")
    other = traced(OTHER)
    other.open("vendor")
    other.call("vendor", "close_wallet")
    other.end()
    mine.refuse("vendor", MAKE, -13, NO_FILE)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.WALLET_SWAPPED, "vendor", False)


def test_no_wallet_after_an_open_of_its_own_that_failed(traced: Any) -> None:
    mine = traced(MINE)
    mine.call("vendor", "create_wallet", filename="the wallet of mine")
    mine.prepare("a")
    mine.refuse("vendor", "open_wallet", -1, "Failed to open wallet", filename="the wallet of mine")
    other = traced(OTHER)
    other.call("vendor", "close_wallet")
    other.end()
    mine.refuse("vendor", MAKE, -13, NO_FILE)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.WALLET_SWAPPED, "vendor", False)


# What others did not do is proved only by records without gaps.


def alone_by_time(traced: Any, wallet: Any) -> None:
    """Another one runs at the same time, and uses the port only later."""
    mine, other = traced(MINE), traced(OTHER)
    other.call("vendor", "get_balance")
    mine.round(1)
    mine.snapshot("pre_round1", buyer=wallet("finished", multisig=True))
    mine.refuse("buyer", PREPARE, -28, ALREADY)
    other.call("buyer", "get_balance")
    other.end()
    mine.end(mine.last_error)


@pytest.mark.parametrize(
    "script",
    [
        very_wallet,
        finished_elsewhere,
        alone_by_time,
        made_in_anothers_place,
        lambda traced, _wallet: swapped_before_make(traced, filename="the wallet of the other"),
    ],
    ids=["whose it was", "who opened another", "alone on its port", "made in another's place", "who opened last"],
)
def test_a_gap_in_the_others_record(traced: Any, wallet: Any, script: Any) -> None:
    script(traced, wallet)
    assert traced.verdict().sure
    found = traced.verdict(others_gaps=1)
    assert not found.sure
    assert found.kind is traced.verdict().kind


def test_a_gap_in_the_record_of_one_that_ran_elsewhere(traced: Any, wallet: Any) -> None:
    elsewhere = traced(OTHER, buyer=1, vendor=2, arbiter=3)
    mine = traced(MINE)
    elsewhere.call("buyer", "get_balance")
    polluted(mine, wallet)
    elsewhere.end()
    first, second = sorted(traced.facts(), key=lambda one: one.escrow_id)
    second.gaps = 1
    assert said(diagnose([first, second])[0].verdict) == (FaultType.CACHE_POLLUTION, "buyer", True)
