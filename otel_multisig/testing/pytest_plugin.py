"""A pytest plug-in: wallet servers as fixtures, and tests that say which server they miss.

Switch it on with ``pytest_plugins = ["otel_multisig.testing.pytest_plugin"]`` in the top-level ``conftest.py``.
It needs pytest, which otel-multisig itself does not.

Fixtures:

- ``require_server(name)``: the path of a server's program. Missing, the test is skipped; named in the environment
  variable ``OTEL_MULTISIG_REQUIRE`` (comma-separated), it fails.
- ``recorded_spans``: what the test recorded (`otel_multisig.testing.recording.Recorded`); what is not as the registry
  says fails it. Needs the extra ``otlp``.
- ``simulated_wallets``: simulated wallet servers of buyer, vendor and arbiter, new ones for each test.
- ``real_wallets``: real ones (monero-wallet-rpc), started once and used by all tests; each test finds them running,
  with no wallet open. The folder of wallets is shared: use ``new_escrow_id`` or the like to name new ones.
- ``real_wallet_servers``: the same for a whole session, as the last test left them.
- ``wallets``: both, one after the other: the test runs twice.
- ``new_escrow_id``: an escrow id that no other test has.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest

from otel_multisig.testing.required_servers import (
    REQUIRE_VARIABLE,
    REQUIRED_SERVERS,
    find_server,
    names_that_must_be_there,
)
from otel_multisig.testing.wallet_client import WalletRpcError
from otel_multisig.testing.wallet_servers import WalletServers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from otel_multisig.testing.recording import Recorded

_REASON: Final = "the server {name} is missing ({how_to_get})"
_REASON_PATTERN: Final = re.compile(r"the server (\S+) is missing \(")


def pytest_configure() -> None:
    """Refuse a misspelt OTEL_MULTISIG_REQUIRE at once: it would require nothing."""
    try:
        names_that_must_be_there()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line that names every server for want of which tests were skipped, and how to get it."""
    missed: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        # A skip's long representation is (path, line, "Skipped: reason").
        match = _REASON_PATTERN.search(report.longrepr[2]) if isinstance(report.longrepr, tuple) else None
        if match and match[1] in REQUIRED_SERVERS:
            missed[match[1]] += 1
    if not missed:
        return
    parts = (
        f"{name} ({count} test{'s' if count > 1 else ''}; {REQUIRED_SERVERS[name].how_to_get})"
        for name, count in sorted(missed.items())
    )
    terminalreporter.write_line(
        f"!!! NOT TESTED, server missing: {', '.join(parts)}. "
        f"{REQUIRE_VARIABLE}={','.join(sorted(missed))} makes this a failure.",
        yellow=True,
        bold=True,
    )


@pytest.fixture(scope="session")
def require_server() -> Callable[[str], Path]:
    """Ask for a server by name: the path of its program, else the test is skipped (or fails, where required)."""

    def require(name: str) -> Path:
        if name not in REQUIRED_SERVERS:
            pytest.fail(f"no server is called {name!r}; known are: {', '.join(REQUIRED_SERVERS)}", pytrace=False)
        if path := find_server(name):
            return path
        reason = _REASON.format(name=name, how_to_get=REQUIRED_SERVERS[name].how_to_get)
        if name in names_that_must_be_there():
            pytest.fail(f"{reason}, and {REQUIRE_VARIABLE} requires it", pytrace=False)
        pytest.skip(reason)

    return require


@pytest.fixture
def simulated_wallets() -> Iterator[WalletServers]:
    """Simulated wallet servers of buyer, vendor and arbiter, new ones for each test."""
    with WalletServers(kind="simulated") as servers:
        yield servers


@pytest.fixture(scope="session")
def real_wallet_servers(require_server: Callable[[str], Path]) -> Iterator[WalletServers]:
    """Real wallet servers of buyer, vendor and arbiter, started once, in whatever state the last test left them."""
    with WalletServers(kind="real", program=require_server("monero")) as servers:
        yield servers


@pytest.fixture
def real_wallets(real_wallet_servers: WalletServers) -> WalletServers:
    """Real wallet servers of buyer, vendor and arbiter, the same for all tests, running and with no wallet open."""
    servers = real_wallet_servers
    for role in servers.roles:
        if not servers.is_running(role):
            servers.restart(role)
        with suppress(WalletRpcError):
            servers.clients[role].call("close_wallet", {"autosave_current": False})
    return servers


@pytest.fixture(params=["simulated", "real"])
def wallets(request: pytest.FixtureRequest) -> WalletServers:
    """Wallet servers of buyer, vendor and arbiter: simulated ones, then real ones."""
    servers: WalletServers = request.getfixturevalue(f"{request.param}_wallets")
    return servers


@pytest.fixture
def new_escrow_id() -> str:
    """An escrow id that no other test has."""
    return str(uuid.uuid4())


@pytest.fixture
def recorded_spans() -> Iterator[Recorded]:
    """What the test records, checked against the registry when it has ended."""
    recording = pytest.importorskip("otel_multisig.testing.recording", reason="needs the extra otlp")
    with recording.recorded_spans() as recorded:
        yield recorded
