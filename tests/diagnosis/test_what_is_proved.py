"""What each sure verdict rests on: where one thing of it is not in the record, the verdict stays and is not sure.

Of calls that were lost, repeated or too early, of wallets that do not open, of flags and of servers.
"""

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
WRONG_ROUND = "Error calling exchange_multisig_info: Messages don't have the expected kex round number."
DISABLED = "This wallet is multisig, and multisig is disabled."


def said(found: Any) -> tuple[Any, Any]:
    return found and (found.kind, found.sure)


def visit(traced: Any, role: str) -> None:
    """Another escrow's set-up asks the server of a role for something."""
    other = traced(OTHER)
    other.call(role, "get_balance")
    other.end()


@pytest.mark.parametrize(
    ("error", "seen", "between", "gaps", "sure"),
    [
        (TimeoutError, "prepared", None, 0, True),
        (TimeoutError, "looked at", None, 0, True),
        (ValueError, "prepared", None, 0, False),  # the server may have refused the first one just as well
        (TimeoutError, None, None, 0, False),  # it may have been multisig before
        (TimeoutError, "prepared", "visit", 0, False),  # the other one may have opened its own wallet
        (TimeoutError, "prepared", "open", 0, False),  # that wallet may have been multisig
        (TimeoutError, "prepared", "move", 0, False),
        (TimeoutError, "prepared elsewhere", None, 0, False),
        (TimeoutError, "prepared", None, 1, False),  # what is missing may be such an open
    ],
    ids=[
        "proved",
        "proved by a look",
        "an error of the client",
        "never seen plain",
        "somebody else at the port",
        "an open of its own",
        "refused on another port",
        "seen plain on another port",
        "a gap in the record",
    ],
)
def test_a_lost_answer(
    traced: Any, wallet: Any, error: type[Exception], seen: str | None, between: str | None, gaps: int, *, sure: bool
) -> None:
    mine = traced(MINE)
    mine.round(1)
    if seen == "looked at":
        mine.snapshot("pre_round1", buyer=wallet("plain"))
    elif seen is not None:
        mine.call("buyer", PREPARE, out="an info")
    if seen == "prepared elsewhere":
        mine.ports["buyer"] = 18999
    mine.lose("buyer", MAKE, error())
    if between == "visit":
        visit(traced, "buyer")
    elif between == "open":
        mine.open("buyer")
    elif between == "move":
        mine.ports["buyer"] = 18999
    mine.refuse("buyer", MAKE, -28, ALREADY)
    mine.end(mine.last_error)
    assert said(traced.verdict(gaps)) == (FaultType.LOST_ANSWER_RETRY, sure)


@pytest.mark.parametrize("before", ["opens", "is visited"])
def test_a_lost_answer_after_another_wallet_may_have_been_opened(traced: Any, before: str) -> None:
    """It was plain at prepare, and the first make may have been refused as the second was."""
    mine = traced(MINE)
    mine.round(1)
    mine.call("buyer", PREPARE, out="an info")
    if before == "opens":
        mine.open("buyer")
    else:
        visit(traced, "buyer")
    mine.lose("buyer", MAKE, TimeoutError())
    mine.refuse("buyer", MAKE, -28, ALREADY)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.LOST_ANSWER_RETRY, False)


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), OSError("No route to host"), OSError("failed to connect to 127.0.0.1")], ids=str
)
def test_a_call_that_never_came_to_the_server_has_no_answer_to_lose(traced: Any, error: Exception) -> None:
    mine = traced(MINE)
    mine.round(1)
    mine.call("buyer", PREPARE, out="an info")
    mine.lose("buyer", MAKE, error)
    mine.refuse("buyer", MAKE, -28, ALREADY)
    mine.end(mine.last_error)
    found = traced.verdict()
    assert found.kind is not FaultType.LOST_ANSWER_RETRY
    assert not found.sure


