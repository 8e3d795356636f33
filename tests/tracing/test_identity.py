"""Ids of set-ups, clocks, and what an application may hand over as an escrow id."""

from __future__ import annotations

import time
import uuid
from enum import Enum
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig import trace_escrow
from otel_multisig.model import split_setup_id
from otel_multisig.semconv import metrics

if TYPE_CHECKING:
    from otel_multisig.testing.recording import Recorded


def run(escrow_id: Any) -> str:
    with trace_escrow(escrow_id) as escrow:
        pass
    return escrow.setup_id


def test_a_second_set_up_is_a_second_trace_of_the_same_escrow(recorded_spans: Recorded) -> None:
    run("e-1")
    run("e-1")
    first, second = recorded_spans.traces()
    assert first.escrow_id == second.escrow_id == "e-1"
    assert first.setup_id != second.setup_id
    assert first.trace_id != second.trace_id


def test_set_ups_within_one_millisecond_have_different_ids(
    recorded_spans: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    monkeypatch.setattr("time.time_ns", lambda: now)
    ids = {run("e-1") for _ in range(5)} | {run("e-2")}
    assert len(ids) == 6
    assert len(recorded_spans.traces()) == 6


def test_a_clock_that_is_set_back_gives_no_id_twice(recorded_spans: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    ids = []
    for step in (0, -3_600_000_000_000, -7_200_000_000_000):
        monkeypatch.setattr("time.time_ns", lambda step=step: now + step)
        ids.append(run("e-1"))
    assert len(set(ids)) == 3
    assert ids == sorted(ids)


def test_a_clock_set_back_or_forward_during_a_set_up_shows_in_no_time(
    recorded_spans: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    with trace_escrow("e-1") as escrow, escrow.round(1):
        for step in (-3_600_000_000_000, +3_600_000_000_000):
            monkeypatch.setattr("time.time_ns", lambda step=step: now + step)
            with escrow.call("buyer", "prepare_multisig"):
                escrow.custom("tick")
            (stalled,) = recorded_spans.metrics(metrics.MONERO_ESCROW_STALLED_TIME)
            assert stalled.value < 60
    (trace,) = recorded_spans.traces()
    times = [item.time_unix_nano for item in trace.timeline()]
    assert times == sorted(times)
    assert all((span.duration_nano or 0) < 60_000_000_000 for span in trace.spans)


class Id(str, Enum):  # noqa: UP042 - its str() is another than its value: what is meant
    ONE = "escrow-one"


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        ("e-1", "e-1"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (42, "42"),
        (Id.ONE, "escrow-one"),
        ("escrow \ud800", "escrow ?"),
        ("ünïcödé", "ünïcödé"),
    ],
)
def test_whatever_names_an_escrow(recorded_spans: Recorded, given: Any, recorded: str) -> None:
    setup_id = run(given)
    (trace,) = recorded_spans.traces()
    assert trace.escrow_id == recorded
    assert split_setup_id(setup_id)[0] == recorded


def test_a_very_long_id_becomes_a_digest(recorded_spans: Recorded) -> None:
    run("x" * 5000)
    (trace,) = recorded_spans.traces()
    assert trace.escrow_id.startswith("sha256:")
    assert len(trace.escrow_id) < 100


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize("given", [Unprintable(), ""])
@pytest.mark.usefixtures("lenient")
def test_what_names_none_is_not_traced_and_breaks_nothing(recorded_spans: Recorded, given: Any) -> None:
    with trace_escrow(given) as escrow, escrow.round(1), escrow.call("buyer", "prepare_multisig"):
        pass
    assert not escrow.is_traced
    assert recorded_spans.spans == ()
