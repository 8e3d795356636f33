from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.wallet_rpc import parse_wallet_file_name, safe_file_name, sha256_hex

UUID = "2b758519-8ff2-4755-b6c9-ab542c66c56d"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        (f"buyer_temp_escrow_{UUID}", "buyer"),
        (f"arbiter_escrow_{UUID}", "arbiter"),
        (f"{UUID}_vendor", "vendor"),
        (f"mediator_temp_escrow_{UUID}.keys", "mediator"),
        (f"signer4_temp_escrow_{UUID}.address.txt", "signer4"),
        (f"/var/lib/wallets/buyer_temp_escrow_{UUID}", "buyer"),
        (rf"C:\wallets\buyer_temp_escrow_{UUID}.keys", "buyer"),
    ],
)
def test_a_name_tells_role_and_escrow(name, role):
    assert parse_wallet_file_name(name) == (role, UUID)


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        "",
        f"buyer_{UUID}",
        f"_temp_escrow_{UUID}",
        f"buyer_temp_escrow_{UUID}_of_alice",
        f"alice_buyer_temp_escrow_{UUID}",
        f"buyer_temp_escrow_{UUID[:-1]}",
        f"buyer_temp_escrow_{UUID}\n",
        f"büyer_temp_escrow_{UUID}",
        "9f2c" * 16 + f"_escrow_{UUID}",
    ],
)
def test_any_other_name_stands_as_its_digest(name):
    assert parse_wallet_file_name(name) is None
    assert safe_file_name(name) == f"sha256:{sha256_hex(name)}"


def test_the_folder_is_no_part_of_the_name():
    assert safe_file_name(f"/home/alice/buyer_temp_escrow_{UUID}") == f"buyer_temp_escrow_{UUID}"
    assert safe_file_name("/home/alice/savings") == safe_file_name("savings")


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=24), st.uuids(), st.sampled_from(["temp_", ""]))
def test_any_word_is_a_role(role, escrow, temp):
    name = f"{role}_{temp}escrow_{escrow}"
    assert parse_wallet_file_name(name) == (role, str(escrow))
    assert safe_file_name(name) == name


@given(st.text())
def test_any_text_has_a_safe_name(text):
    safe = safe_file_name(text)
    assert safe == text or safe.startswith("sha256:") or parse_wallet_file_name(safe)


def test_digests_are_those_of_the_utf8_bytes():
    assert sha256_hex("Größe") == hashlib.sha256("Größe".encode()).hexdigest()
    assert len(sha256_hex("\ud800")) == 64
