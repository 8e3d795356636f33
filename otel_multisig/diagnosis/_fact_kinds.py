"""The kinds of facts: a call, a snapshot, any other event, and what ended a set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from otel_multisig.diagnosis._values import int_of, text_of
from otel_multisig.model import pieces
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.wallet_rpc.meanings import meaning_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.wallet_rpc.meanings import Meaning

__all__ = ["CallFact", "EventFact", "Fact", "FailureFact", "SnapshotFact"]


class CallFact(msgspec.Struct, gc=False):
    """One call of a wallet server.

    Attributes:
        place: its start's place in the set-up, from 0; always known, and the only thing to order facts by.
        sequence: the start's place in the set-up's own count; None where the emitter has none.
        number: the place of its start in the legacy recording, from 1; None where that has no start.
        start_nano: when it started.
        role: whose wallet was asked.
        port: the port of the server.
        address: the host of the server; None where it was not recorded, as in all legacy recordings.
        method: the method as it was called.
        round: the round that it belongs to; where it belongs to none, the one that was in force.
        trace_id: the trace of its span.
        span_id: its span.
        end_place: its end's place in the set-up; None where it never ended.
        end_sequence: its end's place in the set-up's own count.
        end_number: the place of its end in the legacy recording.
        end_nano: when it ended.
        duration_nano: how long it took, by a clock of its own where there was one.
        failed: whether it failed.
        interrupted: whether the end of the process ended it.
        error_code: the code that the server answered with.
        error_text: the error in words.
        error_type: the class of the error.
        meaning: what the error means; None for a call that did not fail.
        input_hashes: of the infos that it was given, in their order.
        output_hash: of the info that it returned.
        experimental: whether it asked for experimental multisig.
        file_name: the wallet's file that it was to open or create.
        address_hash: of the wallet's address, where it told.
        is_multisig: whether the wallet is multisig, where it told.
        threshold: the signatures that are asked for.
        participants: the wallets that take part.
        wallet_id: the wallet's id as the application knows it.
    """

    place: int
    sequence: int | None
    number: int | None
    start_nano: int
    role: str | None
    port: int | None
    address: str | None
    method: str
    round: int
    trace_id: str
    span_id: str
    end_place: int | None = None
    end_sequence: int | None = None
    end_number: int | None = None
    end_nano: int | None = None
    duration_nano: int | None = None
    failed: bool = False
    interrupted: bool = False
    error_code: int | None = None
    error_text: str | None = None
    error_type: str | None = None
    meaning: Meaning | None = None
    input_hashes: tuple[str, ...] = ()
    output_hash: str | None = None
    experimental: bool | None = None
    file_name: str | None = None
    address_hash: str | None = None
    is_multisig: bool | None = None
    threshold: int | None = None
    participants: int | None = None
    wallet_id: str | None = None

    @property
    def ended(self) -> bool:
        """Whether its end was recorded."""
        return self.end_place is not None

    @property
    def succeeded(self) -> bool:
        """Whether it ended, and without an error."""
        return self.end_place is not None and not self.failed and not self.interrupted

    @property
    def last_place(self) -> int:
        """The place of its end, of its start where it never ended."""
        return self.place if self.end_place is None else self.end_place

    @property
    def last_nano(self) -> int:
        """When it ended, when it started where it never ended."""
        return self.start_nano if self.end_nano is None else self.end_nano


class SnapshotFact(msgspec.Struct, gc=False):
    """The state of one wallet at one point; None stands for what was not recorded.

    Attributes:
        place: its place in the set-up, from 0.
        sequence: its place in the set-up's own count.
        number: its place in the legacy recording, from 1.
        time_nano: when it was taken.
        role: whose wallet it is.
        port: the port of its server.
        address: the host of its server.
        point: the point of the set-up.
        round: the round that was in force.
        trace_id: the trace of its span.
        span_id: its span.
        is_multisig: whether it is a multisig wallet by now.
        address_hash: SHA-256 of its address.
        threshold: the signatures that the wallet says it needs.
        participants: the participants that it says there are.
        wallet_id: the wallet's id as the application knows it.
        file_exists: whether its file was found.
        file_name: its file's name.
        duration: how long it took, in seconds.
    """

    place: int
    sequence: int | None
    number: int | None
    time_nano: int
    role: str | None
    port: int | None
    address: str | None
    point: str | None
    round: int
    trace_id: str
    span_id: str
    is_multisig: bool | None = None
    address_hash: str | None = None
    threshold: int | None = None
    participants: int | None = None
    wallet_id: str | None = None
    file_exists: bool | None = None
    file_name: str | None = None
    duration: float | None = None


class EventFact(msgspec.Struct, gc=False):
    """Anything else that happened: a lock, a change of state, a file operation, an exception, an application's event.

    Attributes:
        place: its place in the set-up, from 0.
        sequence: its place in the set-up's own count.
        number: its place in the legacy recording, from 1; None for what has none there.
        time_nano: when it happened.
        role: whose wallet it is about.
        port: the port of that wallet's server.
        name: its name in the registry, or any other.
        round: the round that was in force.
        attributes: as they were recorded.
        trace_id: the trace of its span.
        span_id: its span.
        method: of the call in which it happened.
    """

    place: int
    sequence: int | None
    number: int | None
    time_nano: int
    role: str | None
    port: int | None
    name: str
    round: int
    attributes: Mapping[str, Any]
    trace_id: str
    span_id: str
    method: str | None = None

    def text(self, key: str) -> str | None:
        """An attribute that is a text; None where it is missing or no text."""
        return text_of(self.attributes.get(key))

    @property
    def error_code(self) -> int | None:
        """The code that the server answered with, as it says."""
        return int_of(self.attributes.get(upstream.RPC_RESPONSE_STATUS_CODE))

    @property
    def error_type(self) -> str | None:
        """The class of the exception, as it says."""
        return self.text(upstream.EXCEPTION_TYPE) or self.text(upstream.ERROR_TYPE)

    @property
    def error_text(self) -> str | None:
        """What it says of an error, its pieces joined."""
        return pieces.gather(upstream.EXCEPTION_MESSAGE, attr.MONERO_EXCEPTION_MESSAGE_PIECE, self.attributes)

    @property
    def details(self) -> Mapping[str, Any]:
        """The details of an application's own event; empty where there are none, or none that can be read."""
        text = pieces.gather(attr.MONERO_CUSTOM_DETAILS, attr.MONERO_CUSTOM_DETAILS_PIECE, self.attributes)
        if text is None:
            return {}
        try:
            found = msgspec.json.decode(text)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class FailureFact(msgspec.Struct, gc=False):
    """What ended a set-up that failed.

    Attributes:
        place: the place of the exception in the set-up.
        sequence: its place in the set-up's own count.
        number: the place of ``ERROR_FINAL`` in the legacy recording.
        time_nano: when it happened.
        role: whose wallet it is about.
        round: the round that it names, else the one that was in force.
        method: the method that failed, as far as known.
        error_code: the code that the server answered with.
        error_text: the error in words.
        error_type: the class of the error.
        meaning: what it means.
        trace_id: the trace of its span.
        span_id: its span.
        call_place: the place of the call in which it happened (`SetupFacts.call_at`); None where it was in none.
    """

    place: int
    sequence: int | None
    number: int | None
    time_nano: int
    role: str | None
    round: int
    method: str | None
    error_code: int | None
    error_text: str | None
    error_type: str | None
    meaning: Meaning
    trace_id: str
    span_id: str
    call_place: int | None = None

    @classmethod
    def of(cls, event: EventFact, call: CallFact | None, number: int | None = None) -> FailureFact:
        """What an exception says of the end of its set-up.

        Args:
            event: the exception.
            call: the call in which it happened; None where it was in none.
            number: the place of ``ERROR_FINAL`` in the legacy recording.
        """
        code, text, error_type = event.error_code, event.error_text, event.error_type
        named = int_of(event.attributes.get(attr.MONERO_MULTISIG_ROUND))
        method = event.text(upstream.RPC_METHOD) or (None if call is None else call.method)
        return cls(
            event.place,
            event.sequence,
            number,
            event.time_nano,
            event.role,
            event.round if named is None else named,
            method,
            code,
            text,
            error_type,
            meaning_of(method or "", code, text, error_type),
            event.trace_id,
            event.span_id,
            None if call is None else call.place,
        )


Fact: TypeAlias = CallFact | SnapshotFact | EventFact | FailureFact
