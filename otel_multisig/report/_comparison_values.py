"""What was recorded of a step, as a part of a sentence: how a call ended, what a wallet was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_multisig.diagnosis.comparison import Aspect, CallState, Groups
from otel_multisig.report._words import format_duration, number_of, plain
from otel_multisig.report.comparison_words import join, name_of, short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from otel_multisig.diagnosis.comparison import Result, Since, Step

__all__ = ["outcome_in_words", "result_in_words", "subject_of", "took", "value_in_words"]

# A failure within a tenth of a second is one at once.
_LONG: Final = 100_000_000
_OUTCOMES: Final = {
    "success": "came through",
    "failure": "failed",
    "interrupted": "was interrupted",
    "unfinished": "never ended",
}


def value_in_words(aspect: Aspect, value: Any) -> str:
    """What a wallet was, or which infos a call was given: ``was multisig``, ``all agree``."""
    return _VALUES[aspect](value)


def subject_of(aspect: Aspect, step: Step) -> str:
    """Who or what a sentence about a step's state is about."""
    if aspect is Aspect.INPUTS:
        return name_of(step)
    if aspect is Aspect.PORTS:
        return "servers:"
    at = short(step.key.name) or "a snapshot"
    if aspect is Aspect.ADDRESSES:
        return f"addresses at {at}:"
    return f"{short(step.key.role)}'s wallet at {at}" if step.key.role else f"the wallet at {at}"


def result_in_words(step: Step, result: Result) -> str:
    """How a call ended: ``failed with -28 after 800 ms``."""
    if result.state is CallState.OPEN:
        return "never ended"
    if result.state is CallState.OK:
        return f"took {took(step)}"
    with_code = f" with {result.code}" if result.code is not None else ""
    meaning = f" ({result.meaning.replace('_', ' ')})" if not with_code and result.meaning is not None else ""
    after = f" after {took(step)}" if (step.duration_nano or 0) >= _LONG else ""
    return f"failed{with_code}{meaning}{after}"


def took(step: Step) -> str:
    """How long a step took."""
    return "?" if step.duration_nano is None else format_duration(step.duration_nano)


def outcome_in_words(step: Step, outcome: str) -> str:
    """How a set-up ended, and after how long."""
    after = "in" if outcome == "success" else "after"
    return f"{_OUTCOMES.get(outcome, plain(outcome))} {after} {took(step)}"


def _of_multisig(value: Any) -> str:
    return "was multisig" if value else "was plain"


def _of_change(since: Since) -> str:
    told = "had another address than" if since.changed else "had the same address as"
    return f"{told} at {short(since.point)}"


def _of_groups(groups: Groups) -> str:
    roles = [join(short(role) for role in group) for group in groups.groups]
    if len(roles) == 1:
        return "all agree" if len(groups.groups[0]) > 1 else f"only {roles[0]}'s is known"
    if len(roles) == len(groups.roles):
        return "all differ"
    odd = groups.odd_ones()
    if odd:
        verb = "differs" if len(odd) == 1 else "differ"
        return f"{join(f'{short(role)}' + chr(39) + 's' for role in odd)} {verb} from the others'"
    return ", ".join(f"{group} agree" if " and " in group else f"{group} stands alone" for group in roles)


def _of_servers(groups: Groups) -> str:
    shared = [join(short(role) for role in group) for group in groups.groups if len(group) > 1]
    return f"{', '.join(shared)} share one" if shared else "each role has its own"


def _of_inputs(inputs: Sequence[tuple[str | None, int | None]]) -> str:
    strange = sum(maker == (None, None) for maker in inputs)
    made = [
        f"{short(role) if role else 'an unknown role'}'s of round {number}"
        for role, number in inputs
        if (role, number) != (None, None)
    ]
    if strange:
        made.append("one info that no call of this set-up made" if strange == 1 else f"{strange} infos from elsewhere")
    return f"was given {join(made)}"


_VALUES: Final[dict[Aspect, Callable[[Any], str]]] = {
    Aspect.IS_MULTISIG: _of_multisig,
    Aspect.THRESHOLD: lambda value: f"needed {number_of(value, 'signature')}",
    Aspect.PARTICIPANTS: lambda value: f"had {number_of(value, 'participant')}",
    Aspect.ADDRESS_CHANGE: _of_change,
    Aspect.ADDRESSES: _of_groups,
    Aspect.PORTS: _of_servers,
    Aspect.INPUTS: _of_inputs,
}
