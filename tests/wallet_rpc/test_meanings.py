"""What errors mean: by code, by known texts, and by the words of the legacy client."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.wallet_rpc.known_texts import KNOWN_TEXTS
from otel_multisig.wallet_rpc.meanings import Meaning, meaning_of

MAKE, EXCHANGE = "make_multisig", "exchange_multisig_keys"
KEX = "Error calling exchange_multisig_info: "


@pytest.mark.parametrize(
    ("method", "code", "text", "meaning"),
    [
        (MAKE, -28, "This wallet is already multisig", Meaning.ALREADY_MULTISIG),
        (EXCHANGE, -28, "This wallet is multisig, and already finalized", Meaning.ALREADY_FINALIZED),
        (EXCHANGE, -28, "words of a later version", Meaning.ALREADY_FINALIZED),
        (EXCHANGE, -31, "This wallet is not multisig", Meaning.NOT_MULTISIG),
        ("export_multisig_info", -31, "This wallet is multisig, but not yet finalized", Meaning.NOT_FINALIZED),
        (MAKE, -13, "", Meaning.NO_WALLET),
        (EXCHANGE, -48, "", Meaning.DISABLED),
        (EXCHANGE, -33, "", Meaning.TOO_FEW_INFOS),
        ("open_wallet", -1, "Failed to open wallet", Meaning.OPEN_FAILED),
        ("open_wallet", -1, "words of a later version", Meaning.OPEN_FAILED),
        ("create_wallet", -21, "", Meaning.ALREADY_EXISTS),
        (EXCHANGE, -1, f"{KEX}Messages don't have the expected kex round number.", Meaning.WRONG_ROUND),
        (EXCHANGE, -1, f"{KEX}All messages must have the same kex round number.", Meaning.WRONG_ROUND),
        (EXCHANGE, -1, "Kex messages were for round [2], but expected round is [3]", Meaning.WRONG_ROUND),
        (EXCHANGE, -1, "Could not find an expected signer in multisig post-kex round messages", Meaning.MIXED_INPUTS),
        (MAKE, -1, "Duplicate signers not allowed when converting a wallet to multisig.", Meaning.MIXED_INPUTS),
        (MAKE, -1, "Multisig kex msg decoding error.", Meaning.BAD_INFO),
        (MAKE, -77, "disk quota exceeded", Meaning.UNKNOWN),
    ],
)
def test_what_the_server_says(method: str, code: int, text: str, meaning: Meaning) -> None:
    assert meaning_of(method, code, text) is meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Multisig error: Already in multisig mode", Meaning.ALREADY_MULTISIG),
        ("Wallet already in multisig mode", Meaning.ALREADY_MULTISIG),
        ("MONERO RPC ERROR: THIS WALLET IS ALREADY MULTISIG", Meaning.ALREADY_MULTISIG),
        ("Invalid input: Wallet already finalized", Meaning.ALREADY_FINALIZED),
        ("Invalid input: Wallet is not a multisig wallet", Meaning.NOT_MULTISIG_REWRITTEN),
        ("Monero RPC error: Monero RPC error: No wallet file", Meaning.NO_WALLET),
        ("Monero RPC error: RPC unreachable", Meaning.UNREACHABLE),
        ("Internal error: Network error: error sending request: operation timed out", Meaning.TIMED_OUT),
        ("Internal error: Network error: error sending request", Meaning.UNREACHABLE),
        ("Wallet error: Wallet is locked", Meaning.LOCKED),
        ("No RPC instances available after 20 seconds", Meaning.POOL_EXHAUSTED),
        ("Multisig address mismatch", Meaning.ADDRESS_MISMATCH),
        ("lock wallet-ports not acquired in 30 s", Meaning.LOCKED),
    ],
)
def test_what_the_legacy_client_makes_of_it(text: str, meaning: Meaning) -> None:
    assert meaning_of(EXCHANGE, None, text) is meaning


@pytest.mark.parametrize(
    ("error_type", "meaning"),
    [
        ("ConnectionRefusedError", Meaning.UNREACHABLE),
        ("requests.exceptions.ReadTimeout", Meaning.TIMED_OUT),
        ("TimeoutError", Meaning.TIMED_OUT),
        ("ValueError", Meaning.UNKNOWN),
    ],
)
def test_without_words_the_class_of_the_exception_tells(error_type: str, meaning: Meaning) -> None:
    assert meaning_of(MAKE, None, "", error_type) is meaning


def test_the_refusals_of_a_set_up_are_all_understood() -> None:
    of_the_exchange = [known for known in KNOWN_TEXTS if "kex" in known.text.casefold()]
    assert of_the_exchange
    for known in of_the_exchange:
        assert meaning_of(EXCHANGE, -1, KEX + known.text) is not Meaning.UNKNOWN, known.text


@given(st.text(), st.one_of(st.none(), st.integers()), st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()))
def test_any_error_has_a_meaning(method: str, code: int | None, text: str | None, error_type: str | None) -> None:
    assert meaning_of(method, code, text, error_type) in Meaning
