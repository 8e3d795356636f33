from __future__ import annotations

import json
import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_multisig.wallet_rpc import safe_error_text, sha256_hex
from otel_multisig.wallet_rpc.error_text import LONGEST_SAFE_TEXT
from otel_multisig.wallet_rpc.known_texts import KNOWN_TEXTS, find_known_text

UUID = "2b758519-8ff2-4755-b6c9-ab542c66c56d"
HEX = "9f2c" * 16
ADDRESS = "51sLpF8fWaK1111111111111111111111111111111111AEtNm8x7YjdoHV9nvuUNF6yZz8gA4qutJadWboMRGzdR1ULFfe"
INFO = "MultisigxV2R1" + "hYTnVPxtRtjb7SAmXQjX5E76tU36BZdvBAQDvKqAWS7MBDZa3X5ihhnYtRsjJSAJgmY799WzT3WXs1KEL6" * 2
SEED = (
    "sequence atlas unveil summon pebbles tuesday beer rudely snake rockets different fuselage woven tagged bested "
    "dented vegan hover rapid fawns obvious muppet randomly seasons randomly"
)
GERMAN = "Abakus Ladung Tochter Weg Zebra Kraft Ofen Amsel Bild Nase Rost Turm Kabel Fenster Haus"
REFUSED = (
    "HTTPConnectionPool(host='127.0.0.1', port=18082): Max retries exceeded with url: /json_rpc (Caused by "
    "NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f3a5c0b9d30>: Failed to establish a new "
    "connection: [Errno 111] Connection refused'))"
)
CHINESE = "的 一 是 在 不 了 有 和 人 这 中 大 为"
JAPANESE = (
    "あいこくしん あいさつ あいだ あおぞら あかちゃん あきる あけがた あける あこがれる あさい あさひ あしあと あじわう"
)


def test_every_known_text_passes_whole():
    for known in KNOWN_TEXTS:
        text = known.text.replace("{n}", "3")
        assert safe_error_text(text) == text
        assert find_known_text(text) is known


@pytest.mark.parametrize("prefix", ["Error calling exchange_multisig_info: ", "Monero RPC error: Multisig error: "])
def test_known_texts_pass_behind_known_prefixes(prefix):
    text = prefix + "Kex messages were for round [1], but expected round is [2]"
    assert safe_error_text(text) == text
    known = find_known_text(text)
    assert known is not None
    assert known.codes == (-1,)


