"""Steps that only one of two set-ups has: why, and whether it may be what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis.comparison.outline import StepKind
from otel_multisig.diagnosis.methods import EXCHANGE, MAKE, PREPARE, SETUP_METHODS, WALLET_CHANGERS
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from otel_multisig.diagnosis.comparison.outline import Outline, Step

__all__ = ["is_needed", "is_recorded", "last_round", "matters_alone", "methods_of", "part_at_end", "part_by_record"]

# Without these a set-up does not come about. Who was made a collector after `prepare_multisig` ran has none of it.
_NEEDED: Final = frozenset({MAKE, EXCHANGE})
_TROUBLE: Final = frozenset({events.FAULT, upstream.EVENT_EXCEPTION})


def matters_alone(step: Step, *, both_through: bool) -> bool:
    """Whether a step that only one of two set-ups has may be what went wrong.

    Args:
        step: the step.
        both_through: whether both came through all the same.
    """
    if step.key.kind is StepKind.EVENT:
        return step.key.name.split(" ")[0] in _TROUBLE
    if step.key.kind is not StepKind.CALL or step.retried or step.key.name == PREPARE:
        return False
    if step.key.name in _NEEDED:
        return True
    return step.key.name in WALLET_CHANGERS and not both_through


def is_needed(step: Step) -> bool:
    """Whether a step is a call without which a set-up does not come about."""
    return step.key.name in SETUP_METHODS


def is_recorded(step: Step, *, legacy: bool, names: Container[str]) -> bool:
    """Whether a record would have a step if it happened: legacy recordings have few methods, or all.

    Args:
        step: the step.
        legacy: whether the record is a legacy recording.
        names: the methods that are in it.
    """
    return not legacy or step.key.kind is not StepKind.CALL or step.key.name in _NEEDED or step.key.name in names


def part_by_record(alone: Iterable[Step], other: Outline) -> tuple[list[Step], list[Step]]:
    """The steps that a set-up has alone, without those that the record of the other one would not have."""
    names = methods_of(other)
    told: list[Step] = []
    never: list[Step] = []
    for step in alone:
        (told if is_recorded(step, legacy=other.legacy, names=names) else never).append(step)
    return told, never


def methods_of(outline: Outline) -> frozenset[str]:
    """The methods that were called in a set-up."""
    return frozenset(step.key.name for step in outline.steps if step.key.kind is StepKind.CALL)


def part_at_end(
    alone: Iterable[Step], other: Outline, pairs: Sequence[tuple[Step, Step]]
) -> tuple[list[Step], list[Step]]:
    """The steps that one has alone, and those of them that `other` never came to because it ended.

    It had ended for a role where nothing of that role follows that both have; what it did after its error, in rounds
    before that of the error, is not for that reason missing.
    """
    if other.succeeded:
        return list(alone), []
    last: dict[str | None, int] = {}
    for step, _ in pairs:
        if step.key.kind is not StepKind.SETUP:
            last[step.key.role] = max(last.get(step.key.role, -1), step.place)
    ended_in = last_round(other)
    told: list[Step] = []
    never: list[Step] = []
    for step in alone:
        early = step.key.round is not None and step.key.round < ended_in
        (told if early or last.get(step.key.role, -1) > step.place else never).append(step)
    return told, never


def last_round(outline: Outline) -> int:
    """The last round that a set-up came to, 0 for none."""
    return max((step.key.round for step in outline.steps if step.key.round is not None), default=0)
