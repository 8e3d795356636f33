"""Snapshots of wallets that hang, answer garbage or are not there: recorded, bounded in time, never raised."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from monero.backends.jsonrpc import JSONRPCWallet

from otel_multisig import configure, trace_escrow
from otel_multisig.legacy import legacy_events
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.wallet_rpc.simulator import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from otel_multisig.model import Event
    from otel_multisig.testing.recording import Recorded
    from otel_multisig.testing.wallet_servers import WalletServers

    from .conftest import PlainWallet

BUDGET = 0.2
PLENTY = 60.0


def failures(recorded: Recorded) -> list[Event]:
    (trace,) = recorded.traces()
    return [
        item.event
        for item in trace.timeline()
        if item.event is not None and item.event.name == events.WALLET_SNAPSHOT_FAILED
    ]


def kinds(recorded: Recorded) -> list[str]:
    (trace,) = recorded.traces()
    return [item.event.name for item in trace.timeline() if item.event is not None]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """The port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def hung() -> Iterator[Any]:
    """A callable wallet that answers nothing until the test is over."""
    over = threading.Event()
    yield lambda method, params: over.wait(60) and {}
    over.set()


def take(wallets: Mapping[str, Any], how: str) -> None:
    async def main() -> None:
        async with trace_escrow("e-1") as escrow:
            await escrow.snapshot_async("pre_round1", wallets)

    if how == "async":
        asyncio.run(main())
        return
    with trace_escrow("e-1") as escrow:
        escrow.snapshot("pre_round1", wallets)


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_server_that_never_answers_costs_its_budget_and_not_the_others_snapshots(
    recorded_spans: Recorded, plain_wallets: dict[str, Any], silent_port: int, how: str, place: int
) -> None:
    configure(snapshot_timeout=BUDGET)
    wallets: dict[str, Any] = dict(plain_wallets)
    wallets[list(wallets)[place]] = JSONRPCWallet(port=silent_port)
    take(wallets, how)  # that it comes back at all is what counts: the server is silent until the test is over
    found = kinds(recorded_spans)
    assert found.pop(place) == events.WALLET_SNAPSHOT_FAILED
    assert found == [events.WALLET_SNAPSHOT] * 2
    (failed,) = failures(recorded_spans)
    assert failed.role == list(wallets)[place]
    assert failed.port == silent_port
    assert failed.attributes[upstream.RPC_METHOD] == "is_multisig"
    assert failed.attributes[upstream.ERROR_TYPE].rpartition(".")[2] in {"TimeoutError", "ReadTimeout"}


@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_callable_that_never_returns_is_left_behind(recorded_spans: Recorded, hung: Any, how: str) -> None:
    configure(snapshot_timeout=BUDGET)
    take({"buyer": hung}, how)
    (failed,) = failures(recorded_spans)
    assert failed.attributes[upstream.ERROR_TYPE] == "TimeoutError"
    assert failed.attributes[upstream.EXCEPTION_MESSAGE] == "no answer within 0.2 s"


@pytest.mark.parametrize("cooperative", [True, False])
def test_a_coroutine_that_never_returns_is_left_behind(recorded_spans: Recorded, *, cooperative: bool) -> None:
    cancelled = asyncio.Event()

    async def hang(_method: str, _params: Any) -> None:
        while not cancelled.is_set():
            try:
                await cancelled.wait()
            except asyncio.CancelledError:
                if cooperative:
                    raise

    async def main() -> None:
        async with trace_escrow("e-1") as escrow:
            await escrow.snapshot_async("pre_round1", {"buyer": hang})
        cancelled.set()

    configure(snapshot_timeout=BUDGET)
    asyncio.run(main())
    (failed,) = failures(recorded_spans)
    assert failed.attributes[upstream.ERROR_TYPE] == "TimeoutError"


def test_the_event_loop_runs_on_while_a_wallet_hangs(recorded_spans: Recorded, hung: Any) -> None:
    async def main() -> None:
        async with trace_escrow("e-1") as escrow:
            snapshot = asyncio.create_task(escrow.snapshot_async("pre_round1", {"buyer": hung}))
            turns = 0
            while not snapshot.done():
                await asyncio.sleep(0)
                turns += 1
            assert turns > 10

    configure(snapshot_timeout=BUDGET)
    asyncio.run(main())
    assert len(failures(recorded_spans)) == 1