def test_known_texts_would_pass_even_if_they_were_unknown():
    # So a text that a later version words a little differently stays useful too.
    for known in KNOWN_TEXTS:
        text = f"Refused: {known.text.replace('{n}', '3')}"
        assert safe_error_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "[Errno 111] Connection refused",
        REFUSED,
        "HTTPConnectionPool(host='10.0.0.7', port=18083): Read timed out. (read timeout=30)",
        "Expecting value: line 1 column 1 (char 0)",
        "Remote end closed connection without response",
        "No RPC instances available after 20 seconds",
        "Multisig address mismatch",
        f"escrow {UUID} needs 2/3 signatures",
        f"cannot open buyer_temp_escrow_{UUID}.keys",
        "http://wallets.example.org:18082/json_rpc answered 502",
        "Unknown language: Klingon",
        "Invalid password for this wallet, and the password is wrong",
        "timed out after 30.0 s, and/or the server is busy",
        "V1 multisig kex messages (MultisigV1) are gone",
        "duchy234duchy234duc",
        "",
    ],
)
def test_what_is_harmless_stays(text):
    assert safe_error_text(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (f"bad key {HEX}", "bad key <hex:64>"),
        (f"key={HEX[:16]}.", "key=<hex:16>."),
        (f"WALLET_RPC_ERROR_CODE_WRONG_ADDRESS: {ADDRESS}", "WALLET_RPC_ERROR_CODE_WRONG_ADDRESS: <address:95>"),
        (
            "WALLET_RPC_ERROR_CODE_WRONG_ADDRESS: donate.example.org",
            "WALLET_RPC_ERROR_CODE_WRONG_ADDRESS: <address:18>",
        ),
        ("Payment ID has invalid size: abc123", "Payment ID has invalid size: <address:6>"),
        ("No Monero address found at alice.example.org", "No Monero address found at <text:17>"),
        (f"cannot read {INFO}", f"cannot read <multisig_info:{len(INFO)}>"),
        ("cannot read MultisigxV2R1hYT...", "cannot read <multisig_info:16>..."),
        ("cannot read MultisigxV2Rn1L", "cannot read <multisig_info:15>"),
        (f"cut {INFO[20:70]}", "cut <blob:50>"),
        (f"restoring {SEED} failed", None),
        (f'{{"mnemonic": "{SEED}"}}', f'{{"mnemonic": "<seed:{len(SEED)}>"}}'),
        (f"{SEED.split()!r}", f"['<seed:{len(str(SEED.split())) - 4}>']"),
        ("\n".join(f"{n}. {word}" for n, word in enumerate(SEED.split(), 1)), None),
        (f"seed ist {GERMAN}", None),
        (f"种子 {CHINESE}", None),
        (f"シード: {JAPANESE}", None),
        ("file not found /home/alice/wallets/savings", "file not found <path:27>"),
        ('failed to save file "/home/Alice Smith/savings.new"', 'failed to save file "<path:29>"'),
        (
            f"file not found /srv/w/vendor_temp_escrow_{UUID}.keys",
            f"file not found <path:7>vendor_temp_escrow_{UUID}.keys",
        ),
        (r"cannot open C:\Users\alice\wallet.keys", "cannot open <path:26>"),
        (r"cannot open \\server\share\alice", "cannot open <path:20>"),
        ("cannot open alice.keys", f"cannot open sha256:{sha256_hex('alice.keys')}"),
        ("cannot open ~/alice", "cannot open <path:7>"),
        (
            "http://user:word@127.0.0.1:18082/json_rpc refused",
            "http://<credentials:9>@127.0.0.1:18082/json_rpc refused",
        ),
        ("GET https://example.org/a?x=b#c: 404", "GET https://example.org<path:2>?<query:3>#<fragment:1>: 404"),
        ("login user:word@example.org failed", None),
        ("password=hunter2 refused", "password=<password:7> refused"),
        ("Wrong password 'hunter2'", "Wrong password '<password:7>'"),
        ("Wrong passphrase: hunter2, try again", "Wrong passphrase: <password:7>, try again"),
        ('{"password": "hun ter2", "n": 1}', '{"password": "<secret:8>", "n": 1}'),
        ("{'filename': 'alice'}", f"{{'filename': 'sha256:{sha256_hex('alice')}'}}"),
        ('{"amount": 1500000000}', '{"amount": <amount:10>}'),
        ('{"tx_hash_list": ["ab", "cd"]}', '{"tx_hash_list": <address:11>]}'),
        ("['monero-wallet-rpc', '--password', 'hunter2']", "['monero-wallet-rpc', '--password', '<password:7>']"),
        ("monero-wallet-rpc --rpc-login user:word failed", "monero-wallet-rpc --rpc-login <password:9> failed"),
        ("Authorization: Basic dXNlcjp3b3Jk\nrefused", "Authorization: <password:18>\nrefused"),
        ("seed: sequence atlas unveil", "seed: <seed:21>"),
        ("not enough money, available = 12.500000000000", "not enough money, available = <amount:15>"),
        (r"b'{\r\n  \"tx_key\": \"" + HEX + r"\"\r\n}'", r"b'{\r\n  \"tx_key\": \"<secret:64>\"\r\n}'"),
        (r"b'{\r\n  \"other\": \"" + HEX + r"\"\r\n}'", r"b'{\r\n  \"other\": \"<hex:64>\"\r\n}'"),
        ("token eyJhbGci_OiJIUzI1NiIs-InR5cCI6IkpXVCJ9x", "token <blob:39>"),
    ],
)
def test_what_may_be_sensitive_is_replaced_by_kind_and_length(text, safe):
    result = safe_error_text(text)
    if safe is not None:
        assert result == safe
    else:
        for word in (
            "sequence",
            "atlas",
            "randomly",
            "Ladung",
            "Turm",
            "的",
            "大",
            "あいこくしん",
            "あさい",
            "user:word",
        ):
            assert word not in result
        assert "<" in result


def test_secrets_that_the_caller_knows_go_wherever_they_stand():
    text = "could not unlock with swordfish; (swordfish2) a b"
    assert safe_error_text(text, secrets=["swordfish", "a", ""]) == (
        "could not unlock with <secret:9>; (<secret:9>2) <secret:1> b"
    )
    # A text that is known tells nothing, whatever words it has.
    assert safe_error_text("No wallet file", secrets=["wallet"]) == "No wallet file"


@pytest.mark.parametrize("shown", [str, repr, json.dumps, lambda text: json.dumps(text, ensure_ascii=False)])
def test_secrets_that_the_caller_knows_are_found_however_a_program_shows_them(shown):
    password = 'grün "oder" \\blau'
    assert "blau" not in safe_error_text(f"refused {shown(password)} for good", secrets=[password])


def test_names_of_wallet_files_keep_their_role_and_escrow_only_where_they_carry_them():
    assert safe_error_text(f'{{"filename": "buyer_temp_escrow_{UUID}"}}') == (
        f'{{"filename": "buyer_temp_escrow_{UUID}"}}'
    )


BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
HEXES = st.text("0123456789abcdef", min_size=16, max_size=200)
ADDRESSES = st.integers(0, 2**64).map(lambda n: "5" + "".join(random.Random(n).choices(BASE58, k=94)))
INFOS = st.integers(0, 2**64).map(lambda n: "MultisigxV2R1" + "".join(random.Random(n).choices(BASE58, k=176)))
SEEDS = st.lists(st.sampled_from(SEED.split()), min_size=12, max_size=25).map(" ".join)
PATHS = st.lists(st.text("abcXYZ0_", min_size=1, max_size=9), min_size=2, max_size=6).map(lambda p: "/" + "/".join(p))
CREDENTIALS = st.text("abcxyz123", min_size=3, max_size=12).map(lambda word: f"http://u_{word}:p_{word}@host:18082")
# What may stand around a secret; no letters or digits of its own, which would belong to the secret.
AROUND = st.sampled_from(["", " ", ": ", "'", '"', "(", "[", "=", ", ", "\n", " - ", '": "', "; "])
PROSE = st.sampled_from(["", "refused", "error -1", "the server said", "at round [2]", "100% of it", "café"])


@given(PROSE, AROUND, st.one_of(HEXES, ADDRESSES, INFOS, SEEDS, PATHS), AROUND, PROSE)
def test_a_planted_secret_never_survives(before, left, secret, right, after):
    # An opening mark and a word before it, so that the word is no part of the secret's own piece.
    result = safe_error_text(f"{before} {left}{secret}{right} {after}")
    assert secret not in result
    for size in (12, 24):
        for start in range(len(secret) - size + 1):
            assert secret[start : start + size] not in result


@given(PROSE, CREDENTIALS, PROSE)
def test_credentials_of_a_url_never_survive(before, url, after):
    credentials = url.removeprefix("http://").partition("@")[0]
    result = safe_error_text(f"{before} {url}/json_rpc {after}")
    assert credentials not in result
    assert "@host:18082/json_rpc" in result


@given(
    st.sampled_from(["password", "passphrase", "Passwd", "wallet_password", "secret"]),
    st.sampled_from(["=", ": ", " = ", " '", ' "', '": "', " is ", " was "]),
    st.text("abcdefghXYZ0123456789", min_size=6, max_size=20).map(lambda word: f"q{word}"),
)
def test_what_stands_behind_a_password_never_survives(name, between, password):
    quote = between[-1] if between[-1] in "'\"" else ""
    opening = '"' if between.startswith('"') else ""
    assert password not in safe_error_text(f"refused: {opening}{name}{between}{password}{quote} and so on")


@given(st.text(max_size=300))
@example("\ud800")
@example("'" * 200)
@example("password=" * 30)
@example("a=" * 150)
@example("\\" * 200)
@example("@" * 200)
@example("://" * 99)
def test_any_text_gives_a_bounded_text_that_can_be_written(text):
    result = safe_error_text(text)
    assert len(result) <= LONGEST_SAFE_TEXT
    result.encode()


class Stubborn(str):
    """A text that cannot even be measured."""

    __slots__ = ()

    def __len__(self):
        raise RuntimeError

    __getitem__ = __len__


def test_what_is_no_text_is_told_by_its_length():
    for value, safe in ((None, "<text:0>"), (b"abc", "<text:3>"), (Stubborn("x"), "<text:0>")):
        assert safe_error_text(value) == safe


@pytest.mark.parametrize("secret", [HEX, ADDRESS, INFO, SEED, "/home/alice/wallets/savings"])
@pytest.mark.parametrize("unit", ["x", "refused ", "a/", "é "])
def test_no_rest_of_a_secret_survives_where_a_long_text_is_cut(secret, unit):
    for shift in range(0, len(secret) + 40, 7):
        filler = unit * (17_000 // len(unit))
        text = filler[: 16_384 - shift] + " " + secret + " and so on" * 100
        result = safe_error_text(text)
        assert len(result) <= LONGEST_SAFE_TEXT
        assert secret[:12] not in result


@pytest.mark.parametrize("secret", [HEX, ADDRESS, INFO, SEED, "/home/alice/wallets/savings"])
def test_no_rest_of_a_secret_survives_where_what_is_read_shrinks(secret):
    # A long blob shrinks to its kind and length: what stands at the end of what is read is then part of the result.
    for shift in range(0, len(secret) + 40, 3):
        text = "5" * (16_384 - shift) + " " + secret + " and so on" * 100
        assert secret[:6] not in safe_error_text(text)


UNITS = (
    """a 'a " / a/ \\ \\n @ a@ :// = a= password password=' "seed": -- --a [ { Multisig MultisigxV2 a.b 1 1.0 - _ é"""
)


@pytest.mark.parametrize("unit", [*UNITS.split(), "a ", " the", "abc def ", "authorization:", "password is 'a' ", "的"])
def test_time_grows_no_faster_than_the_text(unit):
    def cost(size: int) -> float:
        text = (unit * size)[:size]
        best = float("inf")
        for _ in range(3):
            started = time.perf_counter()
            safe_error_text(text)
            best = min(best, time.perf_counter() - started)
        return best

    # Eight times the text: a quadratic step would take 64 times as long.
    assert cost(16_000) < 30 * max(cost(2_000), 0.0005)


def test_letters_between_digits_are_no_words_of_a_seed() -> None:
    address = "5" + "".join(random.Random(6341).choices(BASE58, k=94))
    assert safe_error_text(f" {address} refused") == " <address:95> refused"
