"""Which set-ups are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.model import Outcome
from otel_multisig.model.records import STATUS_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.model import EscrowTrace

__all__ = ["Selection"]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which set-ups are wanted: those that fulfil every condition that is given.

    Attributes:
        trace_ids: these traces, 32 lower-case hex digits each.
        escrow_ids: the set-ups of these escrows.
        start_unix_nano: something of them happened then or later.
        end_unix_nano: something of them happened before.
        failed: they failed, or ended with an error and without an outcome.
    """

    trace_ids: tuple[str, ...] = ()
    escrow_ids: tuple[str, ...] = ()
    start_unix_nano: int | None = None
    end_unix_nano: int | None = None
    failed: bool = False

    def matches(self, trace: EscrowTrace) -> bool:
        """Whether a set-up is wanted."""
        if self.trace_ids and not any(span.trace_id in self.trace_ids for span in trace.spans):
            return False
        if self.escrow_ids and trace.escrow_id not in self.escrow_ids:
            return False
        return self._in_time(trace) and (not self.failed or _has_failed(trace))

    def _in_time(self, trace: EscrowTrace) -> bool:
        if self.start_unix_nano is None and self.end_unix_nano is None:
            return True
        times = [time for time in _times(trace) if time]
        if not times:
            return True
        return (self.start_unix_nano or 0) <= max(times) and (
            self.end_unix_nano is None or min(times) < self.end_unix_nano
        )


EVERYTHING: Final = Selection()
"""All set-ups."""


def _times(trace: EscrowTrace) -> Iterator[int]:
    for span in trace.spans:
        yield span.start.time_unix_nano
        if span.end is not None:
            yield span.end.time_unix_nano
        for event in span.events:
            yield event.time_unix_nano


def _has_failed(trace: EscrowTrace) -> bool:
    if trace.outcome in {Outcome.SUCCESS, Outcome.FAILURE}:
        return trace.outcome is Outcome.FAILURE
    return any(span.status_code == STATUS_ERROR for span in trace.spans)
