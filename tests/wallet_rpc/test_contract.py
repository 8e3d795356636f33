"""What the simulator promises: it answers as the real server does. Where they differ the simulator is wrong.

A real server takes seconds to create or open a wallet, so a few wallets go through many calls, written down once; the
tests then look at what was written.
"""

from __future__ import annotations

import json
import stat
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException

import pytest

from otel_multisig.testing.setup_driver import others
from otel_multisig.testing.wallet_client import WalletRpcError
from otel_multisig.testing.wallet_servers import WalletServers

ROLES = ("buyer", "vendor", "arbiter")
PLACEHOLDER = "51sLpF8fWaK1111111111111111111111111111111111"
EXCHANGE = "Error calling exchange_multisig_info: "
UNEVEN = EXCHANGE + "A pubkey recommended by multisig kex messages had an unexpected number of recommendations."
WRONG_ROUND = EXCHANGE + "Messages don't have the expected kex round number."
TWO_KEYS = EXCHANGE + "Multisig post-kex round messages from other signers did not all contain two pubkeys."
SIGNER_SET = EXCHANGE + "Multisig post-kex round message origins don't line up with multisig signer set."
ONE_ROUND = "Trying to make multisig with message that has invalid multisig kex round (should be '1')."
THRESHOLD = "multisig account: tried to set invalid threshold."
V1_GONE = "V1 multisig kex messages are deprecated (unsafe)."
SUBSTRING = "basic_string::substr: __pos (which is 13) > this->size() (which is 7)"
DISABLED = "This wallet is multisig, and multisig is disabled. "
ALREADY, FINALIZED = "This wallet is already multisig", "This wallet is multisig, and already finalized"
PLAIN = {"multisig": False, "ready": False, "threshold": 0, "total": 0}
HALF = {"multisig": True, "ready": False, "threshold": 2, "total": 3}
READY = {"multisig": True, "ready": True, "threshold": 2, "total": 3}
NO_BALANCE = {
    "balance": 0,
    "blocks_to_unlock": 0,
    "multisig_import_needed": False,
    "time_to_unlock": 0,
    "unlocked_balance": 0,
}


@pytest.fixture(scope="module", params=["simulated", "real"])
def servers(request):
    if request.param == "real":
        yield request.getfixturevalue("real_wallet_servers")
        return
    with WalletServers(kind="simulated") as servers:
        yield servers


class Trio:
    """The three servers, one new wallet open on each."""

    def __init__(self, servers: WalletServers) -> None:
        self.servers = servers
        self.id = uuid.uuid4()
        self.names = {role: f"{role}_temp_escrow_{self.id}" for role in ROLES}
        self.each(
            lambda role: self.call(role, "create_wallet", filename=self.names[role], password="pw", language="English")
        )

    def each(self, action):
        with ThreadPoolExecutor(len(ROLES)) as pool:
            return dict(zip(ROLES, pool.map(action, ROLES), strict=True))

    def call(self, role, method, **params):
        return self.servers.clients[role].call(method, params)

    def try_call(self, role, method, **params):
        return attempt(self.servers, role, method, params)

    def prepare(self):
        return infos(self.each(lambda role: self.call(role, "prepare_multisig", enable_multisig_experimental=True)))

    def make(self, given):
        return self.each(
            lambda role: self.call(role, "make_multisig", multisig_info=others(given, role), threshold=2, password="pw")
        )

    def exchange(self, given, roles=ROLES):
        return {
            role: self.call(role, "exchange_multisig_keys", multisig_info=others(given, role), password="pw")
            for role in roles
        }

    def ask(self, method):
        return self.each(lambda role: self.call(role, method))


def attempt(servers, role, method, params):
    """What a call gave: its result, or code and text of the refusal."""
    try:
        return servers.clients[role].call(method, params)
    except WalletRpcError as error:
        return error.code, error.message


def infos(results):
    return {role: result["multisig_info"] for role, result in results.items()}


