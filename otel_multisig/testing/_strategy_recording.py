"""One set-up as the tracer records it, drawn step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st

from otel_multisig.model import EscrowTrace, Event, Moment, Span, SpanKind, make_setup_id
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events as event_names
from otel_multisig.semconv import spans as span_names
from otel_multisig.semconv import upstream
from otel_multisig.testing._strategy_values import INT64_MAX, texts

if TYPE_CHECKING:
    from otel_multisig.testing._strategy_values import Draw


class Recording:
    """One set-up in the making: draws what happens, and counts."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._sequence = -1
        self._time = 1_700_000_000 * 10**9
        self._spans: list[Span] = []
        self._trace_id = draw(st.binary(min_size=16, max_size=16)).hex()
        self._roles = draw(
            st.one_of(
                st.just(["buyer", "vendor", "arbiter"]),
                st.lists(texts.filter(bool), min_size=1, max_size=4, unique=True),
            )
        )

    def record(self, rounds: int) -> EscrowTrace:
        draw = self._draw
        escrow_id = draw(st.one_of(st.uuids().map(str), texts.filter(bool)))
        setup_id = make_setup_id(escrow_id, self._time // 10**6)
        root_id, start = self._id(), self._now()
        for number in range(1, rounds + 1):
            self._round(number, root_id)
        failed = any(span.status_code for span in self._spans)
        outcome = {attr.MONERO_ESCROW_OUTCOME: "failure" if failed else "success"}
        root = self._span(SpanKind.SETUP, root_id, "", span_names.SETUP, start, attributes=outcome)
        kept = [root] if draw(st.integers(0, 4)) else []
        kept += [span for span in self._spans if not kept or draw(st.integers(0, 7))]
        return EscrowTrace.build(escrow_id, setup_id, kept or [root])

    def _round(self, number: int, root_id: str) -> None:
        draw = self._draw
        round_id, start = self._id(), self._now()
        found = []
        for place, role in enumerate(self._roles):
            found += [self._snapshot(role, place) for _ in range(draw(st.integers(0, 1)))]
            for _ in range(draw(st.integers(0, 2))):
                self._call(number, round_id, role, place)
        if draw(st.integers(0, 4)) == 0:
            self._continuation(number, round_id)
        name = f"{span_names.ROUND} {number}"
        self._spans.append(
            self._span(SpanKind.ROUND, round_id, root_id, name, start, round=number, events=tuple(found))
        )

    def _call(self, number: int, round_id: str, role: str, place: int) -> None:
        draw = self._draw
        method = draw(st.sampled_from(("prepare_multisig", "make_multisig", "exchange_multisig_keys")))
        span_id, start = self._id(), self._now()
        fields: dict[str, Any] = {}
        if draw(st.integers(0, 5)) == 0:
            text = draw(texts)
            exception = Event(
                upstream.EVENT_EXCEPTION, *self._next(), role, attributes={upstream.EXCEPTION_MESSAGE: text}
            )
            fields = {"error_code": -28, "error_type": "-28", "status_code": 2, "status_message": text}
            fields["events"] = (exception,)
        span = self._span(
            SpanKind.CALL, span_id, round_id, method, start, round=number, role=role, method=method, port=18082 + place,
            attributes={upstream.RPC_SYSTEM_NAME: upstream.RPC_SYSTEM_JSONRPC}, **fields,
        )  # fmt: skip
        if draw(st.integers(0, 7)) == 0:
            span = msgspec.structs.replace(span, end=None)
        self._spans.append(span)

    def _continuation(self, number: int, round_id: str) -> None:
        span_id, start = self._id(), self._now()
        event = Event(event_names.STATE_CHANGE, *self._next(), attributes={attr.MONERO_STATE_TO: self._draw(texts)})
        name = f"{span_names.ROUND} {number}{span_names.CONTINUED_SUFFIX}"
        self._spans.append(
            self._span(SpanKind.CONTINUATION, span_id, round_id, name, start, round=number, events=(event,))
        )

    def _snapshot(self, role: str, place: int) -> Event:
        attributes = {
            attr.MONERO_SNAPSHOT_POINT: self._draw(st.sampled_from((*attr.SnapshotPoint, "before_funding"))).__str__(),
            attr.MONERO_WALLET_IS_MULTISIG: self._draw(st.booleans()),
            attr.MONERO_WALLET_BALANCE_TOTAL: self._draw(st.integers(0, INT64_MAX)),
        }
        return Event(event_names.WALLET_SNAPSHOT, *self._next(), role, 18082 + place, attributes)

    def _span(self, kind: SpanKind, span_id: str, parent: str, name: str, start: Moment, **fields: Any) -> Span:
        return Span(
            kind=kind,
            trace_id=self._trace_id,
            span_id=span_id,
            parent_span_id=parent,
            name=name,
            start=start,
            end=self._now(),
            interrupted=self._draw(st.integers(0, 15)) == 0,
            **fields,
        )

    def _id(self) -> str:
        return f"{len(self._spans) + 1:08x}{self._sequence + 2:08x}"

    def _next(self) -> tuple[int, int]:
        self._sequence += 1
        # The clock may stand still or be set back.
        self._time += self._draw(st.integers(-(10**6), 10**9))
        return self._sequence, self._time

    def _now(self) -> Moment:
        return Moment(*self._next())
