"""The hook for what must be known at once: a journal, live rules, a progress display.

OpenTelemetry's exporters see spans when they have ended. A recorder sees each start, event and end as it happens, in
the thread where it happens, so it must be quick and must not block.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from otel_multisig.tracing import _guard

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from otel_multisig.tracing._node import Node, Outcome

__all__ = ["ConcludingRecorder", "LiveEvent", "Recorder", "SetupRecorder", "add_recorder", "remove_recorder"]


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
        """`node` has ended; its `end_attributes` and `outcome` are final."""


@runtime_checkable
class ConcludingRecorder(Recorder, Protocol):
    """A recorder that has something to add to a set-up before it ends."""

    def concluding(self, root: Node, outcome: Outcome | None) -> None:
        """The set-up whose root `root` is will end right after this, with `outcome`: events can still be recorded."""


class SetupRecorder(ABC):
    """A recorder that watches set-ups as wholes: of starts it is told only when a set-up begins.

    To be told of every call twice is what would make it costly.
    """

    @abstractmethod
    def beginning(self, root: Node) -> None:
        """The set-up whose root `root` is has begun."""

    @abstractmethod
    def happened(self, node: Node, event: LiveEvent) -> None:
        """Something happened in `node`."""

    @abstractmethod
    def ended(self, node: Node) -> None:
        """`node` has ended; its `end_attributes` and `outcome` are final."""

    @abstractmethod
    def concluding(self, root: Node, outcome: Outcome | None) -> None:
        """The set-up whose root `root` is will end right after this, with `outcome`: events can still be recorded."""


if TYPE_CHECKING:
    AnyRecorder: TypeAlias = Recorder | SetupRecorder

_recorders: tuple[AnyRecorder, ...] = ()
_told_of_starts: tuple[Recorder, ...] = ()
_told_of_setups: tuple[SetupRecorder, ...] = ()


def add_recorder(recorder: AnyRecorder) -> None:
    """Tell `recorder` of everything from now on."""
    restore((*_recorders, recorder))


def remove_recorder(recorder: AnyRecorder) -> None:
    """Stop telling `recorder`; one that was never added is ignored."""
    restore(tuple(known for known in _recorders if known is not recorder))


def installed() -> tuple[AnyRecorder, ...]:
    """Return the recorders that are told of what happens."""
    return _recorders


def restore(recorders: tuple[AnyRecorder, ...]) -> None:
    """Tell those recorders that were told before, as `installed` had it, and no others."""
    # Replaced whole, so that readers in other threads need no lock.
    global _recorders, _told_of_starts, _told_of_setups  # noqa: PLW0603
    _told_of_setups = tuple(known for known in recorders if isinstance(known, SetupRecorder))
    _told_of_starts = tuple(known for known in recorders if not isinstance(known, SetupRecorder))
    _recorders = recorders


def publish_beginning(root: Node) -> None:
    """Tell the recorders of whole set-ups that the set-up of `root` has begun."""
    for recorder in _told_of_setups:
        try:
            recorder.beginning(root)
        except Exception as error:
            _guard.swallow("a recorder", error)


def publish_start(node: Node) -> None:
    """Tell every recorder that wants to know of starts that `node` has begun."""
    for recorder in _told_of_starts:
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


def publish_conclusion(root: Node, outcome: Outcome | None) -> None:
    """Tell the recorders that want to know that the set-up of `root` is about to end."""
    for recorder in _recorders:
        try:
            if isinstance(recorder, (SetupRecorder, ConcludingRecorder)):
                recorder.concluding(root, outcome)
        except Exception as error:
            _guard.swallow("a recorder", error)
