"""The checks of telemetry pass what the registry describes, and nothing else."""

from __future__ import annotations

import pytest

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import definitions, events, metrics, spans, upstream
from otel_multisig.semconv.conformance import check_event, check_metric, check_span

IDS = {attr.MONERO_ESCROW_ID: "e1", attr.MONERO_SETUP_ID: "e1-1730800000000", attr.MONERO_SETUP_SEQUENCE: 1}
CALL = IDS | {upstream.RPC_SYSTEM_NAME: "jsonrpc", upstream.RPC_METHOD: "make_multisig", upstream.SERVER_PORT: 18082}
SNAPSHOT = {attr.MONERO_SETUP_SEQUENCE: 2, attr.MONERO_SNAPSHOT_POINT: "pre_round1"}


def test_spans_as_the_registry_describes_them_pass() -> None:
    round_1 = IDS | {attr.MONERO_MULTISIG_ROUND: 1}
    assert check_span(spans.SETUP, "INTERNAL", IDS | {attr.MONERO_ESCROW_OUTCOME: "success"}) == []
    assert check_span(f"{spans.ROUND} 1", 1, round_1, [(events.WALLET_SNAPSHOT, SNAPSHOT)]) == []
    assert check_span(f"{spans.ROUND} 1 (continued)", 1, round_1 | {attr.MONERO_SPAN_CONTINUATION: True}) == []
    assert check_span("make_multisig", "CLIENT", CALL) == []
    assert check_span("make_multisig", 3, CALL | {attr.MONERO_MULTISIG_INFO_LENGTH: 9}) == []


@pytest.mark.parametrize(
    ("name", "kind", "attributes"),
    [
        ("multisig_setups", "INTERNAL", IDS),
        (spans.SETUP, "SERVER", IDS),
        (spans.ROUND, "INTERNAL", IDS),
        (f"{spans.ROUND} one", "INTERNAL", IDS),
        ("GET", "CLIENT", {"http.request.method": "GET"}),
        ("grpc", "CLIENT", CALL | {upstream.RPC_SYSTEM_NAME: "grpc"}),
        (spans.SETUP, 99, IDS),
    ],
)
def test_a_span_that_is_not_in_the_registry(name: str, kind: str | int, attributes: dict[str, object]) -> None:
    (problem,) = check_span(name, kind, attributes)
    assert problem.endswith("not in the registry")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"monero.escrow.ids": "e1"}, "monero.escrow.ids is not in the registry"),
        ({"http.url": "x"}, "http.url is not in the registry"),
        ({attr.MONERO_ESCROW_OUTCOME: "success"}, "monero.escrow.outcome does not belong here"),
        ({upstream.SERVICE_NAME: "shop"}, "service.name does not belong here"),
        ({upstream.SERVER_PORT: "18082"}, "server.port is '18082', not of the type int"),
        ({upstream.SERVER_PORT: True}, "server.port is True, not of the type int"),
        ({upstream.SERVER_PORT: 18082.0}, "server.port is 18082.0, not of the type int"),
        ({upstream.SERVER_PORT: 2**63}, "server.port is 9223372036854775808, not of the type int"),
        ({upstream.SERVER_PORT: None}, "server.port is None, not of the type int"),
        ({upstream.RPC_RESPONSE_STATUS_CODE: -28}, "rpc.response.status_code is -28, not of the type string"),
        ({attr.MONERO_MULTISIG_EXPERIMENTAL: 1}, "monero.multisig.experimental is 1, not of the type boolean"),
        ({attr.MONERO_WALLET_ROLE: ("buyer",)}, "monero.wallet.role is ('buyer',), not of the type string"),
        ({attr.MONERO_WALLET_ROLE: "é" * 1001}, "monero.wallet.role is longer than 2000 bytes"),
        ({attr.MONERO_WALLET_ROLE: "\ud800"}, "monero.wallet.role is '\\ud800', which UTF-8 cannot hold"),
        ({upstream.RPC_METHOD: "transfer"}, "should be named 'transfer', after its method"),
    ],
)
def test_an_attribute_that_is_wrong(change: dict[str, object], problem: str) -> None:
    where = "span 'make_multisig': "
    assert check_span("make_multisig", "CLIENT", CALL | change) == [where + problem]


def test_a_string_of_just_2000_bytes_passes() -> None:
    assert check_span("make_multisig", "CLIENT", CALL | {attr.MONERO_WALLET_ROLE: "é" * 1000}) == []


@pytest.mark.parametrize(
    "name", sorted(definitions.SPANS[definitions.SpanType.CALL].required - {upstream.RPC_SYSTEM_NAME})
)
def test_a_required_attribute_that_is_missing(name: str) -> None:
    attributes = {key: value for key, value in CALL.items() if key != name}
    assert f"span 'make_multisig': {name} is missing" in check_span("make_multisig", "CLIENT", attributes)


def test_a_method_that_nobody_knows_names_its_span_as_it_was_called() -> None:
    other = CALL | {upstream.RPC_METHOD: upstream.METHOD_OTHER, upstream.RPC_METHOD_ORIGINAL: "make_multisg"}
    assert check_span("make_multisg", "CLIENT", other) == []
    assert len(check_span("make_multisig", "CLIENT", other)) == 1


