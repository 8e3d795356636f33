"""Diagnoses made by hand, for tests of reports: what the rules would say of set-ups that are told step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otel_multisig.diagnosis import Diagnosis, Evidence, Finding, Observation
from otel_multisig.diagnosis.facts import SetupFacts
from otel_multisig.report.results import Judged, Results
from otel_multisig.semconv.attributes import FaultType, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

A = "aaaaaaaa-8734-4874-8528-71319317e131"
B = "bbbbbbbb-ab45-40fe-8617-2f75d778edfa"
START_MS = 1_795_294_917_947
MS = 1_000_000
HOSTILE = "evil\x1b[31m[bold]`|<b>@you\n::error::x"


def setup(escrow_id: str = A, *, outcome: Outcome | None = Outcome.FAILURE, ms: int = 2500) -> SetupFacts:
    facts = SetupFacts(escrow_id, f"{escrow_id}-{START_MS}", "0af7651916cd43dd8448eb211c80319c", START_MS * MS)
    facts.last_nano = facts.start_nano + ms * MS
    facts.outcome = outcome
    facts.ended = outcome is not None
    return facts


def evidence(ms: int, what: str, *, number: int | None = 1, escrow_id: str = A, **more: Any) -> Evidence:
    known = {"role": "vendor", "port": 18083} | more
    return Evidence(
        f"{escrow_id}-{START_MS}",
        number,
        number,
        (START_MS + ms) * MS,
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331",
        what,
        **known,
    )


def swap(**more: Any) -> Finding:
    """Another escrow opened its wallet in between; two calls failed after that."""
    known = {
        "kind": FaultType.WALLET_SWAPPED,
        "sentence": f"escrow {B} opened its wallet on port 18083 between vendor's open and its make_multisig",
        "role": "vendor",
        "round": 1,
        "evidence": (
            evidence(1200, "open_wallet of vendor_temp_escrow_b", number=7, escrow_id=B),
            evidence(700, "the wallet was open", number=3),
            evidence(1500, "make_multisig was answered for another wallet", number=9),
        ),
        "delay_nano": 300 * MS,
        "interfering": (B,),
        "consequences": (
            Finding(
                FaultType.UNKNOWN,
                "exchange_multisig_keys of vendor failed in round 3",
                "vendor",
                3,
                (evidence(2400, "exchange_multisig_keys failed", number=20),),
            ),
        ),
    } | more
    return Finding(**known)


def race() -> Finding:
    return swap(
        kind=FaultType.RACE,
        sentence="two workers made the same escrow",
        sure=False,
        others=(FaultType.LOST_ANSWER_RETRY, FaultType.CACHE_POLLUTION),
        consequences=(),
        interfering=(),
        evidence=(evidence(1500, "make_multisig failed: Already in multisig mode", number=9),),
    )


def slow() -> Finding:
    return Finding(Observation.SLOW_CALL, "make_multisig of buyer took 31 s", "buyer", 1, (evidence(1, "slow"),))


def judged(*findings: Finding, escrow_id: str = A, source: str = "a_FAILED.json", **more: Any) -> Judged:
    return Judged(Diagnosis(setup(escrow_id, **more), findings), (source,))


def healthy(escrow_id: str = B, source: str = "b.json") -> Judged:
    return judged(escrow_id=escrow_id, source=source, outcome=Outcome.SUCCESS)


def results(*found: Judged, context: Sequence[Judged] = ()) -> Results:
    return Results(tuple(found), context=tuple(context))
