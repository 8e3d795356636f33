from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.testing.setup_driver import others, run_setup
from otel_multisig.testing.wallet_client import WalletConnectionError, WalletRpcClient, WalletRpcError
from otel_multisig.wallet_rpc.simulator import MEASURED_DELAYS, Fault, FaultKind, SimulatedWalletRpc

ENGLISH = {"language": "English"}


class Fleet:
    """As many servers as wanted, over one folder, each with a client."""

    def __init__(self, folder, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.servers: dict[str, SimulatedWalletRpc] = {}
        self.clients: dict[str, WalletRpcClient] = {}

    def add(self, *names, **options):
        for name in names:
            server = self.stack.enter_context(SimulatedWalletRpc(self.folder, **options))
            self.servers[name] = server
            self.clients[name] = self.stack.enter_context(WalletRpcClient(server.url, timeout=30))
        return [self.clients[name] for name in names]


@pytest.fixture
def fleet(tmp_path):
    with ExitStack() as stack:
        yield Fleet(tmp_path, stack)


def refused(code, text=""):
    return pytest.raises(
        WalletRpcError, match=re.escape(text) if text else None, check=lambda error: error.code == code
    )


@settings(max_examples=12)
@given(st.data())
def test_any_m_of_n_comes_to_one_address(data):
    signers = data.draw(st.integers(2, 5), label="n")
    threshold = data.draw(st.integers(1, signers), label="m")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        fleet = Fleet(folder, stack)
        fleet.add(*(f"signer{number}" for number in range(signers)))
        calls = []
        addresses = run_setup(
            fleet.clients,
            threshold=threshold,
            names={role: f"{role}_wallet" for role in fleet.clients},
            before=lambda number, role, method: calls.append((number, method)),
        )
        assert len(set(addresses.values())) == 1
        rounds = signers - threshold + 2
        assert max(number for number, _ in calls) == rounds
        assert [method for _, method in calls].count("exchange_multisig_keys") == signers * (rounds - 1)
        for client in fleet.clients.values():
            assert client.call("is_multisig") == {
                "multisig": True,
                "ready": True,
                "threshold": threshold,
                "total": signers,
            }


def test_crossing_one_roles_infos_between_two_escrows_is_refused_by_nobody(fleet):
    # Measured on the real server: every call succeeds, and one role ends with the address of the other escrow.
    first = fleet.add("b1", "v1", "a1")
    second = fleet.add("b2", "v2", "a2")
    for name, client in fleet.clients.items():
        client.call("create_wallet", {"filename": name, **ENGLISH})

    def crossed(own, other):
        return [[own[1], other[2]], [own[0], other[2]], [other[0], other[1]]]

    def each(clients, method, given, **params):
        results = zip(clients, given, strict=True)
        return [client.call(method, {"multisig_info": infos, **params}) for client, infos in results]

    one, two = (
        [client.call("prepare_multisig", {"enable_multisig_experimental": True})["multisig_info"] for client in trio]
        for trio in (first, second)
    )
    for method, params in (("make_multisig", {"threshold": 2}), *[("exchange_multisig_keys", {})] * 2):
        results = each(first, method, crossed(one, two), **params), each(second, method, crossed(two, one), **params)
        one, two = ([result["multisig_info"] for result in trio] for trio in results)
    ends = [[result["address"] for result in trio] for trio in results]
    assert ends[0] == [ends[1][2], ends[1][2], ends[1][0]]
    assert ends[0][0] != ends[0][2]


def test_one_server_holds_one_open_wallet(fleet):
    (client,) = fleet.add("only")
    client.call("create_wallet", {"filename": "first", **ENGLISH})
    first = client.call("get_address")["address"]
    client.call("create_wallet", {"filename": "second", **ENGLISH})
    assert client.call("get_address")["address"] != first
    client.call("open_wallet", {"filename": "first"})
    assert client.call("get_address")["address"] == first


def test_a_wallet_that_one_server_holds_opens_on_no_other_until_it_is_let_go(fleet):
    one, other = fleet.add("one", "other")
    one.call("create_wallet", {"filename": "shared", **ENGLISH})
    with refused(-1, "Failed to open wallet"):
        other.call("open_wallet", {"filename": "shared"})
    one.call("open_wallet", {"filename": "shared"})
    one.call("close_wallet", {})
    other.call("open_wallet", {"filename": "shared"})
    fleet.servers["other"].stop()
    one.call("open_wallet", {"filename": "shared"})


def test_a_wallet_survives_its_server(fleet):
    run_setup({**zip_clients(fleet)}, names={role: role for role in ("a", "b", "c")}, password="pw")
    address = fleet.clients["a"].call("get_address")["address"]
    fleet.servers["a"].stop()
    (again,) = fleet.add("again")
    again.call("open_wallet", {"filename": "a", "password": "pw"})
    assert again.call("get_address")["address"] == address
    assert again.call("is_multisig")["ready"] is True


def zip_clients(fleet):
    fleet.add("a", "b", "c")
    return fleet.clients


def test_a_wallet_without_a_file_lives_in_memory(fleet):
    (client,) = fleet.add("only")
    client.call("create_wallet", {"filename": "", **ENGLISH})
    assert client.call("get_address")["address"].startswith("5")
    assert list(fleet.folder.iterdir()) == []


def test_a_damaged_file_is_no_wallet(fleet):
    (client,) = fleet.add("only")
    for content in (b"", b"\xff", b"[]", b"{}"):
        (fleet.folder / "broken.keys").write_bytes(content)
        with refused(-1, "Failed to open wallet"):
            client.call("open_wallet", {"filename": "broken"})


def test_what_cannot_be_saved_is_said(fleet):
    # Measured on the real server.
    clients = fleet.add("a", "b")
    for name, client in fleet.clients.items():
        client.call("create_wallet", {"filename": name, **ENGLISH})
    first = {name: client.call("prepare_multisig")["multisig_info"] for name, client in fleet.clients.items()}
    fleet.folder.rename(fleet.folder.with_name("elsewhere"))
    for method, params, file in [
        ("store", {}, "a.new"),
        ("create_wallet", {"filename": "c", **ENGLISH}, "c.keys"),
        ("open_wallet", {"filename": "c"}, "a.new"),
        ("make_multisig", {"multisig_info": others(first, "a"), "threshold": 2}, "a.keys"),
        ("close_wallet", {}, "a.new"),
    ]:
        with refused(-1, f'failed to save file "{fleet.folder}/{file}"'):
            clients[0].call(method, params)
    clients[0].call("close_wallet")


def test_the_same_seed_gives_the_same_answers(tmp_path):
    def infos(folder, seed):
        folder.mkdir()
        with SimulatedWalletRpc(folder, seed=seed) as server, WalletRpcClient(server.url) as client:
            client.call("create_wallet", {"filename": "x", **ENGLISH})
            return client.call("get_address"), client.call("prepare_multisig")

    assert infos(tmp_path / "1", 7) == infos(tmp_path / "2", 7) != infos(tmp_path / "3", 8)


def test_a_balance_can_be_given(fleet):
    (client,) = fleet.add("rich", balance=(5_000_000_000_000, 3_000_000_000_000))
    client.call("create_wallet", {"filename": "x", **ENGLISH})
    answer = client.call("getbalance")
    assert (answer["balance"], answer["unlocked_balance"]) == (5_000_000_000_000, 3_000_000_000_000)
    assert answer["per_subaddress"][0]["address"] == client.call("getaddress")["address"]


def test_the_monero_library_takes_it_for_a_wallet(fleet):
    wallet = pytest.importorskip("monero.wallet")
    jsonrpc = pytest.importorskip("monero.backends.jsonrpc")
    (client,) = fleet.add("only", balance=(2_000_000_000_000, 1_000_000_000_000))
    client.call("create_wallet", {"filename": "x", **ENGLISH})
    opened = wallet.Wallet(jsonrpc.JSONRPCWallet(port=fleet.servers["only"].port))
    # The library checks the address's own checksum.
    assert str(opened.address()) == client.call("get_address")["address"]
    assert (opened.balance(), opened.height()) == (2, 1)


def test_it_remembers_what_it_was_asked(fleet):
    (client,) = fleet.add("only")
    client.call("create_wallet", {"filename": "x", **ENGLISH})
    client.call("getbalance")
    with refused(-32601, "Method not found"):
        client.call("nope")
    assert fleet.servers["only"].calls == ("create_wallet", "get_balance", "nope")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FaultKind.GARBAGE, "something that is no JSON"),
        (FaultKind.HTTP_500, "status 500"),
        (FaultKind.DROP, "without response"),
        (FaultKind.LOST_ANSWER, "without response"),
    ],
)
def test_a_fault_strikes_at_its_call_only(fleet, kind, text):
    (client,) = fleet.add("only", faults=[Fault(kind, "create_wallet", call=2)])
    client.call("create_wallet", {"filename": "1", **ENGLISH})
    with pytest.raises(WalletConnectionError, match=text):
        client.call("create_wallet", {"filename": "2", **ENGLISH})
    client.call("create_wallet", {"filename": "3", **ENGLISH})
    # Only a lost answer is one to a call that was carried out.
    assert (fleet.folder / "2").exists() == (kind is FaultKind.LOST_ANSWER)


