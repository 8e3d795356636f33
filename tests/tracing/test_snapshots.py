"""Snapshots: what they tell of wallets of every form, in which order, and when they are taken at all."""

# Blocks are nested as applications nest them.
# ruff: noqa: PT012, TRY301

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from monero.backends.jsonrpc import JSONRPCWallet
from monero.wallet import Wallet

from otel_multisig import TracedWallet, configure, instrument, trace_escrow, uninstrument
from otel_multisig.legacy import legacy_events
from otel_multisig.model import Snapshot
from otel_multisig.semconv import events
from otel_multisig.tracing import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from otel_multisig.testing.recording import Recorded
    from otel_multisig.testing.wallet_servers import WalletServers

    from .conftest import PlainWallet

UUID = "e946fef3-8734-4874-8528-71319317e131"
ROLES = ("buyer", "vendor", "arbiter")
POINTS = (
    "pre_round1",
    "post_make_multisig",
    "pre_round2",
    "post_export_multisig",
    "pre_round3",
    "post_import_multisig",
    "final",
)


def snapshots(recorded: Recorded) -> list[Snapshot]:
    (trace,) = recorded.traces()
    return [
        Snapshot.of(item.event)
        for item in trace.timeline()
        if item.event is not None and item.event.name == events.WALLET_SNAPSHOT
    ]


def test_what_a_snapshot_tells(recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet]) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1):
        escrow.snapshot("pre_round1", plain_wallets)
    found = snapshots(recorded_spans)
    assert [snapshot.role for snapshot in found] == list(ROLES)
    for snapshot in found:
        assert snapshot.point == "pre_round1"
        assert snapshot.is_multisig is False
        address = f"5{snapshot.role}".ljust(95, "A")
        assert snapshot.address_hash == sha256(address.encode()).hexdigest()
        assert snapshot.address is None
        assert (snapshot.balance_total, snapshot.balance_unlocked) == (0, 0)
        assert (snapshot.port, snapshot.wallet_id, snapshot.file_exists) == (None, None, None)
        assert snapshot.duration is not None
        assert snapshot.duration >= 0
    assert plain_wallets["buyer"].asked == ["is_multisig", "get_address", "get_balance"]


@pytest.mark.asyncio
async def test_the_same_without_blocking_the_event_loop(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet]
) -> None:
    async with trace_escrow("e-1") as escrow, escrow.round(1) as round_:
        await escrow.snapshot_async("pre_round1", plain_wallets)
        await round_.snapshot_async("post_make_multisig", {"vendor": plain_wallets["vendor"]})
    assert [(snapshot.point, snapshot.role) for snapshot in snapshots(recorded_spans)] == [
        *(("pre_round1", role) for role in ROLES),
        ("post_make_multisig", "vendor"),
    ]


@pytest.mark.parametrize("place", ["round", "escrow", "explicit round"])
def test_where_a_snapshot_stands(recorded_spans: Recorded, plain_wallets: Mapping[str, Any], place: str) -> None:
    with trace_escrow("e-1") as escrow:
        with escrow.round(1) as round_:
            if place == "round":
                escrow.snapshot("any name will do", plain_wallets)
        if place == "escrow":
            escrow.snapshot("any name will do", plain_wallets)
    if place == "explicit round":
        round_.snapshot("any name will do", plain_wallets)
    (trace,) = recorded_spans.traces()
    owner = "multisig_setup" if place == "escrow" else "multisig_round 1"
    assert {item.span.name for item in trace.timeline() if item.event} == {owner}
    assert {snapshot.point for snapshot in snapshots(recorded_spans)} == {"any name will do"}


class Caller:
    """A client object with `call(method, params)` and a port."""

    port = 18083

    def __init__(self, wallet: PlainWallet) -> None:
        self._wallet = wallet

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        return self._wallet(method, params)


class Requester:
    def __init__(self, wallet: PlainWallet) -> None:
        self.request = wallet


