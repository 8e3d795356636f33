"""A set-up over wallets, real and simulated, becomes one trace, and the trace a legacy file."""

from __future__ import annotations

import gc
import json
import threading
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from monero.backends.jsonrpc import JSONRPCWallet

from otel_multisig import configure, instrument, trace_escrow, uninstrument
from otel_multisig.demo.scenario import TOGETHER, new_escrows, run_alone, run_together
from otel_multisig.legacy import encode, legacy_events
from otel_multisig.model import Outcome, SpanKind
from otel_multisig.semconv import events
from otel_multisig.testing.setup_driver import others

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from otel_multisig.testing.recording import Recorded
    from otel_multisig.testing.wallet_servers import WalletServers

ROLES = ("buyer", "vendor", "arbiter")


@pytest.fixture
def instrumented() -> Iterator[None]:
    instrument()
    yield
    uninstrument()


def set_up_with_the_monero_library(escrow_id: str, servers: WalletServers) -> None:
    """What a user of the `monero` library writes: no line about calls, only the binding of wallets to roles."""
    wallets = {role: JSONRPCWallet(port=port, timeout=60) for role, port in servers.ports.items()}
    for role, wallet in wallets.items():
        name = f"{role}_temp_escrow_{escrow_id}"
        wallet.raw_request("create_wallet", {"filename": name, "password": "", "language": "English"})
    with trace_escrow(escrow_id) as escrow, ExitStack() as bound:
        for role, wallet in wallets.items():
            bound.enter_context(escrow.wallet(role, wallet))
        escrow.snapshot("pre_round1")
        with escrow.round(1) as first:
            prepare = {"enable_multisig_experimental": True}
            infos = {
                role: wallet.raw_request("prepare_multisig", prepare)["multisig_info"]
                for role, wallet in wallets.items()
            }
            results = {}
            for role, wallet in wallets.items():
                params = {"multisig_info": others(infos, role), "threshold": 2, "password": ""}
                results[role] = wallet.raw_request("make_multisig", params)
                first.snapshot("post_make_multisig", {role: wallet})
        for number, point in ((2, "post_export_multisig"), (3, "post_import_multisig")):
            escrow.snapshot(f"pre_round{number}")
            infos = {role: result["multisig_info"] for role, result in results.items()}
            with escrow.round(number) as later:
                for role, wallet in wallets.items():
                    params = {"multisig_info": others(infos, role), "password": ""}
                    results[role] = wallet.raw_request("exchange_multisig_keys", params)
                    later.snapshot(point, {role: wallet})
        escrow.snapshot("final")
    assert len({result["address"] for result in results.values()}) == 1


def expected_order() -> list[tuple[str, str, str | None]]:
    """Event type, role and method of the 45 events of a whole set-up, in their order."""

    def call(role: str, method: str) -> list[tuple[str, str, str | None]]:
        return [("RPC_CALL_START", role, method), ("RPC_CALL_END", role, method)]

    order = [("SNAPSHOT_PRE_ROUND1", role, None) for role in ROLES]
    order += [event for role in ROLES for event in call(role, "prepare_multisig")]
    for role in ROLES:
        order += [*call(role, "make_multisig"), ("SNAPSHOT_POST_MAKE_MULTISIG", role, None)]
    for before, after in (
        ("SNAPSHOT_PRE_ROUND2", "SNAPSHOT_POST_EXPORT_MULTISIG"),
        ("SNAPSHOT_PRE_ROUND3", "SNAPSHOT_POST_IMPORT_MULTISIG"),
    ):
        order += [(before, role, None) for role in ROLES]
        for role in ROLES:
            order += [*call(role, "exchange_multisig_keys"), (after, role, None)]
    return order + [("SNAPSHOT_FINAL", role, None) for role in ROLES]


