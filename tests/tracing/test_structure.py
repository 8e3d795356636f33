"""One set-up is one trace: its spans, what they carry and how they end."""

# Blocks are nested as applications nest them.
# ruff: noqa: SIM117

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from otel_multisig import trace_escrow
from otel_multisig.model import ItemKind
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from otel_multisig.testing.recording import Recorded

ROLES = ("buyer", "vendor", "arbiter")
METHODS = {1: ("prepare_multisig", "make_multisig"), 2: ("exchange_multisig_keys",), 3: ("exchange_multisig_keys",)}


def set_up(escrow_id: str) -> None:
    with trace_escrow(escrow_id) as escrow:
        for number, methods in METHODS.items():
            with escrow.round(number):
                for method in methods:
                    for role, port in zip(ROLES, (18082, 18083, 18084), strict=True):
                        with escrow.call(role, method, port=port):
                            pass


def test_a_whole_set_up_is_one_trace_of_a_root_three_rounds_and_twelve_calls(recorded_spans: Recorded) -> None:
    set_up("e-1")
    (trace,) = recorded_spans.traces()
    assert trace.escrow_id == "e-1"
    assert len({span.trace_id for span in trace.spans}) == 1
    assert trace.root is not None
    assert trace.root.parent_span_id == ""
    assert [round_.parent_span_id for round_ in trace.rounds] == [trace.root.span_id] * 3
    assert len(trace.calls) == 12
    for call in trace.calls:
        parent = trace.parent(call)
        assert parent in trace.rounds
        assert parent.round == call.round
    assert trace.outcome == "success"


def test_the_sequence_of_a_set_up_has_no_gaps_and_tells_the_order(recorded_spans: Recorded) -> None:
    set_up("e-1")
    (trace,) = recorded_spans.traces()
    assert trace.gaps == ()
    timeline = trace.timeline()
    assert [item.sequence for item in timeline] == list(range(1, len(timeline) + 1))
    times = [item.time_unix_nano for item in timeline]
    assert times == sorted(times)
    assert [(item.kind, item.span.name) for item in timeline[:3]] == [
        (ItemKind.START, "multisig_setup"),
        (ItemKind.START, "multisig_round 1"),
        (ItemKind.START, "prepare_multisig"),
    ]


