from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@pytest.fixture(scope="session")
def analyses(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """Diagnoses made by hand."""
    return load_module(Path(__file__).parent / "analyses.py")


@pytest.fixture(scope="session")
def htmls(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """Set-ups with diagnoses made by hand, and the pages of them."""
    return load_module(Path(__file__).parent / "htmls.py")
