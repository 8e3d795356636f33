from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from opentelemetry.context import get_current

from otel_multisig.tracing import recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

pytest.register_assert_rewrite("tests.running")
pytest_plugins = ["otel_multisig.testing.pytest_plugin", "pytester"]

# The machines of a test run are shared: how long one example takes says nothing. In CI the examples are the same each
# time, so that a change is judged by what it changes; everywhere else each run looks for new ones.
settings.register_profile("shared machines", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("shared machines")


@pytest.fixture(autouse=True)
def _nothing_stays_current() -> Iterator[None]:
    """What a test leaves behind in the context would be found by the next one."""
    before = get_current()
    yield
    assert get_current() is before


@pytest.fixture(autouse=True)
def _no_recorder_stays() -> Iterator[None]:
    """`configure` starts recorders, which belong to the process."""
    before = recorder.installed()
    yield
    recorder.restore(before)


@pytest.fixture(scope="session")
def load_module() -> Callable[[Path], ModuleType]:
    """Load a module by its path: what lies beside tests is in no package."""

    def load(path: Path) -> ModuleType:
        # The name is one that no other module has, and known while it is loaded: msgspec looks annotations up by it.
        name = f"loaded_{path.parent.name}_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def setups(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """Set-ups as scripts, and what they are as traces and records."""
    return load_module(Path(__file__).parent / "legacy" / "setups.py")


@pytest.fixture(scope="session")
def web_server(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """The server that answers as it is told to, of the tests of HTTP."""
    return load_module(Path(__file__).parent / "web" / "conftest.py")


@pytest.fixture
def server(web_server: ModuleType) -> Iterator[Any]:
    """That server, running."""
    with web_server.serving() as told:
        yield told