@pytest.fixture(scope="module")
def healthy(servers):
    """A 2-of-3 set-up in which nothing goes wrong, written down."""
    trio = Trio(servers)
    seen = {"trio": trio, "plain": trio.ask("is_multisig"), "plain address": trio.ask("get_address")}
    seen["balance"], seen["accounts"] = trio.ask("get_balance"), trio.ask("get_accounts")
    seen["prepared once"] = trio.prepare()
    seen["prepared"] = trio.prepare()
    seen["made"] = trio.make(seen["prepared"])
    seen["made state"], seen["made address"] = trio.ask("is_multisig"), trio.ask("get_address")
    seen["exchanged"] = trio.exchange(infos(seen["made"]))
    seen["exchanged state"], seen["exchanged address"] = trio.ask("is_multisig"), trio.ask("get_address")
    seen["finished"] = trio.exchange(infos(seen["exchanged"]))
    seen["finished state"], seen["finished address"] = trio.ask("is_multisig"), trio.ask("get_address")
    seen["finished balance"] = trio.ask("get_balance")
    seen["one too many"] = trio.try_call("buyer", "exchange_multisig_keys", multisig_info=["a", "b"])
    seen["prepare again"] = trio.try_call("buyer", "prepare_multisig")
    trio.ask("store")
    seen["files"] = {path.name: path for path in servers.folder.iterdir() if str(trio.id) in path.name}
    return seen


def test_a_plain_wallet_is_no_multisig_wallet(healthy):
    assert healthy["plain"] == dict.fromkeys(ROLES, PLAIN)
    assert healthy["balance"] == dict.fromkeys(ROLES, NO_BALANCE)
    for role, answer in healthy["plain address"].items():
        address = answer["address"]
        entry = {"address": address, "address_index": 0, "label": "Primary account", "used": False}
        assert answer == {"address": address, "addresses": [entry]}
        assert len(address) == 95
        assert address.startswith("5")
        amounts = {"balance": 0, "unlocked_balance": 0}
        account = {"account_index": 0, "base_address": address, "label": "Primary account", "tag": "", **amounts}
        assert healthy["accounts"][role] == {
            "subaddress_accounts": [account],
            "total_balance": 0,
            "total_unlocked_balance": 0,
        }


def test_the_first_info_is_different_each_time(healthy):
    every = [*healthy["prepared once"].values(), *healthy["prepared"].values()]
    assert len(set(every)) == 6
    assert {len(info) for info in every} == {189}
    assert {info[:13] for info in every} == {"MultisigxV2R1"}


def test_a_half_made_wallet_has_the_same_placeholder_as_the_others_for_an_address(healthy):
    (address,) = {result["address"] for result in healthy["made"].values()}
    assert address.startswith(PLACEHOLDER)
    assert {answer["address"] for answer in healthy["made address"].values()} == {address}
    assert healthy["made state"] == dict.fromkeys(ROLES, HALF)


def test_the_final_address_is_there_after_the_first_exchange_and_told_after_the_second(healthy):
    assert {result["address"] for result in healthy["exchanged"].values()} == {""}
    (address,) = {answer["address"] for answer in healthy["exchanged address"].values()}
    assert not address.startswith(PLACEHOLDER)
    assert {result["address"] for result in healthy["finished"].values()} == {address}
    assert {answer["address"] for answer in healthy["finished address"].values()} == {address}


def test_a_wallet_is_ready_after_the_last_exchange_only(healthy):
    assert healthy["exchanged state"]["buyer"] == HALF
    assert healthy["finished state"] == dict.fromkeys(ROLES, READY)
    assert healthy["one too many"] == (-28, FINALIZED)
    assert healthy["prepare again"] == (-28, ALREADY)
    assert healthy["finished balance"] == dict.fromkeys(ROLES, NO_BALANCE)


def test_every_later_info_has_the_same_length(healthy):
    later = [info for stage in ("made", "exchanged", "finished") for info in infos(healthy[stage]).values()]
    assert {len(info) for info in later} == {236}
    assert {info[:13] for info in later} == {"MultisigxV2Rn"}


def test_a_wallet_has_three_files_that_only_its_owner_reads(healthy):
    names = healthy["trio"].names.values()
    assert set(healthy["files"]) == {name + suffix for name in names for suffix in ("", ".keys", ".address.txt")}
    assert {stat.S_IMODE(healthy["files"][name + ".keys"].stat().st_mode) for name in names} == {0o600}
    for name in names:
        address = healthy["finished address"]["buyer"]["address"]
        assert healthy["files"][name + ".address.txt"].read_text() == address


