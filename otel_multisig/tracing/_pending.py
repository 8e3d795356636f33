"""Markers of what stays open: an exporter sees only what has ended, so a set-up that hangs would not be seen at all.

A marker is an ended span that stands for an open one: see `monero.span.pending` in the registry. It is handed to the
exporters without being started: a root could not be given the open one's trace otherwise, and no sampler is asked
twice.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.trace import SpanContext, format_span_id

from otel_multisig.semconv import attributes as attr
from otel_multisig.tracing import _guard, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from otel_multisig.tracing._node import Node
    from otel_multisig.tracing._setup import Setup

__all__ = ["Shown", "Watch"]

_NANO: Final = 10**9
# When markers are renewed, as multiples of the time of the first: seldom, since each is one more span.
_RENEWED: Final = (1, 2, 4, 10, 20)
_PERIOD: Final = _RENEWED[-1]
# When everything hangs at once: fewer at a time than an SDK's queue holds, which throws away the oldest beyond that.
_MOST: Final = 200
_PAUSE_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 1.0


class Shown:
    """What has been shown of an open span.

    Attributes:
        markers: How many markers were exported.
        events: How many of its events they told of.
        times: How many markers it should have had by its age.
    """

    __slots__ = ("events", "markers", "times")

    def __init__(self) -> None:
        self.markers = 0
        self.events = 0
        self.times = 0


class Watch:
    """A thread that looks for what has been open too long.

    It begins with the first set-up, sleeps while none is open, and otherwise looks no more often than the time after
    which there is something to show.

    Args:
        open_setups: Gives the set-ups that are open.
    """

    def __init__(self, open_setups: Callable[[], Iterable[Setup]]) -> None:
        self._open_setups = open_setups
        self.reset()

    def reset(self) -> None:
        """Begin anew, without the thread: in a forked child it does not run."""
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._idle = True
        self._stopped = False

    def begin(self) -> None:
        """Note that a set-up has begun; nearly always there is nothing to do. Never raises."""
        if self._idle:
            self.look_again()

    def look_again(self) -> None:
        """Look at once, because a set-up has begun or the settings have changed. Never raises."""
        if self._thread is not None:
            self._wake.set()
            return
        try:
            if settings.current().pending_after and not self._stopped and self._open_setups():
                self._start()
        except Exception as error:
            _guard.swallow("starting to watch open set-ups", error)

    def stop(self) -> None:
        """Show nothing more: the process ends."""
        self._stopped = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_STOP_SECONDS)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="otel-multisig-pending", daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        try:
            while not self._stopped:
                self._wake.clear()
                seconds = self._look()
                # A set-up that begins after the look finds us idle and wakes us, or is there by the next line.
                self._idle = seconds is None
                if seconds is None and settings.current().pending_after and self._open_setups():
                    self._idle = False
                    continue
                self._wake.wait(seconds)
                self._idle = False
        finally:
            self._thread = None
            self._idle = True

    def _look(self) -> float | None:
        """Show what has been open too long; return in how many seconds to look again, None where nothing is open."""
        after = settings.current().pending_after
        setups = tuple(self._open_setups())
        if not after or not setups:
            return None
        wait = after
        due = []
        for node in [node for setup in setups for node in tuple(setup.open_nodes.values())]:
            left = _due(node, after) - _age(node)
            if left > 0:
                wait = min(wait, left)
            else:
                due.append(node)
        # What was never shown before what is shown again.
        due.sort(key=lambda node: 0 if node.shown is None else node.shown.times)
        for node in due[:_MOST]:
            wait = min(wait, max(self._show(node, after), 0.0))
        return wait if len(due) <= _MOST else min(wait, _PAUSE_SECONDS)

    @staticmethod
    def _show(node: Node, after: float) -> float:
        """Show that `node` is open; return in how many seconds to do so again."""
        if node.shown is None:
            node.shown = Shown()
        age = _age(node)
        # Where nobody looked for a while, as when the machine was asleep, one marker stands for all that were due.
        while _due(node, after) <= age:
            node.shown.times += 1
        try:
            _export_marker(node, node.shown)
        except Exception as error:
            _guard.swallow("showing what is open", error)
        return _due(node, after) - _age(node)


def _age(node: Node) -> float:
    return (node.setup.now() - node.start_ns) / _NANO


def _due(node: Node, after: float) -> float:
    """At what age, in seconds, an open span is shown for the next time."""
    times = 0 if node.shown is None else node.shown.times
    if times < len(_RENEWED):
        return after * _RENEWED[times]
    return after * _PERIOD * (times - len(_RENEWED) + 2)


def _export_marker(node: Node, shown: Shown) -> None:
    """Export a marker of an open span, where the SDK records it at all."""
    span: Any = node.span
    # Both are public in OpenTelemetry's SDK; other implementations of its interface have neither.
    processor = getattr(node.setup.tracer, "span_processor", None)
    ids = getattr(node.setup.tracer, "id_generator", None)
    if processor is None or ids is None or not span.is_recording():
        return
    from opentelemetry.sdk.trace import ReadableSpan

    own = span.get_span_context()
    events = span.events[shown.events :]
    marker = ReadableSpan(
        name=span.name,
        context=SpanContext(own.trace_id, ids.generate_span_id(), False, own.trace_flags, own.trace_state),
        parent=span.parent,
        resource=span.resource,
        attributes={
            **span.attributes,
            attr.MONERO_SPAN_PENDING: True,
            attr.MONERO_SPAN_OPEN_ID: format_span_id(own.span_id),
            attr.MONERO_SPAN_MARKERS: 0,
        },
        events=events,
        links=span.links,
        kind=span.kind,
        start_time=node.start_ns,
        end_time=node.setup.now(),
        instrumentation_scope=span.instrumentation_scope,
    )
    shown.events += len(events)
    shown.markers += 1
    if node.is_open:
        processor.on_end(marker)
