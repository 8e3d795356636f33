"""What a conversion to a folder did, for people and for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.legacy import RecordingState
from otel_multisig.sinks import Change, RecordingExistsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from otel_multisig.model import EscrowTrace
    from otel_multisig.sinks import LegacyFolder, Written
    from otel_multisig.sources import Loaded

__all__ = ["Conversion", "convert", "count"]

_REPORT_VERSION: Final = 1
_EMPTY: Final = "it has no events"


class _Skipped(msgspec.Struct, frozen=True):
    trace: EscrowTrace
    why: str


def convert(loaded: Loaded, folder: LegacyFolder, *, replace: bool, advance: Callable[[int], None]) -> Conversion:
    """Write set-ups into a folder; stops where that takes no more.

    Args:
        loaded: the set-ups.
        folder: where they go.
        replace: whether files that they have there already may be replaced.
        advance: is told of each set-up that was done.
    """
    conversion = Conversion(loaded, folder.folder)
    for trace in loaded.traces:
        try:
            conversion.add(trace, folder.write(trace, replace=replace))
        except RecordingExistsError as error:
            conversion.skip(trace, f"{error.path} exists and differs; --force replaces it", harmless=False)
        except OSError as error:
            conversion.error = f"cannot write into {folder.folder}: {error.strerror or error}"
            break
        advance(1)
    return conversion


class Conversion:
    """What became of the set-ups of some sources."""

    def __init__(self, loaded: Loaded, folder: Path) -> None:
        self.error: str | None = None
        """What stopped it before its end."""
        self._loaded = loaded
        self._folder = folder
        self._written: list[tuple[EscrowTrace, Written]] = []
        self._skipped: list[_Skipped] = []
        self._refused = False

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was done."""
        return self.error is None and not self._refused and not self._loaded.problems

    def add(self, trace: EscrowTrace, written: Written) -> None:
        """A set-up was written, or found to have no events."""
        if written.change is Change.EMPTY:
            self.skip(trace, _EMPTY, harmless=True)
        else:
            self._written.append((trace, written))

    def skip(self, trace: EscrowTrace, why: str, *, harmless: bool) -> None:
        """A set-up was not written."""
        self._skipped.append(_Skipped(trace, why))
        self._refused = self._refused or not harmless

    def skipped_lines(self) -> list[str]:
        """For people: what was skipped, and why."""
        return [f"skipped {skipped.trace.setup_id}: {skipped.why}" for skipped in self._skipped]

    def summary(self) -> str:
        """For people: one line."""
        if not self._loaded.traces:
            return f"no set-up found ({count(self._loaded.foreign_spans, 'other span')}){self._problems()}"
        states = Counter(written.state for _, written in self._written)
        unchanged = sum(written.change is Change.UNCHANGED for _, written in self._written)
        notes = [
            f"{number} {word}"
            for number, word in (
                (states[RecordingState.FAILED], "failed"),
                (states[RecordingState.PARTIAL], "partial"),
                (unchanged, "unchanged"),
            )
            if number
        ]
        text = f"{count(len(self._written), 'set-up')} converted into {self._folder}"
        text += f" ({', '.join(notes)})" if notes else ""
        text += f", {len(self._skipped)} skipped" if self._skipped else ""
        return text + self._problems()

    def as_json(self) -> str:
        """For programs: everything."""
        report = {
            "version": _REPORT_VERSION,
            "folder": str(self._folder),
            "converted": [
                self._about(trace)
                | {
                    "file": str(written.path),
                    "state": written.state.name.lower(),
                    "change": written.change.value,
                    "events": written.events,
                }
                for trace, written in self._written
            ],
            "skipped": [self._about(skipped.trace) | {"why": skipped.why} for skipped in self._skipped],
            "problems": [
                {
                    "source": problem.origin.source,
                    "line": problem.origin.line,
                    "what": problem.what,
                    "remedy": problem.remedy,
                }
                for problem in self._loaded.problems
            ],
            "other_spans": self._loaded.foreign_spans,
            "error": self.error,
        }
        return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()

    def _about(self, trace: EscrowTrace) -> dict[str, Any]:
        return {
            "escrow_id": trace.escrow_id,
            "setup_id": trace.setup_id,
            "sources": self._loaded.origins.get(trace.setup_id, ()),
        }

    def _problems(self) -> str:
        number = len(self._loaded.problems)
        return f"; {count(number, 'problem')} in the input, see above" if number else ""


def count(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
