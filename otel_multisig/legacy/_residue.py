"""The residue of a legacy event: how it differs from what the writer would make of the model, as small as can be.

``{"set": [[path, value], ...], "remove": [path, ...]}``, where a path is an array of keys, from the event down.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from otel_multisig.legacy._json import parse, to_text
from otel_multisig.legacy.canonical import LegacyEvent
from otel_multisig.model import pieces
from otel_multisig.semconv import attributes as attr

__all__ = ["END", "START", "Residue", "as_object", "differ", "residue_of", "restore", "same", "spread"]

Residue: TypeAlias = dict[str, Any]
"""What `differ` gives and `restore` takes."""

START: Final = "start"
"""The key of the residue of a call's start; a span has one for each of its two events."""

END: Final = "end"
"""The key of the residue of a call's end."""

_PORT: Final = "rpc_port"
_KNOWN: Final = tuple(field for field in LegacyEvent.__struct_fields__ if field != "unknown")
_SET: Final = "set"
_REMOVE: Final = "remove"


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same in value and in type: 1, 1.0 and true differ, and so do 0.0 and -0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, msgspec.Raw):
        return bytes(left) == bytes(right)
    return repr(left) == repr(right) if isinstance(left, float) else bool(left == right)


def differ(written: dict[str, Any], meant: dict[str, Any]) -> Residue:
    """What has to be changed in the event that the writer writes to get the one that is meant; empty for nothing."""
    changed: list[list[Any]] = []
    removed: list[list[str]] = []
    _compare((), written, meant, changed, removed)
    return ({_SET: changed} if changed else {}) | ({_REMOVE: removed} if removed else {})


def _compare(
    path: tuple[str, ...],
    written: dict[str, Any],
    meant: dict[str, Any],
    changed: list[list[Any]],
    removed: list[list[str]],
) -> None:
    for key, value in meant.items():
        there = written.get(key, msgspec.UNSET)
        if isinstance(value, dict) and isinstance(there, dict):
            _compare((*path, key), there, value, changed, removed)
        elif not same(there, value):
            changed.append([[*path, key], value])
    removed += [[*path, key] for key in written if key not in meant]


def as_object(event: LegacyEvent) -> dict[str, Any]:
    """The JSON object that an event is in the file."""
    known = {key: value for key in _KNOWN if (value := getattr(event, key)) is not msgspec.UNSET}
    known["event_type"] = str(event.event_type)
    return known if event.unknown is msgspec.UNSET else known | event.unknown


def restore(written: LegacyEvent, residue: Any) -> LegacyEvent:
    """The event that was meant, out of the one that the writer would write. See `apply`."""
    event = apply(as_object(written), residue)
    unknown = {key: value for key, value in event.items() if key not in _KNOWN}
    return LegacyEvent(
        **{key: event.get(key, getattr(written, key)) for key in _KNOWN if key != _PORT},
        rpc_port=event.get(_PORT, msgspec.UNSET),
        unknown=unknown or msgspec.UNSET,
    )


def apply(event: dict[str, Any], residue: Any) -> dict[str, Any]:
    """The event that was meant. A residue that makes no sense, or no longer fits, changes nothing or less."""
    if not isinstance(residue, dict):
        return event
    event = dict(event)
    for path in _list(residue.get(_REMOVE)):
        target = _descend(event, path)
        if target is not None:
            target.pop(path[-1], None)
    for change in _list(residue.get(_SET)):
        if isinstance(change, list) and len(change) == 2:  # noqa: PLR2004 - a pair
            path, value = change
            target = _descend(event, path)
            if target is not None:
                target[path[-1]] = value
    return event


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _descend(event: dict[str, Any], path: Any) -> dict[str, Any] | None:
    """The object that the last key of the path stands in, None where there is none; copied on the way."""
    if not (isinstance(path, list) and path and all(isinstance(key, str) for key in path)):
        return None
    target = event
    for key in path[:-1]:
        inner = target.get(key)
        if not isinstance(inner, dict):
            return None
        inner = target[key] = dict(inner)
        target = inner
    return target


def residue_of(attributes: Any) -> Any:
    """The residue that the attributes of a span or an event hold; None where there is none that can be read."""
    text = pieces.gather(attr.MONERO_LEGACY_RESIDUE, attr.MONERO_LEGACY_RESIDUE_PIECE, attributes)
    if text is None:
        return None
    try:
        return parse(text)
    except (ValueError, RecursionError):
        return None


def spread(residue: Residue) -> dict[str, str]:
    """The attributes that hold a residue."""
    return pieces.spread(attr.MONERO_LEGACY_RESIDUE, attr.MONERO_LEGACY_RESIDUE_PIECE, to_text(residue))
