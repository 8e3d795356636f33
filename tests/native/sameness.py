"""Equality that tells all apart that a test of compiled code has to tell apart."""

from __future__ import annotations

import struct
from typing import Any

__all__ = ["exact"]


def exact(value: Any) -> Any:
    """What is equal only where values are equal, their types are, and the order of all that has one."""
    if isinstance(value, float):
        return float, struct.pack("<d", value)
    if isinstance(value, dict):
        return type(value), [(exact(key), exact(inner)) for key, inner in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [exact(inner) for inner in value]
    if hasattr(value, "__struct_fields__"):
        return type(value), [exact(getattr(value, field)) for field in value.__struct_fields__]
    return type(value), value
