"""What the rules explain: the refusal or the failure with which something that went wrong before shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import plain
from otel_multisig.diagnosis.facts import CallFact
from otel_multisig.semconv import attributes as attr
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import EventFact, FailureFact, SnapshotFact

__all__ = [
    "STATE_MEANINGS",
    "custom_names",
    "end_of",
    "had_time",
    "last_place_of",
    "network_error",
    "never_arrived",
    "paused",
    "right_until",
    "start_of",
    "state_refusal",
    "step_name",
    "symptom_of",
    "took_time_limit",
]

STATE_MEANINGS: Final = frozenset(
    {
        Meaning.ALREADY_MULTISIG,
        Meaning.ALREADY_FINALIZED,
        Meaning.NOT_MULTISIG,
        Meaning.NOT_FINALIZED,
        Meaning.NOT_MULTISIG_REWRITTEN,
        Meaning.NO_WALLET,
        Meaning.DISABLED,
        Meaning.WRONG_ROUND,
        Meaning.MIXED_INPUTS,
        Meaning.TOO_FEW_INFOS,
        Meaning.BAD_INFO,
        Meaning.ADDRESS_MISMATCH,
        Meaning.UNKNOWN,
    }
)
"""The errors that come of the state of a wallet, or of what it was given."""

# Words of an error of which the server never saw the request.
_NOT_CONNECTED: Final = (
    "refused",
    "no route to host",
    "name or service not known",
    "gaierror",
    "failed to connect",
    "trying to connect",
    "connecterror",
)
_NETWORK: Final = frozenset({Meaning.UNREACHABLE, Meaning.TIMED_OUT})
# Nanoseconds: nobody closes or opens a wallet in less, and a client at work does not let so many pass.
_QUICKEST_CHANGE: Final = 5_000_000
# Nanoseconds that a client does not let pass on its own.
_PAUSE: Final = 50_000_000
# Nanoseconds: the usual time limit of clients is 30 s.
_TIME_LIMIT: Final = 29_000_000_000


def network_error(call: CallFact) -> bool:
    """Whether a call failed because the server was not reached, or did not answer."""
    return call.meaning in _NETWORK


def never_arrived(call: CallFact) -> bool:
    """Whether a call failed before there was a connection: the server did nothing."""
    words = f"{call.error_text} {call.error_type}".casefold()
    return network_error(call) and any(word in words for word in _NOT_CONNECTED)


def took_time_limit(call: CallFact) -> bool:
    """Whether a call took as long as clients wait for an answer."""
    return (call.duration_nano or 0) >= _TIME_LIMIT


def custom_names(event: EventFact) -> tuple[object, ...]:
    """What an application may call an event of its own: by its name, or in its details."""
    details = event.details
    return (event.text(attr.MONERO_CUSTOM_NAME), details.get("custom_event"), details.get("operation"))


def state_refusal(case: Case, after_place: int) -> CallFact | None:
    """The first call after a place that the state of a wallet made fail, and that the set-up did not get over."""
    return next((c for c in case.refusals if c.last_place >= after_place and c.meaning in STATE_MEANINGS), None)


def symptom_of(case: Case, place: int) -> tuple[int, int | None]:
    """Place and time of the first symptom of what went wrong at a place; the place itself where it has none."""
    refusal = state_refusal(case, place)
    if refusal is not None:
        return refusal.last_place, refusal.last_nano
    failure = case.setup.failure
    if failure is not None and failure.place >= place and failure.meaning in STATE_MEANINGS:
        return failure.place, failure.time_nano
    return place, None


def step_name(step: CallFact | SnapshotFact) -> str:
    """A call or a snapshot in a word or two."""
    if isinstance(step, CallFact):
        return plain(step.method, 40)
    return f"snapshot {plain(step.point or '', 40)}".rstrip()


def start_of(step: CallFact | SnapshotFact) -> int:
    """When a call started, or a snapshot was taken."""
    return step.start_nano if isinstance(step, CallFact) else step.time_nano


def end_of(step: CallFact | SnapshotFact) -> int:
    """When a call ended, or a snapshot was taken."""
    return step.last_nano if isinstance(step, CallFact) else step.time_nano


def last_place_of(failed: CallFact | FailureFact) -> int:
    """The place at which a call or a set-up had failed."""
    return failed.last_place if isinstance(failed, CallFact) else failed.place


def right_until(case: Case, good: CallFact | SnapshotFact | None) -> int:
    """The end of the last thing that showed the right wallet (`Case.last_good`), else when the set-up began."""
    return case.setup.start_nano if good is None else end_of(good)


def had_time(case: Case, call: CallFact) -> bool:
    """Whether somebody could have changed the wallet since the record's last word before the call."""
    return _pause_before(case, call) >= _QUICKEST_CHANGE


def paused(case: Case, call: CallFact) -> bool:
    """Whether there was a pause before the call, in a record that has none before each: somebody was at the server."""
    return _pause_before(case, call) >= _PAUSE and not case.opens_each_time


def _pause_before(case: Case, call: CallFact) -> int:
    before = [end_of(step) for step in case.setup.steps if step.place < call.place]
    return call.start_nano - max(before, default=0)
