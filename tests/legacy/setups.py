"""Set-ups made by hand, for tests: a script of what happens, as the span records that an emitter would send."""

from __future__ import annotations

from typing import Any

from otel_multisig.model import EscrowTrace, EventRecord, SpanRecord, assemble, make_setup_id
from otel_multisig.model.records import KIND_CLIENT, KIND_INTERNAL, STATUS_ERROR
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, spans, upstream

ESCROW = "e946fef3-8734-4874-8528-71319317e131"
START_MS = 1_795_294_917_947
PORTS = {"buyer": 18082, "vendor": 18083, "arbiter": 18084}
ADDRESS_HASH = "3de007426d9d368ee8d3444e5679d3abe3a472a0af1a72ba7e9adccd2281ff13"


class OpenSpan:
    """A span while it runs."""

    def __init__(
        self, setup: SetupScript, name: str, kind: int, parent: OpenSpan | None, known: dict[str, Any]
    ) -> None:
        self.setup = setup
        self.name = name
        self.kind = kind
        self.parent = parent
        self.attributes = {
            attr.MONERO_ESCROW_ID: setup.escrow_id,
            attr.MONERO_SETUP_ID: setup.setup_id,
            attr.MONERO_SETUP_SEQUENCE: setup.count(),
            **known,
        }
        self.start = setup.now
        self.end = 0
        self.events: list[EventRecord] = []
        self.status = (0, "")
        setup.spans.append(self)
        self.span_id = f"{len(setup.spans):016x}"

    def event(self, name: str, known: dict[str, Any], role: str | None = None, port: int | None = None) -> int:
        """Something happens in it; gives its sequence."""
        sequence = self.setup.count()
        known = {attr.MONERO_SETUP_SEQUENCE: sequence, **known}
        if role:
            known[attr.MONERO_WALLET_ROLE] = role
        if port:
            known[upstream.SERVER_PORT] = port
        self.events.append(EventRecord(name, self.setup.now, known))
        return sequence

    def finish(self, **_: Any) -> None:
        """It ends."""
        self.attributes[attr.MONERO_SETUP_END_SEQUENCE] = self.setup.count()
        self.end = self.setup.now

    def record(self) -> SpanRecord:
        """It, as an exporter gets it."""
        return SpanRecord(
            trace_id=self.setup.trace_id,
            span_id=self.span_id,
            parent_span_id=self.parent.span_id if self.parent else "",
            name=self.name,
            kind=self.kind,
            start_time_unix_nano=self.start,
            end_time_unix_nano=self.end,
            attributes=self.attributes,
            events=tuple(self.events),
            status_code=self.status[0],
            status_message=self.status[1],
        )