def test_a_full_pool_of_threads_does_not_hold_a_snapshot_up(
    recorded_spans: Recorded, plain_wallets: dict[str, Any], hung: Any
) -> None:
    over = threading.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        waiting = [loop.run_in_executor(None, over.wait, 60) for _ in range(64)]
        async with trace_escrow("e-1") as escrow:
            await escrow.snapshot_async("pre_round1", plain_wallets)
        over.set()
        await asyncio.gather(*waiting)

    configure(snapshot_timeout=PLENTY)
    asyncio.run(main())
    assert kinds(recorded_spans) == [events.WALLET_SNAPSHOT] * 3


def test_a_snapshot_that_is_cancelled_leaves_nothing_behind(recorded_spans: Recorded) -> None:
    async def main() -> None:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def hang(_method: str, _params: Any) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async with trace_escrow("e-1") as escrow:
            snapshot = asyncio.create_task(escrow.snapshot_async("pre_round1", {"buyer": hang}))
            await begun.wait()
            snapshot.cancel()
            with pytest.raises(asyncio.CancelledError):
                await snapshot
            await ended.wait()

    configure(snapshot_timeout=PLENTY)
    asyncio.run(main())
    assert kinds(recorded_spans) == []


def test_threads_left_behind_are_few_however_many_snapshots_are_taken(recorded_spans: Recorded, hung: Any) -> None:
    configure(snapshot_timeout=0.01)
    before = threading.active_count()
    with trace_escrow("e-1") as escrow:
        for _ in range(20):
            escrow.snapshot("pre_round1", {"buyer": hung})
    assert threading.active_count() - before <= 4
    found = failures(recorded_spans)
    assert len(found) == 20
    assert "still wait" in found[-1].attributes[upstream.EXCEPTION_MESSAGE]


def test_a_hung_wallet_that_answers_at_last_is_asked_again(recorded_spans: Recorded, plain_wallets: Any) -> None:
    go_on = threading.Event()

    def slow(method: str, params: Any) -> Any:
        go_on.wait(60)
        return plain_wallets["buyer"](method, params)

    configure(snapshot_timeout=0.01)
    with trace_escrow("e-1") as escrow:
        for _ in range(4):
            escrow.snapshot("too early", {"buyer": slow})
        go_on.set()
        for thread in threading.enumerate():
            if thread.name == "otel-multisig-snapshot":
                thread.join(60)
        configure(snapshot_timeout=PLENTY)
        escrow.snapshot("in time", {"buyer": slow})
    assert kinds(recorded_spans) == [*[events.WALLET_SNAPSHOT_FAILED] * 4, events.WALLET_SNAPSHOT]


def test_a_closed_port(recorded_spans: Recorded, closed_port: int) -> None:
    take({"buyer": JSONRPCWallet(port=closed_port)}, "sync")
    (failed,) = failures(recorded_spans)
    assert failed.port == closed_port
    assert failed.attributes[upstream.ERROR_TYPE] == "requests.exceptions.ConnectionError"
    assert "refused" in failed.attributes[upstream.EXCEPTION_MESSAGE]
    (event,) = legacy_events(recorded_spans.traces()[0])
    assert event.details["event"] == "snapshot_failed"
    assert event.details["method"] == "is_multisig"


@pytest.mark.parametrize("method", ["is_multisig", "get_address", "get_balance"])
def test_an_error_answer_is_recorded_with_its_code(
    recorded_spans: Recorded, simulated_wallets: WalletServers, method: str
) -> None:
    simulator = simulated_wallets.simulators["buyer"]
    client = simulated_wallets.clients["buyer"]
    client.call("create_wallet", {"filename": "w", "password": "", "language": "English"})
    simulator.add_fault(Fault(FaultKind.RPC_ERROR, method, code=-13, message="No wallet file"))
    take({"buyer": JSONRPCWallet(port=simulator.port)}, "sync")
    (failed,) = failures(recorded_spans)
    assert failed.attributes == {
        attr.MONERO_SNAPSHOT_POINT: "pre_round1",
        upstream.RPC_METHOD: method,
        upstream.ERROR_TYPE: "-13",
        upstream.RPC_RESPONSE_STATUS_CODE: "-13",
        upstream.EXCEPTION_MESSAGE: "No wallet file",
    }
    (event,) = legacy_events(recorded_spans.traces()[0])
    assert event.details == {
        "event": "snapshot_failed",
        "point": "pre_round1",
        "method": method,
        "error": "No wallet file",
        "code": -13,
    }