@pytest.fixture(scope="module")
def story(servers, healthy):
    """One trio of wallets on its way through all that is refused, and what was said."""
    trio, foreign = Trio(servers), healthy
    said = {}
    _plain_wallets(trio, said)
    first = trio.prepare()
    _refused_by_make(trio, said, first, foreign)
    made = infos(trio.make(first))
    _refused_after_make(trio, said, first, made, foreign)
    said["store"] = trio.try_call("buyer", "store")
    said["close"] = attempt(servers, "buyer", "close_wallet", None)
    said["closed"] = trio.try_call("buyer", "is_multisig")
    said["reopen after make"] = trio.try_call("buyer", "open_wallet", filename=trio.names["buyer"], password="pw")
    exchanged = infos(trio.exchange(made))
    _closed_after_exchange(trio, said)
    _refused_by_the_last_exchange(trio, said, exchanged, made, infos(foreign["exchanged"]))
    said["all infos, one's own too"] = sorted(
        trio.call("buyer", "exchange_multisig_keys", multisig_info=list(exchanged.values()), password="pw")
    )
    said["finished"] = trio.try_call("buyer", "exchange_multisig_keys", multisig_info=list(exchanged.values()))
    return said


def _plain_wallets(trio, said):
    name = trio.names["buyer"]
    said["exchange on a plain wallet"] = trio.try_call("buyer", "exchange_multisig_keys", multisig_info=["a", "b"])
    said["account"] = trio.try_call("buyer", "get_address", account_index=1)
    said["index"] = trio.try_call("buyer", "get_address", account_index=0, address_index=[5])
    said["balance of no account"] = trio.try_call("buyer", "get_balance", account_index=1)
    said["no language"] = trio.try_call("buyer", "create_wallet", filename="other")
    said["unknown language"] = trio.try_call("buyer", "create_wallet", filename="other", language="Klingon")
    said["a path to create"] = trio.try_call("buyer", "create_wallet", filename="a/b", language="English")
    said["a path to open"] = trio.try_call("buyer", "open_wallet", filename="../b")
    # What takes long, on three servers at once.
    slow = {
        "buyer": ("create_wallet", {"filename": name, "language": "English"}),
        "vendor": ("open_wallet", {"filename": name, "password": "pw"}),
        "arbiter": ("open_wallet", {"filename": "missing", "password": "pw"}),
    }
    for role, answer in trio.each(lambda role: trio.try_call(role, slow[role][0], **slow[role][1])).items():
        said[{"buyer": "create again", "vendor": "open held", "arbiter": "open missing"}[role]] = answer
    said["still open"] = {role: trio.try_call(role, "is_multisig") for role in ROLES}


def _refused_by_make(trio, said, first, foreign):
    def make(label, given, threshold=2):
        said[label] = trio.try_call("buyer", "make_multisig", multisig_info=given, threshold=threshold, password="pw")

    own, vendor, arbiter = first.values()
    make("make: nobody", [])
    make("make: only oneself", [own])
    make("make: threshold too high", [vendor], 3)
    make("make: threshold zero", [vendor, arbiter], 0)
    make("make: twice the same", [vendor, vendor])
    make("make: empty", ["", ""])
    make("make: short garbage", ["garbage", "x"])
    make("make: long garbage", ["MultisigxV2R1l0l0l0", ""])
    make("make: cut", [vendor[:-11], arbiter])
    make("make: altered", [vendor[:-30] + ("2" if vendor[-30] != "2" else "3") + vendor[-29:], arbiter])
    make("make: old version", ["MultisigV1" + vendor[13:], arbiter])
    make("make: old experimental version", ["MultisigxV1" + vendor[13:], arbiter])
    make("make: unknown version", ["MultisigxV9R1" + vendor[13:], arbiter])
    make("make: infos of round 2", list(infos(foreign["made"]).values()))
    said["still plain"] = trio.try_call("buyer", "is_multisig")


