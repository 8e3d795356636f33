"""What an application tells of a set-up beside its calls: states, files, locks, custom events, faults."""

# Blocks are nested as applications nest them.
# ruff: noqa: SIM117

from __future__ import annotations

import asyncio
import json
import threading
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig import trace_escrow
from otel_multisig.legacy import legacy_events
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, metrics, upstream
from otel_multisig.tracing import settings

if TYPE_CHECKING:
    from otel_multisig import Escrow
    from otel_multisig.model import Event
    from otel_multisig.testing.recording import Recorded

UUID = "e946fef3-8734-4874-8528-71319317e131"
WALLET = f"buyer_temp_escrow_{UUID}"


def the_events(recorded: Recorded) -> list[Event]:
    """The events of the round, which must have ended."""
    return list(recorded.traces()[0].rounds[0].events)


def record(work: Any, recorded: Recorded) -> list[Event]:
    with trace_escrow(UUID) as escrow, escrow.round(1):
        work(escrow)
    return the_events(recorded)


def test_a_change_of_state(recorded_spans: Recorded) -> None:
    (event,) = record(lambda escrow: escrow.state_change("created", "awaiting funds", role="buyer"), recorded_spans)
    assert event.name == events.STATE_CHANGE
    assert event.role == "buyer"
    assert event.attributes == {attr.MONERO_STATE_FROM: "created", attr.MONERO_STATE_TO: "awaiting funds"}


class State(Enum):
    OPEN = 1


class Role(str, Enum):  # noqa: UP042 - its str() is another than its value: what is meant
    BUYER = "buyer"


def test_names_may_be_members_of_enumerations(recorded_spans: Recorded) -> None:
    def work(escrow: Escrow) -> None:
        escrow.state_change(State.OPEN, Role.BUYER, role=Role.BUYER)  # type: ignore[arg-type]
        with escrow.call(Role.BUYER, Role.BUYER):
            pass

    (event,) = record(work, recorded_spans)
    assert event.role == "buyer"
    assert event.attributes == {attr.MONERO_STATE_FROM: "State.OPEN", attr.MONERO_STATE_TO: "buyer"}
    (trace,) = recorded_spans.traces()
    assert (trace.calls[0].role, trace.calls[0].name) == ("buyer", "buyer")


@pytest.mark.parametrize("odd", [["a", "list"], {"a": "dict"}, None, 3, object()])
def test_what_is_no_name_becomes_a_digest_or_nothing_and_never_an_error(recorded_spans: Recorded, odd: Any) -> None:
    def work(escrow: Escrow) -> None:
        escrow.wallet(odd, print)
        escrow.round(1).number  # noqa: B018
        escrow.call(odd, "get_balance", port=odd, address=odd, params=odd)

    assert record(work, recorded_spans) == []


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize("odd", [["a", "list"], {"a": "dict"}])
def test_what_cannot_be_recorded_is_left_out(recorded_spans: Recorded, odd: Any) -> None:
    def work(escrow: Escrow) -> None:
        escrow.state_change(odd, odd)
        escrow.custom(odd, odd, role=odd)
        escrow.fault(odd, role=odd)
        escrow.snapshot(odd, odd)
        with escrow.lock(threading.Lock(), odd, role=odd), escrow.file_operation(odd, odd, role=odd):
            pass
        with escrow.call(odd, odd):
            pass
        escrow.custom("still alive")

    found = record(work, recorded_spans)
    assert found[-1].attributes[attr.MONERO_CUSTOM_NAME] == "still alive"


@pytest.mark.parametrize("port", ["18082", -1, 65536, 2**70, True, 18082.0])
def test_what_is_no_port_is_left_out(recorded_spans: Recorded, port: Any) -> None:
    with trace_escrow(UUID) as escrow, escrow.call("buyer", "get_balance", port=port, params=[1]):  # type: ignore[arg-type]
        pass
    assert upstream.SERVER_PORT not in (recorded_spans.spans[0].attributes or {})


@pytest.mark.parametrize(
    ("address", "recorded"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("wallet-1.internal", "wallet-1.internal"),
        ("http://alice:hunter2@wallets.internal:18082/json_rpc", "wallets.internal"),
        ("alice:hunter2@wallets.internal", "wallets.internal"),
        ("localhost:18082", "localhost"),
    ],
)
def test_a_server_s_address_is_its_host_alone(recorded_spans: Recorded, address: str, recorded: str) -> None:
    with trace_escrow(UUID) as escrow, escrow.call("buyer", "get_balance", address=address):
        pass
    assert (recorded_spans.spans[0].attributes or {})[upstream.SERVER_ADDRESS] == recorded


