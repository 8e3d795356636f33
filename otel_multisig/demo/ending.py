"""How the demo ends: what was recorded, one verdict a set-up, a page to look at, and what to type next."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from rich.text import Text

from otel_multisig.diagnosis import SetupFacts, diagnose
from otel_multisig.model import Outcome, assemble
from otel_multisig.otlp import decode
from otel_multisig.report import trace_tree
from otel_multisig.report._facts_in_words import cause_in_words
from otel_multisig.report.html import Reported, render_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console

__all__ = ["Ending"]

_WIDTH: Final = 80
_NAME_WIDTH: Final = 9
_INDENT: Final = 2 + _NAME_WIDTH + len("FAULT  ")
_SHORT_ID: Final = 8


class Ending:
    """What became of the demo's set-ups, read back from the file that was written.

    Args:
        recording: The OTLP JSON Lines file.
        names: What to call each escrow, by its id, in the order in which to show them.
    """

    def __init__(self, recording: Path, names: Mapping[str, str]) -> None:
        lines = recording.read_bytes().splitlines()
        found = {trace.escrow_id: trace for trace in assemble(span for line in lines for span in decode(line)).traces}
        self._traces = [found[escrow_id] for escrow_id in names if escrow_id in found]
        self._diagnoses = diagnose(SetupFacts.of(trace) for trace in self._traces)
        self._names = names
        self._recording = recording

    def show_trees(self, console: Console) -> None:
        """Print each set-up as a tree."""
        for trace in self._traces:
            console.print()
            console.print(trace_tree(trace, self._names[trace.escrow_id]))

    def write_page(self, path: Path) -> None:
        """Write the set-ups and their verdicts as one HTML page."""
        reported = [
            Reported(trace, diagnosis, (self._recording.name,))
            for trace, diagnosis in zip(self._traces, self._diagnoses, strict=True)
        ]
        path.write_bytes(render_page(reported, title="otel-multisig demo"))

    def verdicts(self) -> Text:
        """One verdict a set-up, at most 80 columns wide."""
        text = Text()
        for trace, diagnosis in zip(self._traces, self._diagnoses, strict=True):
            verdict = diagnosis.verdict
            text.append(f"  {self._names[trace.escrow_id]:<{_NAME_WIDTH}}")
            if verdict is None:
                well = diagnosis.setup.outcome is Outcome.SUCCESS
                text.append("ok", style="green")
                text.append("     came through\n" if well else "     no rule says why it failed\n")
                continue
            text.append("FAULT  ", style="bold red")
            sentence = textwrap.wrap(f"{self._with_names(cause_in_words(verdict))}.", _WIDTH - _INDENT)
            text.append(f"\n{' ' * _INDENT}".join(sentence))
            sure = "proved by the record" if verdict.sure else "the likeliest of several"
            text.append(f"\n{' ' * _INDENT}{verdict.kind}: {sure}\n", style="dim")
        text.rstrip()
        return text

    def _with_names(self, text: str) -> str:
        """Escrow ids are long, and what sentences have of them is hard to tell apart: here each has a name."""
        for escrow_id, name in self._names.items():
            text = text.replace(escrow_id, name).replace(escrow_id[:_SHORT_ID], name)
        return text