def _refused_after_make(trio, said, first, made, foreign):
    def exchange(label, *given):
        said[label] = trio.try_call("buyer", "exchange_multisig_keys", multisig_info=given, password="pw")

    own, vendor, arbiter = made.values()
    stranger, _, other_stranger = infos(foreign["made"]).values()
    said["make again"] = trio.try_call("buyer", "make_multisig", multisig_info=[vendor], threshold=2)
    said["prepare again"] = trio.try_call("buyer", "prepare_multisig", enable_multisig_experimental=True)
    exchange("round 2: too few", vendor)
    exchange("round 2: infos of round 1", first["vendor"], first["arbiter"])
    exchange("round 2: mixed, good one first", vendor, first["arbiter"])
    exchange("round 2: mixed, bad one first", first["vendor"], arbiter)
    exchange("round 2: garbage", "garbage", "x")
    exchange("round 2: twice the same", vendor, vendor)
    exchange("round 2: own twice", own, own)
    exchange("round 2: own and one", own, vendor)
    exchange("round 2: another session", stranger, other_stranger)
    exchange("round 2: one of another session", vendor, other_stranger)
    exchange("round 2: all and one more of another", vendor, arbiter, stranger)
    exchange("round 2: altered", vendor[:-1] + ("2" if vendor[-1] != "2" else "3"), arbiter)


def _closed_after_exchange(trio, said):
    """Without parameters nothing is stored, with empty ones it is."""
    how = {"vendor": None, "arbiter": {}}
    closed = {role: attempt(trio.servers, role, "close_wallet", params) for role, params in how.items()}
    said["close without parameters"], said["close with none in them"] = closed.values()

    def reopen(role):
        return trio.try_call(role, "open_wallet", filename=trio.names[role], password="pw") if role in how else None

    reopened = trio.each(reopen)
    said["reopen unsaved"], said["reopen saved"] = reopened["vendor"], reopened["arbiter"]
    said["after a failed open"] = trio.try_call("vendor", "is_multisig")
    said["reopened"] = trio.try_call("arbiter", "is_multisig")


def _refused_by_the_last_exchange(trio, said, exchanged, made, foreign):
    def exchange(label, *given):
        said[label] = trio.try_call("buyer", "exchange_multisig_keys", multisig_info=given, password="pw")

    own, vendor, arbiter = exchanged.values()
    exchange("round 3: infos of round 2", made["vendor"], made["arbiter"])
    exchange("round 3: own twice", own, own)
    exchange("round 3: own and one", own, vendor)
    exchange("round 3: twice the same", vendor, vendor)
    exchange("round 3: another session", foreign["vendor"], foreign["arbiter"])
    exchange("round 3: one of another session", vendor, foreign["arbiter"])
    exchange("round 3: all and one more of another", vendor, arbiter, foreign["buyer"])


@pytest.mark.parametrize(
    ("case", "answer"),
    {
        "exchange on a plain wallet": (-31, "This wallet is not multisig"),
        "account": (-14, "account index is out of bound"),
        "index": (-15, "address index is out of bound"),
        "balance of no account": NO_BALANCE,
        "no language": (-1, "Unknown language: "),
        "unknown language": (-1, "Unknown language: Klingon"),
        "a path to create": (-1, "Invalid filename"),
        "a path to open": (-1, "Invalid filename"),
        "create again": (-21, "Cannot create wallet. Already exists."),
        "open held": (-1, "Failed to open wallet"),
        "open missing": (-1, "Failed to open wallet"),
        "still open": dict.fromkeys(ROLES, PLAIN),
        "make: nobody": (-1, THRESHOLD),
        "make: only oneself": (-1, THRESHOLD),
        "make: threshold too high": (-1, THRESHOLD),
        "make: threshold zero": (-1, THRESHOLD),
        "make: twice the same": (-1, "Duplicate signers not allowed when converting a wallet to multisig."),
        "make: empty": (-1, "Kex message unexpectedly empty."),
        "make: short garbage": (-1, SUBSTRING),
        "make: long garbage": (-1, "Multisig kex msg decoding error."),
        "make: cut": (-1, "Deserializing kex msg failed."),
        "make: altered": (-1, "Multisig kex msg signature invalid."),
        "make: old version": (-1, V1_GONE),
        "make: old experimental version": (-1, V1_GONE),
        "make: unknown version": (-1, "Only v2 multisig kex messages are supported."),
        "make: infos of round 2": (-1, ONE_ROUND),
        "still plain": PLAIN,
        "make again": (-28, ALREADY),
        "prepare again": (-28, ALREADY),
        "round 2: too few": (-33, "Needs multisig info from more participants"),
        "round 2: infos of round 1": (-1, WRONG_ROUND),
        "round 2: mixed, good one first": (-1, EXCHANGE + "All messages must have the same kex round number."),
        "round 2: mixed, bad one first": (-1, WRONG_ROUND),
        "round 2: garbage": (-1, EXCHANGE + SUBSTRING),
        "round 2: twice the same": (-1, UNEVEN),
        "round 2: own twice": (
            -1,
            EXCHANGE
            + "Number of unique other signers does not equal number of other signers that recommended pubkeys.",
        ),
        "round 2: own and one": (-1, UNEVEN),
        "round 2: another session": (-1, UNEVEN),
        "round 2: one of another session": (-1, UNEVEN),
        "round 2: all and one more of another": (-1, UNEVEN),
        "round 2: altered": (-1, EXCHANGE + "Multisig kex msg signature invalid."),
        "store": {},
        "close": {},
        "closed": (-13, "No wallet file"),
        "reopen after make": {},
        "close without parameters": {},
        "close with none in them": {},
        "reopen unsaved": (-1, "Failed to open wallet"),
        "after a failed open": (-13, "No wallet file"),
        "reopen saved": {},
        "reopened": HALF,
        "round 3: infos of round 2": (-1, WRONG_ROUND),
        "round 3: own twice": (-1, TWO_KEYS),
        "round 3: own and one": (-1, SIGNER_SET),
        "round 3: twice the same": (-1, SIGNER_SET),
        "round 3: another session": (
            -1,
            EXCHANGE + "Could not find an expected signer in multisig post-kex round messages (all signers expected).",
        ),
        "round 3: one of another session": (-1, TWO_KEYS),
        "round 3: all and one more of another": (-1, TWO_KEYS),
        "all infos, one's own too": ["address", "multisig_info"],
        "finished": (-28, FINALIZED),
    }.items(),
)
def test_what_a_wallet_server_says(story, case, answer):
    assert story[case] == answer


