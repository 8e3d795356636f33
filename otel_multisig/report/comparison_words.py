"""What a comparison found, in sentences. No text of a record gets in but made visible by `plain`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from otel_multisig.diagnosis.comparison import Aspect, CallState, DifferenceKind, Groups, StepKind
from otel_multisig.report._words import format_duration, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from otel_multisig.diagnosis.comparison import Difference, Result, Since, Step, Unusual

__all__ = [
    "count",
    "describe_difference",
    "describe_differences",
    "describe_steps",
    "describe_unusual",
    "describe_unusuals",
    "detail_of",
    "join",
    "likeness",
    "name_of",
    "percent",
    "short",
    "unusual_likeness",
]

_LONGEST_NAME: Final = 120
_LONGEST_TEXT: Final = 200
_NUMBERS: Final = ("", "", "second ", "third ")
_OUTCOMES: Final = {
    "success": "came through",
    "failure": "failed",
    "interrupted": "was interrupted",
    "unfinished": "never ended",
}


def count(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(rate: float) -> str:
    """A rate as a reader wants it, with two digits that tell: `25 %`, `2.5 %`, `0.03 %`, `100 %`."""
    value = 100 * rate
    if value in {0, 100} or value >= 10:  # noqa: PLR2004 - from ten on, and of the ends, no decimals
        return f"{value:.0f} %"
    decimals = 1 if value >= 1 else 1 - math.floor(math.log10(value))
    return f"{f'{value:.{decimals}f}'.rstrip('0').rstrip('.')} %"


def short(text: str, longest: int = _LONGEST_NAME) -> str:
    """Text of a record, safe to show and not endless."""
    text = plain(text)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def name_of(step: Step) -> str:
    """What a step is called within a sentence: ``buyer's make_multisig``."""
    key = step.key
    whose = f"{short(key.role)}'s " if key.role else ""
    number = _NUMBERS[key.occurrence] if key.occurrence < len(_NUMBERS) else f"{key.occurrence}th "
    if key.kind is StepKind.CALL:
        of_round = f" of round {key.round}" if key.name == "exchange_multisig_keys" and key.round else ""
        return f"{whose}{number}{short(key.name) or 'call'}{of_round}"
    if key.kind is StepKind.SNAPSHOT:
        return f"{whose}{number}snapshot {short(key.name)}".rstrip()
    if key.kind is StepKind.POINT:
        return f"the wallets at {short(key.name) or 'a snapshot'}"
    if key.kind is StepKind.EVENT:
        return f"{whose}{number}event {short(key.name)}"
    return "the set-up"


def describe_steps(steps: Sequence[Step]) -> str:
    """How many steps of each kind, ``3 calls and 7 snapshots``; "" where there is none."""
    nouns = ((StepKind.CALL, "call"), (StepKind.SNAPSHOT, "snapshot"), (StepKind.EVENT, "event"))
    numbers = [(sum(step.key.kind is kind for step in steps), noun) for kind, noun in nouns]
    words = [count(number, noun) for number, noun in numbers if number]
    return join(words) if words else ""


def join(words: Iterable[str]) -> str:
    """Words as a list within a sentence."""
    *front, last = words
    return f"{', '.join(front)} and {last}" if front else last


def describe_differences(group: Sequence[Difference]) -> str:
    """The same difference at the wallets of several roles in one sentence, without a full stop."""
    first = group[0]
    if len(group) == 1 or first.aspect is None or first.good is None or first.bad is None:
        return describe_difference(first)
    bad, good = (_VALUES[first.aspect](step.values[first.aspect]) for step in (first.bad, first.good))
    roles = join([short(each.step.key.role or "") for each in group])
    told = f"the wallets of {roles} at {short(first.step.key.name)} {_plural(bad)} in BAD; in GOOD they {_plural(good)}"
    return f"{told}{_until(first)}"


def likeness(difference: Difference) -> object:
    """What is equal for the same difference at the wallets of several roles; of all else unlike anything."""
    key, aspect = difference.step.key, difference.aspect
    if aspect is None or key.kind is not StepKind.SNAPSHOT or difference.good is None or difference.bad is None:
        return id(difference)
    values = [str(_VALUES[aspect](step.values[aspect])) for step in (difference.good, difference.bad)]
    return key.name, key.occurrence, aspect, *values, _until(difference)


