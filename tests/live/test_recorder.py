"""Watching set-ups changes nothing for the application, whatever it does."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig import configure, trace_escrow
from otel_multisig.diagnosis.diagnosing import find_faults
from otel_multisig.live import rules
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, metrics
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.tracing import _guard, recorder, settings
from otel_multisig.tracing.faults import record_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from otel_multisig.model import EscrowTrace, Event
    from otel_multisig.testing.recording import Recorded
    from otel_multisig.testing.wallet_servers import WalletServers
    from otel_multisig.tracing import LiveEvent, Node


@pytest.fixture(autouse=True)
def _as_if_just_started() -> Iterator[None]:
    settings.reset()
    yield
    settings.reset()


def run(code: str, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment.pop("ENABLE_INSTRUMENTATION", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=environment | variables,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def faults_in(trace: EscrowTrace) -> list[Event]:
    return [item.event for item in trace.timeline() if item.event and item.event.name == events.FAULT]


WATCHED = """
import sys
from otel_multisig import configure, trace_escrow
from otel_multisig.tracing import recorder
configure(enabled=True, exporters=[], metric_readers=[]{argument})
with trace_escrow("e") as escrow, escrow.round(1):
    pass
print(len(recorder.installed()), "otel_multisig.diagnosis" in sys.modules)
"""


@pytest.mark.parametrize(
    ("argument", "variable", "expected"),
    [
        ("", None, "1 True"),
        ("", "on", "1 True"),
        ("", "off", "0 False"),
        ("", "0", "0 False"),
        (", live_rules=False", None, "0 False"),
        (", live_rules=True", "off", "0 False"),  # the operator has the last word
        (", live_rules=False", "on", "1 True"),
    ],
)
def test_one_setting_switches_it_off(argument: str, variable: str | None, expected: str) -> None:
    variables = {} if variable is None else {"OTEL_MULTISIG_LIVE_RULES": variable}
    assert run(WATCHED.format(argument=argument), **variables) == expected


def test_a_wrong_value_is_reported_and_the_default_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_MULTISIG_LIVE_RULES", "perhaps")
    assert settings.current().live_rules
    assert "OTEL_MULTISIG_LIVE_RULES='perhaps': choose on or off" in caplog.text


def test_nothing_watches_where_nothing_is_traced() -> None:
    code = """
from otel_multisig import configure
from otel_multisig.tracing import recorder
print(configure(), len(recorder.installed()))
"""
    assert run(code) == "False 0"


def test_configure_again_switches_over(recorded_spans: Recorded) -> None:
    before = recorder.installed()
    for wanted in (True, True, False, False, True):
        configure(live_rules=wanted)
        assert len(recorder.installed()) == len(before) + wanted


def test_an_unsampled_setup_is_watched_too() -> None:
    code = """
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
reader = InMemoryMetricReader()
trace.set_tracer_provider(TracerProvider(sampler=ALWAYS_OFF))
metrics.set_meter_provider(MeterProvider([reader]))
from otel_multisig import configure, trace_escrow
configure(enabled=True)
with trace_escrow("e") as escrow, escrow.round(1) as first:
    with first.call("buyer", "make_multisig", port=1) as call:
        call.error_answer(-99, "nobody knows")
    escrow.error("given up", role="buyer")
for resource in reader.get_metrics_data().resource_metrics:
    for scope in resource.scope_metrics:
        for metric in scope.metrics:
            if metric.name.endswith("faults"):
                print([(dict(point.attributes), point.value) for point in metric.data.data_points])
