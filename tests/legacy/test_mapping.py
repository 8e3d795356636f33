from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from otel_multisig.legacy import encode, legacy_events
from otel_multisig.model import EscrowTrace, assemble
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from types import ModuleType


def export(trace: EscrowTrace) -> list[dict[str, Any]]:
    decoded: list[dict[str, Any]] = json.loads(encode(legacy_events(trace)))
    return decoded


def types(exported: list[dict[str, Any]]) -> list[str]:
    return [event["event_type"] for event in exported]


@pytest.fixture
def setup(setups: ModuleType) -> Any:
    return setups.SetupScript()


def only(setup: Any) -> dict[str, Any]:
    (event,) = export(setup.trace())
    return event


def custom(setup: Any) -> dict[str, Any]:
    event = only(setup)
    assert event["event_type"] == "CUSTOM"
    details: dict[str, Any] = event["details"]
    return details


def test_a_healthy_set_up_gives_the_45_events_of_the_checklist_in_their_order(setups: ModuleType) -> None:
    exported = export(setups.healthy().trace())
    call = ["RPC_CALL_START", "RPC_CALL_END"]
    expected = ["SNAPSHOT_PRE_ROUND1"] * 3 + call * 3 + [*call, "SNAPSHOT_POST_MAKE_MULTISIG"] * 3
    expected += ["SNAPSHOT_PRE_ROUND2"] * 3 + [*call, "SNAPSHOT_POST_EXPORT_MULTISIG"] * 3
    expected += ["SNAPSHOT_PRE_ROUND3"] * 3 + [*call, "SNAPSHOT_POST_IMPORT_MULTISIG"] * 3
    expected += ["SNAPSHOT_FINAL"] * 3
    assert types(exported) == expected
    assert len(exported) == 45
    assert {event["trace_id"] for event in exported} == {f"{setups.ESCROW}-{setups.START_MS}"}


def test_a_call(setups: ModuleType, setup: Any) -> None:
    setup.wait(0.4)
    setup.call("buyer", "prepare_multisig", ms=12.9)
    start, end = export(setup.trace())
    assert start == {
        "trace_id": setup.setup_id,
        "timestamp": setups.START_MS,
        "event_type": "RPC_CALL_START",
        "role": "buyer",
        "rpc_port": 18082,
        "details": {"method": "prepare_multisig", "timestamp": setups.START_MS},
    }
    assert end == {
        "trace_id": setup.setup_id,
        "timestamp": setups.START_MS + 13,
        "event_type": "RPC_CALL_END",
        "role": "buyer",
        "rpc_port": 18082,
        "details": {"duration_ms": 12, "method": "prepare_multisig", "success": True},
    }


def test_a_call_that_failed_tells_the_servers_message_and_code(setup: Any) -> None:
    setup.failed_call("vendor", "make_multisig", "This wallet is already multisig", -28, ms=2)
    assert export(setup.trace())[1:] == [
        {
            "trace_id": setup.setup_id,
            "timestamp": setup.now // 1_000_000,
            "event_type": "RPC_CALL_ERROR",
            "role": "vendor",
            "rpc_port": 18083,
            "details": {
                "code": -28,
                "duration_ms": 2,
                "error": "This wallet is already multisig",
                "method": "make_multisig",
                "success": False,
            },
        },
    ]


def test_a_call_that_failed_without_an_answer_has_no_code(setup: Any) -> None:
    setup.failed_call("vendor", "make_multisig", "connection refused", None)
    details = export(setup.trace())[1]["details"]
    assert details["error"] == "connection refused"
    assert "code" not in details


def test_a_failed_call_without_an_exception_event_tells_its_status(setup: Any) -> None:
    call = setup.start_call("buyer", "make_multisig")
    call.attributes[upstream.ERROR_TYPE] = "TimeoutError"
    call.finish()
    assert export(setup.trace())[1]["details"]["error"] == "TimeoutError"
    call.status = (2, "no answer in time")
    assert export(setup.trace())[1]["details"]["error"] == "no answer in time"


def test_a_long_error_message_is_put_together_from_its_pieces(setup: Any) -> None:
    setup.failed_call("buyer", "make_multisig", "one, ", -1)
    event = setup.spans[-1].events[0]
    event.attributes[f"{attr.MONERO_EXCEPTION_MESSAGE_PIECE}.1"] = "two, "
    event.attributes[f"{attr.MONERO_EXCEPTION_MESSAGE_PIECE}.2"] = "three"
    assert export(setup.trace())[1]["details"]["error"] == "one, two, three"


