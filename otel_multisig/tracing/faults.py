"""Recording the cause of a fault that was found while a set-up runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.model import pieces
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events
from otel_multisig.tracing import _guard
from otel_multisig.tracing._details import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.semconv.attributes import FaultType
    from otel_multisig.tracing._node import Attributes
    from otel_multisig.tracing._setup import Setup

__all__ = ["record_fault"]


def record_fault(
    setup: Setup,
    kind: FaultType,
    *,
    role: str | None = None,
    round_number: int | None = None,
    reason: str = "",
    sure: bool = True,
    interfering: Iterable[str] = (),
) -> bool:
    """Record a fault in a set-up that is open: an event on its current round, its type on the root, and the metric.

    For recorders, which may call it from `happened`, `ended` and `concluding`, for any set-up of the process. Never
    raises.

    Args:
        setup: The set-up, as a recorder has it from a node.
        kind: What kind of fault.
        role: Whose wallet it is at.
        round_number: The round in which it arose, 0 before the first.
        reason: Why, in words.
        sure: Whether that is proved.
        interfering: Ids of the other escrows that took part.

    Returns:
        Whether it was recorded: not where the set-up has ended.
    """
    try:
        root = setup.root
        if root is None:
            return False
        attributes: Attributes = {attr.MONERO_FAULT_TYPE: kind.value, attr.MONERO_FAULT_SURE: sure}
        if role is not None:
            attributes[attr.MONERO_FAULT_ROLE] = safe_name(role)
        if round_number is not None:
            attributes[attr.MONERO_FAULT_ROUND] = round_number
        if reason:
            attributes[attr.MONERO_FAULT_REASON] = pieces.split(reason)[0]  # made of what was recorded, so safe
        if others := _as_many_as_fit(interfering):
            attributes[attr.MONERO_FAULT_INTERFERING] = others
        root.end_attributes[attr.MONERO_FAULT_TYPE] = kind.value
        if root.happen(events.FAULT, role, attributes) is None:
            return False
        setup.instruments.faults.add(1, {attr.MONERO_FAULT_TYPE: kind.value})
    except Exception as error:
        _guard.swallow("recording a fault", error)
        return False
    return True


def _as_many_as_fit(names: Iterable[str]) -> str:
    """Ids with one space between two; those beyond what backends keep of a text are left out."""
    text = ""
    for name in names:
        longer = f"{text} {name}" if text else name
        if len(longer.encode()) > pieces.MAX_PIECE_BYTES:
            break
        text = longer
    return text