"""
    assert run(code) == "[({'monero.fault.type': 'unknown'}, 1)]"


class Breaking:
    """Rules that fail."""

    def __call__(self, _setups: object, **_options: object) -> Any:
        raise ZeroDivisionError("a rule is wrong")


def test_what_goes_wrong_inside_is_logged_once_and_swallowed(
    servers: WalletServers,
    recorded: Recorded,
    provoking: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(rules, "find_faults", Breaking())
    monkeypatch.setattr(_guard, "_strict", False)
    monkeypatch.setattr(_guard, "_reported", set())
    with caplog.at_level(logging.WARNING, "otel_multisig"):
        assert provoking.healthy(servers)
        assert provoking.healthy(servers)
    (message,) = [record.getMessage() for record in caplog.records]
    assert "a recorder failed (ZeroDivisionError)" in message
    assert [trace.outcome for trace in recorded.traces()] == ["success", "success"]


def test_the_applications_own_exception_passes_unchanged(recorded: Recorded) -> None:
    mine = ValueError("mine")
    with pytest.raises(ValueError, match="mine") as caught, trace_escrow("e") as escrow, escrow.round(2):
        raise mine
    assert caught.value is mine
    (trace,) = recorded.traces()
    (fault,) = faults_in(trace)
    assert fault.attributes[attr.MONERO_FAULT_TYPE] == FaultType.UNKNOWN
    assert trace.failure is not None
    assert trace.failure.event.sequence < fault.sequence


def test_to_find_a_fault_is_no_progress(recorded: Recorded) -> None:
    with trace_escrow("e") as escrow:
        escrow.custom("tick")
        before = escrow.setup.last_progress_ns
        assert record_fault(escrow.setup, FaultType.RACE, role="buyer", round_number=1, reason="seen")
        assert escrow.setup.last_progress_ns == before
        escrow.custom("tick")
        assert escrow.setup.last_progress_ns > before


def test_a_setup_that_has_ended_takes_no_fault(recorded: Recorded) -> None:
    with trace_escrow("e") as escrow:
        pass
    assert not record_fault(escrow.setup, FaultType.RACE)
    (trace,) = recorded.traces()
    assert faults_in(trace) == []
    assert recorded.metrics(metrics.MONERO_ESCROW_FAULTS) == ()


def test_many_who_interfered_are_cut_to_what_backends_keep(recorded: Recorded) -> None:
    with trace_escrow("e") as escrow:
        record_fault(escrow.setup, FaultType.RACE, reason="x" * 5_000, interfering=[f"escrow-{n}" for n in range(999)])
    (trace,) = recorded.traces()
    (fault,) = faults_in(trace)
    others = fault.attributes[attr.MONERO_FAULT_INTERFERING].split(" ")
    assert others == [f"escrow-{n}" for n in range(len(others))]
    assert len(fault.attributes[attr.MONERO_FAULT_REASON]) == 2_000


class Starts:
    """A recorder that is told of starts."""

    def __init__(self) -> None:
        self.started_names: list[str] = []

    def started(self, node: Node) -> None:
        self.started_names.append(node.name)

    def happened(self, node: Node, event: LiveEvent) -> None:
        pass

    def ended(self, node: Node) -> None:
        pass


def test_other_recorders_beside_the_rules_are_told_of_every_start(recorded: Recorded) -> None:
    beside = Starts()
    recorder.add_recorder(beside)
    try:
        fail("e")
    finally:
        recorder.remove_recorder(beside)
    assert beside.started_names.count("make_multisig") == 3
    (trace,) = recorded.traces()
    assert len(faults_in(trace)) == 1


class Counting:
    """The rules, and how often they were asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, *setups: Any, **options: Any) -> Any:
        self.times += 1
        return find_faults(*setups, **options)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(rules, "find_faults", counting)
    return counting


def test_the_rules_are_not_asked_of_what_is_expected(
    servers: WalletServers, recorded: Recorded, provoking: ModuleType, asked: Counting
) -> None:
    assert provoking.healthy(servers)
    assert asked.times == 1  # at its end


@pytest.mark.parametrize(
    ("address", "multisig"),
    [
        ("B", False),  # its own, and plain
        ("A", True),  # multisig before round 1
        ("X", False),  # the wallet of another escrow
        ("C", False),  # two roles, one wallet
    ],
)
def test_they_are_asked_of_a_snapshot_that_is_not(
    recorded: Recorded, asked: Counting, address: str, *, multisig: bool
) -> None:
    with trace_escrow("other") as other, other.round(1):
        other.snapshot("pre_round1", {"buyer": Plain("X")})
    before = asked.times
    with trace_escrow("e") as escrow, escrow.round(1) as first:
        first.snapshot("pre_round1", {"vendor": Plain("C")})
        assert asked.times == before
        first.snapshot("pre_round1", {"buyer": Plain(address, multisig=multisig)})
        assert (asked.times > before) is (address != "B")