def test_of_two_calls_without_an_answer_the_one_that_came_to_the_server_had_it(traced: Any) -> None:
    mine = traced(MINE)
    mine.round(1)
    mine.call("buyer", PREPARE, out="an info")
    mine.lose("buyer", MAKE, TimeoutError())
    mine.lose("buyer", MAKE, ConnectionRefusedError())
    mine.refuse("buyer", MAKE, -28, ALREADY)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.LOST_ANSWER_RETRY, True)


def test_a_lost_answer_to_an_exchange_is_not_proved_by_words_that_wrong_infos_have_too(traced: Any) -> None:
    mine = traced(MINE)
    mine.prepare("a")
    mine.make("a")
    mine.round(2)
    mine.lose("buyer", EXCHANGE, TimeoutError("timed out"))
    mine.refuse("buyer", EXCHANGE, -1, WRONG_ROUND)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.LOST_ANSWER_RETRY, False)


NOT_OPENED = (-1, "Failed to open wallet")


@pytest.mark.parametrize(
    ("refused", "steps", "names", "gaps", "sure"),
    [
        (NOT_OPENED, ("close",), ("one", "one"), 0, True),
        ((-22, "Invalid password"), ("close",), ("one", "one"), 0, False),
        (NOT_OPENED, (), ("one", "one"), 0, False),
        (NOT_OPENED, ("close", "visit"), ("one", "one"), 0, False),  # it may hold the file
        (NOT_OPENED, ("close",), ("one", "one"), 1, False),  # what is missing may be a store
        (NOT_OPENED, ("lost store", "close"), ("one", "one"), 0, False),
        (NOT_OPENED, ("close",), ("one", "another"), 0, False),
        (NOT_OPENED, ("close",), ("one", None), 0, False),
        (NOT_OPENED, ("close",), (None, None), 0, False),
        (NOT_OPENED, ("open", "close"), ("one", "one"), 0, False),  # that may have saved it
    ],
    ids=[
        "proved",
        "another reason",
        "no close on record",
        "somebody else at the port",
        "a gap in the record",
        "a store without an answer",
        "an open of another file",
        "an open without a name",
        "no names",
        "opened again before",
    ],
)
def test_an_unsaved_close(
    traced: Any,
    refused: tuple[int, str],
    steps: tuple[str, ...],
    names: tuple[str | None, str | None],
    gaps: int,
    *,
    sure: bool,
) -> None:
    closed_and_refused(traced, steps, refused, names)
    assert said(traced.verdict(gaps)) == (FaultType.UNSAVED_CLOSE, sure)


def test_a_wallet_that_was_stored_before_its_close_was_not_closed_unsaved(traced: Any) -> None:
    closed_and_refused(traced, ("store", "close"))
    assert said(traced.verdict()) == (FaultType.UNKNOWN, False)


def closed_and_refused(
    traced: Any,
    steps: tuple[str, ...],
    refused: tuple[int, str] = NOT_OPENED,
    names: tuple[str | None, str | None] = ("one", "one"),
) -> None:
    """An exchange of the vendor's wallet, opened by the first name; then these steps; the second is refused."""
    opened, again = ({} if name is None else {"filename": name} for name in names)
    mine = traced(MINE)
    mine.call("vendor", "open_wallet", **opened)
    mine.prepare("a")
    mine.make("a")
    mine.round(2)
    for role in ROLES:
        mine.call(role, EXCHANGE, infos=mine.given(role, "a", "make"))
    mine.leave()
    for step in steps:
        if step == "visit":
            visit(traced, "vendor")
        elif step == "lost store":
            mine.lose("vendor", "store", TimeoutError())
        elif step == "open":
            mine.call("vendor", "open_wallet", **opened)
        else:
            mine.call("vendor", {"close": "close_wallet", "store": "store"}[step])
    mine.refuse("vendor", "open_wallet", *refused, **again)
    mine.end(mine.last_error)


