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

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

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
        details: what else is known: JSON values by key. A `msgspec.Raw` in it stands in the file as it is.
    """

    trace_id: str
    timestamp: int
    event_type: str
    role: str
    rpc_port: int | msgspec.UnsetType = msgspec.UNSET
    details: dict[str, Any]


# "deterministic" sorts dicts and leaves the fields of structs in their order. It sorts by code point, which is the
# order of the UTF-8 bytes.
_encoder: Final = msgspec.json.Encoder(order="deterministic")

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_REPLACEMENT: Final = "\ufffd"


def encode(events: Sequence[LegacyEvent]) -> bytes:
    """The file of a set-up with these events.

    Raises:
        TypeError: details hold something that is no JSON value.
        RecursionError: details are nested beyond the interpreter's limit.
    """
    try:
        text = _encoder.encode(events)
    except UnicodeEncodeError:
        text = _encoder.encode([_mend_event(event) for event in events])
    return msgspec.json.format(text, indent=2)


def _mend_event(event: LegacyEvent) -> LegacyEvent:
    return LegacyEvent(**{name: _mend(getattr(event, name)) for name in event.__struct_fields__})


def _mend(value: Any) -> Any:
    """`value` without lone surrogates, at every depth."""
    if isinstance(value, str):
        return _SURROGATE.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mend(item) for item in value]
    return value
