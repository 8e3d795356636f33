"""The scenarios by name, and what most of them choose among."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otel_multisig.semconv.attributes import SnapshotPoint
from otel_multisig.testing.wallet_servers import ROLES
from tools.corpus.habits import EXCHANGE, MAKE, PREPARE, Habits, Step
from tools.corpus.wire import Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.corpus.driver import Group

__all__ = [
    "NOTHING",
    "SCENARIOS",
    "Scenario",
    "any_round",
    "chance",
    "habits",
    "later_round",
    "method_of",
    "role_of",
    "scenario",
]

SCENARIOS: Final[dict[str, Scenario]] = {}

NOTHING: Final = frozenset[str]()
"""What a client skips all of whose snapshots are needed: else chance may have one left out."""

_LIBRARIES: Final = tuple(Library)
_NOISE: Final = ("get_balance", "refresh", "get_address", "get_height")


@dataclass(frozen=True)
class Scenario:
    """One thing to provoke.

    Attributes:
        name: What it is called.
        number: Its place in time: groups of different scenarios never overlap in their records.
        provoke: What provokes it.
        simulated: How many variants run on simulated wallets.
        real: How many on real ones.
    """

    name: str
    number: int
    provoke: Callable[[Group], None]
    simulated: int
    real: int

    def count(self, kind: str) -> int:
        """How many variants run on wallets of a kind."""
        return self.real if kind == "real" else self.simulated


def scenario(number: int, *, simulated: int, real: int) -> Callable[[Callable[[Group], None]], Callable[[Group], None]]:
    """Register a scenario under its function's name."""

    def register(provoke: Callable[[Group], None]) -> Callable[[Group], None]:
        assert all(other.number != number for other in SCENARIOS.values()), number
        SCENARIOS[provoke.__name__] = Scenario(provoke.__name__, number, provoke, simulated, real)
        return provoke

    return register


def chance(group: Group, share: float) -> bool:
    """Whether something is so that is so in this share of all cases."""
    return group.choose.random() < share


def role_of(group: Group, shift: int = 0) -> str:
    """The role whose turn it is in this variant. Both halves get all three: a half has every other variant."""
    return ROLES[(group.variant + group.variant // 6 + shift) % len(ROLES)]


def any_round(group: Group) -> int:
    """The round whose turn it is in this variant: 1, 2 or 3. Both halves get all three."""
    return 1 + (group.variant // 2) % 3


def later_round(group: Group) -> int:
    """The round whose turn it is in this variant, of those with an exchange: 2 or 3."""
    return 2 + (group.variant // 2) % 2


def method_of(round_number: int) -> str:
    """The last method of a round."""
    return MAKE if round_number == 1 else EXCHANGE


def habits(group: Group, **given: object) -> Habits:
    """How a client goes about it: what is not given is left to chance."""
    choose = group.choose
    made = Habits(
        opens=chance(group, 0.3),
        named=chance(group, 0.7),
        library=choose.choice(_LIBRARIES),
        skips=frozenset({choose.choice(tuple(SnapshotPoint))}) if chance(group, 0.1) else frozenset(),
    )
    if chance(group, 0.3):
        for _ in range(choose.randrange(1, 4)):
            made.chatter[_any_step(group)] = choose.choice(_NOISE)
    if chance(group, 0.3):
        for _ in range(choose.randrange(1, 5)):
            made.pauses[_any_step(group)] = choose.uniform(0.2, 2.5)
    for name, value in given.items():
        setattr(made, name, value)
    return made


def _any_step(group: Group) -> Step:
    number = group.choose.choice((1, 1, 2, 3))
    methods = (PREPARE, MAKE) if number == 1 else (EXCHANGE,)
    return Step(number, group.choose.choice(ROLES), group.choose.choice(methods))
