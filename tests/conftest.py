from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from opentelemetry.context import get_current

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["otel_multisig.testing.pytest_plugin", "pytester"]

# The machines of a test run are shared: how long one example takes says nothing.
settings.register_profile("ci", deadline=None)
settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _nothing_stays_current() -> Iterator[None]:
    """What a test leaves behind in the context would be found by the next one."""
    before = get_current()
    yield
    assert get_current() is before
