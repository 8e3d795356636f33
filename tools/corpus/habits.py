"""How clients go about their work, and what their steps are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tools.corpus.wire import Library

__all__ = ["EXCHANGE", "MAKE", "OPEN", "PREPARE", "SNAPSHOT", "Habits", "Step"]

PREPARE: Final = "prepare_multisig"
MAKE: Final = "make_multisig"
EXCHANGE: Final = "exchange_multisig_keys"
SNAPSHOT: Final = "snapshot"
OPEN: Final = "open"
"""The step in which a wallet is created or opened."""


class Step(NamedTuple):
    """What a client is about to do: in which round, to whose wallet, what."""

    round: int
    role: str
    what: str


@dataclass(kw_only=True)
class Habits:
    """How a client goes about its work.

    Attributes:
        opens: Its wallets were made some time before; it opens them. Else it creates them.
        made: Its wallets need not be made: the driver has.
        named: Its wallet files bear role and escrow id.
        reopens: It opens its wallets again before rounds 2 and 3, though they are open.
        late: It begins to trace when its wallets are prepared.
        skips: Snapshots that are not taken.
        params: It hands the parameters of its calls over to be recorded.
        carries_on: It goes on to the end after calls that failed.
        ignores_opens: It goes on after opens that failed.
        retries: It calls again, so many times, where there was no answer.
        library: Whose exceptions it raises.
        chatter: Calls that it makes besides, by the step before which it makes them.
        pauses: Seconds that it waits before a step.
    """

    opens: bool = False
    made: bool = False
    named: bool = True
    reopens: bool = False
    late: bool = False
    skips: frozenset[str] = frozenset()
    params: bool = True
    carries_on: bool = False
    ignores_opens: bool = False
    retries: int = 0
    library: Library = Library.OWN
    chatter: dict[Step, str] = field(default_factory=dict)
    pauses: dict[Step, float] = field(default_factory=dict)
