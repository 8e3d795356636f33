from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from monero.backends.jsonrpc import JSONRPCWallet

from otel_multisig import instrument, uninstrument
from otel_multisig.tracing import _guard, _switch, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.testing.recording import Recorded
    from otel_multisig.testing.wallet_servers import WalletServers


@pytest.fixture(autouse=True)
def _as_if_just_started(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("OTEL_MULTISIG_") or name == "ENABLE_INSTRUMENTATION"]:
        monkeypatch.delenv(name)
    settings.reset()
    _switch.set_default(None)
    original = JSONRPCWallet.raw_request
    yield
    uninstrument()
    JSONRPCWallet.raw_request = original
    settings.reset()


@pytest.fixture
def lenient(recorded_spans: Recorded) -> Iterator[None]:
    """Internal errors are swallowed, as they are outside tests, and none has been reported yet."""
    # Not by monkeypatch, which would put back what it found after `recorded_spans` has.
    strict, _guard._strict = _guard._strict, False
    _guard._reported.clear()
    yield
    _guard._strict = strict


@pytest.fixture
def instrumented() -> None:
    instrument()


@pytest.fixture
def backends(simulated_wallets: WalletServers) -> dict[str, JSONRPCWallet]:
    """A backend of the library for each role, each with a wallet open on its server."""
    found = {}
    for role, client in simulated_wallets.clients.items():
        client.call("create_wallet", {"filename": f"{role}_w", "password": "hunter2", "language": "English"})
        found[role] = JSONRPCWallet(port=client.port)
    return found