@pytest.mark.parametrize(("gaps", "sure"), [(0, True), (1, False)], ids=["proved", "a gap in the record"])
def test_a_wallet_that_stayed_open(traced: Any, gaps: int, *, sure: bool) -> None:
    mine = traced(MINE)
    mine.open("buyer", "create_wallet")
    mine.prepare("a")
    mine.make("a")
    mine.refuse("buyer", "open_wallet", -1, "Failed to open wallet")
    mine.round(2)
    mine.refuse("buyer", EXCHANGE, -31, "This wallet is not multisig")
    mine.end(mine.last_error)
    assert said(traced.verdict(gaps)) == (FaultType.STALE_WALLET_AFTER_FAILED_OPEN, sure)


def test_a_wallet_that_answered_where_the_set_up_had_opened_none_may_be_the_right_one(traced: Any) -> None:
    mine = traced(MINE)
    mine.open("vendor", "create_wallet")
    mine.refuse("buyer", "open_wallet", -1, "Failed to open wallet")
    mine.prepare("a")
    mine.lose("arbiter", MAKE, ValueError("what came back could not be read"))
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.STALE_WALLET_AFTER_FAILED_OPEN, False)


@pytest.mark.parametrize(
    ("code", "text", "sure"),
    [
        (-31, "This wallet is multisig, but not yet finalized", True),
        (-31, "This wallet is not multisig", False),  # a plain wallet was open
        (None, "This wallet is multisig, but not yet finalized", False),  # the words of some client
    ],
    ids=["proved", "not the server's word", "no code"],
)
def test_a_wallet_used_too_early(traced: Any, code: int | None, text: str, *, sure: bool) -> None:
    mine = traced(MINE)
    mine.prepare("a")
    mine.make("a")
    mine.lose("buyer", "export_multisig_info", ValueError(text), code)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.NOT_FINALIZED, sure)


@pytest.mark.parametrize(
    ("escrow", "refused", "sure"),
    [("mine", False, True), ("other", False, False), ("mine", True, False)],
    ids=["proved", "a worker on another escrow", "a worker that was refused"],
)
def test_a_second_worker(script: Any, verdict: Any, escrow: str, *, refused: bool, sure: bool) -> None:
    worker = script(escrow, at=1).until(MAKE, "buyer", 1)
    worker.call("buyer", MAKE, failed=refused)
    record = script("mine").until(MAKE, "buyer", 1)
    record.now = worker.now + 500
    record.fail("buyer", MAKE, 1, "Multisig error: Already in multisig mode", took=300)
    assert said(verdict(record, worker)) == (FaultType.RACE, sure)


@pytest.mark.parametrize(
    ("name", "error_type", "sure"),
    [("Connection refused", ConnectionRefusedError, True), ("", type("RequestRefusedError", (Exception,), {}), False)],
    ids=["proved", "a client's own word"],
)
def test_a_server_that_takes_no_connection(traced: Any, name: str, error_type: type[Exception], *, sure: bool) -> None:
    mine = traced(MINE)
    mine.prepare("a")
    mine.lose("buyer", MAKE, error_type(name))
    mine.end(mine.last_error)
    (facts,) = traced.facts()
    facts.calls[-1].duration_nano = 30_000_000_000
    assert said(diagnose([facts])[0].verdict) == (FaultType.SERVER_UNREACHABLE, sure)


@pytest.mark.parametrize(
    ("first", "prepared", "gaps", "sure"),
    [
        (None, True, 0, True),
        ("the same", True, 0, True),
        (None, False, 0, False),
        ("another", True, 0, False),
        ("the same", True, 1, False),
    ],
    ids=["proved", "proved by both opens", "prepare not in the record", "another wallet before", "a gap in the record"],
)
def test_a_wallet_opened_again_after_prepare_has_lost_its_flag(
    traced: Any, first: str | None, gaps: int, *, prepared: bool, sure: bool
) -> None:
    """Where prepare is not in the record, it may have come after the open; another wallet never had the flag."""
    mine = traced(MINE)
    if first == "the same":
        mine.open("buyer")
    elif first is not None:
        mine.call("buyer", "open_wallet", filename=first)
    if prepared:
        mine.prepare("a")
    mine.open("buyer")
    mine.make("a")
    mine.round(2)
    mine.refuse("buyer", EXCHANGE, -48, DISABLED)
    mine.end(mine.last_error)
    assert said(traced.verdict(gaps)) == (FaultType.EXPERIMENTAL_FLAG_LOST, sure)


