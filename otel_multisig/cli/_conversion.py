"""What a conversion to a folder did, for people and for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.cli._problems import fields_of
from otel_multisig.legacy import RecordingState
from otel_multisig.sinks import Change, RecordingExistsError
from otel_multisig.sources import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from otel_multisig.cli._jobs import Made
    from otel_multisig.sinks import LegacyFolder, Written

__all__ = ["Conversion", "convert", "count"]

_REPORT_VERSION: Final = 1
_EMPTY: Final = "it has no events"


class _About(msgspec.Struct, frozen=True):
    """What a report says of a set-up; the set-up itself need not stay in memory."""

    escrow_id: str
    setup_id: str
    sources: tuple[str, ...]


class _Skipped(msgspec.Struct, frozen=True):
    about: _About
    why: str


def convert(
    found: Iterable[Made | Problem],
    conversion: Conversion,
    folder: LegacyFolder,
    *,
    replace: bool,
    done: Callable[[], None],
) -> None:
    """Write set-ups into a folder as they come; stops where that takes no more.

    Args:
        found: the set-ups and problems of the sources.
        conversion: is told what becomes of them.
        folder: where they go.
        replace: whether files that they have there already may be replaced.
        done: is called for each set-up that was done.
    """
    for item in found:
        if isinstance(item, Problem):
            conversion.report(item)
            continue
        try:
            conversion.add(item, folder.put(item.recording, replace=replace))
        except RecordingExistsError as error:
            conversion.skip(item, f"{error.path} exists and differs; --force replaces it", harmless=False)
        except OSError as error:
            conversion.error = f"cannot write into {folder.folder}: {error.strerror or error}"
            break
        done()


class Conversion:
    """What became of the set-ups of some sources.

    Args:
        folder: where they go.
        tell: is told of each problem as it is met.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self.error: str | None = None
        """What stopped it before its end."""
        self.other_spans = 0
        """Spans that belong to no set-up."""
        self._folder = folder
        self._tell = tell
        self._written: list[tuple[_About, Written]] = []
        self._skipped: list[_Skipped] = []
        self._problems: list[Problem] = []
        self._refused = False

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was done."""
        return self.error is None and not self._refused and not self._problems

    def report(self, problem: Problem) -> None:
        """Something could not be read."""
        self._problems.append(problem)
        self._tell(f"error: {problem}")

    def add(self, found: Made, written: Written) -> None:
        """A set-up was written, or found to have no events."""
        if written.change is Change.EMPTY:
            self.skip(found, _EMPTY, harmless=True)
        else:
            self._written.append((_about(found), written))

    def skip(self, found: Made, why: str, *, harmless: bool) -> None:
        """A set-up was not written."""
        self._skipped.append(_Skipped(_about(found), why))
        self._refused = self._refused or not harmless

    def skipped_lines(self) -> list[str]:
        """For people: what was skipped, and why."""
        return [f"skipped {skipped.about.setup_id}: {skipped.why}" for skipped in self._skipped]

    def summary(self) -> str:
        """For people: one line."""
        if not self._written and not self._skipped:
            others = f" ({count(self.other_spans, 'other span')})" if self.other_spans else ""
            return f"no set-up found{others}{self._of_problems()}"
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
        return text + self._of_problems()

    def as_json(self) -> str:
        """For programs: everything."""
        report = {
            "version": _REPORT_VERSION,
            "folder": str(self._folder),
            "converted": [
                msgspec.structs.asdict(about)
                | {
                    "file": str(written.path),
                    "state": written.state.name.lower(),
                    "change": written.change.value,
                    "events": written.events,
                }
                for about, written in sorted(self._written, key=lambda item: item[0].setup_id)
            ],
            "skipped": [msgspec.structs.asdict(skipped.about) | {"why": skipped.why} for skipped in self._skipped],
            "problems": [fields_of(problem) for problem in self._problems],
            "other_spans": self.other_spans,
            "error": self.error,
        }
        return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()

    def _of_problems(self) -> str:
        number = len(self._problems)
        return f"; {count(number, 'problem')} in the input, see above" if number else ""


def _about(found: Made) -> _About:
    return _About(found.recording.escrow_id, found.recording.setup_id, found.origins)


def count(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
