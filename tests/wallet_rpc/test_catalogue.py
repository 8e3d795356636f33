from __future__ import annotations

import subprocess
import sys

import pytest

from otel_multisig.wallet_rpc import ALIASES, ERROR_CODES, METHODS, Phase, Sensitivity, canonical_name

LIFE = (
    *("prepare_multisig", "make_multisig", "exchange_multisig_keys", "finalize_multisig"),
    *("is_multisig", "export_multisig_info", "import_multisig_info", "sign_multisig"),
    *("submit_multisig", "transfer", "transfer_split", "sweep_all"),
    *("sweep_single", "sweep_dust", "describe_transfer", "sign_transfer"),
    *("submit_transfer", "relay_tx", "get_transfers", "get_tx_key"),
    *("check_tx_key", "query_key", "export_key_images", "import_key_images"),
    *("create_wallet", "open_wallet", "close_wallet", "restore_deterministic_wallet"),
    *("generate_from_keys", "change_wallet_password", "refresh", "rescan_blockchain"),
    *("store", "stop_wallet", "get_address", "get_balance"),
    *("get_height", "get_version", "get_accounts", "set_daemon"),
    *("auto_refresh", "get_languages", "set_attribute"),
)


def all_fields():
    return [
        (method.name, side, field)
        for method in METHODS.values()
        for side, fields in (("params", method.params), ("result", method.result))
        for field in fields
    ]


def sensitivities(method, side):
    return {field.name: field.sensitivity for field in getattr(METHODS[method], side)}


@pytest.mark.parametrize("name", LIFE)
def test_every_method_of_a_multisig_wallets_life_is_known(name):
    assert METHODS[name].name == name


def test_names_are_canonical_and_aliases_lead_to_them():
    assert all(name == method.name for name, method in METHODS.items())
    assert {canonical_name(alias) for alias in ALIASES} <= set(METHODS)
    assert not set(ALIASES) & set(METHODS)
    assert canonical_name("getbalance") == "get_balance"
    assert canonical_name("prepare_multisig") == "prepare_multisig"
    assert canonical_name("unheard_of") == "unheard_of"


def test_no_side_of_a_method_names_a_field_twice():
    seen = [(method, side, field.name) for method, side, field in all_fields()]
    assert len(seen) == len(set(seen))


def test_the_set_up_is_what_a_trace_shows_of_it():
    assert sensitivities("prepare_multisig", "params") == {"enable_multisig_experimental": Sensitivity.PUBLIC}
    assert sensitivities("prepare_multisig", "result") == {"multisig_info": Sensitivity.MULTISIG_INFO}
    assert sensitivities("make_multisig", "params") == {
        "multisig_info[]": Sensitivity.MULTISIG_INFO,
        "threshold": Sensitivity.PUBLIC,
        "password": Sensitivity.SECRET,
    }
    assert sensitivities("exchange_multisig_keys", "result") == {
        "multisig_info": Sensitivity.MULTISIG_INFO,
        "address": Sensitivity.ADDRESS,
    }
    assert {METHODS[name].phase for name in ("prepare_multisig", "make_multisig", "exchange_multisig_keys")} == {
        Phase.SETUP
    }


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ("password", {Sensitivity.SECRET}),
        ("seed", {Sensitivity.SECRET}),
        ("viewkey", {Sensitivity.SECRET}),
        ("spendkey", {Sensitivity.SECRET}),
        ("txset", {Sensitivity.SECRET}),
        ("tx_blob", {Sensitivity.SECRET}),
        ("tx_data_hex", {Sensitivity.SECRET}),
        ("metadata", {Sensitivity.SECRET, Sensitivity.PUBLIC}),  # get_tx_metadata asks for it
        ("key_image", {Sensitivity.SECRET, Sensitivity.PUBLIC}),  # keep_key_images
        ("signature", {Sensitivity.SECRET, Sensitivity.PUBLIC}),  # signature_type
        ("multisig_info", {Sensitivity.MULTISIG_INFO}),
        ("balance", {Sensitivity.AMOUNT, Sensitivity.PUBLIC}),  # strict_balances
        ("amount", {Sensitivity.AMOUNT}),
        ("fee", {Sensitivity.AMOUNT, Sensitivity.PUBLIC}),  # subtract_fee_from_outputs
        ("filename", {Sensitivity.FILE_NAME}),
        ("label", {Sensitivity.TEXT}),
        ("payment_id", {Sensitivity.ADDRESS}),
    ],
)
def test_what_a_name_says_is_treated_alike_in_every_method(part, allowed):
    found = [(method, field) for method, _, field in all_fields() if part in field.name.rpartition(".")[2]]
    assert found
    assert all(field.sensitivity in allowed for _, field in found), found


def test_error_codes_have_their_names():
    assert [ERROR_CODES[code] for code in (-1, -13, -21, -28, -31, -33, -48, -50)] == [
        "UNKNOWN_ERROR",
        "NOT_OPEN",
        "WALLET_ALREADY_EXISTS",
        "ALREADY_MULTISIG",
        "NOT_MULTISIG",
        "THRESHOLD_NOT_REACHED",
        "DISABLED",
        "NONZERO_UNLOCK_TIME",
    ]
    assert set(range(-53, 0)) < set(ERROR_CODES)
    assert ERROR_CODES[-32601] == "METHOD_NOT_FOUND"


def test_tables_cannot_be_changed():
    for table in (METHODS, ALIASES, ERROR_CODES):
        with pytest.raises(TypeError):
            table["x"] = None


def test_importing_the_room_brings_no_server_with_it():
    code = "import sys, otel_multisig.wallet_rpc; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "http.server" not in done.stdout
    assert "socketserver" not in done.stdout
