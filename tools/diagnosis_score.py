"""How often the rules name the right cause: a confusion matrix over the corpus, for OTLP and for legacy input apart.

Run by ``make diagnosis-score``. The rules were written against the half of the corpus that is marked ``written``; the
figures that count are those of the other half, which is judged unless another one is asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.diagnosis import diagnose
from otel_multisig.diagnosis.facts import SetupFacts
from otel_multisig.sources import load, open_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.diagnosis import Diagnosis

CORPUS: Final = Path(__file__).parent.parent / "tests" / "corpus"
FORMS: Final = ("otlp", "legacy")
HALVES: Final = ("held", "written")
HEALTHY: Final = "healthy"
AIM: Final = 0.99


class Truth(msgspec.Struct, frozen=True):
    """What was done to a set-up, or as much of it as a form can show."""

    fault: str | None
    role: str | None = None
    round: int | None = None
    interfering: tuple[str, ...] = ()


class Label(msgspec.Struct, frozen=True):
    """One set-up of the corpus, as the driver that provoked its fault labelled it."""

    group: str
    setup_id: str
    scenario: str
    half: str
    truth: Truth
    legacy: Truth

    def of(self, form: str) -> Truth:
        """What a verdict on this form should say."""
        return self.truth if form == "otlp" else self.legacy


class Judged(msgspec.Struct, frozen=True):
    """One set-up's label beside what the rules said of it."""

    label: Label
    truth: Truth
    said: Truth
    sure: bool

    @property
    def right(self) -> bool:
        """Whether cause, role and round are right; of a healthy one, that there is no verdict.

        Where a form leaves two causes open, its label names the likelier; that which was really done is right as well.
        """
        said = self.said
        return any(
            (said.fault, said.role, said.round) == (truth.fault, truth.role, truth.round)
            for truth in (self.truth, self.label.truth)
        )

    @property
    def claims_more(self) -> bool:
        """Whether it is surely said, and wrong."""
        return self.sure and not self.right

    @property
    def false_alarm(self) -> bool:
        """Whether a healthy set-up got a verdict."""
        return self.truth.fault is None and self.said.fault is not None and not self.right


def read_labels(half: str | None = None, corpus: Path = CORPUS) -> list[Label]:
    """The labels of one half of the corpus; of all of it where none is named."""
    labels = msgspec.json.decode((corpus / "labels.json").read_bytes(), type=list[Label])
    return [label for label in labels if half in {None, label.half}]


def judge(labels: Sequence[Label], form: str, corpus: Path = CORPUS) -> list[Judged]:
    """Read the set-ups in one form, all together as a user's folder would be, and set the verdicts beside the labels.

    Raises:
        LookupError: A recording is missing.
    """
    pattern = "*otlp.jsonl.gz" if form == "otlp" else "escrow_*.json.gz"
    groups = sorted({label.group for label in labels})
    paths = [str(path) for group in groups for path in sorted((corpus / group).glob(pattern))]
    loaded = load(open_sources(paths))
    if loaded.problems:
        raise LookupError(str(loaded.problems[0]))
    found = {
        diagnosis.setup.setup_id: diagnosis for diagnosis in diagnose([SetupFacts.of(trace) for trace in loaded.traces])
    }
    missing = [label.setup_id for label in labels if label.setup_id not in found]
    if missing:
        raise LookupError(f"the corpus holds no {form} of {', '.join(missing)}")
    return [_judge(label, label.of(form), found[label.setup_id]) for label in labels]


def _judge(label: Label, truth: Truth, diagnosis: Diagnosis) -> Judged:
    verdict = diagnosis.verdict
    if verdict is None:
        return Judged(label, truth, Truth(None), sure=False)
    said = Truth(str(verdict.kind), verdict.role, verdict.round, verdict.interfering)
    return Judged(label, truth, said, sure=verdict.sure)


def share(judged: Iterable[bool]) -> float:
    """The share of those that are true, 1 where there is none."""
    all_of_them = list(judged)
    return sum(all_of_them) / len(all_of_them) if all_of_them else 1.0


