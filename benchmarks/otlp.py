"""OTLP to span records, set-ups and legacy files, against merely parsing the same bytes (orjson, official protobuf)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from benchmarks._measure import compare, report
from otel_multisig.legacy import write
from otel_multisig.model import (
    EscrowTrace,
    Event,
    Moment,
    ResourceRecord,
    ScopeRecord,
    Span,
    SpanKind,
    SpanRecord,
    assemble,
    disassemble,
    make_setup_id,
)
from otel_multisig.otlp import decode, decode_protobuf, encode_line, encode_protobuf
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, spans, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SETUPS = 100
ROLES = ("buyer", "vendor", "arbiter")
ROUNDS = (
    ("pre_round1", "post_make_multisig", ("prepare_multisig", "make_multisig")),
    ("pre_round2", "post_export_multisig", ("exchange_multisig_keys",)),
    ("pre_round3", "post_import_multisig", ("exchange_multisig_keys",)),
)
RESOURCE = ResourceRecord(
    {
        "service.name": "escrow",
        "service.instance.id": "6f1c0f52-6d6e-4b4e-9f0e-0d8a3f4b7a11",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.45.0",
        "process.pid": 4711,
        "host.name": "escrow-1",
    }
)
SCOPE = ScopeRecord("otel_multisig", "0.1.0")


class Recording:
    """One full set-up: every call and every snapshot of the checklist."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)
        self.escrow_id = "-".join(self.hex(digits) for digits in (8, 4, 4, 4, 12))
        self.unix_ms = 1_700_000_000_000 + number * 1000
        self.time = self.unix_ms * 1_000_000
        self.sequence = 0
        self.trace_id = self.hex(32)
        self.spans: list[Span] = []

    def hex(self, digits: int) -> str:
        return f"{self.random.getrandbits(digits * 4):0{digits}x}"

    def moment(self) -> Moment:
        self.sequence += 1
        self.time += self.random.randrange(100_000, 1_000_000_000)
        return Moment(self.sequence, self.time)

    def span(self, **fields: object) -> None:
        fields = {"trace_id": self.trace_id, "resource": RESOURCE, "scope": SCOPE, "end": self.moment()} | fields
        self.spans.append(Span(**fields))  # type: ignore[arg-type]

    def snapshot(self, point: str, place: int) -> Event:
        moment = self.moment()
        known = {
            attr.MONERO_SNAPSHOT_POINT: point,
            attr.MONERO_WALLET_ID: self.hex(32),
            attr.MONERO_WALLET_IS_MULTISIG: point != "pre_round1",
            attr.MONERO_WALLET_BALANCE_TOTAL: 0,
            attr.MONERO_WALLET_BALANCE_UNLOCKED: 0,
            attr.MONERO_WALLET_ADDRESS_HASH: self.hex(64),
            attr.MONERO_WALLET_FILE_EXISTS: True,
            attr.MONERO_WALLET_FILE_PERMISSIONS: "rw-",
            attr.MONERO_WALLET_FILE_NAME: f"{ROLES[place]}_temp_escrow_{self.escrow_id}",
            attr.MONERO_SNAPSHOT_DURATION: self.random.random(),
        }
        return Event(events.WALLET_SNAPSHOT, moment.sequence, moment.time_unix_nano, ROLES[place], 18082 + place, known)

    def call(self, method: str, number: int, place: int, parent: str) -> None:
        known = {
            upstream.RPC_SYSTEM_NAME: upstream.RPC_SYSTEM_JSONRPC,
            attr.MONERO_MULTISIG_THRESHOLD: 2,
            attr.MONERO_MULTISIG_PARTICIPANTS: 3,
            attr.MONERO_MULTISIG_INFO_HASH: self.hex(64),
            attr.MONERO_MULTISIG_INFO_LENGTH: 324,
            attr.MONERO_MULTISIG_INFO_INPUT_HASH: f"{self.hex(64)} {self.hex(64)}",
            attr.MONERO_MULTISIG_INFO_INPUT_LENGTH: "324 324",
        }
        self.span(
            kind=SpanKind.CALL,
            span_id=self.hex(16),
            parent_span_id=parent,
            name=method,
            start=self.moment(),
            round=number,
            role=ROLES[place],
            method=method,
            port=18082 + place,
            address="127.0.0.1",
            attributes=known,
        )

    def record(self) -> EscrowTrace:
        root, begun = self.hex(16), self.moment()
        for number, (before, after, methods) in enumerate(ROUNDS, 1):
            started, round_id = self.moment(), self.hex(16)
            seen = [self.snapshot(before, place) for place in range(3)]
            for method in methods:
                for place in range(3):
                    self.call(method, number, place, round_id)
                    if method == methods[-1]:
                        seen.append(self.snapshot(after, place))
            if number == len(ROUNDS):
                seen += [self.snapshot("final", place) for place in range(3)]
            self.span(
                kind=SpanKind.ROUND,
                span_id=round_id,
                parent_span_id=root,
                name=f"{spans.ROUND} {number}",
                start=started,
                round=number,
                events=tuple(seen),
            )
        known = {
            attr.MONERO_MULTISIG_THRESHOLD: 2,
            attr.MONERO_MULTISIG_PARTICIPANTS: 3,
            attr.MONERO_ESCROW_OUTCOME: "success",
        }
        self.span(kind=SpanKind.SETUP, span_id=root, name=spans.SETUP, start=begun, attributes=known)
        return EscrowTrace.build(self.escrow_id, make_setup_id(self.escrow_id, self.unix_ms), self.spans)