def test_an_unknown_method_has_its_own_name(setup: Any) -> None:
    call = setup.start_call("buyer", upstream.METHOD_OTHER)
    call.attributes[upstream.RPC_METHOD_ORIGINAL] = "make_multisg"
    assert only(setup)["details"]["method"] == "make_multisg"


def test_a_call_that_never_ended_has_a_start_only(setup: Any) -> None:
    setup.start_call("buyer", "make_multisig")
    assert only(setup)["event_type"] == "RPC_CALL_START"


def test_a_call_that_the_end_of_the_process_ended_has_a_start_only(setup: Any) -> None:
    call = setup.start_call("buyer", "make_multisig")
    call.attributes[attr.MONERO_SETUP_INTERRUPTED] = True
    call.finish()
    assert only(setup)["event_type"] == "RPC_CALL_START"


def test_a_clock_that_goes_back_gives_no_negative_duration(setup: Any) -> None:
    setup.call("buyer", "make_multisig", ms=-500)
    assert [event["event_type"] for event in export(setup.trace())] == ["RPC_CALL_START", "RPC_CALL_END"]
    assert export(setup.trace())[1]["details"]["duration_ms"] == 0


def test_a_call_without_a_role_is_the_coordinators_and_a_port_that_is_none_is_left_out(setup: Any) -> None:
    call = setup.start_call("buyer", "get_version")
    del call.attributes[attr.MONERO_WALLET_ROLE]
    call.attributes[upstream.SERVER_PORT] = 70_000
    event = only(setup)
    assert event["role"] == "coordinator"
    assert "rpc_port" not in event


def test_a_retried_call_gives_two_pairs(setup: Any) -> None:
    setup.failed_call("buyer", "make_multisig", "busy", -1)
    setup.call("buyer", "make_multisig")
    assert types(export(setup.trace())) == ["RPC_CALL_START", "RPC_CALL_ERROR", "RPC_CALL_START", "RPC_CALL_END"]


def test_a_snapshot_has_all_keys_of_the_legacy_form(setups: ModuleType, setup: Any) -> None:
    setup.snapshot("buyer", "pre_round1")
    assert only(setup) == {
        "trace_id": setup.setup_id,
        "timestamp": setups.START_MS,
        "event_type": "SNAPSHOT_PRE_ROUND1",
        "role": "buyer",
        "details": {
            "address": "",
            "address_hash": setups.ADDRESS_HASH,
            "balance": [0, 0],
            "collection_time_ms": 1,
            "file_exists": False,
            "file_perms": None,
            "is_multisig": False,
            "open_wallets_count": None,
            "role": "buyer",
            "rpc_port": 18082,
            "timestamp": setups.START_MS,
            "wallet_id": "buyer-wallet",
        },
    }


def test_a_snapshot_with_all_that_may_be_captured(setup: Any) -> None:
    setup.snapshot(
        "buyer",
        "final",
        **{
            attr.MONERO_WALLET_ADDRESS_VALUE: "56kE9",
            attr.MONERO_WALLET_BALANCE_TOTAL: 5,
            attr.MONERO_WALLET_BALANCE_UNLOCKED: 3,
            attr.MONERO_WALLET_FILE_EXISTS: True,
            attr.MONERO_WALLET_FILE_PERMISSIONS: "rw-",
        },
    )
    details = only(setup)["details"]
    assert details["address"] == "56kE9"
    assert details["balance"] == [5, 3]
    assert details["file_exists"] is True
    assert details["file_perms"] == "rw-"


@pytest.mark.parametrize(
    ("missing", "key"),
    [
        (attr.MONERO_WALLET_BALANCE_TOTAL, "balance"),
        (attr.MONERO_WALLET_BALANCE_UNLOCKED, "balance"),
        (attr.MONERO_WALLET_ADDRESS_HASH, "address_hash"),
        (attr.MONERO_WALLET_IS_MULTISIG, "is_multisig"),
        (attr.MONERO_SNAPSHOT_DURATION, "collection_time_ms"),
    ],
)
def test_what_a_snapshot_does_not_know_is_left_out(setup: Any, missing: str, key: str) -> None:
    setup.snapshot("buyer", "pre_round1", **{missing: None})
    assert key not in only(setup)["details"]


def test_texts_of_a_snapshot_that_are_not_known_are_empty(setup: Any) -> None:
    setup.snapshot("buyer", "pre_round1", **{attr.MONERO_WALLET_ID: None})
    assert only(setup)["details"]["wallet_id"] == ""
    assert only(setup)["details"]["address"] == ""


