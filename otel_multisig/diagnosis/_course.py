"""How far a set-up came: who takes part, how many rounds it has, what came through, and what was waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._majority import by_frequency
from otel_multisig.diagnosis._once import once
from otel_multisig.diagnosis.facts import CallFact
from otel_multisig.diagnosis.methods import EXCHANGE, PREPARE, SETUP_METHODS
from otel_multisig.model import Outcome

if TYPE_CHECKING:
    from otel_multisig.diagnosis.encounters import Encounters
    from otel_multisig.diagnosis.facts import SetupFacts, WalletFacts

__all__ = ["MOST_PARTICIPANTS", "Course"]

MOST_PARTICIPANTS: Final = 16
"""The most wallets that one multisig wallet of Monero can have."""

_USUAL_THRESHOLD: Final = 2
_USUAL_PARTICIPANTS: Final = 3
_FEWEST_ROUNDS: Final = 2
_PAUSE: Final = 5_000_000
_LONGER: Final = 4
_TIME_OF_OPEN: Final = 150_000_000
_ENOUGH_WAITS: Final = 3
_AT_ONCE: Final = 1_000_000
_SUCCESS: Final = Outcome.SUCCESS
_FAILURE: Final = Outcome.FAILURE


class Course:
    """What a set-up has to go through, and how far it came.

    Args:
        setup: its facts.
        encounters: the set-ups that it may have met.
    """

    def __init__(self, setup: SetupFacts, encounters: Encounters) -> None:
        self.setup = setup
        self.encounters = encounters

    @once
    def wallets(self) -> dict[str, WalletFacts]:
        """The wallets of the escrow: of those roles that make calls of a set-up or are looked at in snapshots."""
        return {
            role: wallet
            for role, wallet in self.setup.wallets.items()
            if role is not None and (wallet.snapshots or any(call.method in SETUP_METHODS for call in wallet.calls))
        }

    @once
    def participants(self) -> int:
        """How many wallets take part: what most calls and snapshots say, else how many there are."""
        return self._usual("participants") or max(_USUAL_PARTICIPANTS, len(self.wallets))

    @once
    def threshold(self) -> int:
        """How many signatures the wallet asks for: what most calls and snapshots say, else 2."""
        return self._usual("threshold") or _USUAL_THRESHOLD

    def _usual(self, name: str) -> int | None:
        said = by_frequency(
            value
            for fact in self.setup.steps
            if (value := getattr(fact, name)) is not None and 0 < value <= MOST_PARTICIPANTS
        )
        return said[0][0] if said else None

    @once
    def last_round(self) -> int:
        """The number of the last round: one for make, then as many exchanges as M - N + 1 for an N-of-M wallet."""
        return max(_FEWEST_ROUNDS, self.participants - self.threshold + 2)

    @once
    def final_from(self) -> int:
        """How many calls of make and exchange a wallet has come through when it has its final address."""
        return max(1, self.participants - self.threshold + 1)

    @once
    def is_legacy(self) -> bool:
        """Likewise `SetupFacts.is_legacy`."""
        return self.setup.is_legacy

    @once
    def is_whole(self) -> bool:
        """Whether nothing of its record is missing, as far as its count tells.

        Only then does it mean anything that something is not in the record. A legacy recording never tells.
        """
        return self.setup.ended and self.setup.tells_all

    @once
    def came_through(self) -> bool:
        """Whether it ended well: said so, or every wallet has made its last exchange."""
        if self.setup.outcome is _FAILURE:
            return False
        if self.setup.outcome is _SUCCESS:
            return True
        return bool(self.wallets) and all(self.exchanges(role) >= self.last_round - 1 for role in self.wallets)

    @once
    def failing_call(self) -> CallFact | None:
        """The call with which the set-up failed: that of its failure, else its last call where that failed."""
        setup = self.setup
        failure = setup.failure
        if failure is not None:
            call = setup.call_at(failure.call_place)
            if call is not None and not call.succeeded:
                return call
            calls = [c for c in setup.calls if c.role == failure.role and not c.succeeded and c.place < failure.place]
            return calls[-1] if calls and calls[-1].last_nano <= failure.time_nano else None
        if setup.outcome is not _FAILURE and setup.outcome is not None:
            return None
        return setup.calls[-1] if setup.calls and setup.calls[-1].failed else None

    def exchanges(self, role: str | None, before: int | None = None) -> int:
        """How many exchanges of a role came through, before a place."""
        return len(self.done(role, EXCHANGE, before))

    def done(self, role: str | None, method: str, before: int | None = None) -> list[CallFact]:
        """The calls of a method that came through for a role, before a place, in order."""
        return [
            call
            for call in self.calls_of(role)
            if call.method == method and call.succeeded and (before is None or call.place < before)
        ]

    def calls_of(self, role: str | None) -> list[CallFact]:
        """The calls of a role, in order."""
        wallet = self.setup.wallets.get(role)
        return wallet.calls if wallet is not None else []

    def is_refusal(self, call: CallFact) -> bool:
        """Whether a failed call is one that the set-up did not get over: nothing of that kind succeeded later."""
        return not any(
            later.place > call.place and later.method == call.method and later.succeeded and later.round >= call.round
            for later in self.calls_of(call.role)
        )

    @once
    def refusals(self) -> list[CallFact]:
        """The failed calls of the set-up that it did not get over, in order."""
        return [call for call in self.setup.calls if call.failed and not call.interrupted and self.is_refusal(call)]

    def round_after(self, call: CallFact, place: int) -> int:
        """The round of something that happened after an exchange: the next one, once all others were through."""
        number = self.round_of(call)
        through = all(self.exchanges(role, place) >= number - 1 for role in self.wallets if role != call.role)
        return number + 1 if through else number

    def round_of(self, call: CallFact) -> int:
        """The round of a call: what the failure says of it, else as far as the other wallets had come.

        A recording that does not tell rounds gives a repeated exchange the number of the next one.
        """
        failure = self.setup.failure
        if failure is not None and failure.call_place == call.place and failure.round > 0:
            return failure.round
        if call.method != EXCHANGE or not self.is_legacy:
            return call.round
        behind = [self.exchanges(role, call.place) + 1 for role in self.wallets if role != call.role]
        return min(call.round, min(behind, default=call.round) + 1)

    @once
    def _waits(self) -> dict[int, int]:
        """Nanoseconds from the end of what came before each call to its start, by its place."""
        waits: dict[int, int] = {}
        last: int | None = None
        for step in self.setup.steps:
            if isinstance(step, CallFact):
                if last is not None:
                    waits[step.place] = step.start_nano - last
                last = step.last_nano
            else:
                last = step.time_nano
        return waits

    def waited_before(self, call: CallFact) -> bool:
        """Whether there was a pause before a call as before no other call of its method: something else went on."""
        wait = self._waits.get(call.place, 0)
        others = [
            self._waits[c.place]
            for c in self.setup.calls
            if c.method == call.method and c is not call and c.place in self._waits
        ]
        return bool(others) and wait > _PAUSE and wait > _LONGER * max(others)

    def was_read(self, call: CallFact) -> bool:
        """Whether a refusal took so long that the server must have looked at the infos first.

        A wallet in the wrong state is refused as quickly as prepare is answered, within a millisecond; infos that do
        not belong together only after the wallet's keys were decrypted. On a machine so busy that prepare took longer,
        times tell nothing.
        """
        quick = sorted(c.duration_nano or 0 for c in self.setup.calls if c.method == PREPARE and c.succeeded)
        if call.duration_nano is None or (quick and quick[len(quick) // 2] >= _AT_ONCE):
            return False
        return call.duration_nano >= 2 * _AT_ONCE

    @once
    def opens_each_time(self) -> bool:
        """Whether the application seems to open the wallet anew before each call: there is a pause before every one."""
        waits = [self._waits[c.place] for c in self.setup.calls if c.place in self._waits and c.method != PREPARE]
        return len(waits) >= _ENOUGH_WAITS and min(waits) > _TIME_OF_OPEN
