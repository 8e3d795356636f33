"""Threads and tasks: explicit objects need no ambient context, and ambient context finds its way."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace as otel_trace
from opentelemetry.context import get_current

from otel_multisig import trace_escrow
from otel_multisig.tracing import current_setup

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_multisig import Round
    from otel_multisig.testing.recording import Recorded

ROLES = ("buyer", "vendor", "arbiter")


def in_pool(work: Callable[[str], None]) -> None:
    """Run the work of all roles at the same time: none goes on before all have begun."""
    together = threading.Barrier(len(ROLES), timeout=30)

    def run(role: str) -> None:
        together.wait()
        work(role)

    with ThreadPoolExecutor(len(ROLES)) as pool:
        for done in [pool.submit(run, role) for role in ROLES]:
            done.result()


def test_a_pool_of_threads_with_explicit_objects(recorded_spans: Recorded) -> None:
    def work(role: str, round_: Round) -> None:
        assert current_setup() is None
        with round_.call(role, "exchange_multisig_keys", port=18082):
            round_.custom("in the call", role=role)
        round_.snapshot("post_export_multisig", {})

    with trace_escrow("e-1") as escrow:
        for number in (1, 2, 3):
            with escrow.round(number) as round_:
                in_pool(lambda role, round_=round_: work(role, round_))
    (trace,) = recorded_spans.traces()
    assert len(trace.calls) == 9
    assert trace.gaps == ()
    for round_span in trace.rounds:
        assert {call.role for call in trace.calls if trace.parent(call) is round_span} == set(ROLES)
        assert {event.role for event in round_span.events} == set(ROLES)


def test_the_escrow_itself_is_enough_in_a_thread(recorded_spans: Recorded) -> None:
    def work(role: str) -> None:
        with escrow.call(role, "exchange_multisig_keys"):
            escrow.custom("in the call", role=role)

    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.round(2):
        in_pool(work)
    (trace,) = recorded_spans.traces()
    assert {call.round for call in trace.calls} == {2}  # the round begun last
    assert len(trace.rounds[1].events) == 3


def test_in_a_call_of_an_explicit_round_events_stand_on_that_round(recorded_spans: Recorded) -> None:
    def work(round_: Round, role: str) -> None:
        with round_.call(role, "exchange_multisig_keys"):
            escrow.custom("who knows where", role=role)

    with trace_escrow("e-1") as escrow, escrow.round(1) as first, escrow.round(2), ThreadPoolExecutor(1) as pool:
        pool.submit(work, first, "buyer").result()
    (trace,) = recorded_spans.traces()
    assert [len(round_.events) for round_ in trace.rounds] == [1, 0]


def test_a_pool_of_threads_with_the_context_carried_over(recorded_spans: Recorded) -> None:
    def work(role: str) -> None:
        setup = current_setup()
        assert setup is not None
        with escrow.call(role, "exchange_multisig_keys"):
            escrow.custom("in the call", role=role)

    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.round(2):
        contexts = {role: contextvars.copy_context() for role in ROLES}
        in_pool(lambda role: contexts[role].run(work, role))
    (trace,) = recorded_spans.traces()
    assert {call.round for call in trace.calls} == {2}
    assert len(trace.rounds[1].events) == 3


def test_asyncio_to_thread_carries_the_context(recorded_spans: Recorded) -> None:
    def work() -> None:
        with escrow.call("buyer", "prepare_multisig"):
            pass

    async def main() -> None:
        with escrow.round(2):
            await asyncio.to_thread(work)

    with trace_escrow("e-1") as escrow, escrow.round(1):
        asyncio.run(main())
    (trace,) = recorded_spans.traces()
    assert trace.calls[0].round == 2


@pytest.mark.asyncio
async def test_tasks_of_several_escrows_at_once_do_not_mix(recorded_spans: Recorded) -> None:
    all_begun = asyncio.Barrier(9)

    async def work(escrow_id: str, role: str) -> None:
        setup = current_setup()
        assert setup is not None
        async with escrows[escrow_id].call(role, "exchange_multisig_keys"):
            await all_begun.wait()
            setup = current_setup()
            assert setup is not None
            assert setup.escrow_id == escrow_id
            escrows[escrow_id].custom("tick", role=role)

    async def set_up(escrow_id: str) -> None:
        async with trace_escrow(escrow_id) as escrow, escrow.round(1):
            escrows[escrow_id] = escrow
            async with asyncio.TaskGroup() as group:
                for role in ROLES:
                    group.create_task(work(escrow_id, role))

    escrows: dict[str, object] = {}
    async with asyncio.TaskGroup() as group:
        for name in ("a", "b", "c"):
            group.create_task(set_up(name))
    traces = recorded_spans.traces()
    assert {trace.escrow_id for trace in traces} == {"a", "b", "c"}
    assert len({trace.trace_id for trace in traces}) == 3
    for trace in traces:
        assert sorted(call.role or "" for call in trace.calls) == sorted(ROLES)
        assert len(trace.rounds[0].events) == 3
        assert trace.gaps == ()


def test_threads_of_several_escrows_at_once_do_not_mix(recorded_spans: Recorded) -> None:
    def set_up(role: str) -> None:
        with trace_escrow(f"of {role}") as escrow:
            for number in range(1, 4):
                with escrow.round(number):
                    for _ in range(20):
                        with escrow.call(role, "exchange_multisig_keys"):
                            escrow.custom("tick")

    in_pool(set_up)
    traces = recorded_spans.traces()
    assert len(traces) == 3
    for trace in traces:
        assert len(trace.calls) == 60
        assert {f"of {call.role}" for call in trace.calls} == {trace.escrow_id}
        assert sum(len(round_.events) for round_ in trace.rounds) == 60
        assert trace.gaps == ()


def test_rounds_of_one_escrow_at_once(recorded_spans: Recorded) -> None:
    def work(role: str) -> None:
        for number in range(30):
            with escrow.round(number + 100 * ROLES.index(role)), escrow.call(role, "exchange_multisig_keys"):
                escrow.custom("tick", role=role)

    with trace_escrow("e-1") as escrow:
        in_pool(work)
        escrow.custom("after all")
    (trace,) = recorded_spans.traces()
    assert len(trace.rounds) == 90
    assert all(len(round_.events) == 1 for round_ in trace.rounds)
    assert trace.root is not None
    assert len(trace.root.events) == 1


def test_nothing_stays_current_after_the_block(recorded_spans: Recorded) -> None:
    before = get_current()
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.wallet("buyer", print), escrow.call("buyer", "x"):
        assert current_setup() is not None
    with (
        pytest.raises(ValueError, match="x"),
        trace_escrow("e-2") as escrow,
        escrow.round(1),
        escrow.call("buyer", "x"),
    ):
        raise ValueError("x")
    assert get_current() is before
    assert current_setup() is None
    assert not otel_trace.get_current_span().get_span_context().is_valid


def test_blocks_that_end_out_of_order_leave_nothing_behind(recorded_spans: Recorded) -> None:
    before = get_current()
    with trace_escrow("e-1") as escrow:
        second = escrow.round(2)
        with escrow.wallet("buyer", print):
            second.__enter__()
        second.__exit__(None, None, None)
    assert get_current() is before
    assert current_setup() is None


def test_an_escrow_inside_another_gives_way_to_it_again(recorded_spans: Recorded) -> None:
    with trace_escrow("outer") as outer, outer.round(1):
        with trace_escrow("inner") as inner, inner.round(2), outer.call("buyer", "prepare_multisig"):
            inner.custom("of the inner one")
            outer.custom("of the outer one")
        setup = current_setup()
        assert setup is not None
        assert setup.escrow_id == "outer"
    first, second = recorded_spans.traces()
    assert first.escrow_id == "outer"
    assert [call.round for call in first.calls] == [1]
    assert [len(trace.rounds[0].events) for trace in (first, second)] == [1, 1]


def test_an_escrow_may_end_in_another_thread(recorded_spans: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    escrow = trace_escrow("e-1")
    before = get_current()
    escrow.__enter__()
    copied = contextvars.copy_context()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(copied.run, escrow.__exit__, None, None, None).result()
    (trace,) = recorded_spans.traces()
    assert trace.outcome == "success"
    assert caplog.records == []  # OpenTelemetry would log that it cannot detach another thread's context
    escrow.__exit__(None, None, None)
    assert get_current() is before
    assert len(recorded_spans.spans) == 1


@pytest.mark.asyncio
async def test_a_generator_that_holds_an_escrow_open(
    recorded_spans: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    async def dependency():  # as web frameworks have them: entered by one task, left by another
        async with trace_escrow("e-1") as escrow:
            yield escrow

    generator = dependency()
    escrow = await asyncio.create_task(anext(generator))
    async with escrow.round(1):
        pass
    await asyncio.create_task(generator.aclose())
    (trace,) = recorded_spans.traces()
    assert len(trace.rounds) == 1
    assert caplog.records == []
