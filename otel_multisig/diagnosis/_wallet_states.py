"""What state each wallet of a set-up should be in, and what its snapshots show."""

from __future__ import annotations

from typing import Final

from otel_multisig.diagnosis._course import MOST_PARTICIPANTS, Course
from otel_multisig.diagnosis._majority import by_frequency
from otel_multisig.diagnosis._once import once
from otel_multisig.diagnosis.facts import CallFact, SnapshotFact
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE, PREPARE, WALLETLESS
from otel_multisig.semconv.attributes import SnapshotPoint

__all__ = ["EARLY", "FINAL", "PLAIN", "WalletStates"]

PLAIN: Final = 0
"""A wallet before make."""
EARLY: Final = 1
"""A wallet that has the placeholder for its address, which is the same for all wallets of the escrow."""
FINAL: Final = 2
"""A wallet that has the address of the escrow."""

_BEFORE_ROUND: Final = "pre_round"
_FINAL_POINT: Final = SnapshotPoint.FINAL.value
_STEPS: Final = frozenset({MAKE, EXCHANGE})
_POST_MAKE: Final = SnapshotPoint.POST_MAKE_MULTISIG.value
_STAGES: Final = {
    _POST_MAKE: 1,
    SnapshotPoint.POST_EXPORT_MULTISIG.value: 2,
    SnapshotPoint.POST_IMPORT_MULTISIG.value: 3,
} | {f"pre_round{number}": number - 1 for number in range(2, MOST_PARTICIPANTS + 2)}
"""How many calls of make and exchange lie behind a wallet at a point."""


