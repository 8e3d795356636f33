"""What steps are called, and numbers in words. No text of a record gets in but made visible by `plain`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis.comparison import Aspect, StepKind
from otel_multisig.report._words import number_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.diagnosis.comparison import Result, Step

__all__ = ["describe_steps", "detail_of", "join", "name_of", "percent", "short"]

_LONGEST_NAME: Final = 120
_LONGEST_TEXT: Final = 200
_NUMBERS: Final = ("", "", "second ", "third ")


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
    words = [number_of(number, noun) for number, noun in numbers if number]
    return join(words) if words else ""


def join(words: Iterable[str]) -> str:
    """Words as a list within a sentence."""
    *front, last = words
    return f"{', '.join(front)} and {last}" if front else last


def detail_of(step: Step | None) -> str | None:
    """What an error said, where one did."""
    if step is None:
        return None
    result: Result | None = step.values.get(Aspect.RESULT)
    text = step.text if result is None else result.text
    return short(" ".join(text.split()), _LONGEST_TEXT) if text else None
