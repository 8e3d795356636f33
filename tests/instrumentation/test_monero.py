"""Calls of the `monero` library trace themselves, with what the server said and not what the library made of it."""

# Blocks are nested as applications nest them.
# ruff: noqa: SIM117

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from monero.backends.jsonrpc import JSONRPCWallet
from monero.backends.jsonrpc.exceptions import RPCError
from monero.wallet import Wallet
from opentelemetry.instrumentation.requests import RequestsInstrumentor

from otel_multisig import instrument, trace_escrow, uninstrument
from otel_multisig.instrumentation.monero import MoneroInstrumentor
from otel_multisig.model import ItemKind
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.testing.setup_driver import run_setup
from otel_multisig.wallet_rpc.simulator import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.testing.recording import Recorded
    from otel_multisig.testing.wallet_servers import WalletServers

ROLES = ("buyer", "vendor", "arbiter")


@pytest.fixture(autouse=True)
def _quiet_library() -> Iterator[None]:
    # The library logs each error answer, with all that is in it.
    logger = logging.getLogger("monero")
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(logging.NOTSET)


# -- putting it in and taking it out ----------------------------------------------------------------------------------


def test_instrument_says_what_took_effect_and_uninstrument_restores() -> None:
    original = JSONRPCWallet.raw_request
    assert instrument() == ("MoneroInstrumentor",)
    ours = JSONRPCWallet.raw_request
    assert ours is not original
    instrument()
    assert JSONRPCWallet.raw_request is ours
    assert (ours.__name__, ours.__doc__) == (original.__name__, original.__doc__)
    uninstrument()
    assert JSONRPCWallet.raw_request is original
    uninstrument()
    assert JSONRPCWallet.raw_request is original