def _plural(words: str) -> str:
    return f"were {words[4:]}" if words.startswith("was ") else words


def _until(difference: Difference) -> str:
    return "" if difference.until is None else f"; and so until {short(difference.until.key.name)}"


def describe_difference(difference: Difference) -> str:
    """A difference between GOOD and BAD in one sentence, without a full stop."""
    kind, good, bad = difference.kind, difference.good, difference.bad
    if kind is DifferenceKind.EXTRA:
        return f"{name_of(difference.step)} is in BAD only"
    if kind is DifferenceKind.MISSING:
        return f"{name_of(difference.step)} is in GOOD only"
    assert good is not None
    assert bad is not None
    if kind in {DifferenceKind.SLOWER, DifferenceKind.FASTER}:
        return _of_times(name_of(bad), bad.duration_nano or 0, good.duration_nano or 0)
    if kind in {DifferenceKind.WAITED_LONGER, DifferenceKind.WAITED_LESS}:
        waits = [format_duration(step.wait_nano or 0) for step in (bad, good)]
        return f"{waits[0]} passed before {name_of(bad)} in BAD, {waits[1]} in GOOD"
    if kind is DifferenceKind.ORDER:
        return f"{name_of(bad)} has another place among the steps that both have"
    assert difference.aspect is not None
    told = _of_values(difference.aspect, good, bad, good.values[difference.aspect], bad.values[difference.aspect])
    return f"{told}{_until(difference)}"


def describe_unusual(unusual: Unusual) -> str:
    """What is unusual in a set-up, in one sentence, with how many of the good ones are like it."""
    kind, step = unusual.kind, unusual.step
    if kind is DifferenceKind.EXTRA:
        return f"{name_of(step)} is in {_none_or(unusual)} good ones"
    if kind is DifferenceKind.MISSING:
        return f"{name_of(step)} is missing; {unusual.known - unusual.alike} of {unusual.known} good ones have it"
    span = unusual.usual_time
    if span is not None:
        usual = f"{format_duration(span.shortest)} to {format_duration(span.longest)} in {unusual.known} good ones"
        if kind in {DifferenceKind.SLOWER, DifferenceKind.FASTER}:
            took = format_duration(step.duration_nano or 0)
            if unusual.aspect is None:
                return f"{name_of(step)} took {took}; {usual}"
        elif unusual.aspect is None:
            return f"{format_duration(step.wait_nano or 0)} passed before {name_of(step)}; {usual}"
    assert unusual.aspect is not None
    return f"{_of_value(unusual.aspect, step, step.values[unusual.aspect])}, as in {_none_or(unusual)} good ones"


def describe_unusuals(group: Sequence[Unusual]) -> str:
    """The same at the wallets of several roles in one sentence, without a full stop."""
    first = group[0]
    if len(group) == 1 or first.aspect is None:
        return describe_unusual(first)
    roles = join([short(each.step.key.role or "") for each in group])
    told = _plural(_VALUES[first.aspect](first.step.values[first.aspect]))
    return f"the wallets of {roles} at {short(first.step.key.name)} {told}, as in {_none_or(first)} good ones"


def unusual_likeness(unusual: Unusual) -> object:
    """What is equal for the same at the wallets of several roles; of all else unlike anything."""
    key, aspect = unusual.step.key, unusual.aspect
    if aspect is None or key.kind is not StepKind.SNAPSHOT:
        return id(unusual)
    value = str(_VALUES[aspect](unusual.step.values[aspect]))
    return key.name, key.occurrence, aspect, value, unusual.alike, unusual.known


def _none_or(unusual: Unusual) -> str:
    return f"none of {unusual.known}" if not unusual.alike else f"{unusual.alike} of {unusual.known}"


def detail_of(step: Step | None) -> str | None:
    """What an error said, where one did."""
    if step is None:
        return None
    result: Result | None = step.values.get(Aspect.RESULT)
    text = step.text if result is None else result.text
    return short(" ".join(text.split()), _LONGEST_TEXT) if text else None


