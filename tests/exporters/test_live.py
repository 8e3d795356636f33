"""The live API under `opentelemetry-instrument`: not a line of set-up code in the program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from monero.backends.jsonrpc import JSONRPCWallet
from otel_multisig import trace_escrow
from otel_multisig.testing.wallet_servers import WalletServers

with WalletServers(kind="simulated") as servers:
    wallet = JSONRPCWallet(port=servers.ports["buyer"])
    wallet.raw_request("create_wallet", {"filename": "w", "password": "", "language": "English"})
    with trace_escrow("7c1f3f0e") as escrow, escrow.round(1), escrow.wallet("buyer", wallet):
        escrow.snapshot("pre_round1")
        wallet.raw_request("prepare_multisig", {"enable_multisig_experimental": True})
"""


def test_exporter_and_instrumentation_are_found_by_their_entry_points(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [Path(sys.executable).with_name("opentelemetry-instrument"), sys.executable, program],
        cwd=tmp_path,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "OTEL_TRACES_EXPORTER": "multisig_json",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("escrow_*.json")
    assert path.name == "escrow_7c1f3f0e.json"
    events = json.loads(path.read_text())
    assert [(event["event_type"], event["details"].get("method")) for event in events] == [
        ("SNAPSHOT_PRE_ROUND1", None),
        ("RPC_CALL_START", "prepare_multisig"),
        ("RPC_CALL_END", "prepare_multisig"),
    ]