class AsyncCaller:
    def __init__(self, wallet: PlainWallet) -> None:
        self._wallet = wallet

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        await asyncio.sleep(0)
        return self._wallet(method, params)

    async def __call__(self, method: str, params: Mapping[str, Any]) -> Any:
        return await self.call(method, params)


class AsyncCallable:
    def __init__(self, wallet: PlainWallet) -> None:
        self._wallet = wallet

    async def __call__(self, method: str, params: Mapping[str, Any]) -> Any:
        await asyncio.sleep(0)
        return self._wallet(method, params)


class AsyncBackend:
    """As a client that is like the `monero` library's backend, but async."""

    def __init__(self, wallet: PlainWallet) -> None:
        self._wallet = wallet

    async def raw_request(self, method: str, params: Mapping[str, Any]) -> Any:
        return self._wallet(method, params)


SYNC_FORMS = {
    "callable": lambda wallet: wallet,
    "call": Caller,
    "request": Requester,
    "wallet object": lambda wallet: TracedWallet(backend=wallet),
}
ASYNC_FORMS = {
    "async callable": lambda wallet: AsyncCaller(wallet).call,
    "async call": AsyncCaller,
    "async __call__": AsyncCallable,
    "async backend": AsyncBackend,
    "lambda around an async call": lambda wallet: lambda method, params: AsyncCaller(wallet).call(method, params),
}


@pytest.mark.parametrize("form", SYNC_FORMS)
def test_wallets_that_block(recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], form: str) -> None:
    with trace_escrow("e-1") as escrow:
        escrow.snapshot("final", {"buyer": SYNC_FORMS[form](plain_wallets["buyer"])})
    (found,) = snapshots(recorded_spans)
    assert found.port == (18083 if form == "call" else None)


@pytest.mark.asyncio
async def test_wallets_of_all_forms_at_once(recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet]) -> None:
    wallet = plain_wallets["buyer"]
    forms = SYNC_FORMS | ASYNC_FORMS
    async with trace_escrow("e-1") as escrow:
        await escrow.snapshot_async("final", {name: make(wallet) for name, make in forms.items()})
    assert [found.role for found in snapshots(recorded_spans)] == list(
        forms
    )  # in the order given, whoever answers first


@pytest.fixture
def opened(simulated_wallets: WalletServers) -> WalletServers:
    for role, client in simulated_wallets.clients.items():
        client.call("create_wallet", {"filename": f"{role}_temp_escrow_{UUID}", "password": "", "language": "English"})
    return simulated_wallets


def backends(servers: WalletServers) -> dict[str, JSONRPCWallet]:
    return {role: JSONRPCWallet(port=port) for role, port in servers.ports.items()}


@pytest.fixture
def instrumented() -> Iterator[None]:
    instrument()
    yield
    uninstrument()


@pytest.mark.usefixtures("instrumented")
@pytest.mark.parametrize("form", ["backend", "wallet"])
def test_wallets_of_the_monero_library(recorded_spans: Recorded, opened: WalletServers, form: str) -> None:
    wallets: dict[str, Any] = dict(backends(opened))
    if form == "wallet":
        wallets = {role: Wallet(backend) for role, backend in wallets.items()}
    with trace_escrow(UUID) as escrow, escrow.round(1), escrow.wallet("buyer", wallets["buyer"]):
        escrow.snapshot("pre_round1", wallets)
    found = snapshots(recorded_spans)
    assert [(snapshot.role, snapshot.port) for snapshot in found] == list(opened.ports.items())
    assert {snapshot.is_multisig for snapshot in found} == {False}
    assert len({snapshot.address_hash for snapshot in found}) == 3
    (trace,) = recorded_spans.traces()
    assert trace.calls == ()  # calls made for a snapshot are none of the escrow's