def test_a_round_is_named_after_its_number() -> None:
    attributes = IDS | {attr.MONERO_MULTISIG_ROUND: 2}
    assert check_span(f"{spans.ROUND} 1", 1, attributes) == [
        "span 'multisig_round 1': should be named 'multisig_round 2', after its round"
    ]


def test_enumerations_of_ours_are_closed_unless_declared_open() -> None:
    failed = IDS | {attr.MONERO_ESCROW_OUTCOME: "failed"}
    assert check_span(spans.SETUP, 1, failed) == [
        "span 'multisig_setup': monero.escrow.outcome has the value 'failed', which is not in the registry"
    ]
    fault = {attr.MONERO_SETUP_SEQUENCE: 3, attr.MONERO_FAULT_TYPE: "gremlins"}
    assert len(check_event(events.FAULT, fault)) == 1
    assert check_event(events.FAULT, fault | {attr.MONERO_FAULT_TYPE: attr.FaultType.RACE}) == []
    assert check_event(events.WALLET_SNAPSHOT, SNAPSHOT | {attr.MONERO_SNAPSHOT_POINT: "after_lunch"}) == []


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1])
def test_a_double_is_a_finite_float(value: float) -> None:
    assert len(check_event(events.WALLET_SNAPSHOT, SNAPSHOT | {attr.MONERO_SNAPSHOT_DURATION: value})) == 1
    assert check_event(events.WALLET_SNAPSHOT, SNAPSHOT | {attr.MONERO_SNAPSHOT_DURATION: 1.0}) == []


def test_numbered_pieces_have_the_type_of_their_template() -> None:
    custom = {attr.MONERO_SETUP_SEQUENCE: 3, attr.MONERO_CUSTOM_NAME: "x", attr.MONERO_CUSTOM_DETAILS: "{"}
    piece = attr.MONERO_CUSTOM_DETAILS_PIECE
    assert check_event(events.CUSTOM, custom | {f"{piece}.1": "}"}) == []
    assert len(check_event(events.CUSTOM, custom | {f"{piece}.1": 1})) == 1
    assert check_event(events.CUSTOM, custom | {piece: "}"}) == [
        f"event 'monero.custom': {piece} is not in the registry"
    ]
    elsewhere = f"{attr.MONERO_EXCEPTION_MESSAGE_PIECE}.1"
    assert check_event(events.CUSTOM, custom | {elsewhere: "}"}) == [
        f"event 'monero.custom': {elsewhere} does not belong here"
    ]


def test_problems_of_events_name_span_and_event() -> None:
    assert check_span(spans.SETUP, 1, IDS, [("monero.lunch", {}), (events.STATE_CHANGE, {})]) == [
        "span 'multisig_setup', event 'monero.lunch': not in the registry",
        "span 'multisig_setup', event 'monero.state.change': monero.setup.sequence is missing",
        "span 'multisig_setup', event 'monero.state.change': monero.state.from is missing",
        "span 'multisig_setup', event 'monero.state.change': monero.state.to is missing",
    ]


@pytest.mark.parametrize("kind", ["updowncounter", "UpDownCounter", "up_down_counter", "ObservableUpDownCounter"])
def test_a_metric_passes_whatever_the_spelling_of_its_instrument(kind: str) -> None:
    assert check_metric(metrics.MONERO_ESCROW_ACTIVE, "{escrow}", kind, {}) == []


@pytest.mark.parametrize(
    ("name", "unit", "kind", "attributes", "problem"),
    [
        ("monero.escrow.lunch", "s", "gauge", {}, "not in the registry"),
        (metrics.MONERO_ESCROW_STALLED_TIME, "ms", "gauge", {}, "unit 'ms' instead of 's'"),
        (metrics.MONERO_ESCROW_STALLED_TIME, "s", "counter", {}, "instrument 'counter' instead of 'gauge'"),
        (metrics.MONERO_ESCROW_FAULTS, "{fault}", "counter", {}, "monero.fault.type is missing"),
        (
            metrics.MONERO_ESCROW_STALLED_TIME,
            "s",
            "gauge",
            {attr.MONERO_ESCROW_ID: "e1"},
            "monero.escrow.id does not belong here",
        ),
    ],
)
def test_a_metric_that_is_wrong(name: str, unit: str, kind: str, attributes: dict[str, object], problem: str) -> None:
    assert check_metric(name, unit, kind, attributes) == [f"metric {name!r}: {problem}"]


def test_no_metric_ever_carries_the_id_of_an_escrow() -> None:
    unbounded = {attr.MONERO_ESCROW_ID, attr.MONERO_SETUP_ID, attr.MONERO_WALLET_ID}
    for metric in definitions.METRICS.values():
        assert unbounded.isdisjoint(metric.required | metric.optional)


def test_every_span_says_where_it_belongs() -> None:
    for span in definitions.SPANS.values():
        assert set(IDS) <= span.required
    for event in definitions.EVENTS.values():
        assert attr.MONERO_SETUP_SEQUENCE in event.required


def test_what_is_secret_has_no_place_at_all() -> None:
    words = ("stacktrace", "password", "seed", "mnemonic", "key", "txset")
    assert [name for name in definitions.TYPES if any(word in name for word in words)] == []
