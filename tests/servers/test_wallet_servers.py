from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from otel_multisig.testing.setup_driver import run_setup
from otel_multisig.testing.wallet_client import WalletConnectionError, WalletRpcError
from otel_multisig.testing.wallet_servers import ROLES, WalletServerError, WalletServers


@pytest.fixture
def no_programs(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def program(folder: Path, script: str) -> Path:
    path = folder / "monero-wallet-rpc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_simulated_servers_come_to_one_wallet_and_leave_nothing(new_escrow_id):
    with WalletServers(kind="simulated") as servers:
        assert list(servers.ports) == list(servers.clients) == list(servers.simulators) == list(ROLES)
        seen = []
        names = {role: f"{role}_temp_escrow_{new_escrow_id}" for role in ROLES}
        addresses = run_setup(servers.clients, names=names, before=lambda *call: seen.append(call))
        assert len(set(addresses.values())) == 1
        assert (servers.folder / names["vendor"]).exists()
        folder = servers.folder
    assert not folder.parent.exists()
    assert seen == [
        *((0, role, "create_wallet") for role in ROLES),
        *((1, role, method) for method in ("prepare_multisig", "make_multisig") for role in ROLES),
        *((number, role, "exchange_multisig_keys") for number in (2, 3) for role in ROLES),
    ]


def test_roles_are_data():
    with WalletServers([f"signer{number}" for number in range(5)], kind="simulated", seed=3) as servers:
        addresses = run_setup(servers.clients, threshold=3, names={role: role for role in servers.roles})
    assert len(addresses) == 5
    assert len(set(addresses.values())) == 1


def test_the_kind_is_chosen_by_what_is_there(no_programs, tmp_path):
    assert WalletServers().kind == "simulated"
    program(tmp_path, "exit 0")
    assert WalletServers().kind == "real"


def test_ports_can_be_given():
    with WalletServers(kind="simulated") as free:
        ports = list(free.ports.values())
    with WalletServers(kind="simulated", ports=ports) as servers:
        assert list(servers.ports.values()) == ports
    with pytest.raises(ValueError, match="3 roles need as many ports, not 2"):
        WalletServers(ports=[1, 2])


def test_a_missing_program_is_said_in_one_line(no_programs):
    with pytest.raises(WalletServerError) as caught:
        WalletServers(kind="real").start()
    assert str(caught.value) == (
        "monero-wallet-rpc is not on PATH (apt install monero), and real wallet servers were asked for"
    )


def test_a_program_that_cannot_be_run_is_said_in_one_line(tmp_path):
    with pytest.raises(WalletServerError, match=r"^cannot run \S+/nothing: No such file or directory$"):
        WalletServers(kind="real", program=tmp_path / "nothing").start()


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (
            "echo starting; echo 'Error: no such thing'; exit 3",
            r"ended with exit code 3; it said: Error: no such thing",
        ),
        ("printf '\\033[0;31m2026-11-21 22:35:21.958\\tE \\033[0mFailed to x\\n'; exit 1", "it said: Failed to x"),
        ("exit 4", "ended with exit code 4, and said nothing"),
        ("exec sleep 60", r"did not answer in 0\.3 s, and said nothing"),
    ],
)
def test_a_failing_start_is_said_in_one_line_and_leaves_nothing(tmp_path, script, text):
    servers = WalletServers(kind="real", program=program(tmp_path, script), start_timeout=0.3)
    with pytest.raises(WalletServerError, match=rf"^the wallet server of buyer \(port \d+\) .*{text}$") as caught:
        servers.start()
    assert "\n" not in str(caught.value)
    assert not servers.folder.parent.exists()


def test_a_taken_port_fails_where_it_was_asked_for():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = f"the wallet server of buyer cannot listen on port {port}: Address already in use"
        with pytest.raises(WalletServerError, match=text):
            WalletServers(["buyer"], kind="simulated", ports=[port]).start()


def test_another_port_is_tried_where_none_was_asked_for(tmp_path):
    # The first attempt fails, as it does where another program took the port in the meantime; the second as well.
    counter = tmp_path / "attempts"
    script = f"echo >> {counter}; echo 'Failed to bind IPv4'; exit 1"
    with pytest.raises(WalletServerError, match="Failed to bind"):
        WalletServers(["buyer"], kind="real", program=program(tmp_path, script)).start()
    assert counter.read_text().count("\n") == 3


def test_a_killed_server_refuses_and_a_restarted_one_answers(wallets):
    client = wallets.clients["arbiter"]
    wallets.kill("arbiter")
    assert not wallets.is_running("arbiter")
    with pytest.raises(WalletConnectionError):
        client.call("get_version")
    wallets.restart("arbiter")
    assert wallets.is_running("arbiter")
    with pytest.raises(WalletRpcError, match="No wallet file"):
        client.call("get_address")


def test_a_server_that_a_test_killed_is_there_for_the_next_test(real_wallet_servers, request):
    real_wallet_servers.kill("vendor")
    wallets = request.getfixturevalue("real_wallets")
    assert all(map(wallets.is_running, ROLES))
    with pytest.raises(WalletRpcError, match="No wallet file"):
        wallets.clients["vendor"].call("get_address")


OWNER = """
import sys, time
from otel_multisig.testing.wallet_servers import WalletServers
with WalletServers(["buyer"], kind="real", program={program!r}, start_timeout=60) as servers:
    print(servers._processes["buyer"].pid, servers.folder.parent, flush=True)
    {then}
"""
ANSWERING = """exec {python} -c '
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"{{}}")
port = next(int(word.split("=")[1]) for word in sys.argv if word.startswith("--rpc-bind-port"))
HTTPServer(("127.0.0.1", port), Handler).serve_forever()
' "$@"
"""


@pytest.mark.parametrize(
    ("then", "number"),
    [
        ("time.sleep(600)", signal.SIGKILL),
        ("time.sleep(600)", signal.SIGTERM),
        ("time.sleep(600)", signal.SIGINT),
        ("raise ValueError", None),
        ("import os; os._exit(1)", None),
    ],
)
def test_no_server_outlives_its_owner(tmp_path, then, number):
    path = program(tmp_path, ANSWERING.format(python=sys.executable))
    code = OWNER.format(program=str(path), then=then)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as owner:
        pid, folder = owner.stdout.readline().split()
        try:
            server = os.pidfd_open(int(pid))
        except ProcessLookupError:
            server = None  # it is gone already
        if number:
            owner.send_signal(number)
        owner.wait(60)
    if server is not None:
        assert select.select([server], [], [], 60)[0], "the server still runs"
        os.close(server)
    wait_until_gone(Path(folder))


def wait_until_gone(path: Path) -> None:
    # The folder is the last thing to go.
    poll = select.poll()
    for _ in range(6000):
        if not path.exists():
            return
        poll.poll(10)
    pytest.fail(f"{path} is still there")
