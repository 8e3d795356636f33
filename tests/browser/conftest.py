from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


@pytest.fixture(scope="session")
def browser(
    require_server: Callable[[str], Path],
    load_module: Callable[[Path], ModuleType],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """A Chromium, started once."""
    program = require_server("chromium")
    chromium = load_module(Path(__file__).parent / "chromium.py")
    with chromium.running(program, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a page given as bytes; closed at the end, when it must not have complained of anything."""
    opened = []

    def open_it(page: bytes, **options: Any) -> Any:
        path = tmp_path / f"page{len(opened)}.html"
        path.write_bytes(page)
        opened.append(browser.open(path, **options))
        return opened[-1]

    yield open_it
    for page in opened:
        complaints, asked = page.complaints(), page.requests()
        page.close()
        assert complaints == []
        assert len(asked) == 1
        assert asked[0].startswith("file://")