@pytest.mark.usefixtures("instrumented")
@pytest.mark.asyncio
async def test_wallets_of_the_monero_library_async(recorded_spans: Recorded, opened: WalletServers) -> None:
    async with trace_escrow(UUID) as escrow:
        await escrow.snapshot_async("final", backends(opened))
    assert [found.port for found in snapshots(recorded_spans)] == list(opened.ports.values())
    assert recorded_spans.traces()[0].calls == ()


def test_a_snapshot_asks_and_does_nothing_else(recorded_spans: Recorded, opened: WalletServers) -> None:
    with trace_escrow(UUID) as escrow:
        escrow.snapshot("final", backends(opened))
    assert opened.simulators["buyer"].calls == ("create_wallet", "is_multisig", "get_address", "get_balance")


def test_the_application_s_client_is_left_as_it_was(recorded_spans: Recorded, opened: WalletServers) -> None:
    backend = backends(opened)["buyer"]
    session, timeout, hooks = backend.session, backend.timeout, {**backend.session.hooks}
    with trace_escrow(UUID) as escrow:
        escrow.snapshot("final", {"buyer": backend})
    assert backend.session is session
    assert backend.timeout == timeout
    assert backend.session.hooks == hooks == {"response": []}


def test_without_wallets_those_that_were_bound_or_seen_are_asked(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet]
) -> None:
    with trace_escrow("e-1") as escrow:
        escrow.snapshot("nobody yet")
        with escrow.wallet("buyer", plain_wallets["buyer"], id="w-1"):
            escrow.snapshot("pre_round1")
        escrow.snapshot("pre_round2", {"vendor": plain_wallets["vendor"]})
        escrow.snapshot("final")
    assert [(found.point, found.role, found.wallet_id) for found in snapshots(recorded_spans)] == [
        ("pre_round1", "buyer", "w-1"),
        ("pre_round2", "vendor", None),
        ("final", "buyer", "w-1"),
        ("final", "vendor", None),
    ]


def test_what_was_said_of_a_wallet_still_holds_when_it_is_given_again(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], tmp_path: Path
) -> None:
    file = tmp_path / f"buyer_temp_escrow_{UUID}"
    file.touch(0o640)
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", plain_wallets["buyer"], id="w-1", file=str(file)):
        escrow.snapshot("pre_round1", plain_wallets)
    buyer, vendor, _ = snapshots(recorded_spans)
    assert (buyer.wallet_id, buyer.file_exists, buyer.file_permissions, buyer.file_name) == (
        "w-1",
        True,
        "rw-",
        file.name,
    )
    assert (vendor.wallet_id, vendor.file_exists, vendor.file_name) == (None, None, None)


@pytest.mark.parametrize(
    ("mode", "permissions"), [(0o600, "rw-"), (0o400, "r--"), (0o000, "---"), (0o777, "rwx"), (0o077, "---")]
)
def test_permissions_are_the_owner_s(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], tmp_path: Path, mode: int, permissions: str
) -> None:
    file = tmp_path / "alices_savings"
    file.touch()
    file.chmod(mode)
    with trace_escrow("e-1") as escrow:
        escrow.snapshot("final", {"buyer": TracedWallet(backend=plain_wallets["buyer"], file=str(file))})
    (found,) = snapshots(recorded_spans)
    assert (found.file_exists, found.file_permissions) == (True, permissions)
    assert found.file_name == f"sha256:{sha256(b'alices_savings').hexdigest()}"


@pytest.mark.parametrize("file", ["not/there", "", "\0", "x" * 5000])
def test_a_file_that_is_not_there(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], tmp_path: Path, file: str
) -> None:
    with (
        trace_escrow("e-1") as escrow,
        escrow.wallet("buyer", plain_wallets["buyer"], file=file and f"{tmp_path}/{file}"),
    ):
        escrow.snapshot("final")
    (found,) = snapshots(recorded_spans)
    assert found.file_permissions == (None if file else found.file_permissions)
    assert found.file_exists in {False, not file}


