"""Which event of the legacy recording something in a set-up is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.diagnosis.facts import SetupFacts
    from otel_multisig.model import EscrowTrace

__all__ = ["numbers_of"]


def numbers_of(setup: SetupFacts, trace: EscrowTrace) -> Mapping[int, int]:
    """The places of a set-up's events in its legacy recording, from 1, by their sequence.

    What has no sequence, or no event there, is missing.

    Args:
        setup: what the rules see of the set-up, with the numbers.
        trace: the set-up.
    """
    found: dict[int | None, int | None] = {}
    for call in setup.calls:
        found[call.sequence] = call.number
        found[call.end_sequence] = call.end_number
    found |= {snapshot.sequence: snapshot.number for snapshot in setup.snapshots}
    found |= {event.sequence: event.number for event in setup.events}
    failure = setup.failure
    if failure is not None:
        found[failure.sequence] = failure.number
        root = trace.root
        # What a call tells of its failure stands there twice: where the call ended, and where the set-up did.
        if failure.call_place is not None and root is not None and root.end is not None:
            found[root.end.sequence] = failure.number
    return {sequence: number for sequence, number in found.items() if sequence is not None and number is not None}
