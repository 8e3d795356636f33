"""With tracing off every object is as usable, does nothing, and no wallet is asked."""

# Blocks are nested as applications nest them.
# ruff: noqa: SIM117

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig import Call, Escrow, Round, add_recorder, remove_recorder, trace_escrow
from otel_multisig.tracing import Binding, _lifecycle
from otel_multisig.tracing._files import FileOperation
from otel_multisig.tracing._locks import TracedLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.testing.recording import Recorded


class Alarm:
    """A recorder that must not be told anything."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a recorder was told that something {name}")


@pytest.fixture(autouse=True)
def nothing_is_recorded(recorded_spans: Recorded) -> Iterator[None]:
    alarm = Alarm()
    add_recorder(alarm)
    yield
    remove_recorder(alarm)
    assert recorded_spans.spans == ()
    assert [found for found in recorded_spans.metrics() if found.kind != "gauge"] == []
    assert list(_lifecycle.open_setups()) == []


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "answer": ({"multisig_info": "x"},),
    "call": ("buyer", "prepare_multisig"),
    "custom": ("tick", {"n": 1}),
    "error": (ValueError("x"),),
    "error_answer": (-28, "This wallet is already multisig"),
    "fault": ("race",),
    "file_operation": ("a", "b"),
    "lock": (threading.Lock(), "pool"),
    "response": ({"result": {}},),
    "round": (1,),
    "snapshot": ("pre_round1",),
    "snapshot_async": ("pre_round1",),
    "state_change": ("a", "b"),
    "wallet": ("buyer", print),
}
INTERNAL = {"add", "happen"}  # how the library records; not for applications


def public_names(kind: type) -> list[str]:
    names = [name for name in dir(kind) if not name.startswith("_") and name not in INTERNAL]
    slots = {name for base in kind.__mro__ for name in getattr(base, "__slots__", ())}
    return [name for name in names if name not in slots]


async def use(thing: Any, kind: type, wallets: dict[str, Any]) -> None:
    """Use everything that the traced object offers."""
    for name in public_names(kind):
        found = getattr(thing, name)
        if callable(found):
            arguments = (*ARGUMENTS.get(name, ()), *([wallets] if name.startswith("snapshot") else []))
            result = found(*arguments)
            if inspect.isawaitable(result):
                await result


@pytest.mark.asyncio
async def test_every_method_of_every_object_can_be_used(plain_wallets: dict[str, Any]) -> None:
    escrow = trace_escrow("e-1", enabled=False)
    things: list[tuple[Any, type]] = [
        (escrow, Escrow),
        (escrow.round(1), Round),
        (escrow.call("buyer", "prepare_multisig", port=18082, address="x", params={}), Call),
        (escrow.wallet("buyer", plain_wallets["buyer"], id="1", file="x"), Binding),
        (escrow.file_operation("a", "b", role="buyer"), FileOperation),
        (escrow.lock(threading.Lock(), "pool", role="buyer"), TracedLock),
    ]
    for thing, kind in things:
        assert isinstance(thing, kind)
        with thing as entered:
            assert entered is thing
            await use(thing, kind, plain_wallets)
    for thing, _ in things[:-1]:
        async with thing as entered:
            assert entered is thing
    async with escrow.lock(asyncio.Lock(), "pool"):
        pass
    assert [wallet.asked for wallet in plain_wallets.values()] == [[], [], []]


def test_it_says_that_it_is_not_traced() -> None:
    with trace_escrow("e-1", enabled=False) as escrow, escrow.round(4) as round_:
        assert not escrow.is_traced
        assert (escrow.escrow_id, escrow.setup_id, escrow.trace_id) == ("e-1", "", "")
        assert round_.number == 4
        assert not escrow.is_open


def test_the_application_s_lock_is_held_all_the_same() -> None:
    lock = threading.Lock()
    with trace_escrow("e-1", enabled=False) as escrow, escrow.lock(lock, "pool"):
        assert lock.locked()
    assert not lock.locked()


def test_sizes_can_be_said() -> None:
    with trace_escrow("e-1", enabled=False) as escrow, escrow.file_operation("a", "b") as operation:
        operation.size = 4096


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_exceptions_pass_unchanged(kind: type[BaseException]) -> None:
    error = kind()
    with pytest.raises(kind) as caught, trace_escrow("e-1", enabled=False) as escrow, escrow.round(1):
        with escrow.call("buyer", "prepare_multisig"), escrow.file_operation("a", "b"):
            raise error
    assert caught.value is error
    assert vars(error) == {}