def _of_times(name: str, in_bad: int, in_good: int) -> str:
    told = f"{name} took {format_duration(in_bad)} in BAD, {format_duration(in_good)} in GOOD"
    longer, shorter = max(in_bad, in_good), min(in_bad, in_good)
    if shorter <= 0 or longer >= 100 * shorter:
        return told
    return f"{told} ({longer / shorter:.1f} times as long in {'BAD' if in_bad > in_good else 'GOOD'})"


def _of_values(aspect: Aspect, good: Step, bad: Step, in_good: Any, in_bad: Any) -> str:
    """How a step differs between GOOD and BAD."""
    if aspect is Aspect.RESULT:
        return _of_results(good, bad, in_good, in_bad)
    if aspect is Aspect.OUTCOME:
        return f"BAD {_of_outcome(bad, in_bad)}; GOOD {_of_outcome(good, in_good)}"
    told_bad, told_good = _VALUES[aspect](in_bad), _VALUES[aspect](in_good)
    return f"{_subject_of(aspect, bad)} {told_bad} in BAD; in GOOD {_PRONOUNS.get(aspect, 'it ')}{told_good}"


def _of_value(aspect: Aspect, step: Step, value: Any) -> str:
    """How a step is, measured by nothing."""
    if aspect is Aspect.RESULT:
        again = ", and came through when it was made again" if step.retried else ""
        return f"{name_of(step)} {_ended(step, value)}{again}"
    if aspect is Aspect.OUTCOME:
        return f"the set-up {_of_outcome(step, value)}"
    return f"{_subject_of(aspect, step)} {_VALUES[aspect](value)}"


def _subject_of(aspect: Aspect, step: Step) -> str:
    """Who or what a sentence about a step's state is about."""
    if aspect is Aspect.INPUTS:
        return name_of(step)
    if aspect is Aspect.PORTS:
        return "servers:"
    at = short(step.key.name) or "a snapshot"
    if aspect is Aspect.ADDRESSES:
        return f"addresses at {at}:"
    return f"{short(step.key.role)}'s wallet at {at}" if step.key.role else f"the wallet at {at}"


def _of_results(good: Step, bad: Step, in_good: Result, in_bad: Result) -> str:
    name = name_of(bad)
    if in_bad.state is CallState.OK:
        return f"{name} {_ended(good, in_good)} in GOOD; in BAD it took {_took(bad)}"
    again = ", and came through when it was made again" if bad.retried else ""
    if in_good.state is CallState.OK:
        return f"{name} {_ended(bad, in_bad)} in BAD{again}; in GOOD it took {_took(good)}"
    return f"{name} {_ended(bad, in_bad)} in BAD{again}; in GOOD it {_ended(good, in_good)}"


def _ended(step: Step, result: Result) -> str:
    if result.state is CallState.OPEN:
        return "never ended"
    if result.state is CallState.OK:
        return f"took {_took(step)}"
    with_code = f" with {result.code}" if result.code is not None else ""
    meaning = f" ({result.meaning.replace('_', ' ')})" if not with_code and result.meaning is not None else ""
    after = f" after {_took(step)}" if (step.duration_nano or 0) >= _LONG else ""
    return f"failed{with_code}{meaning}{after}"


# A failure within a tenth of a second is one at once.
_LONG: Final = 100_000_000


def _took(step: Step) -> str:
    return "?" if step.duration_nano is None else format_duration(step.duration_nano)


def _of_outcome(step: Step, outcome: str) -> str:
    after = "in" if outcome == "success" else "after"
    return f"{_OUTCOMES.get(outcome, plain(outcome))} {after} {_took(step)}"


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
    Aspect.THRESHOLD: lambda value: f"needed {count(value, 'signature')}",
    Aspect.PARTICIPANTS: lambda value: f"had {count(value, 'participant')}",
    Aspect.ADDRESS_CHANGE: _of_change,
    Aspect.ADDRESSES: _of_groups,
    Aspect.PORTS: _of_servers,
    Aspect.INPUTS: _of_inputs,
}
_PRONOUNS: Final = {Aspect.ADDRESSES: "", Aspect.PORTS: ""}
