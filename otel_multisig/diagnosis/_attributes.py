"""Attributes of calls and snapshots into facts: the right type, or not there at all. Never raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.wallet_rpc.meanings import meaning_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.diagnosis._fact_kinds import CallFact

__all__ = [
    "SnapshotAttributes",
    "flag_of",
    "int_of",
    "note_error",
    "number_of",
    "read_call_attributes",
    "read_snapshot",
    "round_of_point",
    "text_of",
]

_MOST_ROUNDS: Final = 17
_LONGEST_INT: Final = 20
_MOST_INPUTS: Final = 64
_FLAGS: Final = {"true": True, "false": False}

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


def round_of_point(point: str | None) -> int | None:
    """The round that a snapshot belongs to by its point; None where its point names none."""
    return None if point is None else _ROUND_OF_POINT.get(point)


def text_of(value: Any) -> str | None:
    """A text."""
    return value if isinstance(value, str) else None


def flag_of(value: Any) -> bool | None:
    """A truth, or the text of one, which backends make of it."""
    if value is True or value is False or value is None:
        return value
    return _FLAGS.get(value) if isinstance(value, str) else None


def int_of(value: Any) -> int | None:
    """An integer, or the text of one."""
    if type(value) is int:
        return value
    if isinstance(value, str) and len(value) <= _LONGEST_INT and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    return None


def number_of(value: Any) -> float | None:
    """A finite number."""
    if type(value) is float or type(value) is int:
        return value if -1e18 < value < 1e18 else None  # noqa: PLR2004 - beyond any time in nanoseconds
    return None


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


class SnapshotAttributes(
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
        "address": upstream.SERVER_ADDRESS,
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


def read_snapshot(attributes: Mapping[str, Any]) -> SnapshotAttributes:
    """What a snapshot's attributes tell."""
    try:
        # All in one go: most events of a set-up are snapshots.
        return msgspec.convert(attributes, SnapshotAttributes)
    except (ValueError, OverflowError):
        get = attributes.get
        return SnapshotAttributes(
            flag_of(get(_IS_MULTISIG)),
            text_of(get(_ADDRESS_HASH)),
            int_of(get(_THRESHOLD)),
            int_of(get(_PARTICIPANTS)),
            text_of(get(_WALLET_ID)),
            flag_of(get(_FILE_EXISTS)),
            text_of(get(_FILE_NAME)),
            number_of(get(_DURATION)),
            text_of(get(upstream.SERVER_ADDRESS)),
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
