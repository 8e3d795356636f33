"""The live side: what an application says while a set-up runs becomes spans, events, metrics and recordings."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry import trace

from otel_multisig.tracing import _guard, settings
from otel_multisig.tracing._ambient import current_setup
from otel_multisig.tracing._bindings import Binding
from otel_multisig.tracing._call import Call
from otel_multisig.tracing._escrow import Escrow, Round
from otel_multisig.tracing._metrics import SCOPE, instruments
from otel_multisig.tracing._node import Node
from otel_multisig.tracing._noop import UntracedEscrow
from otel_multisig.tracing._setup import Setup
from otel_multisig.tracing._switch import is_on
from otel_multisig.tracing._wallets import TracedWallet
from otel_multisig.tracing.recorder import LiveEvent, Recorder, add_recorder, remove_recorder
from otel_multisig.wallet_rpc.own_words import text_digest

__all__ = [
    "Binding",
    "Call",
    "Escrow",
    "LiveEvent",
    "Node",
    "Recorder",
    "Round",
    "TracedWallet",
    "add_recorder",
    "current_setup",
    "remove_recorder",
    "settings",
    "trace_escrow",
]

_THRESHOLD: Final = 2
_PARTICIPANTS: Final = 3
_LONGEST_ID: Final = 400


def trace_escrow(
    escrow_id: Any,
    *,
    enabled: bool | None = None,
    parent: bool = False,
    threshold: int = _THRESHOLD,
    participants: int = _PARTICIPANTS,
) -> Escrow:
    """Trace the set-up of one escrow, inside `with` or `async with`.

    Without an SDK, or with tracing switched off, the object that comes back does nothing and is as usable.

    Args:
        escrow_id: The application's id of the escrow. A second set-up of it is a second trace with the same id.
        enabled: Switches this one escrow on or off, whatever `ENABLE_INSTRUMENTATION` says.
        parent: Make the set-up a child of the caller's span; by default it is a trace of its own with a link to it.
        threshold: How many of the participants must sign.
        participants: How many wallets take part.
    """
    name = ""
    try:
        name = _name_of(escrow_id)
        if is_on(enabled):
            setup = Setup(name, trace.get_tracer(SCOPE), instruments())
            return Escrow(setup, as_child=parent, threshold=threshold, participants=participants)
    except Exception as error:
        _guard.swallow("beginning a set-up", error)
    return UntracedEscrow(name)


def _name_of(escrow_id: Any) -> str:
    # A lone surrogate is no UTF-8 and would make the export of the whole batch fail; a long text would be cut by
    # backends, so that set-ups of one escrow became one.
    text = str.__str__(escrow_id) if isinstance(escrow_id, str) else str(escrow_id)
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= _LONGEST_ID else text_digest(text)