def test_a_healthy_setup_is_one_trace_and_45_legacy_events(
    wallets: WalletServers, new_escrow_id: str, recorded: Recorded, instrumented: None
) -> None:
    set_up_with_the_monero_library(new_escrow_id, wallets)

    (trace,) = recorded.traces()
    assert trace.outcome is Outcome.SUCCESS
    assert [span.kind for span in trace.spans].count(SpanKind.SETUP) == 1
    assert [span.round for span in trace.rounds] == [1, 2, 3]
    assert len(trace.calls) == 12
    snapshots = [item for item in trace.timeline() if item.event and item.event.name == events.WALLET_SNAPSHOT]
    assert len(snapshots) == 21
    assert len({span.trace_id for span in trace.spans}) == 1
    assert len(recorded.spans) == 1 + 3 + 12

    legacy = json.loads(encode(legacy_events(trace)))
    assert [
        (event["event_type"], event["role"], event["details"].get("method")) for event in legacy
    ] == expected_order()
    for event in legacy:
        assert event["trace_id"] == trace.setup_id
        if event["event_type"].startswith("SNAPSHOT"):
            assert "rpc_port" not in event
            assert set(event["details"]) == {
                "address", "address_hash", "balance", "collection_time_ms", "file_exists", "file_perms", "is_multisig",
                "open_wallets_count", "role", "rpc_port", "timestamp", "wallet_id",
            }  # fmt: skip
            assert event["details"]["rpc_port"] == wallets.ports[event["role"]]
            assert event["details"]["balance"] == [0, 0]
        else:
            assert event["rpc_port"] == wallets.ports[event["role"]]
    finals = [event["details"] for event in legacy if event["event_type"] == "SNAPSHOT_FINAL"]
    assert len({final["address_hash"] for final in finals}) == 1
    assert all(final["is_multisig"] for final in finals)


def test_the_hashes_of_infos_tell_who_fed_whom(
    wallets: WalletServers, new_escrow_id: str, recorded: Recorded, instrumented: None
) -> None:
    set_up_with_the_monero_library(new_escrow_id, wallets)

    (trace,) = recorded.traces()
    given = {"prepare_multisig": {}, "make_multisig": {}}
    for call in trace.calls[:6]:
        given[call.method][call.role] = call.attributes["monero.multisig.info.hash"]
    for call in trace.calls[3:6]:
        taken = call.attributes["monero.multisig.info.input.hash"].split(" ")
        assert taken == [given["prepare_multisig"][role] for role in ROLES if role != call.role]


@pytest.mark.parametrize("kind", ["simulated", "real"])
def test_three_at_once_on_shared_ports_fail_with_the_servers_own_words(
    kind: str, request: pytest.FixtureRequest, recorded: Recorded, otlp_file: Callable[[], Path], tmp_path: Path
) -> None:
    servers: WalletServers = request.getfixturevalue(f"{kind}_wallets")
    escrows = new_escrows()

    assert run_together(escrows, servers.ports) == [False, False, True]

    traces = {trace.escrow_id: trace for trace in recorded.traces()}
    assert {name: traces[escrows[name]].outcome for name in TOGETHER} == {
        "first": Outcome.FAILURE,
        "second": Outcome.FAILURE,
        "third": Outcome.SUCCESS,
    }
    for name, code, message, method, number in (
        ("first", -31, "This wallet is not multisig", "exchange_multisig_keys", 3),
        ("second", -28, "This wallet is already multisig", "prepare_multisig", 1),
    ):
        *_, call, end = json.loads(encode(legacy_events(traces[escrows[name]])))
        assert (call["event_type"], call["role"], call["rpc_port"]) == (
            "RPC_CALL_ERROR",
            "buyer",
            servers.ports["buyer"],
        )
        assert call["details"] | {"duration_ms": 0} == {
            "code": code,
            "duration_ms": 0,
            "error": message,
            "method": method,
            "success": False,
        }
        assert (end["event_type"], end["role"]) == ("ERROR_FINAL", "buyer")
        assert end["details"]["error"] == message
        context = end["details"]["context"]
        assert (context["code"], context["round"], context["operation"]) == (code, number, method)
        assert context["escrow_id"] == escrows[name]


def test_one_alone_comes_through(simulated_wallets: WalletServers, recorded: Recorded) -> None:
    escrows = new_escrows()
    assert run_alone(escrows["alone"], simulated_wallets.ports)
    (trace,) = recorded.traces()
    assert [call.method for call in trace.calls].count("create_wallet") == 3
    assert len(trace.calls) == 15


def test_snapshots_that_take_too_long_leave_no_connection_open(
    simulated_wallets: WalletServers, recorded: Recorded
) -> None:
    configure(snapshot_timeout=0.001, live_rules=False)  # which remember set-ups, and so their wallets
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        escrows = new_escrows()
        assert run_together(escrows, simulated_wallets.ports) == [False, False, True]
        for thread in threading.enumerate():
            if thread.name == "otel-multisig-snapshot":
                thread.join()
        gc.collect()

    failed = [event for span in recorded.spans for event in span.events if event.name == events.WALLET_SNAPSHOT_FAILED]
    assert failed
    assert caught == []