def test_an_address_that_is_none_becomes_a_digest(recorded_spans: Recorded) -> None:
    with trace_escrow(UUID) as escrow, escrow.call("buyer", "get_balance", address="alice:hunter2"):
        pass
    assert str((recorded_spans.spans[0].attributes or {})[upstream.SERVER_ADDRESS]).startswith("sha256:")


# -- files ----------------------------------------------------------------------------------------------------------


def test_a_file_operation(recorded_spans: Recorded) -> None:
    def work(escrow: Escrow) -> None:
        with escrow.file_operation(f"/tmp/{WALLET}.keys", Path("/var/wallets/of alice"), role="buyer") as operation:
            operation.size = 4096

    (event,) = record(work, recorded_spans)
    assert event.name == events.FILE_OPERATION
    assert event.role == "buyer"
    duration = event.attributes[attr.MONERO_FILE_DURATION]
    assert duration >= 0
    assert event.attributes[attr.MONERO_FILE_SOURCE] == f"{WALLET}.keys"
    assert event.attributes[attr.MONERO_FILE_DESTINATION].startswith("sha256:")
    assert event.attributes[attr.MONERO_FILE_SIZE] == 4096
    (measured,) = recorded_spans.metrics(metrics.MONERO_WALLET_FILE_OPERATION_DURATION)
    assert (measured.count, measured.value, measured.attributes) == (1, pytest.approx(duration), {})


def test_a_file_operation_that_fails(recorded_spans: Recorded) -> None:
    error = PermissionError(13, "denied")
    with pytest.raises(PermissionError) as caught, trace_escrow(UUID) as escrow, escrow.round(1):
        with escrow.file_operation("a", "b"):
            raise error
    assert caught.value is error
    operation, exception = the_events(recorded_spans)
    assert operation.attributes[upstream.ERROR_TYPE] == "PermissionError"
    assert exception.name == upstream.EVENT_EXCEPTION
    (measured,) = recorded_spans.metrics(metrics.MONERO_WALLET_FILE_OPERATION_DURATION)
    assert measured.attributes == {upstream.ERROR_TYPE: "PermissionError"}


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [None, -1, 2**70, True, "many"])
async def test_a_file_operation_of_unknown_size(recorded_spans: Recorded, size: Any) -> None:
    async with trace_escrow(UUID) as escrow, escrow.round(1), escrow.file_operation("a", "b") as operation:
        operation.size = size
    (event,) = the_events(recorded_spans)
    assert attr.MONERO_FILE_SIZE not in event.attributes


@pytest.mark.parametrize("path", ["/var/wallets/alice", "/var/\udce4lice", "/" + "x" * 5000])
def test_paths_by_opt_in(recorded_spans: Recorded, path: str) -> None:
    settings.update(capture="paths")

    def work(escrow: Escrow) -> None:
        with escrow.file_operation(path, "b"):
            pass

    (event,) = record(work, recorded_spans)
    shown = event.attributes[attr.MONERO_FILE_SOURCE]
    assert shown == path.replace("\udce4", "?")[:2000]


# -- locks ----------------------------------------------------------------------------------------------------------


def test_a_lock_is_held_and_recorded(recorded_spans: Recorded) -> None:
    lock = threading.Lock()

    def work(escrow: Escrow) -> None:
        with escrow.lock(lock, "wallet pool", role="buyer"):
            assert lock.locked()
        assert not lock.locked()

    acquired, released = record(work, recorded_spans)
    assert (acquired.name, released.name) == (events.LOCK_ACQUIRED, events.LOCK_RELEASED)
    assert acquired.role == released.role == "buyer"
    for event, key, metric in (
        (acquired, attr.MONERO_LOCK_WAIT_DURATION, metrics.MONERO_WALLET_LOCK_WAIT_DURATION),
        (released, attr.MONERO_LOCK_HOLD_DURATION, metrics.MONERO_WALLET_LOCK_HOLD_DURATION),
    ):
        assert event.attributes[attr.MONERO_LOCK_NAME] == "wallet pool"
        (measured,) = recorded_spans.metrics(metric)
        assert measured.value == pytest.approx(event.attributes[key])
        assert measured.attributes == {attr.MONERO_LOCK_NAME: "wallet pool", attr.MONERO_WALLET_ROLE: "buyer"}


def test_waiting_for_a_lock_is_what_is_measured(recorded_spans: Recorded) -> None:
    lock, waiting = threading.Lock(), threading.Event()

    class Announced:
        """Says when somebody comes to wait."""

        def acquire(self) -> bool:
            waiting.set()
            return lock.acquire()

        def release(self) -> None:
            lock.release()

    def hold(escrow: Escrow) -> None:
        with escrow.lock(Announced(), "wallet pool", role="vendor"):
            pass

    with trace_escrow(UUID) as escrow, escrow.round(1):
        with escrow.lock(lock, "wallet pool", role="buyer"):
            thread = threading.Thread(target=hold, args=(escrow,))
            thread.start()
            assert waiting.wait(30)
        thread.join(30)
    sequence = {(event.name, event.role): event.sequence or 0 for event in the_events(recorded_spans)}
    assert len(sequence) == 4
    assert sequence[events.LOCK_ACQUIRED, "buyer"] < sequence[events.LOCK_ACQUIRED, "vendor"]
    assert sequence[events.LOCK_ACQUIRED, "vendor"] < sequence[events.LOCK_RELEASED, "vendor"]


