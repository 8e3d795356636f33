"""What stands around a verdict, in plain words that every form of a report shares: no markup, no styles."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from otel_multisig.model import Outcome, split_setup_id
from otel_multisig.report._words import format_duration, plain, round_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.diagnosis import Diagnosis, Finding
    from otel_multisig.diagnosis.facts import SetupFacts
    from otel_multisig.report.results import Judged, Results

__all__ = [
    "arose",
    "cause_in_words",
    "certainty",
    "commands_of",
    "ending",
    "escrow_of",
    "fault_and_place",
    "involved_setups",
    "place_of",
    "sentence_of",
    "short_names",
    "with_full_stop",
]

_ANALYZE: Final = "otel-multisig analyze "
_LIKELY: Final = "Likely cause: "
_EXCHANGE: Final = "exchange_multisig_keys"
_ROUNDS: Final = 3
_SHORT_ID: Final = 8


def sentence_of(diagnosis: Diagnosis) -> str:
    """The verdict in one sentence, with a set-up that has no fault too."""
    verdict = diagnosis.verdict
    return _sentence_of_healthy(diagnosis) if verdict is None else with_full_stop(plain(cause_in_words(verdict)))


def cause_in_words(finding: Finding) -> str:
    """What a finding says, in every form of a report: as likely where the record does not prove it.

    Not for what followed from a finding: that stands below its cause as it was recorded.
    """
    return finding.sentence if finding.sure else f"{_LIKELY}{finding.sentence}"


def with_full_stop(text: str) -> str:
    """A sentence as it stands by itself."""
    # A name like make_multisig begins no sentence with a capital.
    if "_" not in text.partition(" ")[0]:
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", '"')) else f"{text}."


def _sentence_of_healthy(diagnosis: Diagnosis) -> str:
    """What is to be said of a set-up in which no rule found a fault."""
    setup = diagnosis.setup
    took = format_duration(setup.last_nano - setup.start_nano)
    if setup.outcome == Outcome.SUCCESS:
        return f"No fault: the set-up came through in {took}."
    if setup.outcome == Outcome.INTERRUPTED:
        return f"No fault: the set-up was interrupted after {took}, and nothing was wrong until then."
    if setup.outcome == Outcome.FAILURE:
        return f"The set-up failed after {took}, and no rule says why."
    return f"No fault so far: the record ends after {took}, without an end of the set-up."


def ending(diagnosis: Diagnosis) -> str:
    """How a set-up ended, and after how long."""
    setup = diagnosis.setup
    took = format_duration(setup.last_nano - setup.start_nano)
    words = {
        Outcome.SUCCESS: f"came through in {took}",
        Outcome.FAILURE: f"failed after {took}",
        Outcome.INTERRUPTED: f"interrupted after {took}",
    }
    outcome = setup.outcome
    return words[Outcome(outcome)] if outcome is not None else f"not ended, last seen after {took}"


def place_of(finding: Finding, setup: SetupFacts | None = None) -> str:
    """Whose wallet it was, and when it arose.

    Args:
        finding: what was found.
        setup: the set-up, which may have had more rounds than the usual three.
    """
    parts = (plain(finding.role) if finding.role else "", arose(finding, setup))
    return ", ".join(part for part in parts if part)


def fault_and_place(finding: Finding, setup: SetupFacts | None = None) -> str:
    """The kind of fault, and where and when it arose."""
    place = place_of(finding, setup)
    return f"{finding.kind}: {place}" if place else str(finding.kind)


def arose(finding: Finding, setup: SetupFacts | None = None) -> str:
    """When it arose; "" where nobody knows."""
    exchanges = [] if setup is None else [call.round for call in setup.calls if call.method == _EXCHANGE]
    return round_in_words(finding.round, max(_ROUNDS, *exchanges, 0))


def certainty(finding: Finding) -> str:
    """How sure it is, and what else it could be."""
    if finding.sure:
        return "proved by the record"
    if not finding.others:
        return "likely, not proved by the record"
    return f"likely, not proved by the record; it could also be {_faults_in_words(finding.others)}"


def _faults_in_words(names: Sequence[str]) -> str:
    """Names in a row: ``race, timeout or stalled``."""
    texts = [str(name) for name in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def escrow_of(setup_id: str) -> str:
    """The escrow that a set-up's id names, fit for a terminal."""
    return plain(split_setup_id(setup_id)[0])


def involved_setups(finding: Finding, own: str) -> tuple[str, ...]:
    """The ids of the other set-ups in whose records its evidence stands, in order of mention."""
    found: dict[str, None] = {}
    for evidence in finding.evidence:
        found[evidence.setup_id] = None
    for consequence in finding.consequences:
        found.update(dict.fromkeys(involved_setups(consequence, own)))
    found.pop(own, None)
    return tuple(found)


def short_names(escrow_ids: Iterable[str]) -> dict[str, str]:
    """For each escrow the first characters of its id, where they tell it from the others; else the whole id."""
    ids = dict.fromkeys(escrow_ids)
    shorts = [escrow_id[:_SHORT_ID] for escrow_id in ids]
    if len(set(shorts)) < len(ids):
        return {escrow_id: plain(escrow_id) for escrow_id in ids}
    return {escrow_id: plain(short) for escrow_id, short in zip(ids, shorts, strict=True)}


def _source_argument(sources: Sequence[str]) -> str | None:
    """The first of the sources as it is typed in a shell; None where none can be."""
    name = next((name for name in sources if name != "-" and name.isprintable()), None)
    if name is None:
        return None
    # What begins like an option would be read as one.
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def commands_of(finding: Finding, judged: Judged, results: Results) -> tuple[str, ...]:
    """The commands of a fault's remedy, with the port and the recording of this set-up filled in."""
    from otel_multisig.diagnosis.remedies import REMEDIES

    own = judged.diagnosis.setup.setup_id
    ports = [evidence.port for evidence in finding.evidence if evidence.setup_id == own] or [None]
    port = next((port for port in ports if port is not None), None)
    remedy = REMEDIES[finding.kind]  # type: ignore[index]
    lines = remedy.commands_for(port=port, source=_source_argument(judged.sources))
    if judged.sources and results.holds_more(judged.sources[0]) and judged.escrow_id.isprintable():
        chosen = f" --escrow-id {shlex.quote(judged.escrow_id)}"
        lines = tuple(f"{line}{chosen}" if line.startswith(_ANALYZE) else line for line in lines)
    return tuple(plain(line) for line in lines)
