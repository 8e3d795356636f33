"""A set-up as a comparison sees it: steps that are known by what they mean, not by where they stand."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

from otel_multisig.semconv.attributes import Outcome

__all__ = ["Aspect", "CallState", "Groups", "Key", "Outline", "Result", "Since", "Step", "StepKind", "differs"]


class StepKind(StrEnum):
    """What a step of a set-up is."""

    SETUP = "setup"
    """The set-up as a whole: `PORTS` or `OUTCOME`."""
    CALL = "call"
    SNAPSHOT = "snapshot"
    """One wallet at one point."""
    POINT = "point"
    """All wallets at one point, side by side."""
    EVENT = "event"
    """Whatever else happened: a lock, a change of state, a fault, what the application wanted to have in the record."""


PORTS: Final = "ports"
OUTCOME: Final = "outcome"


class Aspect(StrEnum):
    """What of a step can differ, apart from how long it took."""

    RESULT = "result"
    INPUTS = "inputs"
    IS_MULTISIG = "is_multisig"
    THRESHOLD = "threshold"
    PARTICIPANTS = "participants"
    ADDRESS_CHANGE = "address_change"
    ADDRESSES = "addresses"
    PORTS = "ports"
    OUTCOME = "outcome"


class CallState(StrEnum):
    """How a call ended."""

    OK = "ok"
    FAILED = "failed"
    OPEN = "open"
    """Its end was never recorded, or the end of the process was its end."""


class Result(msgspec.Struct, frozen=True, gc=False):
    """How a call ended, and what the error said.

    Attributes:
        state: whether it came through.
        code: the code of the error, None where it is not known.
        text: what the error said.
        meaning: what that means, None where nobody knows: the legacy form lost codes and rewrote texts.
    """

    state: CallState
    code: int | None = None
    text: str | None = None
    meaning: str | None = None

    def differs(self, other: Result) -> bool:
        """Whether they ended in another way, or with an error of another meaning."""
        if self.state is not other.state or self.state is not CallState.FAILED:
            return self.state is not other.state
        if self.meaning is not None and other.meaning is not None:
            return self.meaning != other.meaning
        if self.code is not None and other.code is not None:
            return self.code != other.code
        return self.text is not None and other.text is not None and self.text != other.text


class Since(msgspec.Struct, frozen=True, gc=False):
    """Whether a wallet has another address than at its snapshot before.

    Attributes:
        point: where the snapshot before was taken.
        changed: whether the addresses differ.
    """

    point: str
    changed: bool


class Groups(msgspec.Struct, frozen=True, gc=False):
    """Which roles agree: about an address, about a port. What they agree about differs from set-up to set-up.

    Attributes:
        groups: the roles that agree stand together.
    """

    groups: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, values: dict[str, Any]) -> Groups:
        """The roles by the value that each has."""
        by_value: dict[Any, list[str]] = {}
        for role, value in values.items():
            by_value.setdefault(value, []).append(role)
        return cls(tuple(tuple(roles) for roles in by_value.values()))

    @property
    def roles(self) -> frozenset[str]:
        """All roles."""
        return frozenset(role for group in self.groups for role in group)

    def among(self, roles: frozenset[str]) -> frozenset[frozenset[str]]:
        """Who of these roles agree."""
        return frozenset(kept for group in self.groups if (kept := roles.intersection(group)))

    def differs(self, other: Groups) -> bool:
        """Whether the roles that both know agree in another way."""
        both = self.roles & other.roles
        return self.among(both) != other.among(both)

    def odd_ones(self) -> tuple[str, ...]:
        """The roles outside of the largest group; none where there is no one largest."""
        sizes = sorted((len(group) for group in self.groups), reverse=True)
        if len(sizes) < 2 or sizes[0] == sizes[1]:  # noqa: PLR2004 - one alone, or two of a size
            return ()
        return tuple(role for group in self.groups if len(group) != sizes[0] for role in group)


class Key(msgspec.Struct, frozen=True, gc=False):
    """What a step means: two steps of two set-ups with equal keys are the same step.

    Attributes:
        kind: what it is.
        round: the round, None where it belongs to none or the record does not tell.
        role: whose wallet it is about.
        name: the method, the point, or the name of the event.
        occurrence: the first, the second of its kind, round, role and name, from 1.
    """

    kind: StepKind
    round: int | None
    role: str | None
    name: str
    occurrence: int = 1


class Step(msgspec.Struct, frozen=True, gc=False):
    """One step of a set-up.

    Attributes:
        key: what it means.
        place: its place in the set-up, from 0: steps are compared by their keys, shown by their places.
        time_unix_nano: when it began, or happened.
        duration_nano: how long it took, None where that is not known or means nothing.
        wait_nano: how long nothing that was recorded had happened before it, for calls.
        values: what is known of it; what is not known is not there.
        number: its place in the set-up's legacy recording, from 1.
        end_number: the place of its end there, for calls.
        sequence: its place in the set-up's own count.
        text: what an error says that is no call's.
        retried: it is a call that failed, and came through when it was made again; or it is such a second call.
    """

    key: Key
    place: int
    time_unix_nano: int
    duration_nano: int | None = None
    wait_nano: int | None = None
    values: dict[Aspect, Any] = {}
    number: int | None = None
    sequence: int | None = None
    end_number: int | None = None
    text: str | None = None
    retried: bool = False


class Outline(msgspec.Struct, frozen=True):
    """A set-up as a comparison sees it.

    Attributes:
        escrow_id: the escrow.
        setup_id: the set-up.
        outcome: how it ended, None where the record does not say.
        start_nano: when it began, nanoseconds since the epoch.
        duration_nano: from its first to its last event.
        steps: in their order.
        legacy: whether it comes from a legacy recording, which knows nothing of most calls.
        lossy: whether something of the record was lost.
    """

    escrow_id: str
    setup_id: str
    outcome: Outcome | None
    start_nano: int
    duration_nano: int
    steps: tuple[Step, ...]
    legacy: bool = False
    lossy: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether it is known to have come through."""
        return self.outcome is Outcome.SUCCESS


def differs(aspect: Aspect, one: Any, other: Any) -> bool:
    """Whether two set-ups differ in what `aspect` is about; not where one of them does not tell.

    Args:
        aspect: what is compared.
        one: what the one has: the value that a `Step` has for it.
        other: what the other has.
    """
    if one is None or other is None:
        return False
    if aspect in {Aspect.RESULT, Aspect.ADDRESSES, Aspect.PORTS}:
        return bool(one.differs(other))
    if aspect is Aspect.ADDRESS_CHANGE:
        return bool(one.point == other.point and one.changed != other.changed)
    return bool(one != other)
