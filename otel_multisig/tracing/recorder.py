"""The hook for what must be known at once: a journal, live rules, a progress display.

OpenTelemetry's exporters see spans when they have ended. A recorder sees each start, event and end as it happens, in
the thread where it happens, so it must be quick and must not block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from otel_multisig.tracing import _guard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig.tracing._node import Node

__all__ = ["LiveEvent", "Recorder", "add_recorder", "remove_recorder"]


class LiveEvent(Protocol):
    """One event of a set-up as it happens."""

    @property
    def name(self) -> str:
        """The event's name in the registry."""

    @property
    def sequence(self) -> int:
        """Its place in the order of its set-up."""

    @property
    def time_ns(self) -> int:
        """Nanoseconds since the epoch."""

    @property
    def attributes(self) -> Mapping[str, str | bool | int | float]:
        """What was recorded, all of it already passed by the allow-list."""


class Recorder(Protocol):
    """What a recorder has to offer. Errors that it raises are logged once and swallowed."""

    def started(self, node: Node) -> None:
        """A set-up, a round, a call or a continuation has begun."""

    def happened(self, node: Node, event: LiveEvent) -> None:
        """Something happened in `node`."""

    def ended(self, node: Node) -> None:
        """`node` has ended; its `end_attributes` and `status` are final."""


_recorders: tuple[Recorder, ...] = ()


def add_recorder(recorder: Recorder) -> None:
    """Tell `recorder` of everything from now on."""
    global _recorders  # noqa: PLW0603 - replaced whole, so that readers in other threads need no lock
    _recorders = (*_recorders, recorder)


def remove_recorder(recorder: Recorder) -> None:
    """Stop telling `recorder`; one that was never added is ignored."""
    global _recorders  # noqa: PLW0603 - replaced whole, so that readers in other threads need no lock
    _recorders = tuple(known for known in _recorders if known is not recorder)


def publish_start(node: Node) -> None:
    """Tell every recorder that `node` has begun."""
    for recorder in _recorders:
        try:
            recorder.started(node)
        except Exception as error:
            _guard.swallow("a recorder", error)


def publish_event(node: Node, event: LiveEvent) -> None:
    """Tell every recorder of an event in `node`."""
    for recorder in _recorders:
        try:
            recorder.happened(node, event)
        except Exception as error:
            _guard.swallow("a recorder", error)


def publish_end(node: Node) -> None:
    """Tell every recorder that `node` has ended."""
    for recorder in _recorders:
        try:
            recorder.ended(node)
        except Exception as error:
            _guard.swallow("a recorder", error)
