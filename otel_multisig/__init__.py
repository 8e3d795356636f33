"""OpenTelemetry for Monero multisig escrow set-ups: record what happened, see it in the usual tools, name the cause.

from otel_multisig import trace_escrow

with trace_escrow(escrow_id) as escrow, escrow.round(1):
    with escrow.call("buyer", "prepare_multisig", port=18082) as call:
        call.answer(wallet("prepare_multisig", {}))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from otel_multisig._version import __version__

if TYPE_CHECKING:
    from otel_multisig.instrumentation import instrument, uninstrument
    from otel_multisig.live.configuration import configure
    from otel_multisig.tracing import (
        Call,
        Escrow,
        Recorder,
        Round,
        TracedWallet,
        add_recorder,
        remove_recorder,
        trace_escrow,
    )
    from otel_multisig.tracing.configuration import ConfigurationError
    from otel_multisig.tracing.logs import EscrowLogFilter
    from otel_multisig.tracing.settings import SettingsError

__all__ = [
    "Call",
    "ConfigurationError",
    "Escrow",
    "EscrowLogFilter",
    "Recorder",
    "Round",
    "SettingsError",
    "TracedWallet",
    "__version__",
    "add_recorder",
    "configure",
    "instrument",
    "remove_recorder",
    "trace_escrow",
    "uninstrument",
]

# Loaded at first use: the command line and the converters need this package, and none of the live side.
_HOME: Final = {
    "ConfigurationError": "otel_multisig.tracing.configuration",
    "EscrowLogFilter": "otel_multisig.tracing.logs",
    "SettingsError": "otel_multisig.tracing.settings",
    "configure": "otel_multisig.live.configuration",
    "instrument": "otel_multisig.instrumentation",
    "uninstrument": "otel_multisig.instrumentation",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME.get(name, "otel_multisig.tracing")), name)
    globals()[name] = value
    return value
