"""What an analysis found as commands to GitHub Actions, which shows them as annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.report._facts_in_words import certainty, fault_and_place, sentence_of
from otel_multisig.report._words import plain
from otel_multisig.report.overview import summary_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.report.results import Judged, Results

__all__ = ["github"]


def github(results: Results) -> str:
    """An error for each fault, a warning for each thing that could not be read, and a line for the log."""
    return "\n".join([*_lines(results), ""])


def _lines(results: Results) -> Iterator[str]:
    for judged in results.faulty:
        yield _annotation(judged)
    for problem in results.problems:
        line = {} if problem.line is None else {"line": str(problem.line)}
        where = f"{problem.place}: " if problem.place else ""
        yield _command("warning", f"{where}{problem.what}; {problem.remedy}", _file(problem.source) | line)
    # The log takes what begins like a command for one.
    yield _data(summary_sentence(results))


def _annotation(judged: Judged) -> str:
    from otel_multisig.diagnosis.remedies import REMEDIES

    verdict = judged.verdict
    assert verdict is not None
    title = fault_and_place(verdict, judged.diagnosis.setup)
    text = (
        f"{sentence_of(judged.diagnosis)} Escrow {judged.escrow_id}; {certainty(verdict)}. "
        f"What to do: {REMEDIES[verdict.kind].page}"  # type: ignore[index]
    )
    return _command("error", text, _file(judged.sources[0] if judged.sources else "") | {"title": title})


def _file(name: str) -> dict[str, str]:
    return {"file": name} if name and name != "-" and "://" not in name else {}


def _command(name: str, text: str, properties: dict[str, str]) -> str:
    known = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name}{' ' if known else ''}{known}::{_data(text)}"


def _data(text: str) -> str:
    return plain(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