def wrapped_by_another_library(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


@pytest.mark.usefixtures("recorded_spans")
def test_a_library_that_another_has_wrapped_before_is_traced_all_the_same(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    other = JSONRPCWallet.raw_request = wrapped_by_another_library(JSONRPCWallet.raw_request)
    instrument()
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", backends["buyer"]):
        backends["buyer"].raw_request("is_multisig")
    assert len(recorded_spans.traces()[0].calls) == 1
    uninstrument()
    assert JSONRPCWallet.raw_request is other


def test_a_library_that_another_has_wrapped_since_is_left_to_it(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    instrument()
    other = JSONRPCWallet.raw_request = wrapped_by_another_library(JSONRPCWallet.raw_request)
    uninstrument()
    assert JSONRPCWallet.raw_request is other
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", backends["buyer"]):
        assert backends["buyer"].raw_request("is_multisig")["multisig"] is False
        instrument()
        backends["buyer"].raw_request("is_multisig")
    assert len(recorded_spans.traces()[0].calls) == 1


def test_it_is_found_as_an_instrumentor_of_opentelemetry() -> None:
    from importlib.metadata import entry_points

    (found,) = entry_points(group="opentelemetry_instrumentor", name="otel_multisig_monero")
    original = JSONRPCWallet.raw_request
    instrumentor = found.load()()
    assert isinstance(instrumentor, MoneroInstrumentor)
    instrumentor.instrument(skip_dep_check=True, raise_exception_on_conflict=True)
    assert JSONRPCWallet.raw_request is not original
    instrumentor.uninstrument()
    assert JSONRPCWallet.raw_request is original


# -- what is traced ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("instrumented")
def test_a_whole_set_up_through_the_library(recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]) -> None:
    with trace_escrow("e-1") as escrow:
        rounds = {number: escrow.round(number) for number in (1, 2, 3)}
        entered: list[int] = []

        def before(number: int, _role: str, _method: str) -> None:
            if number not in entered:
                if entered:
                    rounds[entered[-1]].__exit__(None, None, None)
                rounds[number].__enter__()
                entered.append(number)

        with escrow.wallet("buyer", backends["buyer"]), escrow.wallet("vendor", backends["vendor"]):
            with escrow.wallet("arbiter", backends["arbiter"]):
                run_setup(
                    {
                        role: lambda method, params, backend=backend: backend.raw_request(method, params)
                        for role, backend in backends.items()
                    },
                    password="hunter2",
                    before=before,
                )
        rounds[3].__exit__(None, None, None)
    (trace,) = recorded_spans.traces()
    assert [(call.round, call.name, call.role) for call in trace.calls] == [
        (number, method, role)
        for number, method in (
            (1, "prepare_multisig"),
            (1, "make_multisig"),
            (2, "exchange_multisig_keys"),
            (3, "exchange_multisig_keys"),
        )
        for role in ROLES
    ]
    assert {call.role: call.port for call in trace.calls} == {
        role: int(backend.url.rpartition(":")[2].partition("/")[0]) for role, backend in backends.items()
    }
    assert {call.address for call in trace.calls} == {"127.0.0.1"}
    # The chain of digests: what the first exchange was given is what the others' make gave out.
    made = {call.role: call.attributes[attr.MONERO_MULTISIG_INFO_HASH] for call in trace.calls[3:6]}
    for call in trace.calls[6:9]:
        given = call.attributes[attr.MONERO_MULTISIG_INFO_INPUT_HASH].split(" ")
        assert given == [made[role] for role in ROLES if role != call.role]
    assert len({call.attributes[attr.MONERO_WALLET_ADDRESS_HASH] for call in trace.calls[9:]}) == 1


@pytest.mark.usefixtures("instrumented")
def test_the_code_is_the_server_s_and_the_exception_the_library_s(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet], simulated_wallets: WalletServers
) -> None:
    message = "This wallet is already multisig"
    simulated_wallets.simulators["buyer"].add_fault(
        Fault(FaultKind.RPC_ERROR, "prepare_multisig", code=-28, message=message)
    )
    with pytest.raises(RPCError) as caught, trace_escrow("e-1") as escrow, escrow.round(1):
        with escrow.wallet("buyer", backends["buyer"]):
            backends["buyer"].raw_request("prepare_multisig")
    assert not hasattr(caught.value, "code")
    (trace,) = recorded_spans.traces()
    (call,) = trace.calls
    assert (call.error_code, call.error_type, call.status_message) == (-28, "-28", message)
    (event,) = call.events
    assert event.attributes[upstream.EXCEPTION_TYPE] == "monero.backends.jsonrpc.exceptions.RPCError"
    assert event.attributes[upstream.EXCEPTION_MESSAGE] == message
    assert event.attributes[upstream.RPC_RESPONSE_STATUS_CODE] == "-28"
    assert trace.failure is not None
    assert trace.failure.error_code == -28


@pytest.mark.usefixtures("instrumented")
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.GARBAGE, requests.exceptions.JSONDecodeError),
        (FaultKind.HTTP_500, RPCError),
        (FaultKind.DROP, requests.exceptions.ConnectionError),
        (FaultKind.LOST_ANSWER, requests.exceptions.ConnectionError),
    ],
)
def test_trouble_on_the_way_has_a_class_and_no_code(
    recorded_spans: Recorded,
    backends: dict[str, JSONRPCWallet],
    simulated_wallets: WalletServers,
    kind: FaultKind,
    error: type[Exception],
) -> None:
    simulated_wallets.simulators["buyer"].add_fault(Fault(kind, "is_multisig"))
    with pytest.raises(error), trace_escrow("e-1") as escrow, escrow.wallet("buyer", backends["buyer"]):
        backends["buyer"].raw_request("is_multisig")
    (trace,) = recorded_spans.traces()
    assert trace.calls[0].error_code is None
    assert trace.calls[0].error_type == f"{error.__module__}.{error.__qualname__}"
    assert len(trace.calls[0].events) == 1


@pytest.mark.usefixtures("instrumented")
def test_a_retry_is_a_second_call(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet], simulated_wallets: WalletServers
) -> None:
    simulated_wallets.simulators["buyer"].add_fault(Fault(FaultKind.RPC_ERROR, "is_multisig", times=2))
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.wallet("buyer", backends["buyer"]):
        for _ in range(3):
            try:
                backends["buyer"].raw_request("is_multisig")
            except RPCError:
                continue
    (trace,) = recorded_spans.traces()
    assert [call.error_code for call in trace.calls] == [-1, -1, None]
    assert trace.outcome == "success"


