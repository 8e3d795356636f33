"""What the rules see of a set-up: calls, snapshots and other events, flat and in order, with what matters lifted out.

`SetupFacts.of` reads a whole set-up in one pass; the `add_` methods build one step by step, as things happen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.diagnosis._fact_kinds import CallFact, EventFact, Fact, FailureFact, SnapshotFact
from otel_multisig.diagnosis._growing import GrowingFacts
from otel_multisig.model.identity import imported_trace_id

if TYPE_CHECKING:
    from typing import TypeAlias

    from otel_multisig.model import EscrowTrace

    Step: TypeAlias = CallFact | SnapshotFact

__all__ = ["CallFact", "EventFact", "Fact", "FailureFact", "SetupFacts", "SnapshotFact", "WalletFacts"]


class WalletFacts:
    """All that is known of the wallet of one role: its calls, its snapshots, and both in their order."""

    __slots__ = ("calls", "role", "snapshots", "steps")

    def __init__(self, role: str | None) -> None:
        self.role = role
        self.calls: list[CallFact] = []
        self.snapshots: list[SnapshotFact] = []
        self.steps: list[Step] = []

    @property
    def ports(self) -> list[int]:
        """The ports that it was asked on, in the order of their first use."""
        return list(dict.fromkeys(step.port for step in self.steps if step.port is not None))


class SetupFacts(GrowingFacts):
    """What the rules see of one set-up.

    Its views are worked out when they are first asked for, and again after something was added.
    """

    __slots__ = ("_by_place", "_by_port", "_steps", "_viewed_at", "_wallets")

    def __init__(self, escrow_id: str, setup_id: str, trace_id: str = "", start_nano: int = 0) -> None:
        super().__init__(escrow_id, setup_id, trace_id, start_nano)
        self._viewed_at = -1
        self._steps: list[Step] | None = None
        self._wallets: dict[str | None, WalletFacts] | None = None
        self._by_port: dict[int, list[Step]] | None = None
        self._by_place: dict[int, CallFact] | None = None

    @classmethod
    def of(cls, trace: EscrowTrace) -> SetupFacts:
        """The facts of a whole set-up."""
        from otel_multisig.diagnosis._gathering import gather_facts

        return gather_facts(trace)

    @property
    def is_legacy(self) -> bool:
        """Whether it comes from a legacy recording, which has no codes, no opens and no hashes of infos."""
        return self.trace_id == imported_trace_id(self.setup_id)

    @property
    def tells_all(self) -> bool:
        """Whether nothing is missing of what it has told so far, as far as its count shows; a legacy one shows none."""
        return not self.gaps and not self.is_legacy and all(step.sequence is not None for step in self.steps)

    @property
    def steps(self) -> list[Step]:
        """Calls and snapshots, in order."""
        self._forget_old_views()
        found = self._steps
        if found is None:
            found = self._steps = [*self.calls, *self.snapshots]
            found.sort(key=_place_of)
        return found

    @property
    def wallets(self) -> dict[str | None, WalletFacts]:
        """What is known of each role's wallet, in the order of their first appearance; None for what names no role."""
        steps = self.steps
        found = self._wallets
        if found is None:
            found = self._wallets = {}
            for step in steps:
                wallet = found.get(step.role)
                if wallet is None:
                    wallet = found[step.role] = WalletFacts(step.role)
                wallet.steps.append(step)
                if type(step) is CallFact:
                    wallet.calls.append(step)
                else:
                    wallet.snapshots.append(step)  # type: ignore[arg-type]
        return found

    @property
    def by_port(self) -> dict[int, list[Step]]:
        """Calls and snapshots of each port, in order."""
        steps = self.steps
        found = self._by_port
        if found is None:
            found = self._by_port = {}
            for step in steps:
                if step.port is not None:
                    found.setdefault(step.port, []).append(step)
        return found

    def call_at(self, place: int | None) -> CallFact | None:
        """The call that starts at a place."""
        if place is None:
            return None
        self._forget_old_views()
        if self._by_place is None:
            self._by_place = {call.place: call for call in self.calls}
        return self._by_place.get(place)

    def _forget_old_views(self) -> None:
        if self._viewed_at != self.places:
            self._viewed_at = self.places
            self._steps = self._wallets = self._by_port = self._by_place = None


def _place_of(step: Step) -> int:
    return step.place