@pytest.fixture(scope="module")
def side_stories(servers, healthy):
    """A 2-of-2 set-up on two servers, and on the third a wallet that loses the experimental flag and its password."""
    clients, tag, said = servers.clients, uuid.uuid4(), {}
    strangers = list(healthy["prepared"].values())[1:]
    later = list(infos(healthy["made"]).values())[1:]

    def create(role):
        clients[role].call("create_wallet", {"filename": f"{role}_{tag}", "password": "pw", "language": "English"})

    def pair():
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(create, ("buyer", "vendor")))
        first = [
            clients[role].call("prepare_multisig", {"enable_multisig_experimental": True})["multisig_info"]
            for role in ("buyer", "vendor")
        ]
        given = {"multisig_info": first, "threshold": 2, "password": "pw"}
        said["2/2 made"] = [clients[role].call("make_multisig", given) for role in ("buyer", "vendor")]
        said["2/2 half"] = attempt(servers, "buyer", "is_multisig", {})
        given = {"multisig_info": [result["multisig_info"] for result in said["2/2 made"]], "password": "pw"}
        said["2/2 done"] = [clients[role].call("exchange_multisig_keys", given) for role in ("buyer", "vendor")]
        said["2/2"] = attempt(servers, "buyer", "is_multisig", {})

    def lone():
        def do(label, method, **params):
            said[label] = attempt(servers, "arbiter", method, params)

        create("arbiter")
        clients["arbiter"].call("prepare_multisig", {"enable_multisig_experimental": True})
        do("close before make", "close_wallet")
        do("reopen before make", "open_wallet", filename=f"arbiter_{tag}", password="pw")
        do("make", "make_multisig", multisig_info=strangers, threshold=2, password="another")
        do("exchange, flag lost", "exchange_multisig_keys", multisig_info=later, password="another")
        do("exchange, flag lost, too few", "exchange_multisig_keys", multisig_info=[])
        do("close after make", "close_wallet")
        do("reopen after make", "open_wallet", filename=f"arbiter_{tag}", password="another")

    with ThreadPoolExecutor(2) as pool:
        for task in [pool.submit(pair), pool.submit(lone)]:
            task.result()
    return said


def test_a_two_of_two_wallet_has_its_address_at_once_and_one_exchange(side_stories):
    (address,) = {result["address"] for stage in ("2/2 made", "2/2 done") for result in side_stories[stage]}
    assert not address.startswith(PLACEHOLDER)
    assert side_stories["2/2 half"] == {"multisig": True, "ready": False, "threshold": 2, "total": 2}
    assert side_stories["2/2"] == {"multisig": True, "ready": True, "threshold": 2, "total": 2}
    assert {len(result["multisig_info"]) for result in side_stories["2/2 made"]} == {236}


