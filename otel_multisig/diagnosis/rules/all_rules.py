"""All rules, in no order that would matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from otel_multisig.diagnosis.rules import (
    cache_pollution,
    experimental_flag_lost,
    finalization,
    lost_answer_retry,
    mixed_session_inputs,
    opening,
    race,
    servers,
    state_divergence,
    waiting,
    wallet_swapped,
    wrong_round,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.claims import Claim

__all__ = ["RULES"]

if TYPE_CHECKING:
    Rule: TypeAlias = Callable[[Case], Iterable[Claim]]

RULES: Final[tuple[Rule, ...]] = (
    cache_pollution.find,
    wallet_swapped.find,
    mixed_session_inputs.find,
    experimental_flag_lost.find,
    lost_answer_retry.find,
    race.find,
    finalization.find,
    wrong_round.find,
    state_divergence.find,
    servers.find,
    opening.find,
    waiting.find_pool_exhausted,
    waiting.find_lock_contention,
    waiting.find_stalled,
    waiting.find_unknown,
)
"""What makes claims on a set-up."""
