"""The ids of the current set-up in the application's own log lines."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace

from otel_multisig import EscrowLogFilter, trace_escrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from otel_multisig.testing.recording import Recorded


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """Log one line; what it says of where it was logged."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(EscrowLogFilter())
    handler.setFormatter(logging.Formatter("%(escrow_id)s|%(setup_id)s|%(trace_id)s|%(span_id)s"))
    logger = logging.getLogger("the application")
    logger.addHandler(handler)
    logger.propagate = False

    def line() -> str:
        stream.seek(0)
        stream.truncate()
        logger.warning("hello")
        return stream.getvalue().strip()

    yield line
    logger.removeHandler(handler)
    logger.propagate = True


def test_ids_inside_a_set_up(recorded_spans: Recorded, log: Callable[[], str]) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "get_balance"):
        escrow_id, setup_id, trace_id, span_id = log().split("|")
    assert (escrow_id, setup_id, trace_id) == ("e-1", escrow.setup_id, escrow.trace_id)
    assert span_id == trace.format_span_id(recorded_spans.spans[0].context.span_id)


def test_nothing_outside(recorded_spans: Recorded, log: Callable[[], str]) -> None:
    assert log() == "|||"
    with trace_escrow("e-1"):
        pass
    assert log() == "|||"


def test_the_application_s_own_span_outside_a_set_up(recorded_spans: Recorded, log: Callable[[], str]) -> None:
    with trace.get_tracer("the application").start_as_current_span("request"):
        escrow_id, setup_id, trace_id, span_id = log().split("|")
    assert (escrow_id, setup_id, len(trace_id), len(span_id)) == ("", "", 32, 16)


def test_nothing_of_a_set_up_that_is_not_traced(recorded_spans: Recorded, log: Callable[[], str]) -> None:
    with trace_escrow("e-1", enabled=False):
        assert log() == "|||"


def test_inner_and_outer(recorded_spans: Recorded, log: Callable[[], str]) -> None:
    with trace_escrow("outer"):
        with trace_escrow("inner"):
            assert log().startswith("inner|")
        assert log().startswith("outer|")
