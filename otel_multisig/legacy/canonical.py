"""The canonical text of a legacy recording: byte for byte what the legacy system's serializer, serde_json, wrote.

An array, pretty-printed with two spaces, UTF-8, no newline at the end. The event itself has a fixed order of fields;
the keys inside `details` are sorted by their bytes at every depth. Numbers and strings:

- integers stand as they are. Those beyond 64 bits, which serde_json would turn into doubles, keep all their digits;
- doubles have the shortest form that reads back as the same number: ``1.0``, ``-0.0``, ``1e-7``, ``1e16``;
- NaN and the infinities, which JSON does not have, become ``null``, as in serde_json;
- strings escape only the quote, the backslash and what is below U+0020, all else stands raw. A lone surrogate, which
  UTF-8 does not have, becomes U+FFFD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.legacy._json import mend

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LegacyEvent", "encode"]


class LegacyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a legacy recording; the order of the fields is that of the file.

    Attributes:
        trace_id: the set-up's id, ``{escrow_id}-{unix_ms}``.
        timestamp: milliseconds since the epoch.
        event_type: one of `otel_multisig.legacy.event_types.EventType`.
        role: whose wallet it is about; ``coordinator`` where it is about none.
        rpc_port: the port of the wallet's server; where it is not known the key is left out, never null.
        details: what else is known: JSON values by key. A `msgspec.Raw` in it stands in the file as it is. Only a
            recording that is converted back may hold any other JSON value.
        unknown: what other keys the event had in the recording that is converted back; they stand behind the others.
    """

    trace_id: str
    timestamp: int
    event_type: str
    role: str
    rpc_port: int | msgspec.UnsetType = msgspec.UNSET
    details: Any
    unknown: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


# "deterministic" sorts dicts and leaves the fields of structs in their order. It sorts by code point, which is the
# order of the UTF-8 bytes.
_encoder: Final = msgspec.json.Encoder(order="deterministic")


def encode(events: Sequence[LegacyEvent]) -> bytes:
    """The file of a set-up with these events.

    Raises:
        TypeError: details hold something that is no JSON value.
        RecursionError: details are nested beyond the interpreter's limit.
    """
    try:
        text = _encode(events)
    except UnicodeEncodeError:
        text = _encode([_mend_event(event) for event in events])
    return msgspec.json.format(text, indent=2)


def _encode(events: Sequence[LegacyEvent]) -> bytes:
    if all(event.unknown is msgspec.UNSET for event in events):
        return _encoder.encode(events)
    return _encoder.encode([_encode_odd(event) for event in events])


def _encode_odd(event: LegacyEvent) -> Any:
    if event.unknown is msgspec.UNSET:
        return event
    known = _encoder.encode(msgspec.structs.replace(event, unknown=msgspec.UNSET))
    return msgspec.Raw(known[:-1] + b"," + _encoder.encode(event.unknown)[1:])


def _mend_event(event: LegacyEvent) -> LegacyEvent:
    return LegacyEvent(**{name: mend(getattr(event, name)) for name in event.__struct_fields__})