class Plain:
    """A wallet that is plain, or not any more."""

    def __init__(self, letter: str = "A", *, multisig: bool = False) -> None:
        self.letter = letter
        self.multisig = multisig

    def __call__(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return {"multisig": self.multisig, "address": "5" + self.letter * 94, "balance": 0, "unlocked_balance": 0}


def fail(escrow_id: str) -> None:
    with trace_escrow(escrow_id) as escrow, escrow.round(1) as first:
        for _ in range(3):
            first.snapshot("pre_round1", {"buyer": Plain()})
            with first.call("buyer", "make_multisig", port=18082) as call:
                call.error_answer(-99, "nobody knows")
        escrow.error("given up", role="buyer")


def test_threads_and_tasks_find_their_own(recorded: Recorded) -> None:
    threads = [threading.Thread(target=fail, args=(f"thread-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def one(number: int) -> None:
        async with trace_escrow(f"task-{number}") as escrow, escrow.round(1):
            async with escrow.call("buyer", "make_multisig", port=18083) as call:
                await asyncio.sleep(0)
                call.error_answer(-99, "nobody knows")
            escrow.error("given up", role="buyer")

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number) for number in range(8)))

    asyncio.run(all_of_them())

    traces = recorded.traces()
    assert len(traces) == 16
    assert all(len(faults_in(trace)) == 1 for trace in traces)


def test_two_threads_of_one_setup_report_a_fault_once(recorded: Recorded) -> None:
    wallet, barrier = Plain(), threading.Barrier(2)
    with trace_escrow("e") as escrow, escrow.round(1) as first:

        def work(role: str) -> None:
            for _ in range(30):
                barrier.wait()
                first.snapshot("pre_round1", {role: wallet})

        threads = [threading.Thread(target=work, args=(role,)) for role in ("buyer", "vendor")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        escrow.error("given up", role="buyer")
    (trace,) = recorded.traces()
    kinds = [fault.attributes[attr.MONERO_FAULT_TYPE] for fault in faults_in(trace)]
    assert len(kinds) == len(set(kinds))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_watches_its_own_setups_only() -> None:
    code = """
import os
from otel_multisig import configure, trace_escrow
from otel_multisig.live import rules
configure(enabled=True, exporters=[], metric_readers=[])
with trace_escrow("parent") as escrow, escrow.round(1):
    rules._started._lock.acquire()  # as if another thread were at work
    child = os.fork()
    if child == 0:
        with trace_escrow("child") as own, own.round(1):
            own.error("given up", role="buyer")
        print([running.setup.escrow_id for running in rules._started._ended], flush=True)
        os._exit(0)
    rules._started._lock.release()
    os.waitpid(child, 0)
"""
    assert run(code) == "['child']"


def test_what_is_kept_is_bounded(recorded: Recorded) -> None:
    def hundred(prefix: str) -> None:
        for number in range(100):
            with trace_escrow(f"{prefix}-{number}") as escrow, escrow.round(1) as first:
                for _ in range(5):
                    with first.call("buyer", "get_height", port=18082):
                        pass

    hundred("first")
    started = rules._started
    assert not started._running
    kept = len(started._ended)

    hundred("second")
    assert (len(started._ended), len(started._running)) == (kept, 0)


def test_a_setup_that_polls_for_hours_keeps_so_many_and_no_more(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_ITEMS", 10)
    with trace_escrow("e") as escrow, escrow.round(1) as first:
        for _ in range(50):
            with first.call("buyer", "get_height", port=18082):
                pass
        (running,) = rules._started._running.values()
        assert len(running.items) == 10
