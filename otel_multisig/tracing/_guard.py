"""What goes wrong inside the instrumentation stays inside it.

Telemetry never breaks the application: an error of ours is logged once for each place and swallowed. Under a test-suite
it is raised instead, so that it cannot hide (`strict`).
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["strict", "swallow"]

_log = logging.getLogger("otel_multisig")
_reported: set[str] = set()
_strict = False


def swallow(place: str, error: Exception) -> None:
    """Report an internal error once for each place, then forget it.

    Args:
        place: What was being done, for the log line.
        error: What went wrong.

    Raises:
        Exception: `error` itself, while `strict` is in force.
    """
    if _strict:
        raise error
    if place in _reported:
        return
    _reported.add(place)
    # The error's own text is left out: it may quote what was being recorded.
    _log.warning(
        "otel-multisig: %s failed (%s); the application goes on, later failures of this kind are not logged",
        place,
        type(error).__name__,
    )


@contextmanager
def strict() -> Iterator[None]:
    """Raise internal errors instead of swallowing them, for test-suites."""
    global _strict  # noqa: PLW0603 - one switch for the process, as the errors come from any thread
    before, _strict = _strict, True
    try:
        yield
    finally:
        _strict = before