def test_a_snapshot_at_a_point_of_the_users_own_is_a_custom_event_with_the_same_keys(setup: Any) -> None:
    setup.snapshot("vendor", "before_payout")
    event = only(setup)
    assert event["event_type"] == "CUSTOM"
    assert "rpc_port" not in event
    assert event["details"]["event"] == "snapshot"
    assert event["details"]["point"] == "before_payout"
    assert event["details"]["balance"] == [0, 0]
    assert event["details"]["rpc_port"] == 18083


def test_a_snapshot_that_failed(setup: Any) -> None:
    known = {
        attr.MONERO_SNAPSHOT_POINT: "pre_round2",
        upstream.RPC_METHOD: "get_balance",
        upstream.ERROR_TYPE: "-13",
        upstream.RPC_RESPONSE_STATUS_CODE: "-13",
        upstream.EXCEPTION_MESSAGE: "No wallet file",
    }
    setup.root.event(events.WALLET_SNAPSHOT_FAILED, known, "buyer", 18082)
    event = only(setup)
    assert event["role"] == "buyer"
    assert event["rpc_port"] == 18082
    assert event["details"] == {
        "event": "snapshot_failed",
        "point": "pre_round2",
        "method": "get_balance",
        "error": "No wallet file",
        "code": -13,
    }


def test_a_change_of_state(setup: Any) -> None:
    setup.root.event(events.STATE_CHANGE, {attr.MONERO_STATE_FROM: "created", attr.MONERO_STATE_TO: "funded"})
    event = only(setup)
    assert event["event_type"] == "STATE_CHANGE"
    assert event["role"] == "coordinator"
    assert event["details"] == {"from": "created", "to": "funded"}


def test_a_file_operation(setup: Any) -> None:
    known = {
        attr.MONERO_FILE_SOURCE: "a",
        attr.MONERO_FILE_DESTINATION: "b",
        attr.MONERO_FILE_SIZE: 1843,
        attr.MONERO_FILE_DURATION: 1.001,
    }
    setup.root.event(events.FILE_OPERATION, known, "buyer")
    event = only(setup)
    assert event["event_type"] == "FILE_OPERATION"
    assert event["details"] == {"src": "a", "dst": "b", "bytes": 1843, "duration_ms": 1001}


def test_locks(setup: Any) -> None:
    setup.root.event(events.LOCK_ACQUIRED, {attr.MONERO_LOCK_WAIT_DURATION: 0.15})
    assert custom(setup) == {"event": "lock_acquired", "wait_ms": 150}
    setup.root.events.clear()
    setup.root.event(events.LOCK_RELEASED, {attr.MONERO_LOCK_NAME: "port", attr.MONERO_LOCK_HOLD_DURATION: 2.75})
    assert custom(setup) == {"event": "lock_released", "hold_ms": 2750, "lock": "port"}


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(1.7e308, 2**64 - 1), (-1.7e308, 0), (10**400, 2**64 - 1), ("1e308", 2**64 - 1), (1e9, 10**12)],
)
def test_a_duration_that_is_out_of_all_bounds(setup: Any, seconds: Any, milliseconds: int) -> None:
    setup.root.event(events.LOCK_ACQUIRED, {attr.MONERO_LOCK_WAIT_DURATION: seconds})
    assert custom(setup) == {"event": "lock_acquired", "wait_ms": milliseconds}


def test_a_custom_event_has_its_details_beside_its_name(setup: Any) -> None:
    text = '{"elapsed_ms":10000,"ok":true,"deep":{"b":[1e-7],"a":null}}'
    setup.root.event(events.CUSTOM, {attr.MONERO_CUSTOM_NAME: "cache_purge_wait", attr.MONERO_CUSTOM_DETAILS: text})
    assert custom(setup) == {"event": "cache_purge_wait", **json.loads(text)}


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("[1]", {"details": [1]}),
        ("not JSON", {"details": "not JSON"}),
        ('{"cut', {"details": '{"cut'}),
        ('{"x":NaN}', {"x": None}),
        ('{"event":"other","_event":1}', {"_event": 1, "__event": "other"}),
        ('{"event":"name"}', {}),
        ('{"a":' * 65 + "1" + "}" * 65, {"details": '{"a":' * 65 + "1" + "}" * 65}),
        ("[" * 1000 + "]" * 1000, {"details": "[" * 1000 + "]" * 1000}),
        ("[" * 100_000, {"details": "[" * 100_000}),
    ],
)
def test_odd_details_of_a_custom_event_lose_nothing(setup: Any, text: str, details: dict[str, Any]) -> None:
    setup.root.event(events.CUSTOM, {attr.MONERO_CUSTOM_NAME: "name", attr.MONERO_CUSTOM_DETAILS: text})
    assert custom(setup) == {"event": "name", **details}