def test_a_retry_after_a_lost_answer_finds_the_work_done(fleet):
    clients = fleet.add("a", "b")
    for name, client in fleet.clients.items():
        client.call("create_wallet", {"filename": name, **ENGLISH})
    first = {name: client.call("prepare_multisig")["multisig_info"] for name, client in fleet.clients.items()}
    fleet.servers["a"].add_fault(Fault(FaultKind.LOST_ANSWER, "make_multisig"))
    request = {"multisig_info": others(first, "a"), "threshold": 2}
    with pytest.raises(WalletConnectionError):
        clients[0].call("make_multisig", request)
    with refused(-28, "This wallet is already multisig"):
        clients[0].call("make_multisig", request)


def test_an_error_of_any_code_can_be_injected(fleet):
    fault = Fault(FaultKind.RPC_ERROR, "get_version", times=2, code=-3, message="daemon is busy")
    (client,) = fleet.add("only", faults=[fault])
    for _ in range(2):
        with refused(-3, "daemon is busy"):
            client.call("get_version")
    assert client.call("get_version")["version"] == 65561


def test_a_server_that_hangs_answers_nobody_and_can_be_stopped(fleet):
    fleet.add("only", faults=[Fault(FaultKind.HANG, "get_version")])
    server = fleet.servers["only"]
    outcomes = []

    def ask(method):
        with WalletRpcClient(server.url, timeout=30) as client, pytest.raises(WalletConnectionError) as caught:
            client.call(method)
        outcomes.append(str(caught.value))

    threads = [threading.Thread(target=ask, args=("get_version",))]
    threads[0].start()
    wait_until(lambda: server.calls == ("get_version",))
    threads.append(threading.Thread(target=ask, args=("is_multisig",)))
    threads[1].start()
    with WalletRpcClient(server.url, timeout=0.2) as client, pytest.raises(WalletConnectionError, match=r"in 0\.2 s"):
        client.call("is_multisig")
    assert server.calls == ("get_version",)
    server.stop()
    for thread in threads:
        thread.join(10)
    assert len(outcomes) == 2