@pytest.mark.usefixtures("instrumented")
def test_the_library_s_own_methods_go_the_same_way(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", backends["buyer"]):
        assert backends["buyer"].height() > 0
    (trace,) = recorded_spans.traces()
    assert [(call.name, call.called_method) for call in trace.calls] == [("get_height", "getheight")]


@pytest.mark.usefixtures("instrumented")
def test_a_wallet_of_the_library_may_be_bound_itself(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    wallet = Wallet(backends["buyer"])
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", wallet):
        wallet.height()
    assert [call.name for call in recorded_spans.traces()[0].calls] == ["get_height"]


@pytest.mark.usefixtures("instrumented")
def test_a_class_derived_from_the_library_s(recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]) -> None:
    class Counting(JSONRPCWallet):  # type: ignore[misc] # the library has no types
        requests = 0

        def raw_request(self, method: str, *args: Any, **kwargs: Any) -> Any:
            self.requests += 1
            return super().raw_request(method, *args, **kwargs)

    backend = Counting(port=int(backends["buyer"].url.split(":")[2].split("/")[0]))
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", backend):
        backend.raw_request(method="is_multisig", params=None, squelch_error_logging=True)
    assert backend.requests == 1
    assert len(recorded_spans.traces()[0].calls) == 1


# -- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("instrumented")
def test_a_wallet_that_is_not_bound_is_not_touched(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    backends["buyer"].raw_request("is_multisig")
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", backends["buyer"]):
        backends["vendor"].raw_request("is_multisig")
    backends["buyer"].raw_request("is_multisig")
    assert recorded_spans.traces()[0].calls == ()


@pytest.mark.usefixtures("instrumented")
def test_a_wallet_of_a_set_up_that_is_not_traced(recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]) -> None:
    with trace_escrow("e-1", enabled=False) as escrow, escrow.wallet("buyer", backends["buyer"]):
        assert backends["buyer"].raw_request("is_multisig")["multisig"] is False
    assert recorded_spans.spans == ()


@pytest.mark.usefixtures("instrumented")
def test_threads_that_know_nothing_of_the_set_up(recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]) -> None:
    together = threading.Barrier(3, timeout=30)

    def work(role: str) -> None:
        together.wait()
        backends[role].raw_request("is_multisig")

    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.wallet("buyer", backends["buyer"]):
        with escrow.wallet("vendor", backends["vendor"]), escrow.wallet("arbiter", backends["arbiter"]):
            with ThreadPoolExecutor(3) as pool:
                for done in [pool.submit(work, role) for role in ROLES]:
                    done.result()
    (trace,) = recorded_spans.traces()
    assert {(call.role, call.round) for call in trace.calls} == {(role, 1) for role in ROLES}


@pytest.mark.usefixtures("instrumented")
def test_one_wallet_bound_by_two_escrows_at_once(recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]) -> None:
    backend = backends["buyer"]
    both = threading.Barrier(2, timeout=30)

    def set_up(escrow_id: str) -> None:
        with trace_escrow(escrow_id) as escrow, escrow.wallet("buyer", backend):
            both.wait()
            backend.raw_request("is_multisig")
            both.wait()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(set_up, name) for name in ("a", "b")]:
            done.result()
    assert {trace.escrow_id: len(trace.calls) for trace in recorded_spans.traces()} == {"a": 1, "b": 1}


