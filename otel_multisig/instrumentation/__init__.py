"""Client libraries whose calls are traced by themselves: one module each, all by the interface `ClientInstrumentor`."""

from __future__ import annotations

from typing import Protocol

from otel_multisig.instrumentation.monero import MoneroInstrumentor

__all__ = ["ClientInstrumentor", "instrument", "uninstrument"]


class ClientInstrumentor(Protocol):
    """What a client library's module offers."""

    def is_available(self) -> bool:
        """Whether the library is installed."""

    def instrument(self) -> None:
        """Trace the library's calls from now on; a second call changes nothing."""

    def uninstrument(self) -> None:
        """Restore the library as it was."""


def _known() -> tuple[ClientInstrumentor, ...]:
    return (MoneroInstrumentor(),)


def instrument() -> tuple[str, ...]:
    """Trace the calls of every known client library that is installed.

    A call is traced where its wallet has been bound to a role (`with escrow.wallet(role, backend):`); any other passes
    untouched.

    Returns:
        The names of the instrumentors that took effect.
    """
    found = [instrumentor for instrumentor in _known() if instrumentor.is_available()]
    for instrumentor in found:
        instrumentor.instrument()
    return tuple(type(instrumentor).__name__ for instrumentor in found)


def uninstrument() -> None:
    """Restore every client library as it was."""
    for instrumentor in _known():
        if instrumentor.is_available():
            instrumentor.uninstrument()
