"""A pytest plug-in: wallet servers as fixtures, and tests that say which server they miss.

Switch it on with ``pytest_plugins = ["otel_multisig.testing.pytest_plugin"]`` in the top-level ``conftest.py``.
It needs pytest, which otel-multisig itself does not.

Fixtures:

- ``require_server(name)``: the path of a server's program. Missing, the test is skipped; named in the environment
  variable ``OTEL_MULTISIG_REQUIRE`` (comma-separated), it fails.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from otel_multisig.testing.required_servers import (
    REQUIRE_VARIABLE,
    REQUIRED_SERVERS,
    find_server,
    names_that_must_be_there,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