@pytest.mark.usefixtures("instrumented")
def test_a_call_that_may_be_of_either_of_two_escrows_is_of_none(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    backend = backends["buyer"]
    with trace_escrow("a") as a, trace_escrow("b") as b, a.wallet("buyer", backend), b.wallet("buyer", backend):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(backend.raw_request, "is_multisig").result()
        backend.raw_request("is_multisig")  # here the context tells
    assert {trace.escrow_id: len(trace.calls) for trace in recorded_spans.traces()} == {"a": 0, "b": 1}


@pytest.mark.usefixtures("instrumented")
def test_what_goes_on_after_the_block_is_no_longer_of_the_escrow(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", backends["buyer"]):
        inherited = contextvars.copy_context()  # as a background task has it that was begun here
    inherited.run(backends["buyer"].raw_request, "is_multisig")
    assert recorded_spans.traces()[0].calls == ()


@pytest.mark.usefixtures("instrumented")
@pytest.mark.asyncio
async def test_tasks_that_call_in_threads(recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]) -> None:
    async def work(role: str) -> None:
        async with escrow.wallet(role, backends[role]):
            await asyncio.to_thread(backends[role].raw_request, "is_multisig")

    async with trace_escrow("e-1") as escrow, escrow.round(2), asyncio.TaskGroup() as group:
        for role in ROLES:
            group.create_task(work(role))
    assert {(call.role, call.round) for call in recorded_spans.traces()[0].calls} == {(role, 2) for role in ROLES}


@pytest.mark.usefixtures("instrumented")
def test_snapshots_and_calls_of_one_wallet(recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.wallet("buyer", backends["buyer"]):
        escrow.snapshot("pre_round1")
        backends["buyer"].raw_request("prepare_multisig", {"enable_multisig_experimental": True})
        escrow.snapshot("post_make_multisig")
    (trace,) = recorded_spans.traces()
    inside = [
        item for item in trace.timeline() if item.span.name not in {"multisig_setup", "multisig_round 1"} or item.event
    ]
    assert [(item.kind, item.event.name if item.event else item.span.name) for item in inside] == [
        (ItemKind.EVENT, "monero.wallet.snapshot"),
        (ItemKind.START, "prepare_multisig"),
        (ItemKind.END, "prepare_multisig"),
        (ItemKind.EVENT, "monero.wallet.snapshot"),
    ]


@pytest.mark.usefixtures("instrumented")
def test_instrumentations_of_http_see_calls_but_no_snapshots(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    RequestsInstrumentor().instrument()
    try:
        with trace_escrow("e-1") as escrow, escrow.round(1), escrow.wallet("buyer", backends["buyer"]):
            escrow.snapshot("pre_round1")
            assert recorded_spans.spans == ()
            backends["buyer"].raw_request("is_multisig")
    finally:
        RequestsInstrumentor().uninstrument()
    http, call, *_ = recorded_spans.spans
    assert http.name == "POST"
    assert http.parent == call.context
    (trace,) = recorded_spans.traces()
    assert len(trace.spans) == 3


# -- what the application sees ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("instrumented")
def test_results_and_exceptions_are_the_library_s_own(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet]
) -> None:
    backend = backends["buyer"]
    plain = backend.raw_request("get_address")
    session = backend.session
    with pytest.raises(RPCError) as caught_plain:
        backend.raw_request("open_wallet", {"filename": "no such", "password": ""})
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", backend):
        assert backend.raw_request("get_address") == plain
        with pytest.raises(RPCError) as caught:
            backend.raw_request("open_wallet", {"filename": "no such", "password": ""})
    assert str(caught.value) == str(caught_plain.value)
    assert backend.session is session


@pytest.mark.usefixtures("instrumented", "lenient")
def test_a_failure_of_the_instrumentation_costs_the_application_nothing(
    recorded_spans: Recorded, backends: dict[str, JSONRPCWallet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("of the instrumentation")

    monkeypatch.setattr("otel_multisig.instrumentation.monero.find", fail)
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", backends["buyer"]):
        assert backends["buyer"].raw_request("is_multisig")["multisig"] is False
    monkeypatch.undo()
    monkeypatch.setattr("otel_multisig.instrumentation.monero._ObservedSession", fail)
    with trace_escrow("e-2") as escrow, escrow.wallet("buyer", backends["buyer"]):
        assert backends["buyer"].raw_request("is_multisig")["multisig"] is False
    assert [len(trace.calls) for trace in recorded_spans.traces()] == [0, 1]