class SetupScript:
    """One set-up, told step by step. Its clock moves only when it is told to."""

    def __init__(self, escrow_id: str = ESCROW, unix_ms: int = START_MS) -> None:
        self.escrow_id = escrow_id
        self.setup_id = make_setup_id(escrow_id, unix_ms)
        self.trace_id = self.setup_id.encode().hex()[-32:].rjust(32, "0")
        self.now = unix_ms * 1_000_000
        self.sequence = 0
        self.spans: list[OpenSpan] = []
        self.root = OpenSpan(self, spans.SETUP, KIND_INTERNAL, None, {})
        self.round: OpenSpan | None = None

    def count(self) -> int:
        self.sequence += 1
        return self.sequence

    def wait(self, ms: float) -> None:
        self.now += int(ms * 1_000_000)

    @property
    def here(self) -> OpenSpan:
        return self.round or self.root

    def start_round(self, number: int) -> None:
        name = f"{spans.ROUND} {number}"
        self.round = OpenSpan(self, name, KIND_INTERNAL, self.root, {attr.MONERO_MULTISIG_ROUND: number})

    def end_round(self) -> None:
        assert self.round
        self.round.finish()
        self.round = None

    def start_call(self, role: str, method: str) -> OpenSpan:
        known = {
            upstream.RPC_SYSTEM_NAME: upstream.RPC_SYSTEM_JSONRPC,
            upstream.RPC_METHOD: method,
            upstream.SERVER_ADDRESS: "127.0.0.1",
            upstream.SERVER_PORT: PORTS[role],
            attr.MONERO_WALLET_ROLE: role,
        }
        if self.round:
            known[attr.MONERO_MULTISIG_ROUND] = self.round.attributes[attr.MONERO_MULTISIG_ROUND]
        return OpenSpan(self, method, KIND_CLIENT, self.here, known)

    def call(self, role: str, method: str, ms: float = 1) -> None:
        call = self.start_call(role, method)
        self.wait(ms)
        call.finish()

    def failed_call(self, role: str, method: str, message: str, code: int | None, ms: float = 1) -> int:
        """A call that fails; gives the sequence of its exception."""
        call = self.start_call(role, method)
        self.wait(ms)
        known: dict[str, Any] = {upstream.EXCEPTION_TYPE: "RPCError", upstream.EXCEPTION_MESSAGE: message}
        if code is not None:
            known[upstream.RPC_RESPONSE_STATUS_CODE] = str(code)
            call.attributes[upstream.RPC_RESPONSE_STATUS_CODE] = str(code)
        call.attributes[upstream.ERROR_TYPE] = "RPCError" if code is None else str(code)
        call.status = (STATUS_ERROR, message)
        sequence = call.event(upstream.EVENT_EXCEPTION, known)
        call.finish()
        return sequence

    def snapshot(self, role: str, point: str, **more: Any) -> None:
        known = {
            attr.MONERO_SNAPSHOT_POINT: point,
            attr.MONERO_SNAPSHOT_DURATION: 0.0014,
            attr.MONERO_WALLET_ID: f"{role}-wallet",
            attr.MONERO_WALLET_IS_MULTISIG: False,
            attr.MONERO_WALLET_BALANCE_TOTAL: 0,
            attr.MONERO_WALLET_BALANCE_UNLOCKED: 0,
            attr.MONERO_WALLET_ADDRESS_HASH: ADDRESS_HASH,
            **more,
        }
        self.here.event(events.WALLET_SNAPSHOT, known, role, PORTS[role])

    def finish(self, outcome: str = "success", failure_sequence: int | None = None) -> None:
        """The root ends."""
        self.root.attributes[attr.MONERO_ESCROW_OUTCOME] = outcome
        if failure_sequence is not None:
            self.root.attributes[attr.MONERO_SETUP_FAILURE_SEQUENCE] = failure_sequence
            self.root.status = (STATUS_ERROR, "")
        if outcome == "interrupted":
            self.root.attributes[attr.MONERO_SETUP_INTERRUPTED] = True
        self.root.finish()

    def records(self) -> list[SpanRecord]:
        """The spans that have ended, in the order in which they began."""
        return [span.record() for span in self.spans if span.end]

    def trace(self) -> EscrowTrace:
        """The set-up, put together, with the spans that are still open."""
        (trace,) = assemble([span.record() for span in self.spans]).traces
        return trace


def healthy(escrow_id: str = ESCROW, unix_ms: int = START_MS) -> SetupScript:
    """A whole set-up: 3 rounds, 12 calls, 21 snapshots."""
    setup = SetupScript(escrow_id, unix_ms)
    rounds = {
        1: ("pre_round1", ("prepare_multisig", "make_multisig"), "post_make_multisig"),
        2: ("pre_round2", ("exchange_multisig_keys",), "post_export_multisig"),
        3: ("pre_round3", ("exchange_multisig_keys",), "post_import_multisig"),
    }
    for number, (before, methods, after) in rounds.items():
        setup.start_round(number)
        for role in PORTS:
            setup.snapshot(role, before)
        for method in methods:
            for role in PORTS:
                setup.call(role, method)
                if method == methods[-1]:
                    setup.snapshot(role, after)
        setup.end_round()
    for role in PORTS:
        setup.snapshot(role, "final")
    setup.finish()
    return setup


def failing(escrow_id: str = ESCROW, unix_ms: int = START_MS) -> SetupScript:
    """A set-up that fails in round 1."""
    setup = SetupScript(escrow_id, unix_ms)
    setup.start_round(1)
    setup.snapshot("buyer", "pre_round1")
    sequence = setup.failed_call("buyer", "make_multisig", "This wallet is already multisig", -28, ms=12.5)
    setup.end_round()
    setup.wait(3)
    setup.finish("failure", sequence)
    return setup
