from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
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
