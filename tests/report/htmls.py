"""Set-ups with diagnoses made by hand, for the tests of the page."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from otel_multisig.diagnosis import Diagnosis, Evidence, Finding, SetupFacts
from otel_multisig.report.html import Reported, render_page
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from types import ModuleType

    from otel_multisig.model import EscrowTrace

ESCROW_A = "aaaaaaaa-1111-4111-8111-111111111111"
ESCROW_B = "bbbbbbbb-2222-4222-8222-222222222222"
SENTENCE = f"Escrow {ESCROW_B} opened its wallet on port 18082 between buyer's open and buyer's make_multisig."
DATA = re.compile(rb'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def data_of(page: bytes) -> Any:
    """What stands in a page's data block."""
    (block,) = DATA.findall(page)
    return json.loads(block)


def judged(trace: EscrowTrace, *findings: Finding, sources: tuple[str, ...] = ("recordings/a.json",)) -> Reported:
    return Reported(trace, Diagnosis(SetupFacts.of(trace), findings), sources)


def swapped(setups: ModuleType) -> list[Reported]:
    """Two set-ups at once on the same ports: one opened its wallet where the other's was in use."""
    victim = setups.failing(ESCROW_A).trace()
    other = setups.healthy(ESCROW_B, setups.START_MS + 5).trace()
    failed, culprit = victim.calls[0], other.calls[0]
    evidence = (
        evidence_of(victim, failed.end.sequence, failed.end.time_unix_nano, failed.span_id, "make_multisig failed", 3),
        evidence_of(other, culprit.start.sequence, culprit.start.time_unix_nano, culprit.span_id, "B was here", 4),
    )
    finding = Finding(
        FaultType.WALLET_SWAPPED, SENTENCE, "buyer", 1, evidence, delay_nano=12_500_000, interfering=(ESCROW_B,)
    )
    return [judged(victim, finding), judged(other, sources=("recordings/b.json",))]


def healthy(setups: ModuleType, escrow_id: str, unix_ms: int) -> EscrowTrace:
    """A set-up in which every wallet becomes what it should."""
    setup = setups.SetupScript(escrow_id, unix_ms)

    def look(point: str, kind: str) -> None:
        for role in setups.PORTS:
            name = role if kind == "own" else kind
            known = {
                attr.MONERO_WALLET_IS_MULTISIG: kind != "own",
                attr.MONERO_WALLET_ADDRESS_HASH: hashlib.sha256(f"{name} {escrow_id}".encode()).hexdigest(),
                attr.MONERO_WALLET_ID: f"{role} {escrow_id}",
            }
            setup.snapshot(role, point, **known)

    rounds = (
        ("pre_round1", "own", ("prepare_multisig", "make_multisig"), "post_make_multisig", "placeholder"),
        ("pre_round2", "placeholder", ("exchange_multisig_keys",), "post_export_multisig", "final"),
        ("pre_round3", "final", ("exchange_multisig_keys",), "post_import_multisig", "final"),
    )
    for number, (before, was, methods, after, becomes) in enumerate(rounds, start=1):
        setup.start_round(number)
        look(before, was)
        for method in methods:
            for role in setups.PORTS:
                setup.call(role, method, 20)
        look(after, becomes)
        setup.end_round()
    look("final", "final")
    setup.finish()
    trace: EscrowTrace = setup.trace()
    return trace


def evidence_of(
    trace: EscrowTrace, sequence: int | None, time_nano: int, span_id: str, what: str, number: int | None
) -> Evidence:
    return Evidence(trace.setup_id, sequence, number, time_nano, trace.trace_id, span_id, what, "buyer", 18082)


def many(setups: ModuleType, number: int) -> list[Reported]:
    """Set-ups one after the other, each third with a fault."""
    reported = []
    for place in range(number):
        escrow, start = f"{place:08x}-0000-4000-8000-000000000000", setups.START_MS + place * 2000
        if place % 3:
            reported.append(judged(setups.healthy(escrow, start).trace()))
            continue
        trace = setups.failing(escrow, start).trace()
        call = trace.calls[0]
        evidence = evidence_of(trace, call.end.sequence, call.end.time_unix_nano, call.span_id, "it failed", 3)
        finding = Finding(FaultType.CACHE_POLLUTION, f"Set-up {place} was multisig before.", "buyer", 0, (evidence,))
        reported.append(judged(trace, finding))
    return reported


def page_of(reported: list[Reported], **options: Any) -> bytes:
    return render_page(reported, made_unix_nano=1_795_300_000 * 10**9, **options)
