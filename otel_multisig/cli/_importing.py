"""What `import-json` does with each set-up, and what came of it, for people and for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from otel_multisig.cli._conversion import count
from otel_multisig.cli._problems import fields_of
from otel_multisig.cli._verification import NotVerifiedError
from otel_multisig.model import EscrowTrace, assemble, disassemble, setup_id_of
from otel_multisig.otlp import encode_protobuf
from otel_multisig.sinks.limits import find_excess
from otel_multisig.sinks.otlp_push import PushError
from otel_multisig.sinks.reduction import reduce
from otel_multisig.sources import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from otel_multisig.cli._verification import Verifier
    from otel_multisig.model import SpanRecord
    from otel_multisig.sinks.limits import Limits
    from otel_multisig.sinks.otlp_push import OtlpPush
    from otel_multisig.sources import Source

__all__ = ["FileTarget", "Importing", "LiveTarget", "NotTakenError", "Target"]

_REPORT_VERSION: Final = 1
_VERIFIED_AT_ONCE: Final = 25


class NotTakenError(Exception):
    """A set-up that did not get to where it should; the text says why."""


class Target(Protocol):
    """Where set-ups go."""

    @property
    def name(self) -> str:
        """What people call it."""

    def put(self, trace: EscrowTrace) -> None:
        """Take a set-up.

        Raises:
            NotTakenError: this one is not taken.
            OSError: nothing is taken any more.
        """

    def settle(self) -> dict[str, str]:
        """Make sure that what was put is there: the set-ups of which that is not so, and why."""


class FileTarget:
    """A file of OTLP; `write` writes a set-up into it."""

    def __init__(self, name: str, write: Callable[[EscrowTrace], int]) -> None:
        self.name: Final = name
        self._write = write

    def put(self, trace: EscrowTrace) -> None:
        """Write a set-up."""
        self._write(trace)

    def settle(self) -> dict[str, str]:
        """What was written is there."""
        return {}


class LiveTarget:
    """An OTLP endpoint, and the backend behind it, which is asked whether it has what it was sent."""

    def __init__(
        self, name: str, push: OtlpPush, limits: Limits, verifier: Verifier | None, *, keep_sensitive: bool
    ) -> None:
        self.name: Final = name
        self.reduced: Counter[str] = Counter()
        self.verified = 0
        self.warnings: dict[str, None] = {}
        self._push = push
        self._limits = limits
        self._verifier = verifier
        self._keep_sensitive = keep_sensitive
        self._unverified: dict[str, EscrowTrace] = {}
        self._failed: dict[str, str] = {}

    def put(self, trace: EscrowTrace) -> None:
        """Send a set-up, without what is sensitive."""
        if not self._keep_sensitive:
            reduced = reduce(trace)
            trace = reduced.trace
        records = disassemble(trace)
        excess = find_excess(records, len(encode_protobuf(records)), self._limits)
        if excess is not None:
            raise NotTakenError(f"not sent: {excess}")
        try:
            sent = self._push.send(records)
        except PushError as error:
            raise NotTakenError(f"{self.name} {error}; {error.remedy}") from None
        if not self._keep_sensitive:
            self.reduced.update(reduced.counts)
        if sent.warning:
            self.warnings[sent.warning] = None
        if self._verifier is not None:
            self._unverified[trace.setup_id] = trace
            if len(self._unverified) >= _VERIFIED_AT_ONCE:
                self._verify()

    def settle(self) -> dict[str, str]:
        """Read back what was not read back yet."""
        self._verify()
        failed, self._failed = self._failed, {}
        return failed

    def _verify(self) -> None:
        # Later, in bulk: a backend takes its time with each, but with all at once.
        waiting, self._unverified = self._unverified, {}
        for setup_id, trace in waiting.items():
            assert self._verifier is not None
            try:
                self._verifier.verify(trace)
            except NotVerifiedError as error:
                self._failed[setup_id] = str(error)
            else:
                self.verified += 1


class Importing:
    """An import under way.

    Args:
        target: where the set-ups go.
        tell: is told of each problem as it is met.
        advance: is told of each number of bytes that were read.
        done: is told of each set-up that was put.
    """

    def __init__(
        self,
        target: Target,
        tell: Callable[[str], None],
        advance: Callable[[int], None],
        done: Callable[[], None],
    ) -> None:
        self.error: str | None = None
        """What stopped it before its end."""
        self._target = target
        self._tell = tell
        self._advance = advance
        self._done = done
        self._converted: dict[str, tuple[EscrowTrace, str]] = {}
        self._skipped: dict[str, tuple[str, str]] = {}
        self._repeated: dict[str, tuple[str, str]] = {}
        self._problems: list[Problem] = []
        self._other_spans = 0

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was done."""
        return self.error is None and not self._skipped and not self._problems

    def read(self, sources: Iterable[Source]) -> bool:
        """Take what is in some sources: set-ups at once, one by one; spans when all is read. False where one failed."""
        before = len(self._problems), len(self._skipped)
        spans: list[SpanRecord] = []
        names: dict[str, str] = {}
        for source in sources:
            for found in source.read(self._advance):
                if isinstance(found, Problem):
                    self._problems.append(found)
                    self._tell(f"error: {found}")
                elif isinstance(found.item, EscrowTrace):
                    self._put(found.item, found.origin.source)
                elif (setup_id := setup_id_of(found.item)) is None:
                    self._other_spans += 1
                else:
                    spans.append(found.item)
                    names.setdefault(setup_id, found.origin.source)
        for trace in assemble(spans).traces:
            self._put(trace, names[trace.setup_id])
        for setup_id, why in self._target.settle().items():
            self._skip(setup_id, self._converted.pop(setup_id)[1], why)
        return before == (len(self._problems), len(self._skipped))

    def _put(self, trace: EscrowTrace, name: str) -> None:
        before = self._converted.get(trace.setup_id)
        if before is not None and before[0].trace_id != trace.trace_id:
            # Live, it had other ids: the two would show as one set-up in which everything happens twice.
            self._repeated[trace.setup_id] = (name, f"it was taken from {before[1]} already, under another trace id")
            return
        try:
            self._target.put(trace)
        except NotTakenError as error:
            self._skip(trace.setup_id, name, str(error))
        else:
            self._converted[trace.setup_id] = (_ids_only(trace), name)
            self._skipped.pop(trace.setup_id, None)
        self._done()

    def _skip(self, setup_id: str, name: str, why: str) -> None:
        self._skipped[setup_id] = (name, why)
        self._tell(f"skipped {setup_id} ({name}): {why}")

    def summary(self) -> str:
        """For people: one line."""
        notes = []
        target = self._target
        if isinstance(target, LiveTarget):
            if target.verified:
                notes.append(f"{target.verified} read back and equal")
            if target.reduced:
                notes.append("reduced: " + ", ".join(f"{number} {kind}" for kind, number in target.reduced.items()))
        text = f"{count(len(self._converted), 'set-up')} sent to {target.name}"
        if isinstance(target, FileTarget):
            text = f"{count(len(self._converted), 'set-up')} written to {target.name}"
        text += f" ({'; '.join(notes)})" if notes else ""
        if not self._converted and not self._skipped:
            text = "no set-up found" + (f" ({count(self._other_spans, 'other span')})" if self._other_spans else "")
        text += f", {len(self._skipped)} skipped" if self._skipped else ""
        repeated = len(self._repeated)
        text += f"; further recordings of {count(repeated, 'set-up')}, with other ids, left out" if repeated else ""
        return text + (f"; {count(len(self._problems), 'problem')} in the input" if self._problems else "")

    def as_json(self) -> str:
        """For programs: everything."""
        target = self._target
        live = target if isinstance(target, LiveTarget) else None
        report: dict[str, Any] = {
            "version": _REPORT_VERSION,
            "target": target.name,
            "converted": [
                {"escrow_id": trace.escrow_id, "setup_id": setup_id, "trace_id": trace.trace_id, "source": name}
                for setup_id, (trace, name) in self._converted.items()
            ],
            "skipped": [
                {"setup_id": setup_id, "source": name, "why": why}
                for setup_id, (name, why) in (*self._skipped.items(), *self._repeated.items())
            ],
            "problems": [fields_of(problem) for problem in self._problems],
            "reduced": dict(live.reduced) if live else {},
            "read_back": live.verified if live else 0,
            "warnings": list(live.warnings) if live else [],
            "other_spans": self._other_spans,
            "error": self.error,
        }
        return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def _ids_only(trace: EscrowTrace) -> EscrowTrace:
    """What the report needs; thousands of set-ups need not stay in memory."""
    root = trace.root or trace.spans[0]
    return EscrowTrace(trace.escrow_id, trace.setup_id, (msgspec.structs.replace(root, events=(), attributes={}),))
