from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@pytest.fixture(scope="session")
def setups() -> ModuleType:
    path = Path(__file__).parents[1] / "legacy" / "setups.py"
    spec = importlib.util.spec_from_file_location("setups", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def web_server() -> ModuleType:
    """The server that answers as it is told to, of the tests of HTTP."""
    path = Path(__file__).parents[1] / "web" / "conftest.py"
    spec = importlib.util.spec_from_file_location("web_server", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(web_server: ModuleType) -> Iterator[Any]:
    with web_server.serving() as told:
        yield told
