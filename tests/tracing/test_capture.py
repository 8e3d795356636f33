"""What a call's span holds of parameters and results, by the catalogue."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig import trace_escrow
from otel_multisig.semconv import attributes as attr
from otel_multisig.tracing import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.testing.recording import Recorded

UUID = "e946fef3-8734-4874-8528-71319317e131"
ADDRESS = "5" + "A" * 94
INFOS = ["MultisigxV2R1" + letter * 200 for letter in "CDE"]


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def call(recorded: Recorded, method: str, params: Any = None, result: Any = None) -> Mapping[str, Any]:
    """The attributes of our own that a call adds to those that every call has."""
    with trace_escrow("e-1") as escrow, escrow.call("buyer", method, params=params) as call:
        call.answer(result)
    common = {attr.MONERO_ESCROW_ID, attr.MONERO_WALLET_ROLE}
    return {
        key: value
        for key, value in (recorded.spans[0].attributes or {}).items()
        if key.startswith("monero.") and not key.startswith("monero.setup") and key not in common
    }


def test_prepare_multisig(recorded_spans: Recorded) -> None:
    found = call(
        recorded_spans, "prepare_multisig", {"enable_multisig_experimental": True}, {"multisig_info": INFOS[0]}
    )
    assert found == {
        attr.MONERO_MULTISIG_EXPERIMENTAL: True,
        attr.MONERO_MULTISIG_INFO_HASH: digest(INFOS[0]),
        attr.MONERO_MULTISIG_INFO_LENGTH: 213,
    }


def test_make_multisig(recorded_spans: Recorded) -> None:
    params = {"multisig_info": INFOS[:2], "threshold": 2, "password": "hunter2"}
    found = call(recorded_spans, "make_multisig", params, {"address": ADDRESS, "multisig_info": INFOS[2]})
    assert found == {
        attr.MONERO_MULTISIG_THRESHOLD: 2,
        attr.MONERO_MULTISIG_PARTICIPANTS: 3,
        attr.MONERO_MULTISIG_INFO_INPUT_HASH: f"{digest(INFOS[0])} {digest(INFOS[1])}",
        attr.MONERO_MULTISIG_INFO_INPUT_LENGTH: "213 213",
        attr.MONERO_MULTISIG_INFO_HASH: digest(INFOS[2]),
        attr.MONERO_MULTISIG_INFO_LENGTH: 213,
        attr.MONERO_WALLET_ADDRESS_HASH: digest(ADDRESS),
    }


def test_the_last_exchange_gives_no_info_and_the_first_no_address(recorded_spans: Recorded) -> None:
    found = call(recorded_spans, "exchange_multisig_keys", {}, {"address": "", "multisig_info": ""})
    assert attr.MONERO_WALLET_ADDRESS_HASH not in found
    assert found[attr.MONERO_MULTISIG_INFO_LENGTH] == 0


@pytest.mark.parametrize(
    ("filename", "recorded"),
    [
        (f"buyer_temp_escrow_{UUID}", f"buyer_temp_escrow_{UUID}"),
        (f"/home/alice/{UUID}_vendor.keys", f"{UUID}_vendor.keys"),
        ("alices_savings", f"sha256:{digest('alices_savings')}"),
    ],
)
def test_wallet_files(recorded_spans: Recorded, filename: str, recorded: str) -> None:
    found = call(recorded_spans, "open_wallet", {"filename": filename, "password": "hunter2"}, {})
    assert found == {attr.MONERO_WALLET_FILE_NAME: recorded}


@pytest.mark.parametrize(
    ("balance", "recorded"),
    [
        ((0, 0), {attr.MONERO_WALLET_BALANCE_TOTAL: 0, attr.MONERO_WALLET_BALANCE_UNLOCKED: 0}),
        ((5, 0), {attr.MONERO_WALLET_BALANCE_UNLOCKED: 0}),
        ((5, 3), {}),
    ],
)
def test_balances_are_recorded_where_they_are_zero(
    recorded_spans: Recorded, balance: tuple[int, int], recorded: dict[str, int]
) -> None:
    assert (
        call(recorded_spans, "getbalance", {}, dict(zip(("balance", "unlocked_balance"), balance, strict=True)))
        == recorded
    )


def test_what_is_sensitive_by_opt_in(recorded_spans: Recorded) -> None:
    settings.update(capture="addresses, Amounts,paths")
    found = call(recorded_spans, "get_balance", {}, {"balance": 5, "unlocked_balance": 3})
    assert found == {attr.MONERO_WALLET_BALANCE_TOTAL: 5, attr.MONERO_WALLET_BALANCE_UNLOCKED: 3}
    with trace_escrow("e-2") as escrow:
        with escrow.call("buyer", "get_address") as asked:
            asked.answer({"address": ADDRESS})
        with escrow.call("buyer", "open_wallet", params={"filename": "/home/alice/savings"}):
            pass
    address, file = (span.attributes or {} for span in recorded_spans.spans[2:4])
    assert address[attr.MONERO_WALLET_ADDRESS_VALUE] == ADDRESS
    assert file[attr.MONERO_WALLET_FILE_NAME] == "/home/alice/savings"


GARBAGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**80,
    1.5,
    "text",
    "\ud800",
    "x" * 9000,
    b"bytes",
    [],
    ["x"] * 99,
    {},
    {"a": 1},
)


@pytest.mark.parametrize(
    "garbage", GARBAGE, ids=[f"{type(value).__name__}-{index}" for index, value in enumerate(GARBAGE)]
)
def test_a_wallet_that_answers_garbage(recorded_spans: Recorded, garbage: Any) -> None:
    # That what is recorded has the types of the registry is checked by the fixture; here: that nothing fails.
    settings.update(capture="addresses,amounts,paths")
    with trace_escrow("e-1") as escrow:
        for method, fields in {
            "is_multisig": ("multisig", "threshold", "total"),
            "get_address": ("address",),
            "get_balance": ("balance", "unlocked_balance"),
            "make_multisig": ("multisig_info", "threshold", "address"),
            "open_wallet": ("filename",),
            "brew_coffee": ("address",),
        }.items():
            with escrow.call("buyer", method, params=dict.fromkeys(fields, garbage)) as asked:
                asked.answer(dict.fromkeys(fields, garbage))
            with escrow.call("buyer", method, params=garbage) as asked:
                asked.answer(garbage)
                asked.response(garbage)
    assert len(recorded_spans.spans) == 13


def test_what_the_catalogue_does_not_name_is_not_recorded(recorded_spans: Recorded) -> None:
    assert call(recorded_spans, "brew_coffee", {"address": ADDRESS}, {"address": ADDRESS, "threshold": 3}) == {}
    assert call(recorded_spans, "get_height", {"address": ADDRESS}, {"address": ADDRESS}) == {}