def test_a_number_that_a_double_cannot_hold_keeps_its_text(setup: Any) -> None:
    text = '{"a":1.0000000000000000000001,"b":1e400,"c":1.50,"d":12345678901234567890123}'
    setup.root.event(events.CUSTOM, {attr.MONERO_CUSTOM_NAME: "n", attr.MONERO_CUSTOM_DETAILS: text})
    written = encode(legacy_events(setup.trace())).decode()
    for part in ('"a": 1.0000000000000000000001', '"b": 1e400', '"c": 1.5,', '"d": 12345678901234567890123'):
        assert part in written


def test_a_custom_event_without_a_name_is_its_details(setup: Any) -> None:
    setup.root.event(events.CUSTOM, {attr.MONERO_CUSTOM_DETAILS: '{"operation":"purge","ok":true}'})
    assert custom(setup) == {"operation": "purge", "ok": True}


def test_long_details_are_put_together_from_their_pieces(setup: Any) -> None:
    known = {
        attr.MONERO_CUSTOM_NAME: "n",
        attr.MONERO_CUSTOM_DETAILS: '{"x":',
        f"{attr.MONERO_CUSTOM_DETAILS_PIECE}.1": "1}",
    }
    setup.root.event(events.CUSTOM, known)
    assert custom(setup) == {"event": "n", "x": 1}


def test_faults(setup: Any) -> None:
    known: dict[str, Any] = {attr.MONERO_FAULT_TYPE: "cache_pollution", attr.MONERO_FAULT_REASON: "multisig before"}
    setup.root.event(events.FAULT, known, "buyer")
    event = only(setup)
    assert event["event_type"] == "CACHE_POLLUTION_DETECTED"
    assert event["details"] == {"reason": "multisig before"}
    setup.root.events.clear()
    known |= {attr.MONERO_FAULT_TYPE: "race", attr.MONERO_FAULT_ROLE: "vendor", attr.MONERO_FAULT_ROUND: 1}
    setup.root.event(events.FAULT, known)
    assert custom(setup) == {
        "event": "fault",
        "type": "race",
        "role": "vendor",
        "round": 1,
        "reason": "multisig before",
    }


def test_a_failed_set_up_ends_with_the_error_at_the_time_of_its_end(setups: ModuleType) -> None:
    setup = setups.failing()
    exported = export(setup.trace())
    assert types(exported) == ["SNAPSHOT_PRE_ROUND1", "RPC_CALL_START", "RPC_CALL_ERROR", "ERROR_FINAL"]
    assert exported[-1] == {
        "trace_id": setup.setup_id,
        "timestamp": setup.now // 1_000_000,
        "event_type": "ERROR_FINAL",
        "role": "buyer",
        "details": {
            "context": {
                "code": -28,
                "escrow_id": setup.escrow_id,
                "operation": "make_multisig",
                "round": 1,
                "wallet_id": "buyer-wallet",
            },
            "error": "This wallet is already multisig",
        },
    }


def test_an_error_outside_of_calls_that_ended_the_set_up(setup: Any) -> None:
    setup.start_round(3)
    known = {upstream.EXCEPTION_TYPE: "ValueError", upstream.EXCEPTION_MESSAGE: "Multisig address mismatch"}
    sequence = setup.round.event(upstream.EVENT_EXCEPTION, known)
    setup.end_round()
    setup.finish("failure", sequence)
    event = only(setup)
    assert event["event_type"] == "ERROR_FINAL"
    assert event["role"] == "coordinator"
    assert event["details"] == {
        "error": "Multisig address mismatch",
        "context": {"escrow_id": setup.escrow_id, "round": 3},
    }


def test_an_error_that_was_got_over_is_a_custom_event(setup: Any) -> None:
    setup.start_round(2)
    known = {
        upstream.EXCEPTION_TYPE: "OSError",
        upstream.EXCEPTION_MESSAGE: "disk full",
        upstream.RPC_RESPONSE_STATUS_CODE: "-1",
        upstream.RPC_METHOD: "store",
    }
    setup.round.event(upstream.EVENT_EXCEPTION, known)
    setup.end_round()
    setup.finish()
    assert custom(setup) == {
        "event": "error",
        "error": "disk full",
        "type": "OSError",
        "code": -1,
        "operation": "store",
        "round": 2,
    }


