"""The public API as applications use it; `test_typing.py` runs mypy over this file, nothing runs it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping
from typing import Any, assert_type

from otel_multisig import (
    Call,
    ConfigurationError,
    Escrow,
    EscrowLogFilter,
    Recorder,
    Round,
    SettingsError,
    TracedWallet,
    add_recorder,
    configure,
    instrument,
    remove_recorder,
    trace_escrow,
    uninstrument,
)
from otel_multisig.tracing import LiveEvent, Node  # noqa: TC001 - as an application imports them

with contextlib.suppress(ConfigurationError, SettingsError):
    assert_type(configure(service_name="escrows", enabled=True, exporters=["otlp"], allow=["note"]), bool)
assert_type(instrument(), tuple[str, ...])
uninstrument()
logging.getLogger().addFilter(EscrowLogFilter())


def wallet(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {method: params}


async def async_wallet(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {method: params}


class Journal:
    def started(self, node: Node) -> None:
        assert_type(node.name, str)
        assert_type(node.sequence, int)

    def happened(self, node: Node, event: LiveEvent) -> None:
        assert_type(event.attributes, Mapping[str, str | bool | int | float])

    def ended(self, node: Node) -> None:
        assert_type(node.end_ns, int)


journal: Recorder = Journal()
add_recorder(journal)
remove_recorder(journal)


def set_up() -> str:
    with trace_escrow("e-1", enabled=None, parent=False, threshold=2, participants=3) as escrow:
        assert_type(escrow, Escrow)
        assert_type(escrow.trace_id, str)
        with escrow.round(1) as round_:
            assert_type(round_, Round)
            assert_type(round_.number, int)
            with round_.call("buyer", "prepare_multisig", port=18082, params={"a": 1}) as call:
                assert_type(call, Call)
                call.answer(wallet("prepare_multisig", {}))
                call.response({"result": {}})
                call.error_answer(-28, "This wallet is already multisig")
            with round_.wallet("buyer", wallet, id="1", file="w"):
                round_.snapshot("pre_round1")
            round_.snapshot("pre_round1", {"buyer": wallet, "vendor": TracedWallet(backend=wallet, file="w")})
            with escrow.lock(threading.Lock(), "pool", role="buyer"):
                escrow.state_change("a", "b", role="buyer")
            with escrow.file_operation("a", "b") as operation:
                operation.size = 4096
            escrow.custom("tick", {"n": 1}, role="buyer")
            escrow.fault("race", role="buyer", reason="two at once")
            escrow.error("no exception tells")
            escrow.error(ValueError("caught"), role="buyer")
        return escrow.setup_id


async def set_up_async() -> None:
    async with trace_escrow(7) as escrow, escrow.round(1) as round_:
        assert_type(round_, Round)
        await escrow.snapshot_async("pre_round1", {"buyer": async_wallet})
        async with escrow.call("buyer", "prepare_multisig") as call:
            call.answer(await async_wallet("prepare_multisig", {}))
        async with escrow.lock(asyncio.Lock(), "pool"), escrow.wallet("buyer", async_wallet):
            pass


# What is wrong is seen: each comment below is needed, which mypy checks (warn_unused_ignores).
trace_escrow("e-1", participant=3)  # type: ignore[call-arg]
trace_escrow("e-1").round("one")  # type: ignore[arg-type]
trace_escrow("e-1").call("buyer", "prepare_multisig", 18082)  # type: ignore[call-arg]
trace_escrow("e-1").custom("tick", [1])  # type: ignore[arg-type]
add_recorder(object())  # type: ignore[arg-type]
configure(snapshots=True)  # type: ignore[arg-type]
