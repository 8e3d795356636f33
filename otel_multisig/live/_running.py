"""A set-up that runs, and what was said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.live._expecting import Expected
from otel_multisig.live._reading import FactsReader
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from otel_multisig.diagnosis import Finding, SetupFacts
    from otel_multisig.live._reading import Item
    from otel_multisig.semconv.attributes import Outcome
    from otel_multisig.tracing import Node
    from otel_multisig.tracing._setup import Setup

    Claim: TypeAlias = tuple[Setup, Finding]

__all__ = ["MOST_ITEMS", "PROVED_FOR_GOOD", "RunningSetup"]

PROVED_FOR_GOOD: Final = frozenset(
    {
        FaultType.CACHE_POLLUTION,
        FaultType.WALLET_SWAPPED,
        FaultType.STALE_WALLET_AFTER_FAILED_OPEN,
        FaultType.EXPERIMENTAL_FLAG_LOST,
        FaultType.MIXED_SESSION_INPUTS,
        FaultType.STATE_DIVERGENCE,
        FaultType.LOST_ANSWER_RETRY,
        FaultType.UNSAVED_CLOSE,
        FaultType.RACE,
    }
)
"""Faults that stay, whatever the set-up does after them. The others may be made good by a retry."""

MOST_ITEMS: Final = 5_000
"""A set-up has some fifty. What polls a server for hours, inside a set-up, is not to fill the memory."""


class RunningSetup:
    """What has happened in one set-up.

    Attributes:
        setup: the live set-up.
        start_ns: when it began.
        is_open: whether it goes on.
        ended_ns: when it ended; 0 while it runs.
        items: what has happened so far; any thread adds to them, up to `MOST_ITEMS`.
        disturbed: the ports on which somebody else has opened or closed a wallet since it first used them.
        expected: what its snapshots should show.
        is_suspect: whether anything in it was not as expected: from then on the rules look at every snapshot.
        put_out: the hashes of the infos that its wallets have put out.
    """

    __slots__ = (
        "_claimed",
        "_reader",
        "disturbed",
        "ended_ns",
        "expected",
        "is_open",
        "is_suspect",
        "items",
        "put_out",
        "setup",
        "start_ns",
    )

    def __init__(self, root: Node) -> None:
        self.setup = root.setup
        self.start_ns = root.start_ns
        self.is_open = True
        self.ended_ns = 0
        self.items: list[Item] = []
        self.disturbed: set[int] = set()
        self.expected = Expected()
        self.is_suspect = False
        self.put_out: set[object] = set()
        self._reader = FactsReader(root.setup, root.span.get_span_context().trace_id, root.start_ns)
        self._claimed: set[tuple[str, str | None, int | None]] = set()

    def facts(self) -> SetupFacts:
        """The facts so far; for one thread at a time."""
        return self._reader.read(self.items) if self.is_open else self._reader.facts

    @property
    def ports(self) -> set[int]:
        """The ports that it worked on, as far as `facts` has read."""
        return self._reader.ports

    def conclude(self, outcome: Outcome) -> None:
        """Note that the set-up ends; what comes after this is left out."""
        facts, setup = self.facts(), self.setup
        self.ended_ns = setup.now()
        facts.end(outcome, time_nano=self.ended_ns, failure=self._reader.failure(setup.failure_sequence))
        self.is_open = False
        self.items = []
        self.put_out = set()

    def claim_proved(self, faults: Iterable[Finding]) -> list[Claim]:
        """What is to be recorded while it runs: faults that are proved and stay, each kind once."""
        known = {kind for kind, _, _ in self._claimed}
        return [
            self._claim(fault)
            for fault in faults
            if fault.sure and fault.kind in PROVED_FOR_GOOD and fault.kind not in known
        ]

    def claim_verdict(self, faults: Sequence[Finding]) -> list[Claim]:
        """What is to be recorded at its end: what else is proved, then the verdict, unless they were before."""
        if not faults:
            return []
        verdict = faults[0]
        known = {kind for kind, _, _ in self._claimed} | {verdict.kind}
        new = [fault for fault in faults if fault.sure and fault.kind not in known]
        if _key(verdict) not in self._claimed:
            new.append(verdict)
        return [self._claim(fault) for fault in new]

    def _claim(self, fault: Finding) -> Claim:
        self._claimed.add(_key(fault))
        return self.setup, fault


def _key(fault: Finding) -> tuple[str, str | None, int | None]:
    return fault.kind, fault.role, fault.round
