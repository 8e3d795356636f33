"""Attributes of calls, snapshots and exceptions into facts: the right type, or not there at all. Never raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.diagnosis._fact_kinds import SnapshotFact
from otel_multisig.diagnosis._values import flag_of, int_of, number_of, text_of
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.wallet_rpc.meanings import meaning_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.diagnosis._fact_kinds import CallFact, EventFact

__all__ = ["note_error", "note_exception", "read_call_attributes", "read_snapshot", "round_of_point"]

_MOST_ROUNDS: Final = 17
_MOST_INPUTS: Final = 64

# An N-of-M set-up has more rounds than the legacy points name.
_ROUND_OF_POINT: Final[dict[str, int]] = {
    attr.SnapshotPoint.POST_MAKE_MULTISIG.value: 1,
    attr.SnapshotPoint.POST_EXPORT_MULTISIG.value: 2,
    attr.SnapshotPoint.POST_IMPORT_MULTISIG.value: 3,
} | {f"pre_round{number}": number for number in range(1, _MOST_ROUNDS)}

# Hoisted: looked up for every call and snapshot.
_INPUTS: Final = attr.MONERO_MULTISIG_INFO_INPUT_HASH
_OUTPUT: Final = attr.MONERO_MULTISIG_INFO_HASH
_EXPERIMENTAL: Final = attr.MONERO_MULTISIG_EXPERIMENTAL
_FILE_NAME: Final = attr.MONERO_WALLET_FILE_NAME
_FILE_EXISTS: Final = attr.MONERO_WALLET_FILE_EXISTS
_ADDRESS_HASH: Final = attr.MONERO_WALLET_ADDRESS_HASH
_IS_MULTISIG: Final = attr.MONERO_WALLET_IS_MULTISIG
_THRESHOLD: Final = attr.MONERO_MULTISIG_THRESHOLD
_PARTICIPANTS: Final = attr.MONERO_MULTISIG_PARTICIPANTS
_WALLET_ID: Final = attr.MONERO_WALLET_ID
_DURATION: Final = attr.MONERO_SNAPSHOT_DURATION
_ADDRESS: Final = upstream.SERVER_ADDRESS


def round_of_point(point: str | None) -> int | None:
    """The round that a snapshot belongs to by its point; None where its point names none."""
    return None if point is None else _ROUND_OF_POINT.get(point)


def read_call_attributes(call: CallFact, attributes: Mapping[str, Any]) -> None:
    """Put into `call` what its span's attributes tell; what they do not tell stays as it is."""
    get = attributes.get
    if isinstance(inputs := get(_INPUTS), str):
        call.input_hashes = tuple(inputs.split()[:_MOST_INPUTS])
    if isinstance(output := get(_OUTPUT), str) and output:
        call.output_hash = output
    if isinstance(file_name := get(_FILE_NAME), str) and file_name:
        call.file_name = file_name
    if isinstance(address_hash := get(_ADDRESS_HASH), str) and address_hash:
        call.address_hash = address_hash
    if isinstance(wallet_id := get(_WALLET_ID), str) and wallet_id:
        call.wallet_id = wallet_id
    if (experimental := flag_of(get(_EXPERIMENTAL))) is not None:
        call.experimental = experimental
    if (is_multisig := flag_of(get(_IS_MULTISIG))) is not None:
        call.is_multisig = is_multisig
    if (threshold := int_of(get(_THRESHOLD))) is not None:
        call.threshold = threshold
    if (participants := int_of(get(_PARTICIPANTS))) is not None:
        call.participants = participants


class _SnapshotAttributes(
    msgspec.Struct,
    gc=False,
    rename={
        "is_multisig": _IS_MULTISIG,
        "address_hash": _ADDRESS_HASH,
        "threshold": _THRESHOLD,
        "participants": _PARTICIPANTS,
        "wallet_id": _WALLET_ID,
        "file_exists": _FILE_EXISTS,
        "file_name": _FILE_NAME,
        "duration": _DURATION,
        "address": _ADDRESS,
    },
):
    """What a snapshot's attributes tell, named as in `SnapshotFact`."""

    is_multisig: bool | None = None
    address_hash: str | None = None
    threshold: int | None = None
    participants: int | None = None
    wallet_id: str | None = None
    file_exists: bool | None = None
    file_name: str | None = None
    duration: float | None = None
    address: str | None = None


def read_snapshot(
    attributes: Mapping[str, Any],
    place: int,
    sequence: int | None,
    number: int,
    time_nano: int,
    role: str | None,
    port: int | None,
    point: str | None,
    round_number: int,
    trace_id: str,
    span_id: str,
) -> SnapshotFact:
    """A snapshot, with what its attributes tell."""
    try:
        # All in one go: most events of a set-up are snapshots.
        known = msgspec.convert(attributes, _SnapshotAttributes)
    except (ValueError, OverflowError):
        known = _read_one_by_one(attributes)
    return SnapshotFact(
        place,
        sequence,
        number,
        time_nano,
        role,
        port,
        known.address,
        point,
        round_number,
        trace_id,
        span_id,
        known.is_multisig,
        known.address_hash,
        known.threshold,
        known.participants,
        known.wallet_id,
        known.file_exists,
        known.file_name,
        known.duration,
    )


def _read_one_by_one(attributes: Mapping[str, Any]) -> _SnapshotAttributes:
    """The same, where a value is of another type than it should be."""
    get = attributes.get
    return _SnapshotAttributes(
        flag_of(get(_IS_MULTISIG)),
        text_of(get(_ADDRESS_HASH)),
        int_of(get(_THRESHOLD)),
        int_of(get(_PARTICIPANTS)),
        text_of(get(_WALLET_ID)),
        flag_of(get(_FILE_EXISTS)),
        text_of(get(_FILE_NAME)),
        number_of(get(_DURATION)),
        text_of(get(_ADDRESS)),
    )


def note_error(call: CallFact, code: int | None, text: str | None, error_type: str | None) -> None:
    """Put into `call` that it failed, and what is known of why; what was known before stays."""
    call.failed = True
    if call.error_code is None:
        call.error_code = code
    if not call.error_text:
        call.error_text = text or None
    if call.error_type is None or (error_type is not None and call.error_type.lstrip("-").isdigit()):
        call.error_type = error_type
    call.meaning = meaning_of(call.method, call.error_code, call.error_text, call.error_type)


def note_exception(call: CallFact, event: EventFact) -> None:
    """Put into `call` what an exception in it tells; one that came after it had ended well is the set-up's."""
    if call.failed or call.end_place is None:
        note_error(call, event.error_code, event.error_text, event.error_type)
