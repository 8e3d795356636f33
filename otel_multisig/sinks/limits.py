"""What backends cut or drop although they answer that all is well (Jaeger 2.20, Tempo 3.0, in their defaults)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otel_multisig.model import SpanRecord

__all__ = ["JAEGER", "STRICTEST", "TEMPO", "Limits", "find_excess"]


class Limits(msgspec.Struct, frozen=True):
    """What one backend holds.

    Attributes:
        name: the backend.
        text_bytes: longer texts are cut, or refused in a way that looks as if trying again would help.
        trace_bytes: spans beyond that vanish.
    """

    name: str
    text_bytes: int
    trace_bytes: int


TEMPO: Final = Limits("Tempo", 2_048, 5_000_000)
"""``distributor.max_attribute_bytes`` and ``overrides.defaults.global.max_bytes_per_trace``."""

JAEGER: Final = Limits("Jaeger", 65_000, 1 << 40)
"""The longest key of Badger, in which Jaeger keeps each attribute."""

STRICTEST: Final = Limits("Tempo, which may be behind it,", TEMPO.text_bytes, TEMPO.trace_bytes)
"""Where nobody knows what is behind an endpoint."""


def find_excess(records: Iterable[SpanRecord], encoded_bytes: int, limits: Limits) -> str | None:
    """What of a set-up a backend would not hold, in words; None where it holds all of it."""
    if encoded_bytes > limits.trace_bytes:
        return f"it has {encoded_bytes:,} bytes, {limits.name} holds {limits.trace_bytes:,} of a trace"
    for record in records:
        places = [("", record.attributes), *((f" {event.name}", event.attributes) for event in record.events)]
        for place, attributes in places:
            key = _long_text(attributes, limits.text_bytes)
            if key is not None:
                return (
                    f"{key} of {record.name}{place} has over {limits.text_bytes:,} bytes, the most {limits.name} holds"
                )
    return None


def _long_text(attributes: Mapping[str, Any], most: int) -> str | None:
    for key, value in attributes.items():
        # A character has four bytes at the most: few texts have to be counted.
        if isinstance(value, str) and len(value) * 4 > most and len(value.encode("utf-8", "surrogatepass")) > most:
            return key
    return None