def test_that_another_escrow_opened_the_wallet_again_is_not_proved_by_a_file_name(traced: Any) -> None:
    mine = traced(MINE)
    mine.call("buyer", "create_wallet", filename="a wallet")
    mine.prepare("a")
    other = traced(OTHER)
    for _ in range(9):
        other.call("buyer", "get_balance")
    other.call("buyer", "open_wallet", filename="a wallet")
    other.end()
    mine.make("a")
    mine.round(2)
    mine.refuse("buyer", EXCHANGE, -48, DISABLED)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.EXPERIMENTAL_FLAG_LOST, False)


@pytest.mark.parametrize(
    ("unseen", "seen", "sure"),
    [
        ((), (), True),
        ((("PRE_ROUND2", "vendor"),), (), False),
        ((), (("PRE_ROUND2", "vendor"),), False),
        (
            (),
            tuple((point, role) for point in ("POST_MAKE_MULTISIG", "PRE_ROUND2") for role in ("buyer", "arbiter")),
            False,
        ),
    ],
    ids=["proved", "no look before it", "a look without an address", "no address of the others"],
)
def test_a_lost_flag(script: Any, verdict: Any, unseen: Any, seen: Any, *, sure: bool) -> None:
    record = script("mine")
    record.hashes |= dict.fromkeys(seen)
    record.until(EXCHANGE, "vendor", 2)
    record.events = [
        event for event in record.events if (event["event_type"].removeprefix("SNAPSHOT_"), event["role"]) not in unseen
    ]
    record.fail("vendor", EXCHANGE, 2, f"Monero RPC error: {DISABLED}", took=0)
    assert said(verdict(record)) == (FaultType.EXPERIMENTAL_FLAG_LOST, sure)


def test_a_lost_flag_of_a_wallet_that_had_shown_another_address_for_a_while(traced: Any, wallet: Any) -> None:
    mine = traced(MINE)
    mine.prepare("a")
    mine.call("buyer", PREPARE, out="a later info")  # so that it is not the odd one for having been fed wrongly
    mine.make("a")
    right, other = wallet("right", multisig=True), wallet("another", multisig=True)
    mine.snapshot("post_make_multisig", buyer=other, vendor=right, arbiter=right)
    mine.round(2)
    mine.snapshot("pre_round2", buyer=right, vendor=right, arbiter=right)
    mine.refuse("buyer", EXCHANGE, -48, DISABLED)
    mine.end(mine.last_error)
    assert said(traced.verdict()) == (FaultType.EXPERIMENTAL_FLAG_LOST, False)


def test_a_lost_flag_where_somebody_else_was_at_the_port(script: Any, verdict: Any) -> None:
    record = script("mine").until(EXCHANGE, "vendor", 2)
    record.fail("vendor", EXCHANGE, 2, f"Monero RPC error: {DISABLED}", took=0)
    other = script("other", at=5, buyer=1, arbiter=3).until(PREPARE, "arbiter", 1)
    assert said(verdict(record, other)) == (FaultType.EXPERIMENTAL_FLAG_LOST, False)


def test_that_the_pool_was_exhausted_for_a_while_does_not_prove_that_it_was_the_cause(
    script: Any, verdict: Any
) -> None:
    record = script("mine").custom("coordinator", event="wallet_pool_exhausted", waited_ms=900)
    record.until(MAKE, "buyer", 1).end("coordinator", "setup", 1, "who knows")
    assert said(verdict(record)) == (FaultType.POOL_EXHAUSTED, False)