@pytest.mark.parametrize("kind", [FaultKind.GARBAGE, FaultKind.HTTP_500, FaultKind.DROP])
def test_a_server_that_is_none(recorded_spans: Recorded, simulated_wallets: WalletServers, kind: FaultKind) -> None:
    simulator = simulated_wallets.simulators["buyer"]
    simulator.add_fault(Fault(kind, "is_multisig"))
    take({"buyer": JSONRPCWallet(port=simulator.port)}, "sync")
    (failed,) = failures(recorded_spans)
    assert upstream.RPC_RESPONSE_STATUS_CODE not in failed.attributes
    assert failed.attributes[upstream.ERROR_TYPE]


GARBAGE: tuple[Any, ...] = (
    None,
    [],
    "text",
    7,
    {},
    {"multisig": "yes"},
    {"multisig": 1},
    {"error": {"code": -13}},
    b"",
)


@pytest.mark.parametrize("answer", GARBAGE, ids=repr)
@pytest.mark.parametrize("how", ["sync", "async"])
def test_garbage_for_an_answer(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], answer: Any, how: str
) -> None:
    plain_wallets["vendor"].answers["is_multisig"] = answer
    take(plain_wallets, how)
    assert kinds(recorded_spans) == [events.WALLET_SNAPSHOT, events.WALLET_SNAPSHOT_FAILED, events.WALLET_SNAPSHOT]
    (failed,) = failures(recorded_spans)
    assert failed.attributes[upstream.ERROR_TYPE] == "TypeError"
    assert "is_multisig" in failed.attributes[upstream.EXCEPTION_MESSAGE]


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
def test_whatever_a_client_raises(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], error: BaseException
) -> None:
    plain_wallets["buyer"].answers["get_balance"] = error
    take(plain_wallets, "sync")
    (failed,) = failures(recorded_spans)
    assert failed.attributes[upstream.ERROR_TYPE].endswith(type(error).__name__)
    assert failed.attributes[upstream.RPC_METHOD] == "get_balance"


def test_an_async_client_that_cancels_itself(recorded_spans: Recorded) -> None:
    async def cancel(_method: str, _params: Any) -> None:
        raise asyncio.CancelledError

    take({"buyer": cancel}, "async")
    (failed,) = failures(recorded_spans)
    assert failed.attributes[upstream.ERROR_TYPE] == "asyncio.exceptions.CancelledError"


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("wallet", [None, 7, object(), "http://127.0.0.1:18082"])
def test_what_cannot_be_asked_at_all(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], wallet: Any, how: str
) -> None:
    take({"buyer": wallet, "vendor": plain_wallets["vendor"]}, how)
    assert kinds(recorded_spans) == [events.WALLET_SNAPSHOT_FAILED, events.WALLET_SNAPSHOT]


@pytest.mark.parametrize("form", ["coroutine function", "function that returns a coroutine"])
def test_an_async_wallet_in_a_snapshot_that_is_not(recorded_spans: Recorded, form: str) -> None:
    async def ask(_method: str, _params: Any) -> dict[str, Any]:
        return {}

    def does_not_look_async(method: str, params: Any) -> Any:
        return ask(method, params)

    # That no coroutine is left unawaited is checked by the warnings, which are errors here.
    take({"buyer": ask if form == "coroutine function" else does_not_look_async}, "sync")
    (failed,) = failures(recorded_spans)
    assert "snapshot_async" in failed.attributes[upstream.EXCEPTION_MESSAGE]


def test_no_more_threads(
    recorded_spans: Recorded, plain_wallets: dict[str, PlainWallet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    take(plain_wallets, "sync")
    assert [failed.attributes[upstream.ERROR_TYPE] for failed in failures(recorded_spans)] == ["RuntimeError"] * 3


def test_a_wallet_that_hangs_while_a_set_up_fails(recorded_spans: Recorded, hung: Any) -> None:
    configure(snapshots="failure", snapshot_timeout=BUDGET)
    with pytest.raises(ValueError, match="x"), trace_escrow("e-1") as escrow, escrow.wallet("buyer", hung):
        raise ValueError("x")
    assert len(failures(recorded_spans)) == 1
    assert recorded_spans.traces()[0].outcome == "failure"
