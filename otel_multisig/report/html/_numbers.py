"""The place of each start, end and event in the legacy recording of its set-up, as the rules counted it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from otel_multisig.diagnosis.facts import SetupFacts

__all__ = ["LegacyNumbers"]

_Key: TypeAlias = tuple[str, str, int | None, int]


class LegacyNumbers:
    """The numbers of one set-up.

    Args:
        facts: the set-up as the rules see it.
    """

    def __init__(self, facts: SetupFacts) -> None:
        self._calls: dict[_Key, tuple[int | None, int | None]] = {
            (call.trace_id, call.span_id, call.sequence, call.start_nano): (call.number, call.end_number)
            for call in facts.calls
        }
        # Where nothing is counted, several events of one span may bear one time: they come in order.
        self._events: dict[_Key, list[int]] = {}
        failure = () if facts.failure is None else (facts.failure,)
        for fact in (*facts.snapshots, *facts.events, *failure):
            if fact.number is not None:
                key = (fact.trace_id, fact.span_id, fact.sequence, fact.time_nano)
                self._events.setdefault(key, []).append(fact.number)

    def of_call(
        self, trace_id: str, span_id: str, sequence: int | None, start_nano: int
    ) -> tuple[int | None, int | None]:
        """The numbers of a call's start and end."""
        return self._calls.get((trace_id, span_id, sequence, start_nano), (None, None))

    def of_event(self, trace_id: str, span_id: str, sequence: int | None, time_nano: int) -> int | None:
        """The number of an event that happened in a span."""
        found = self._events.get((trace_id, span_id, sequence, time_nano))
        if not found:
            return None
        return found.pop(0) if len(found) > 1 else found[0]