def batches(trace: EscrowTrace) -> list[list[SpanRecord]]:
    """The set-up as it is exported: round by round, then the root."""
    records = disassemble(trace)
    by_round: dict[object, list[SpanRecord]] = {}
    for record in records:
        by_round.setdefault(record.attributes.get(attr.MONERO_MULTISIG_ROUND, 9), []).append(record)
    return [by_round[number] for number in sorted(by_round, key=str)]


Documents = list[list[bytes]]


def _documents(write: Callable[[Iterable[SpanRecord]], bytes]) -> Documents:
    """For each set-up its documents."""
    return [[write(batch) for batch in batches(Recording(number).record())] for number in range(SETUPS)]


def _steps(documents: Documents, read: Callable[[bytes], list[SpanRecord]]) -> dict[str, Callable[[], None]]:
    """The ways to go, a set-up at a time; nothing is kept."""

    def records() -> None:
        for group in documents:
            for document in group:
                read(document)

    def setups() -> None:
        for group in documents:
            assemble(record for document in group for record in read(document))

    def files() -> None:
        for group in documents:
            (trace,) = assemble(record for document in group for record in read(document)).traces
            write(trace)

    return {"span records": records, "set-ups": setups, "legacy files": files}


def _parse(documents: Documents, parse: Callable[[bytes], object]) -> Callable[[], None]:
    def run() -> None:
        for group in documents:
            for document in group:
                parse(document)

    return run


def _official_objects(document: bytes) -> object:
    """What orjson gives and the official parser does not: Python objects with all that is in the message."""
    return MessageToDict(TracesData.FromString(document))


def measure() -> bool:
    """Print the ratios; true where all keep their limits."""
    lines, messages = _documents(encode_line), _documents(encode_protobuf)
    kept = True
    for title, documents, read, parser, parse, limits in (
        ("OTLP JSON", lines, decode, "orjson.loads", orjson.loads, {"legacy files": 3.0}),
        ("OTLP protobuf", messages, decode_protobuf, "official parser", TracesData.FromString, {"legacy files": 4.0}),
        ("OTLP protobuf", messages, decode_protobuf, "parser and MessageToDict", _official_objects, {}),
    ):
        size = sum(len(document) for group in documents for document in group)
        for step, ours in _steps(documents, read).items():
            ratio = compare(ours, _parse(documents, parse), number=1, rounds=9)
            detail = f"{size / ratio.ours / 1e6:.0f} MB/s, {parser} {size / ratio.theirs / 1e6:.0f} MB/s"
            kept = report(f"{title} -> {step}, to {parser}", ratio.ratio, limits.get(step), detail) and kept
    return kept


if __name__ == "__main__":
    measure()