def test_a_lock_is_released_when_the_block_fails(recorded_spans: Recorded) -> None:
    lock = threading.Lock()
    with pytest.raises(ValueError, match="x"), trace_escrow(UUID) as escrow, escrow.lock(lock, "pool"):
        raise ValueError("x")
    assert not lock.locked()


@pytest.mark.asyncio
async def test_an_asyncio_lock(recorded_spans: Recorded) -> None:
    lock = asyncio.Lock()
    async with trace_escrow(UUID) as escrow, escrow.round(1):
        async with escrow.lock(lock, "pool"):
            assert lock.locked()
        assert not lock.locked()
    assert [event.name for event in the_events(recorded_spans)] == [events.LOCK_ACQUIRED, events.LOCK_RELEASED]


@pytest.mark.asyncio
@pytest.mark.parametrize("enabled", [True, False])
async def test_an_asyncio_lock_held_the_wrong_way_says_so(recorded_spans: Recorded, *, enabled: bool) -> None:
    lock = asyncio.Lock()
    with pytest.raises(TypeError, match="async with"), trace_escrow(UUID, enabled=enabled) as escrow:
        with escrow.lock(lock, "pool"):
            pass
    assert not lock.locked()


# -- custom events --------------------------------------------------------------------------------------------------


def test_a_custom_event(recorded_spans: Recorded) -> None:
    details = {"elapsed_ms": 10000, "ok": True, "note": "free text", "operation": "cache purge", "ratio": 0.5}
    (event,) = record(lambda escrow: escrow.custom("cache_purge_wait", details, role="vendor"), recorded_spans)
    assert event.name == events.CUSTOM
    assert event.role == "vendor"
    assert event.attributes[attr.MONERO_CUSTOM_NAME] == "cache_purge_wait"
    found = json.loads(event.attributes[attr.MONERO_CUSTOM_DETAILS])
    assert found.pop("note").startswith("sha256:")
    assert found == {"elapsed_ms": 10000, "ok": True, "operation": "cache purge", "ratio": 0.5}


def test_long_details_come_back_whole_from_their_pieces(recorded_spans: Recorded) -> None:
    details = {"numbers": list(range(3000))}
    with trace_escrow(UUID) as escrow:
        escrow.custom("many", details)
    (event,) = legacy_events(recorded_spans.traces()[0])
    assert event.details == {"event": "many", **details}


def test_details_that_no_event_has_room_for_are_left_out_whole(recorded_spans: Recorded) -> None:
    (event,) = record(lambda escrow: escrow.custom("too many", {"numbers": list(range(50_000))}), recorded_spans)
    assert event.attributes[attr.MONERO_CUSTOM_NAME] == "too many"
    assert json.loads(event.attributes[attr.MONERO_CUSTOM_DETAILS])["omitted"].startswith("sha256:")


# -- faults ---------------------------------------------------------------------------------------------------------


def test_a_fault_that_the_application_found(recorded_spans: Recorded) -> None:
    def work(escrow: Escrow) -> None:
        escrow.fault("cache_pollution", role="buyer", reason="multisig before round 1")
        escrow.fault("cache_pollution")
        escrow.fault("gremlins", reason="y " * 3000)

    first, _, unknown = record(work, recorded_spans)
    assert first.attributes == {
        attr.MONERO_FAULT_TYPE: "cache_pollution",
        attr.MONERO_FAULT_REASON: "multisig before round 1",
    }
    assert unknown.attributes[attr.MONERO_FAULT_TYPE] == "unknown"
    counted = {
        measured.attributes[attr.MONERO_FAULT_TYPE]: measured.value
        for measured in recorded_spans.metrics(metrics.MONERO_ESCROW_FAULTS)
    }
    assert counted == {"cache_pollution": 2, "unknown": 1}


def test_events_after_the_end_are_not_lost(recorded_spans: Recorded) -> None:
    with trace_escrow(UUID) as escrow:
        with escrow.round(1) as round_:
            pass
        round_.custom("late in the round")
    escrow.custom("late in the set-up")
    (trace,) = recorded_spans.traces()
    late = [item for item in trace.timeline() if item.event is not None]
    assert [(item.span.name, (item.event and item.event.attributes[attr.MONERO_CUSTOM_NAME])) for item in late] == [
        ("multisig_round 1", "late in the round"),
        ("multisig_setup", "late in the set-up"),
    ]
