from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.chromium import Browser, Page


@pytest.fixture(scope="session")
def browser(require_server: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium, started once."""
    with chromium.running(require_server("chromium"), tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a page given as bytes; closed at the end, when it must not have complained of anything."""
    opened: list[Page] = []

    def open_it(page: bytes, **options: Any) -> Page:
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
