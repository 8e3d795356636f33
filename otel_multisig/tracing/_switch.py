"""Whether a set-up is traced: the truth table is in `docs/configuration.md`."""

from __future__ import annotations

import os
from typing import Final

from opentelemetry import trace

__all__ = ["ENV_SWITCH", "is_on", "sdk_disabled", "sdk_present", "set_default", "switch"]

ENV_SWITCH: Final = "ENABLE_INSTRUMENTATION"
_ENV_SDK_DISABLED: Final = "OTEL_SDK_DISABLED"
_OFF: Final = frozenset({"", "0", "false", "no", "off"})


_default: bool | None = None


def set_default(wanted: bool | None) -> None:
    """Say what the switch is where `ENABLE_INSTRUMENTATION` is not set."""
    global _default  # noqa: PLW0603 - the switch belongs to the process
    _default = wanted


def switch() -> bool | None:
    """Return what `ENABLE_INSTRUMENTATION` says, else the program: on, off, or `None` where neither does."""
    value = os.environ.get(ENV_SWITCH)
    return _default if value is None else value.strip().lower() not in _OFF


def sdk_disabled() -> bool:
    """Say whether `OTEL_SDK_DISABLED` is `true`, in any case (the specification knows no other value)."""
    return os.environ.get(_ENV_SDK_DISABLED, "").strip().lower() == "true"


def sdk_present() -> bool:
    """Say whether the process has a tracer provider that can record."""
    provider = trace.get_tracer_provider()
    return not isinstance(provider, (trace.ProxyTracerProvider, trace.NoOpTracerProvider))


def is_on(wanted: bool | None) -> bool:
    """Say whether a set-up is to be traced.

    Args:
        wanted: What the caller asked for this one set-up; `None` leaves it to the environment.
    """
    if wanted is False or sdk_disabled() or not sdk_present():
        return False
    return wanted is True or switch() is not False