def test_every_span_says_where_it_belongs(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1", threshold=3, participants=4) as escrow, escrow.round(2):
        with escrow.call("buyer", "exchange_multisig_keys", port=18082, address="127.0.0.1"):
            pass
    call, round_, root = (dict(span.attributes or {}) for span in recorded_spans.spans)
    common = {attr.MONERO_ESCROW_ID: "e-1", attr.MONERO_SETUP_ID: escrow.setup_id}
    assert root == common | {
        attr.MONERO_SETUP_SEQUENCE: 1,
        attr.MONERO_SETUP_END_SEQUENCE: 6,
        attr.MONERO_MULTISIG_THRESHOLD: 3,
        attr.MONERO_MULTISIG_PARTICIPANTS: 4,
        attr.MONERO_ESCROW_OUTCOME: "success",
    }
    assert round_ == common | {
        attr.MONERO_SETUP_SEQUENCE: 2,
        attr.MONERO_SETUP_END_SEQUENCE: 5,
        attr.MONERO_MULTISIG_ROUND: 2,
    }
    assert call == common | {
        attr.MONERO_SETUP_SEQUENCE: 3,
        attr.MONERO_SETUP_END_SEQUENCE: 4,
        attr.MONERO_MULTISIG_ROUND: 2,
        attr.MONERO_WALLET_ROLE: "buyer",
        upstream.RPC_SYSTEM_NAME: "jsonrpc",
        upstream.RPC_METHOD: "exchange_multisig_keys",
        upstream.SERVER_ADDRESS: "127.0.0.1",
        upstream.SERVER_PORT: 18082,
    }
    assert [span.kind for span in recorded_spans.spans] == [SpanKind.CLIENT, SpanKind.INTERNAL, SpanKind.INTERNAL]
    assert {span.status.status_code for span in recorded_spans.spans} == {StatusCode.UNSET}
    assert {span.instrumentation_scope.name for span in recorded_spans.spans if span.instrumentation_scope} == {
        "otel_multisig"
    }


def test_a_round_is_exported_when_it_ends_and_not_with_the_root(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow:
        with escrow.round(1):
            pass
        assert [span.name for span in recorded_spans.spans] == ["multisig_round 1"]


@pytest.mark.asyncio
async def test_async_with_records_the_same(recorded_spans: Recorded) -> None:
    async with trace_escrow("e-1") as escrow, escrow.round(1) as round_:
        async with escrow.call("buyer", "prepare_multisig"):
            pass
        async with round_.call("vendor", "prepare_multisig"):
            pass
    (trace,) = recorded_spans.traces()
    assert [(call.role, call.round) for call in trace.calls] == [("buyer", 1), ("vendor", 1)]
    assert trace.outcome == "success"


def test_calls_and_events_outside_rounds_stand_on_the_root(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow:
        with escrow.call("buyer", "create_wallet"):
            pass
        escrow.state_change("created", "funding")
        with escrow.round(1):
            pass
        escrow.state_change("funding", "done")
    (trace,) = recorded_spans.traces()
    assert trace.root is not None
    assert trace.parent(trace.calls[0]) is trace.root
    assert trace.calls[0].round is None
    assert [event.name for event in trace.root.events] == ["monero.state.change"] * 2


def test_what_happens_in_a_round_stands_on_the_round(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "prepare_multisig"):
        escrow.custom("inside a call")
    (trace,) = recorded_spans.traces()
    assert [event.name for event in trace.rounds[0].events] == ["monero.custom"]


def test_more_roles_and_rounds_than_the_usual_three(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1", threshold=2, participants=5) as escrow:
        for number in range(1, 6):
            with escrow.round(number):
                for role in ("buyer", "vendor", "arbiter", "witness1", "witness2"):
                    with escrow.call(role, "exchange_multisig_keys"):
                        pass
    (trace,) = recorded_spans.traces()
    assert len(trace.rounds) == 5
    assert {call.role for call in trace.calls} >= {"witness1", "witness2"}


@pytest.mark.parametrize(
    ("method", "name", "recorded", "original"),
    [
        ("getbalance", "get_balance", "get_balance", "getbalance"),
        ("get_balance", "get_balance", "get_balance", None),
        ("brew_coffee", "brew_coffee", "_OTHER", "brew_coffee"),
    ],
)
def test_aliases_and_unknown_methods(
    recorded_spans: Recorded, method: str, name: str, recorded: str, original: str | None
) -> None:
    with trace_escrow("e-1") as escrow, escrow.call("buyer", method):
        pass
    call = recorded_spans.spans[0]
    assert call.attributes is not None
    assert (call.name, call.attributes[upstream.RPC_METHOD]) == (name, recorded)
    assert call.attributes.get(upstream.RPC_METHOD_ORIGINAL) == original


def test_a_wallet_s_id_is_on_its_calls(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.wallet("buyer", print, id="buyer_temp_escrow_1"):
        with escrow.call("buyer", "prepare_multisig"):
            pass
        with escrow.call("vendor", "prepare_multisig"):
            pass
    ids = [(span.attributes or {}).get(attr.MONERO_WALLET_ID) for span in recorded_spans.spans[:2]]
    assert ids == ["buyer_temp_escrow_1", None]


def test_objects_tell_their_ids(recorded_spans: Recorded) -> None:
    escrow = trace_escrow("e-1")
    assert escrow.trace_id == ""
    with escrow, escrow.round(7) as round_:
        assert escrow.is_traced
        assert escrow.escrow_id == "e-1"
        assert round_.number == 7
        assert escrow.setup_id.startswith("e-1-")
    (trace,) = recorded_spans.traces()
    assert trace.trace_id == escrow.trace_id
    assert trace.setup_id == escrow.setup_id
