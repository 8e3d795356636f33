"""A wallet server that took no connection, or did not answer in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._words import call_name, plain, quoted, seconds, sentence, wallet_name, wallet_on
from otel_multisig.diagnosis.claims import LIKELY, PROVEN, STRONG, Claim
from otel_multisig.diagnosis.facts import CallFact
from otel_multisig.diagnosis.rules._symptoms import network_error, start_of, took_time_limit
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import SnapshotFact
    from otel_multisig.diagnosis.finding import Evidence

__all__ = ["find"]

_REFUSED: Final = "refused"
_AT_ONCE: Final = 12_000_000_000


def find(case: Case) -> Iterator[Claim]:
    """Calls that failed on their way, or after the usual time limit without a word; failures outside of calls."""
    for call in case.refusals:
        if network_error(call):
            yield _claim(case, call, told=True)
        elif call.meaning is Meaning.UNKNOWN and not _has_word(call) and took_time_limit(call):
            yield _claim(case, call, told=False)
    failure = case.setup.failure
    if (
        failure is not None
        and failure.call_place is None
        and failure.meaning in {Meaning.UNREACHABLE, Meaning.TIMED_OUT}
    ):
        text = failure.error_text or failure.error_type or ""
        yield Claim.of_failure(
            FaultType.SERVER_UNREACHABLE,
            failure,
            f"The server of {wallet_name(failure.role)} was not reached: {quoted(text)}",
            (case.evidence(failure, "what ended the set-up"),),
            STRONG,
            others=(FaultType.TIMEOUT,),
        )


def _claim(case: Case, call: CallFact, *, told: bool) -> Claim:
    name = f"the server of {wallet_on(call.role, call.port)}"
    evidence = [case.evidence(call, f"{call_name(call.method, call.role)} failed", at_end=True)]
    broken_off = call.meaning is Meaning.UNREACHABLE and not took_time_limit(call)
    alive = None if broken_off else _sign_of_life(case, call)
    waited = f" for {seconds(call.duration_nano)}" if call.duration_nano is not None else ""
    text = f"{sentence(name)} did not answer {plain(call.method)}{waited}"
    if alive is not None:
        evidence.append(alive)
        text += ", although it was alive"
    elif broken_off:
        text = f"{sentence(name)} took no connection for {plain(call.method)}, or broke it off"
    return Claim.of_call(
        FaultType.TIMEOUT if alive is not None else FaultType.SERVER_UNREACHABLE,
        call,
        text,
        tuple(evidence),
        PROVEN - 5 if told else LIKELY,
        sure=told and _REFUSED in f"{call.error_text} {call.error_type}".casefold(),
        others=(
            FaultType.SERVER_UNREACHABLE if alive is not None else FaultType.TIMEOUT,
            FaultType.LOST_ANSWER_RETRY,
        ),
    )


def _sign_of_life(case: Case, call: CallFact) -> Evidence | None:
    """Something that the same server answered: to this set-up after the call, or to another until just after it.

    What it answers others much later says nothing: somebody may have woken it up by then.
    """
    if call.port is None:
        return None
    for step in case.setup.by_port.get(call.port, []):
        if step.place > call.place and _was_answered(step):
            return case.evidence(step, "the server answered", at_end=True)
    since, until = call.start_nano + case.encounters.skew, call.last_nano + _AT_ONCE
    for stay in case.encounters.on_port(case.setup, call.port, call.start_nano, until, call.address):
        for step in stay.setup.by_port.get(call.port, []):
            if since < start_of(step) <= until and _was_answered(step):
                return case.evidence(step, "the server answered another set-up", at_end=True, setup=stay.setup)
    return None


def _was_answered(step: CallFact | SnapshotFact) -> bool:
    """Whether a server answered, be it with an error. Of a failed call without a word that is not known."""
    if not isinstance(step, CallFact) or step.succeeded:
        return True
    if step.end_place is None or step.interrupted or network_error(step):
        return False
    return _has_word(step)


def _has_word(call: CallFact) -> bool:
    """Whether a failed call tells what the server said."""
    return call.error_code is not None or bool(call.error_text)