@pytest.mark.parametrize(("capture", "recorded"), [("", None), ("amounts", 7)])
def test_a_balance_that_is_not_zero(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], capture: str, recorded: int | None
) -> None:
    configure(capture=capture)
    plain_wallets["buyer"].answers["get_balance"] = {"balance": 7, "unlocked_balance": 7}
    with trace_escrow("e-1") as escrow:
        escrow.snapshot("final", {"buyer": plain_wallets["buyer"]})
    (found,) = snapshots(recorded_spans)
    assert (found.balance_total, found.balance_unlocked) == (recorded, recorded)
    (event,) = legacy_events(recorded_spans.traces()[0])
    assert event.details.get("balance", "left out") == ([7, 7] if capture else "left out")


@pytest.mark.parametrize("capture", ["", "addresses"])
def test_an_address_by_opt_in(recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], capture: str) -> None:
    configure(capture=capture)
    with trace_escrow("e-1") as escrow:
        escrow.snapshot("final", {"buyer": plain_wallets["buyer"]})
    (found,) = snapshots(recorded_spans)
    address = "5buyer".ljust(95, "A")
    assert found.address == (address if capture else None)
    (event,) = legacy_events(recorded_spans.traces()[0])
    assert event.details["address"] == (address if capture else "")
    assert event.details["address_hash"] == sha256(address.encode()).hexdigest()


TAKEN = {"all": POINTS, "bounds": ("pre_round1", "final"), "failure": (), "off": ()}


@pytest.mark.parametrize("by", ["environment", "configure"])
@pytest.mark.parametrize("policy", TAKEN)
def test_the_policy_says_when_wallets_are_asked(
    recorded_spans: Recorded,
    plain_wallets: dict[str, PlainWallet],
    monkeypatch: pytest.MonkeyPatch,
    policy: str,
    by: str,
) -> None:
    if by == "environment":
        monkeypatch.setenv("OTEL_MULTISIG_SNAPSHOTS", policy.upper())
        settings.reset()
    else:
        configure(snapshots=policy)
    with trace_escrow("e-1") as escrow:
        for point in POINTS:
            escrow.snapshot(point, plain_wallets)
    found = snapshots(recorded_spans)
    assert [(snapshot.point, snapshot.role) for snapshot in found] == [
        (point, role) for point in TAKEN[policy] for role in ROLES
    ]
    asked = sum(len(wallet.asked) for wallet in plain_wallets.values())
    assert asked == 3 * len(found)


@pytest.mark.parametrize("policy", TAKEN)
def test_a_failure_is_looked_at_where_that_is_the_policy(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], policy: str
) -> None:
    configure(snapshots=policy)
    with pytest.raises(ValueError, match="x"), trace_escrow("e-1") as escrow:
        escrow.snapshot("pre_round1", plain_wallets)
        with escrow.round(1):
            raise ValueError("x")
    points = [found.point for found in snapshots(recorded_spans)]
    assert points == ["failure"] * 3 if policy == "failure" else "failure" not in points
    (trace,) = recorded_spans.traces()
    assert trace.outcome == "failure"


@pytest.mark.asyncio
async def test_a_failure_is_looked_at_without_blocking_the_event_loop(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet]
) -> None:
    configure(snapshots="failure")
    with pytest.raises(ValueError, match="x"):
        async with trace_escrow("e-1") as escrow, escrow.wallet("buyer", AsyncCaller(plain_wallets["buyer"])):
            raise ValueError("x")
    (found,) = snapshots(recorded_spans)
    assert (found.point, found.role) == ("failure", "buyer")


@pytest.mark.parametrize("ending", ["success", "interrupted"])
def test_what_did_not_fail_is_not_looked_at(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], ending: str
) -> None:
    configure(snapshots="failure")
    try:
        with trace_escrow("e-1") as escrow, escrow.wallet("buyer", plain_wallets["buyer"]):
            if ending == "interrupted":
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert recorded_spans.traces()[0].outcome == ending
    assert plain_wallets["buyer"].asked == []
