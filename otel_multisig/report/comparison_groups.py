"""What belongs together among the things that a comparison found, so that it is told in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from otel_multisig.diagnosis.comparison import Aspect, StepKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from otel_multisig.diagnosis.comparison import Difference, DifferenceKind, Unusual

__all__ = ["alike", "groups_of"]

_Found = TypeVar("_Found", "Difference", "Unusual")

# More than so many of a kind that does not matter are told in one line.
_FEW: Final = 2


def alike(one: _Found, others: Sequence[_Found], likeness: Callable[[_Found], object]) -> list[_Found]:
    """Something that was found, and the same at other roles: all that has an equal likeness."""
    like = likeness(one)
    return [each for each in others if likeness(each) == like]


def groups_of(
    found: Sequence[_Found],
    first: _Found | None,
    likeness: Callable[[_Found], object],
    foldable: Mapping[DifferenceKind, str],
    *,
    whole: bool,
) -> Iterator[tuple[list[_Found], str | None]]:
    """All but the first that matters, in order: what is told in one line, and the words that it is folded under.

    Args:
        found: what was found.
        first: the first that matters, which the headline tells with all that is like it.
        likeness: is equal for the same thing at several roles.
        foldable: the words for many of a kind that do not matter.
        whole: fold nothing, and tell each by itself.
    """
    told = set() if first is None else {id(each) for each in alike(first, found, likeness)}
    plain_ones = {each.step.place for each in found if each.aspect is Aspect.IS_MULTISIG}
    left = [
        each
        for each in found
        if id(each) not in told
        # Another wallet is a matter of course where one is multisig and the other is not.
        and (whole or each.aspect is not Aspect.ADDRESS_CHANGE or each.step.place not in plain_ones)
    ]
    folded = {} if whole else _many_of_a_kind(left, foldable)
    for each in left:
        if id(each) in told:
            continue
        words = foldable[each.kind] if _is_foldable(each) and each.kind in folded else None
        group = [each] if whole else alike(each, left, likeness) if words is None else folded[each.kind]
        told |= {id(one) for one in group}
        yield group, words


def _many_of_a_kind(
    found: Sequence[_Found], foldable: Mapping[DifferenceKind, str]
) -> dict[DifferenceKind, list[_Found]]:
    """What does not matter, by kind, where there is so much of it that one line is enough."""
    groups: dict[DifferenceKind, list[_Found]] = {}
    for each in found:
        if _is_foldable(each) and each.kind in foldable:
            groups.setdefault(each.kind, []).append(each)
    return {kind: group for kind, group in groups.items() if len(group) > _FEW}


def _is_foldable(found: Difference | Unusual) -> bool:
    return not found.matters and found.step.key.kind is not StepKind.SETUP
