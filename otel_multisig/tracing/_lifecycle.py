"""Which set-ups are open, and how they end when the process does."""

from __future__ import annotations

import atexit
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import metrics, trace

from otel_multisig.tracing import _guard
from otel_multisig.tracing._pending import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from otel_multisig.tracing._setup import Setup

__all__ = ["end_all", "forget", "install", "open_setups", "remember", "settings_changed"]

_FLUSH_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 1.0

_open: dict[str, Setup] = {}
_at_exit = False
_on_signal = False


def open_setups() -> Iterable[Setup]:
    """Return the set-ups that have begun and not ended."""
    return tuple(_open.values())


def remember(setup: Setup) -> None:
    """Note that `setup` is open."""
    if not _on_signal:
        install()
    _open[setup.setup_id] = setup
    _watch.begin()


def forget(setup: Setup) -> None:
    """Note that `setup` has ended."""
    _open.pop(setup.setup_id, None)


_watch: Final = Watch(open_setups)


def settings_changed() -> None:
    """Note that other settings are in force: what is to be shown may be due earlier."""
    _watch.look_again()


def end_all() -> None:
    """End all that is open, innermost first, marked as interrupted; the process ends."""
    _watch.stop()
    for setup in open_setups():
        for sequence in sorted(setup.open_nodes, reverse=True):
            node = setup.open_nodes.get(sequence)
            if node is not None:
                node.interrupt()
        forget(setup)


def install() -> None:
    """Arrange for `end_all` at exit and on SIGTERM; what has been arranged already is left as it is.

    Called when tracing is configured and when a set-up begins: the SDK registered its own exit handler when it was
    made, and exit handlers run last first, so ours runs while the SDK can still export.
    """
    global _at_exit, _on_signal  # noqa: PLW0603 - handlers belong to the process
    if not _at_exit:
        _at_exit = True
        atexit.register(end_all)
        os.register_at_fork(after_in_child=_abandon_all)
    # Python lets only the main thread do this: a set-up that begins in another one leaves it to a later one.
    if _on_signal or threading.current_thread() is not threading.main_thread():
        return
    _on_signal = True
    try:
        # A handler of the application's own means that it winds down by itself; then the exit handler does the work.
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_sigterm)
    except ValueError as error:  # a sub-interpreter has no signals
        _guard.swallow("installing the SIGTERM handler", error)


def _abandon_all() -> None:
    for setup in open_setups():
        setup.abandon()
    _open.clear()
    _watch.reset()


def _on_sigterm(_signal: int, _frame: FrameType | None) -> None:
    """End and export what is open, then die by the same signal as the process would have without us."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # In threads of their own: the interrupted code may hold a lock of the SDK's that ending a span needs. It gets time
    # to release it: after a while this handler returns, and the process dies when all is exported, or at the deadline.
    worker = threading.Thread(target=_end_and_die, name="otel-multisig-sigterm", daemon=True)
    worker.start()
    worker.join(_PATIENCE_SECONDS)


def _end_and_die() -> None:
    flush = threading.Thread(target=_end_and_flush, name="otel-multisig-flush", daemon=True)
    flush.start()
    flush.join(_FLUSH_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _end_and_flush() -> None:
    end_all()
    providers: tuple[Any, ...] = (trace.get_tracer_provider(), metrics.get_meter_provider())
    for provider in providers:
        shutdown = getattr(provider, "shutdown", None)
        if shutdown is not None:
            shutdown()
