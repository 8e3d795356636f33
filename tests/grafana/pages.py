"""Pages of Grafana in a browser: opened by address, awaited until every panel is drawn."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.chromium import Browser, Page

# Every panel is there, none is loading, and no request is under way.
DRAWN = """(() => {
  const panels = document.querySelectorAll('.panel-container');
  const loading = document.querySelectorAll('.panel-loading, [aria-label="Panel loading bar"], .panel-empty');
  return panels.length >= COUNT && loading.length === 0 && !document.querySelector('.preloader');
})()"""
QUIET = """new Promise((done) => {
  let seen = -1, same = 0;
  const look = () => {
    const now = performance.getEntriesByType('resource').length;
    same = now === seen ? same + 1 : 0;
    seen = now;
    same >= 8 ? done(true) : setTimeout(look, 100);
  };
  look();
})"""
ERRORS = """[...document.querySelectorAll(
  '[aria-label="Panel status"], .panel-info-corner--error, [data-testid="data-testid Panel status error"]'
)].map((one) => one.closest('.panel-container')?.querySelector('.panel-title')?.textContent ?? one.textContent)"""


def open_url(browser: Browser, url: str, *, width: int = 1400, height: int = 1000) -> Page:
    """A page of an address, loaded."""
    page = browser.new_page(width=width, height=height)
    page.load(url)
    return page


def await_panels(page: Page, count: int) -> None:
    """Wait until so many panels are drawn."""
    page.wait(DRAWN.replace("COUNT", str(count)))
    page.evaluate(QUIET)
    page.wait(DRAWN.replace("COUNT", str(count)))
    page.settle()


def panel_text(title: str) -> str:
    """A script that gives what a panel says, its title first."""
    panels = "[...document.querySelectorAll('.panel-container')].map((one) => one.innerText)"
    return f"{panels}.find((text) => text.startsWith({title!r} + '\\n'))"


def picture(page: Page, selector: str) -> bytes:
    """A part of a page as PNG."""
    box = page.evaluate(f"document.querySelector({selector!r}).getBoundingClientRect().toJSON()")
    clip = {key: box[key] for key in ("x", "y", "width", "height")} | {"scale": 1}
    return base64.b64decode(page.command("Page.captureScreenshot", {"format": "png", "clip": clip})["data"])