def test_a_hang_that_ends_is_followed_by_the_answer(fleet):
    (client,) = fleet.add("only", faults=[Fault(FaultKind.HANG, "get_version", seconds=0.05)])
    assert client.call("get_version")["version"] == 65561


def wait_until(condition):
    waiting = threading.Event()
    while not condition():
        assert not waiting.wait(0.005)


def test_calls_take_their_turn(tmp_path):
    # The delay of the first is over before the second begins.
    with SimulatedWalletRpc(tmp_path, delays={"get_version": 0.05}) as server:

        def ask():
            with WalletRpcClient(server.url) as client:
                client.call("get_version")

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert server.calls == ("get_version",) * 4


def test_delays_as_measured_are_those_of_slow_methods():
    assert set(MEASURED_DELAYS) == {"create_wallet", "open_wallet", "make_multisig", "exchange_multisig_keys"}


def test_a_port_that_is_taken_is_said_at_once(tmp_path):
    with SimulatedWalletRpc(tmp_path) as server, pytest.raises(OSError, match="in use"):
        SimulatedWalletRpc(tmp_path, port=server.port).start()


def test_it_can_be_stopped_twice_and_started_again_on_its_port(tmp_path):
    server = SimulatedWalletRpc(tmp_path)
    with server:
        port = server.port
    server.stop()
    with server, WalletRpcClient(server.url) as client:
        assert server.port == port
        assert client.call("get_version")["version"] == 65561


PROGRAM = [sys.executable, "-W", "error", "-m", "otel_multisig.wallet_rpc.simulator"]


def test_as_a_program_it_serves_until_it_is_told_to_end(tmp_path):
    with subprocess.Popen(
        [*PROGRAM, "--wallet-dir", str(tmp_path), "--seed", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            url = process.stdout.readline().split()[-1]
            with WalletRpcClient(url) as client:
                client.call("create_wallet", {"filename": "x", **ENGLISH})
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == 0
    assert (tmp_path / "x.keys").exists()


def test_as_a_program_it_says_in_one_line_what_is_wrong(tmp_path):
    missing = subprocess.run(
        [*PROGRAM, "--wallet-dir", str(tmp_path / "no")], capture_output=True, text=True, check=False
    )
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == f"error: {tmp_path / 'no'} is no folder\n"
    with SimulatedWalletRpc(tmp_path) as server:
        command = [*PROGRAM, "--wallet-dir", str(tmp_path), "--port", str(server.port)]
        taken = subprocess.run(command, capture_output=True, text=True, check=False)
    assert taken.returncode == 2
    assert taken.stderr == f"error: cannot listen on port {server.port}: Address already in use\n"
