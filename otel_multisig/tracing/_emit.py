"""The one place where span events leave for the SDK.

OpenTelemetry is moving from span events to log events (OTEP 4430); when it does, only this function changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span

__all__ = ["emit_event"]


def emit_event(span: Span, name: str, attributes: Mapping[str, str | bool | int | float], time_ns: int) -> None:
    """Record an event on `span`.

    Args:
        span: The span that the event stands on.
        name: The event's name in the registry.
        attributes: What passed the allow-list.
        time_ns: Nanoseconds since the epoch.
    """
    span.add_event(name, attributes, time_ns)