def test_a_failed_call_that_was_got_over_is_told_once(setup: Any) -> None:
    setup.failed_call("buyer", "make_multisig", "busy", -1)
    setup.finish()
    assert types(export(setup.trace())) == ["RPC_CALL_START", "RPC_CALL_ERROR"]


def test_a_failure_whose_exception_was_lost_still_ends_with_an_error(setup: Any) -> None:
    setup.finish("failure", 77)
    setup.root.status = (2, "No wallet file")
    assert only(setup)["details"] == {"error": "No wallet file", "context": {"escrow_id": setup.escrow_id}}


def test_an_error_without_a_message_tells_its_class(setup: Any) -> None:
    sequence = setup.root.event(upstream.EVENT_EXCEPTION, {upstream.EXCEPTION_TYPE: "KeyError"})
    setup.finish("failure", sequence)
    assert only(setup)["details"]["error"] == "KeyError"


def test_rounds_the_root_and_foreign_events_give_nothing(setup: Any) -> None:
    setup.start_round(1)
    setup.round.event("somebody.elses", {"x": 1})
    setup.end_round()
    setup.finish()
    assert legacy_events(setup.trace()) == []


def test_an_interrupted_set_up_has_no_final_error(setup: Any) -> None:
    setup.start_call("buyer", "make_multisig")
    setup.finish("interrupted")
    assert types(export(setup.trace())) == ["RPC_CALL_START"]


def test_order_is_that_of_the_sequence_whatever_the_clock_says(setup: Any) -> None:
    setup.root.event(events.STATE_CHANGE, {attr.MONERO_STATE_FROM: "a", attr.MONERO_STATE_TO: "b"})
    setup.wait(-5000)
    setup.root.event(events.STATE_CHANGE, {attr.MONERO_STATE_FROM: "b", attr.MONERO_STATE_TO: "c"})
    assert [event["details"]["to"] for event in export(setup.trace())] == ["b", "c"]


def test_numbers_that_a_backend_made_text_of_are_read(setup: Any) -> None:
    setup.snapshot(
        "buyer",
        "pre_round1",
        **{
            attr.MONERO_WALLET_BALANCE_TOTAL: "7",
            attr.MONERO_WALLET_BALANCE_UNLOCKED: "7",
            attr.MONERO_WALLET_IS_MULTISIG: "true",
            attr.MONERO_SNAPSHOT_DURATION: "0.25",
        },
    )
    details = only(setup)["details"]
    assert details["balance"] == [7, 7]
    assert details["is_multisig"] is True
    assert details["collection_time_ms"] == 250


@pytest.mark.parametrize("odd", [2**64, -1, 1.5, True, None, "seven"])
def test_an_amount_that_is_none_is_left_out_and_all_else_of_the_snapshot_told(setup: Any, odd: object) -> None:
    setup.snapshot("buyer", "pre_round1", **{attr.MONERO_WALLET_BALANCE_UNLOCKED: odd, attr.MONERO_WALLET_ID: "w"})
    event = only(setup)
    assert event["event_type"] == "SNAPSHOT_PRE_ROUND1"
    assert "balance" not in event["details"]
    assert event["details"]["wallet_id"] == "w"


@pytest.mark.parametrize("most", [2**63 - 1, 2**63, 2**64 - 1])
def test_an_amount_may_have_all_of_64_bits(setup: Any, most: int) -> None:
    amounts = {attr.MONERO_WALLET_BALANCE_TOTAL: most, attr.MONERO_WALLET_BALANCE_UNLOCKED: 0}
    setup.snapshot("buyer", "pre_round1", **amounts)
    assert only(setup)["details"]["balance"] == [most, 0]


def test_a_trace_read_back_from_its_records_gives_the_same_bytes(setups: ModuleType) -> None:
    for setup in (setups.healthy(), setups.failing()):
        records = setup.records()
        (again,) = assemble([*reversed(records), *records]).traces
        assert encode(legacy_events(again)) == encode(legacy_events(setup.trace()))


def test_event_fields_are_a_plain_struct(setups: ModuleType) -> None:
    event = legacy_events(setups.failing().trace())[0]
    assert msgspec.to_builtins(event)["event_type"] == "SNAPSHOT_PRE_ROUND1"
