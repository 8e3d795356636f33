"""A recording as live tracing would have recorded it: what is sensitive is left out, or stands as its hash.

An imported recording holds more than live tracing lets into a span. Into a file all of it goes; into a backend that
many can read, this goes first. What is done here is what `tracing` does by default:

- addresses are left out, their hash stays;
- amounts are left out unless they are zero;
- paths and names of files become the name where it carries role and escrow, else a hash;
- texts of errors keep what is known of them (`wallet_rpc.safe_error_text`);
- texts in the details of custom events become hashes; numbers, booleans and null stay;
- names (roles, states, locks, custom events) stay where they look like a programmer's word, else they become hashes;
- what the model cannot express of a legacy file (the residue) is free text, and left out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.model import EscrowTrace, pieces
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.wallet_rpc import safe_error_text, safe_file_name, sha256_hex
from otel_multisig.wallet_rpc.own_words import as_key, as_name, is_digest, text_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_multisig.model import Event, Span

__all__ = ["Reduced", "reduce"]

_MAX_DEPTH: Final = 8

_AMOUNTS: Final = (attr.MONERO_WALLET_BALANCE_TOTAL, attr.MONERO_WALLET_BALANCE_UNLOCKED)
_FILES: Final = (attr.MONERO_FILE_SOURCE, attr.MONERO_FILE_DESTINATION, attr.MONERO_WALLET_FILE_NAME)
_NAMES: Final = (
    attr.MONERO_CUSTOM_NAME,
    attr.MONERO_FAULT_ROLE,
    attr.MONERO_LOCK_NAME,
    attr.MONERO_SNAPSHOT_POINT,
    attr.MONERO_STATE_FROM,
    attr.MONERO_STATE_TO,
)


class Reduced(msgspec.Struct, frozen=True):
    """A set-up without what is sensitive, and how many values of each kind were reduced."""

    trace: EscrowTrace
    counts: Mapping[str, int]


def reduce(trace: EscrowTrace) -> Reduced:
    """The set-up as live tracing would have recorded it. Ids, times, order and counts stay as they are."""
    counts: Counter[str] = Counter()
    spans = [_reduce_span(span, counts) for span in trace.spans]
    return Reduced(EscrowTrace(trace.escrow_id, trace.setup_id, tuple(spans)), dict(sorted(counts.items())))


def _reduce_span(span: Span, counts: Counter[str]) -> Span:
    return msgspec.structs.replace(
        span,
        role=_replace(span.role, as_name, "names", counts),
        status_message=_replace(span.status_message, safe_error_text, "error texts", counts) or "",
        attributes=_reduce_attributes(span.attributes, counts),
        events=tuple([_reduce_event(event, counts) for event in span.events]),
    )


def _reduce_event(event: Event, counts: Counter[str]) -> Event:
    return msgspec.structs.replace(
        event,
        role=_replace(event.role, as_name, "names", counts),
        attributes=_reduce_attributes(event.attributes, counts),
    )


def _reduce_attributes(attributes: Mapping[str, Any], counts: Counter[str]) -> dict[str, Any]:
    reduced = dict(attributes)
    _drop_address(reduced, counts)
    for key in _AMOUNTS:
        if reduced.get(key):
            del reduced[key]
            counts["amounts"] += 1
    for keys, change, kind in ((_FILES, _safe_file, "paths"), (_NAMES, as_name, "names")):
        for key in keys:
            if key in reduced:
                reduced[key] = _replace(reduced[key], change, kind, counts)
    reason = reduced.get(attr.MONERO_FAULT_REASON)
    if isinstance(reason, str):
        reduced[attr.MONERO_FAULT_REASON] = _replace(reason, safe_error_text, "error texts", counts)
    _reduce_text(
        reduced,
        upstream.EXCEPTION_MESSAGE,
        attr.MONERO_EXCEPTION_MESSAGE_PIECE,
        lambda text: _replace(text, safe_error_text, "error texts", counts) or "",
    )
    _reduce_text(
        reduced,
        attr.MONERO_CUSTOM_DETAILS,
        attr.MONERO_CUSTOM_DETAILS_PIECE,
        lambda text: _reduce_details(text, counts),
    )
    if _drop_text(reduced, attr.MONERO_LEGACY_RESIDUE, attr.MONERO_LEGACY_RESIDUE_PIECE):
        counts["residues"] += 1
    return reduced


def _drop_address(attributes: dict[str, Any], counts: Counter[str]) -> None:
    address = attributes.pop(attr.MONERO_WALLET_ADDRESS_VALUE, None)
    if isinstance(address, str) and address:
        attributes.setdefault(attr.MONERO_WALLET_ADDRESS_HASH, sha256_hex(address))
        counts["addresses"] += 1


def _drop_text(attributes: dict[str, Any], key: str, piece_key: str) -> bool:
    found = [name for name in attributes if name == key or name.startswith(f"{piece_key}.")]
    for name in found:
        del attributes[name]
    return bool(found)


def _reduce_text(attributes: dict[str, Any], key: str, piece_key: str, change: Callable[[str], str]) -> None:
    """Change a text that may stand in pieces."""
    text = pieces.gather(key, piece_key, attributes)
    if text is not None:
        _drop_text(attributes, key, piece_key)
        attributes.update(pieces.spread(key, piece_key, change(text)))


def _replace(text: Any, change: Callable[[str], str], kind: str, counts: Counter[str]) -> Any:
    if not isinstance(text, str) or not text:
        return text
    changed = change(text)
    if changed != text:
        counts[kind] += 1
    return changed


def _safe_file(text: str) -> str:
    return text if is_digest(text) else safe_file_name(text)


def _reduce_details(text: str, counts: Counter[str]) -> str:
    try:
        details = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        details = text
    reduced = _reduce_value(details, _MAX_DEPTH)
    if reduced != details:
        counts["details"] += 1
    return msgspec.json.encode(reduced, order="sorted").decode()


def _reduce_value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value if is_digest(value) else text_digest(value)
    if isinstance(value, dict):
        return {as_key(key): _reduce_value(item, depth - 1) for key, item in value.items()} if depth else "<dict>"
    if isinstance(value, list):
        return [_reduce_value(item, depth - 1) for item in value] if depth else "<list>"
    return value