def matrix_lines(judged: Sequence[Judged]) -> list[str]:
    """A row for each cause that was provoked, with how often which cause was said."""
    counts = Counter((one.truth.fault or HEALTHY, one.said.fault or HEALTHY) for one in judged)
    names = sorted({name for pair in counts for name in pair}, key=lambda name: (name == HEALTHY, name))
    letters = {name: chr(ord("a") + place) for place, name in enumerate(names)}
    lines = [f"{'provoked':<33}  n  " + "".join(f"{letters[name]:>3}" for name in names) + "  recall  precision"]
    for name in names:
        row = [counts[name, said] for said in names]
        total, hits = sum(row), counts[name, name]
        said_so = sum(counts[truth, name] for truth in names)
        lines.append(
            f"{letters[name]} {name:<30} {total:>3}  "
            + "".join(f"{count or '.':>3}" for count in row)
            + f"  {_percent(hits, total):>6}  {_percent(hits, said_so):>9}"
        )
    return lines


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def summary_lines(judged: Sequence[Judged]) -> list[str]:
    """The figures that are compared with the aim."""
    faulty = [one for one in judged if one.truth.fault is not None]
    healthy = [one for one in judged if one.truth.fault is None]
    met = [one for one in faulty if one.truth.interfering]
    causes = [one.said.fault in {one.truth.fault, one.label.truth.fault} for one in faulty]
    others = [
        set(one.said.interfering) in (set(one.truth.interfering), set(one.label.truth.interfering)) for one in met
    ]
    return [
        f"root cause, role and round right: {_share([one.right for one in faulty])} (aim {AIM:.0%})",
        f"  root cause right:               {_share(causes)}",
        f"  the other escrows right:        {_share(others)}",
        f"surely said and wrong:            {sum(one.claims_more for one in judged)} (aim 0)",
        f"false alarms on healthy set-ups:  {sum(one.false_alarm for one in healthy)} of {len(healthy)} (aim 0)",
    ]


def _share(right: Sequence[bool]) -> str:
    return f"{sum(right)} of {len(right)}, {100 * share(right):.1f} %"


def reaches_aim(judged: Sequence[Judged]) -> bool:
    """Whether the figures are what they should be."""
    right = share(one.right for one in judged if one.truth.fault is not None)
    return right >= AIM and not any(one.claims_more or one.false_alarm for one in judged)


def wrong_lines(judged: Sequence[Judged]) -> list[str]:
    """Each set-up that was judged wrongly: what was done, and what was said."""
    return [
        f"  {one.label.group} {one.label.setup_id} ({one.label.scenario}): "
        f"{_words(one.truth)}, said {'surely ' if one.sure else ''}{_words(one.said)}"
        for one in judged
        if not one.right
    ]


def _words(truth: Truth) -> str:
    return HEALTHY if truth.fault is None else f"{truth.fault} {truth.role or '-'} round {truth.round}"


def main() -> int:
    """Print the figures; 1 where one falls short of its aim."""
    parser = argparse.ArgumentParser(description="Say how often the rules name the right cause.")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="another corpus, recorded by make corpus")
    parser.add_argument("--half", choices=[*HALVES, "both"], default="held", help="which half of the corpus")
    parser.add_argument("--form", choices=FORMS, help="one form only")
    parser.add_argument("--wrong", action="store_true", help="list what was judged wrongly")
    asked = parser.parse_args()
    labels = read_labels(None if asked.half == "both" else asked.half, asked.corpus)
    enough = True
    for form in [asked.form] if asked.form else FORMS:
        judged = judge(labels, form, asked.corpus)
        print(
            f"{form}, half: {asked.half}, {len(judged)} set-ups",
            *matrix_lines(judged),
            *summary_lines(judged),
            sep="\n",
        )
        if asked.wrong:
            print(*wrong_lines(judged), sep="\n")
        print()
        enough &= reaches_aim(judged)
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