def test_the_experimental_flag_is_lost_with_a_reopening_and_missed_by_the_exchange_only(side_stories):
    assert side_stories["close before make"] == side_stories["reopen before make"] == {}
    assert set(side_stories["make"]) == {"address", "multisig_info"}
    for case in ("exchange, flag lost", "exchange, flag lost, too few"):
        code, text = side_stories[case]
        assert code == -48
        assert text.startswith(DISABLED)


def test_another_password_for_make_locks_the_wallet_for_ever(side_stories):
    # Its two files are then written with different passwords.
    assert side_stories["close after make"] == {}
    assert side_stories["reopen after make"] == (-1, "Failed to open wallet")


INVALID = {"error": (-32602, "Invalid params"), "id": "0"}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"jsonrpc": "2.0", "id": "0", "method": "nope"}, {"error": (-32601, "Method not found"), "id": "0"}),
        ({"jsonrpc": "2.0", "id": 7, "method": "get_version"}, {"id": 7}),
        ({"method": "get_version"}, {"id": 0}),
        ({"id": None, "method": "get_version", "params": []}, {"id": 0}),
        ({"id": {"a": 1}, "method": "get_version", "params": 5}, {"id": {"a": 1}}),
        (b"not json", {"error": (-32700, "Parse error"), "id": 0}),
        ([], {"error": (-32700, "Parse error"), "id": 0}),
        (b"", {"error": (-32600, "Invalid Request"), "id": 0}),
        ({"jsonrpc": "2.0", "id": "0"}, {"error": (-32600, "Invalid Request"), "id": 0}),
        ({"id": "0", "method": 5}, 500),
        ({"id": "0", "method": "open_wallet", "params": {"filename": 5}}, INVALID),
        ({"id": "0", "method": "open_wallet", "params": {"filename": ["x"]}}, INVALID),
        ({"id": "0", "method": "make_multisig", "params": {"multisig_info": [1], "threshold": 2}}, INVALID),
        ({"id": "0", "method": "make_multisig", "params": {"threshold": "2"}}, INVALID),
        ({"id": "0", "method": "make_multisig", "params": {"threshold": 2.5}}, INVALID),
        ({"id": "0", "method": "make_multisig", "params": {"threshold": True}}, INVALID),
        ({"id": "0", "method": "make_multisig", "params": {"threshold": -1}}, INVALID),
        ({"id": "0", "method": "get_address", "params": {"address_index": ["0"]}}, INVALID),
        ({"id": "0", "method": "prepare_multisig", "params": {"enable_multisig_experimental": 1}}, INVALID),
        ({"id": "0", "method": "close_wallet", "params": {"autosave_current": "no"}}, INVALID),
        (
            {"id": "0", "method": "make_multisig", "params": {"multisig_info": ["a", 5]}},
            {"error": (-32700, "Parse error"), "id": 0},
        ),
        (
            {"id": "0", "method": "make_multisig", "params": {"multisig_info": [["a"]]}},
            {"error": (-32700, "Parse error"), "id": 0},
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("verb", ["POST", "GET"])
def test_requests_of_every_form(servers, verb, body, answer):
    status, content = _send(servers, verb, "/json_rpc", body if isinstance(body, bytes) else json.dumps(body).encode())
    if answer == 500:
        assert (status, content) == (500, b"")
        return
    assert status == 200
    document = json.loads(content)
    assert document.pop("jsonrpc") == "2.0"
    if "error" in answer:
        code, message = answer["error"]
        assert document == {"error": {"code": code, "message": message}, "id": answer["id"]}
    else:
        assert document.pop("id") == answer["id"]
        assert set(document.pop("result")) == {"release", "version"}


def test_other_paths_are_not_found(servers):
    assert _send(servers, "POST", "/", b"{}") == (404, b"")


def _send(servers, verb, path, body):
    connection = HTTPConnection("127.0.0.1", servers.ports["vendor"], timeout=30)
    try:
        connection.request(verb, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    except HTTPException:
        return None, b""
    finally:
        connection.close()


@pytest.mark.parametrize("method", ["getaddress", "getbalance", "get_address", "prepare_multisig", "store", "refresh"])
def test_without_a_wallet_nothing_is_told(wallets, method):
    for params in (None, {}):
        assert attempt(wallets, "buyer", method, params) == (-13, "No wallet file")
