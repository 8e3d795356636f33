"""The metrics of the live side, as a reader finds them."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import pytest

from otel_multisig import trace_escrow
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import metrics, upstream

if TYPE_CHECKING:
    from otel_multisig.testing.recording import Recorded


def by(recorded: Recorded, name: str, key: str) -> dict[object, int]:
    return {found.attributes.get(key): found.count for found in recorded.metrics(name)}


def test_set_ups_by_their_outcome(recorded_spans: Recorded) -> None:
    for error in (None, ValueError("x"), KeyboardInterrupt()):
        with contextlib.suppress(ValueError, KeyboardInterrupt), trace_escrow("e-1"):
            if error:
                raise error
    found = by(recorded_spans, metrics.MONERO_ESCROW_SETUP_DURATION, attr.MONERO_ESCROW_OUTCOME)
    assert found == {"success": 1, "failure": 1, "interrupted": 1}


def test_rounds_by_number_and_error(recorded_spans: Recorded) -> None:
    with contextlib.suppress(ValueError), trace_escrow("e-1") as escrow:
        with escrow.round(1):
            pass
        with escrow.round(2):
            raise ValueError("x")
    assert [
        (found.attributes, found.count) for found in recorded_spans.metrics(metrics.MONERO_MULTISIG_ROUND_DURATION)
    ] == [
        ({attr.MONERO_MULTISIG_ROUND: 1}, 1),
        ({attr.MONERO_MULTISIG_ROUND: 2, upstream.ERROR_TYPE: "ValueError"}, 1),
    ]


def test_calls_by_method_role_port_and_error(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow:
        for _ in range(3):
            with escrow.call("buyer", "getbalance", port=18082, address="127.0.0.1"):
                pass
        with escrow.call("vendor", "make_multisig") as call:
            call.error_answer(-28, "This wallet is already multisig")
        with escrow.call("vendor", "brew_coffee"):
            pass
    found = {
        found.attributes[upstream.RPC_METHOD]: found
        for found in recorded_spans.metrics(upstream.METRIC_RPC_CLIENT_CALL_DURATION)
    }
    assert set(found) == {"get_balance", "make_multisig", "_OTHER"}
    assert found["get_balance"].count == 3
    assert found["get_balance"].attributes == {
        upstream.RPC_SYSTEM_NAME: "jsonrpc",
        upstream.RPC_METHOD: "get_balance",
        upstream.SERVER_ADDRESS: "127.0.0.1",
        upstream.SERVER_PORT: 18082,
        attr.MONERO_WALLET_ROLE: "buyer",
    }
    assert found["make_multisig"].attributes[upstream.ERROR_TYPE] == "-28"
    assert found["make_multisig"].attributes[upstream.RPC_RESPONSE_STATUS_CODE] == "-28"
    call_seconds = [(span.end_time - span.start_time) / 1e9 for span in recorded_spans.spans[:3]]  # type: ignore[operator]
    assert found["get_balance"].value == pytest.approx(sum(call_seconds))


def test_how_many_set_ups_are_running(recorded_spans: Recorded) -> None:
    def active() -> float:
        return sum(found.value for found in recorded_spans.metrics(metrics.MONERO_ESCROW_ACTIVE))

    with trace_escrow("a"):
        with trace_escrow("b"):
            assert active() == 2
        assert active() == 1
    assert active() == 0


def test_how_long_the_longest_waits(recorded_spans: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0]
    monkeypatch.setattr("time.perf_counter_ns", lambda: clock[0] * 1_000_000_000)

    def stalled(at: int) -> float:
        clock[0] = at
        (found,) = recorded_spans.metrics(metrics.MONERO_ESCROW_STALLED_TIME)
        return found.value

    assert stalled(at=5) == 0
    with trace_escrow("a") as waiting:
        assert stalled(at=7) == 2
        with trace_escrow("b"):
            assert stalled(at=10) == 5
        waiting.custom("progress")
        assert stalled(at=11) == 1
    assert stalled(at=20) == 0


def test_no_metric_carries_an_escrow_id(recorded_spans: Recorded) -> None:
    with trace_escrow("the-escrow-id") as escrow, escrow.round(1), escrow.call("buyer", "get_balance"):
        escrow.fault("race")
        with escrow.lock(threading.Lock(), "pool"), escrow.file_operation("a", "b"):
            found = recorded_spans.metrics()
    found += recorded_spans.metrics()
    assert {measured.name for measured in found} == {*metrics.UNITS, upstream.METRIC_RPC_CLIENT_CALL_DURATION}
    assert not any("the-escrow-id" in str(measured.attributes) for measured in found)


def test_each_metric_has_its_unit_and_a_description(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "get_balance"):
        pass
    for measured in recorded_spans.metrics():
        assert measured.unit == {**metrics.UNITS, upstream.METRIC_RPC_CLIENT_CALL_DURATION: "s"}[measured.name]
