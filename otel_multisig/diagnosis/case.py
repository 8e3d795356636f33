"""One set-up as the rules look at it: its facts, the set-ups that it met, and what several rules need of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.diagnosis._evidence import evidence_of
from otel_multisig.diagnosis._wallet_states import EARLY, FINAL, PLAIN, WalletStates
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE, PREPARE

if TYPE_CHECKING:
    from otel_multisig.diagnosis.facts import CallFact, Fact, SetupFacts
    from otel_multisig.diagnosis.finding import Evidence

__all__ = ["EARLY", "FINAL", "PLAIN", "Case"]


class Case(WalletStates):
    """A set-up that is to be judged.

    Args:
        setup: its facts.
        encounters: the set-ups that it may have met.
    """

    def are_inputs_right(self, call: CallFact) -> bool | None:
        """Whether the infos that a call was given are those that the other wallets had given out last.

        None where the hashes of the infos, or of what was given out, were not recorded.
        """
        if not call.input_hashes:
            return None
        given_out = self.outputs_for(call)
        missing = [role for role in self.wallets if role != call.role and role not in given_out]
        wanted = {value for role, value in given_out.items() if role != call.role}
        if set(call.input_hashes) <= wanted and len(set(call.input_hashes)) == len(call.input_hashes):
            return None if missing else True
        return None if missing else False

    def had_done(self, call: CallFact) -> bool:
        """Whether its wallet had come through the same step before, in this very set-up."""
        return any(c.input_hashes == call.input_hashes for c in self.done(call.role, call.method, call.place))

    def outputs_for(self, call: CallFact) -> dict[str, str]:
        """What each role gave out in the step before a call: prepare before make, else the call of the round before."""
        found: dict[str, str] = {}
        for other in self.setup.calls:
            if other.place >= call.place or other.output_hash is None or other.role is None or other.failed:
                continue
            is_before = (
                other.method == PREPARE
                if call.method == MAKE
                else other.round == call.round - 1 and other.method in {MAKE, EXCHANGE}
            )
            if is_before:
                found[other.role] = other.output_hash
        return found

    def evidence(self, fact: Fact, what: str, *, at_end: bool = False, setup: SetupFacts | None = None) -> Evidence:
        """A fact as evidence; of a call its start, or its end."""
        return evidence_of(setup or self.setup, fact, what, at_end=at_end)

    def ids_of(self, other: SetupFacts) -> tuple[str, ...]:
        """The escrow of a set-up that took part; none where it is another set-up of the same escrow."""
        return () if other.escrow_id == self.setup.escrow_id else (other.escrow_id,)

    def met_others(self, call: CallFact) -> bool:
        """Whether another set-up may have been at the port of a call at any time until its end."""
        start, end = self.setup.start_nano, call.last_nano
        found = self.encounters.on_port(self.setup, call.port, start, end, call.address)
        return bool(found) or self.may_lack_others(call.port, start, end)

    def may_lack_others(self, port: int | None, since_nano: int, until_nano: int) -> bool:
        """Whether others may have done more on a port within a time than their records tell."""
        return self.encounters.may_hide(self.setup, port, since_nano, until_nano)