class WalletStates(Course):
    """A set-up's wallets: as they should be, and as they were seen."""

    @once
    def kinds(self) -> dict[int, int | None]:
        """Which address the wallet should have at each snapshot, by its place; None where the record does not tell.

        What it has been through is told by its calls and, where those were not recorded, by the point of the snapshot.
        """
        kinds: dict[int, int | None] = {}
        for wallet in self.setup.wallets.values():
            stage = 0
            unsettled: list[CallFact] = []
            for step in wallet.steps:
                if isinstance(step, CallFact):
                    if step.method in _STEPS:
                        unsettled.append(step)
                    continue
                if unsettled:
                    # Whether a call that failed or hangs was done by the server, nobody knows.
                    rest = [c for c in unsettled if c.failed or c.end_place is None or c.end_place >= step.place]
                    stage += len(unsettled) - len(rest)
                    unsettled = rest
                kinds[step.place] = None if unsettled else self._kind_after(stage, step)
        return kinds

    def _kind_after(self, stage: int, snapshot: SnapshotFact) -> int | None:
        by_point = _STAGES.get(snapshot.point or "", 0)
        if by_point > stage:
            if snapshot.is_multisig is False and by_point == 1 and stage == 0:
                return PLAIN if snapshot.point == _POST_MAKE else None  # samples show it after prepare too
            stage = by_point
        return PLAIN if stage == 0 else EARLY if stage < self.final_from else FINAL

    def hashes(self, kind: int) -> dict[str, str]:
        """The first address hash of a kind that each role showed."""
        found: dict[str, str] = {}
        for snapshot in self.setup.snapshots:
            if snapshot.role is not None and snapshot.address_hash and self.kinds[snapshot.place] == kind:
                found.setdefault(snapshot.role, snapshot.address_hash)
        return found

    @once
    def early_hashes(self) -> dict[str, str]:
        """The placeholder that each role showed first."""
        return self.hashes(EARLY)

    @once
    def final_hashes(self) -> dict[str, str]:
        """The final address that each role showed first."""
        return self.hashes(FINAL)

    def odd_ones(self, hashes: dict[str, str]) -> list[str]:
        """The roles whose hash differs from that of most; empty where all agree, or no majority says who is odd."""
        counts = by_frequency(hashes.values())
        if len(counts) < 2 or counts[0][1] == counts[1][1]:  # noqa: PLR2004 - two that differ
            return []
        return [role for role, value in hashes.items() if value != counts[0][0]]

    @once
    def common_hashes(self) -> dict[int, str | None]:
        """The hash of each kind that most wallets showed; None where no majority says."""
        found: dict[int, str | None] = {}
        for kind, hashes in ((EARLY, self.early_hashes), (FINAL, self.final_hashes)):
            counts = by_frequency(hashes.values())
            is_clear = bool(counts) and (len(counts) == 1 or counts[0][1] > counts[1][1])
            found[kind] = counts[0][0] if is_clear else None
        return found

    def is_right(self, snapshot: SnapshotFact) -> bool:
        """Whether a snapshot shows the wallet as it should be, as far as it tells."""
        kind = self.kinds.get(snapshot.place)
        if kind is None:
            return True
        if snapshot.is_multisig is not None and snapshot.is_multisig != (kind != PLAIN):
            return False
        common = self.common_hashes.get(kind)
        return common is None or snapshot.address_hash is None or snapshot.address_hash == common

    def was_plain(self, call: CallFact) -> bool:
        """Whether the wallet of a call was plain before it."""
        return self.seen_plain(call) is not None

    def seen_plain(self, call: CallFact) -> CallFact | SnapshotFact | None:
        """What shows that the wallet of a call was plain before it: it had been prepared, or the last look at it."""
        if prepared := self.done(call.role, PREPARE, call.place):
            return prepared[-1]
        snapshots = self.setup.wallets[call.role].snapshots
        looks = [s for s in snapshots if s.place < call.place and s.is_multisig is not None]
        return looks[-1] if looks and not looks[-1].is_multisig else None

    def last_good(self, role: str | None, place: int) -> CallFact | SnapshotFact | None:
        """The last thing before a place that shows that the right wallet was open for a role."""
        wallet = self.setup.wallets.get(role)
        found = None
        for step in wallet.steps if wallet is not None else ():
            if step.place >= place:
                break
            if isinstance(step, CallFact):
                shows = step.succeeded and step.method not in WALLETLESS
            else:
                shows = self.is_right(step)
            if shows:
                found = step
        return found

    def round_of_cause(self, symptom: CallFact | SnapshotFact) -> int:
        """The round in which something happened to a wallet that shows at `symptom`, since it was last seen right.

        The first round begins with the snapshot before it, or its first call: what happened before has the number 0.
        What happened between the last call of a round and the next round belongs to that next one, and what happened
        after a wallet's last exchange has the number of the last round and one. So a change that shows in the snapshot
        before round 1 arose in round 0, one that shows in the snapshot before round 3 in round 3.
        """
        if isinstance(symptom, SnapshotFact):
            if (symptom.point or "").startswith(_BEFORE_ROUND):
                return symptom.round if symptom.round > 1 else 0
            last = self.last_good(symptom.role, symptom.place)
            if self.exchanges(symptom.role, symptom.place) >= self.last_round - 1 and (
                symptom.point == _FINAL_POINT or (isinstance(last, SnapshotFact) and last.round >= self.last_round)
            ):
                return self.last_round + 1
            return symptom.round
        number = self.round_of(symptom)
        if number == 1:
            # It could not be looked at before round 1, but the others could: it had happened before.
            looked_at = {s.role for s in self.setup.snapshots if s.round == 1 and s.place < symptom.place}
            worked = any(c.round == 1 and c.succeeded and c.place < symptom.place for c in self.calls_of(symptom.role))
            if looked_at and symptom.role not in looked_at and not worked:
                return 0
        return number

    @once
    def is_consistent_at_end(self) -> bool:
        """Whether it came through and all wallets showed one and the same address in the end."""
        last: dict[str, str] = {}
        for snapshot in self.setup.snapshots:
            if snapshot.role is not None and snapshot.address_hash and self.kinds[snapshot.place] == FINAL:
                last[snapshot.role] = snapshot.address_hash
        return self.came_through and len(set(last.values())) == 1
