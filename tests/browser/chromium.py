"""A headless Chromium, driven by its DevTools protocol: JSON over a pair of pipes, a zero byte after each message."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TIME_LIMIT = 60.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


class BrowserError(Exception):
    """What the browser, or a script in its page, answered with."""


class Browser:
    """A browser that runs; `open` gives pages."""

    def __init__(self, process: subprocess.Popen[bytes], to_browser: int, from_browser: int) -> None:
        self._process = process
        self._to, self._from = to_browser, from_browser
        self._buffer = bytearray()
        self._last_id = 0
        self._events: list[dict[str, Any]] = []

    def command(self, method: str, params: dict[str, Any] | None = None, session: str | None = None) -> Any:
        """Send a command and wait for its answer."""
        self._last_id += 1
        wanted = self._last_id
        message = {"id": wanted, "method": method, "params": params or {}} | ({"sessionId": session} if session else {})
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + TIME_LIMIT
        while True:
            answer = self._next(deadline)
            if answer.get("id") == wanted:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                return answer["result"]
            self._events.append(answer)

    def events(self, session: str) -> list[dict[str, Any]]:
        """What a page told unasked so far."""
        return [event for event in self._events if event.get("sessionId") == session]

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(deadline - time.monotonic(), 0))
            data = os.read(self._from, 1 << 20) if ready else b""
            if not data:
                raise BrowserError("the browser does not answer" if not ready else "the browser ended")
            self._buffer += data
        message, _, rest = self._buffer.partition(b"\0")
        self._buffer = bytearray(rest)
        parsed: dict[str, Any] = json.loads(message)
        return parsed

    def open(
        self, path: Path, *, width: int = 1400, height: int = 900, dark: bool = False, marker: str = "drawn"
    ) -> Page:
        """A page of a file, once it says that it is drawn."""
        page = self.new_page(width=width, height=height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.command("Emulation.setEmulatedMedia", {"features": [scheme]})
        page.load(path.resolve().as_uri())
        page.wait(f"document.documentElement.dataset.{marker} === 'true'")
        return page

    def new_page(self, *, width: int = 1400, height: int = 900) -> Page:
        """A page of nothing, of this size, that tells what happens on it."""
        target = self.command("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.command("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.command(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        page.command("Emulation.setDeviceMetricsOverride", size)
        return page

    def await_event(self, method: str, session: str) -> None:
        """Wait until a page has told something."""
        deadline = time.monotonic() + TIME_LIMIT
        while not any(event["method"] == method for event in self.events(session)):
            self._events.append(self._next(deadline))


class Page:
    """One page."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self._browser, self._target, self._session = browser, target, session

    def command(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Send a command to this page."""
        return self._browser.command(method, params, self._session)

    def load(self, url: str) -> None:
        """Go to the first address that it shows, and wait until it is loaded."""
        self.command("Page.navigate", {"url": url})
        self._browser.await_event("Page.loadEventFired", self._session)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, promises awaited."""
        answer = self.command(
            "Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True}
        )
        if "exceptionDetails" in answer:
            raise BrowserError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + TIME_LIMIT
        while not self.evaluate(f"Boolean({condition})"):
            if time.monotonic() > deadline:
                raise BrowserError(f"never true: {condition}; {self.complaints()}")
            self.evaluate("new Promise((done) => setTimeout(done, 20))")

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def press(self, key: str, *, modifiers: int = 0) -> None:
        """A key of the keyboard: ``Enter``, ``ArrowRight``, ``+``."""
        text = {"Enter": "\r", " ": " "}.get(key, key if len(key) == 1 else "")
        params = {"key": key, "modifiers": modifiers, "code": key, "windowsVirtualKeyCode": _CODES.get(key, 0)}
        self.command("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **params})
        self.command("Input.dispatchKeyEvent", {"type": "keyUp", **params})
        self.settle()

    def click(self, x: float, y: float) -> None:
        """A click of the mouse."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.command("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})
        self.settle()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw something from one place to another."""
        points = [("mousePressed", start), ("mouseMoved", end), ("mouseMoved", end), ("mouseReleased", end)]
        for kind, (x, y) in points:
            params = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
            self.command("Input.dispatchMouseEvent", params)
        self.settle()

    def wheel(self, x: float, y: float, *, down: float = 0, across: float = 0, modifiers: int = 0) -> None:
        """A turn of the wheel."""
        params = {"type": "mouseWheel", "x": x, "y": y, "deltaX": across, "deltaY": down, "modifiers": modifiers}
        self.command("Input.dispatchMouseEvent", params)
        self.settle()

    def screenshot(self, *, whole: bool = False) -> bytes:
        """What it looks like, as PNG."""
        answer = self.command("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        return base64.b64decode(answer["data"])

    def pdf(self) -> bytes:
        """What it looks like on paper."""
        params = {"printBackground": True, "preferCSSPageSize": True, "landscape": True}
        return base64.b64decode(self.command("Page.printToPDF", params)["data"])

    def complaints(self) -> list[str]:
        """Errors and warnings on its console, and exceptions that nobody caught."""
        found = []
        for event in self._browser.events(self._session):
            params = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"].get("exception", params)))
            elif event["method"] == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
                found.append(str(params["args"]))
            elif event["method"] == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
                found.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        return found

    def requests(self) -> list[str]:
        """The addresses of everything that it asked for."""
        events = self._browser.events(self._session)
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def close(self) -> None:
        """Close it."""
        self._browser.command("Target.closeTarget", {"targetId": self._target})


_CODES = {
    "Enter": 13,
    "Escape": 27,
    " ": 32,
    "End": 35,
    "Home": 36,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Tab": 9,
}


@contextmanager
def running(program: Path, profile: Path) -> Iterator[Browser]:
    """A browser, for as long as the block runs.

    Args:
        program: Chromium.
        profile: a folder of its own.
    """
    its_input, to_browser = os.pipe()
    from_browser, its_output = os.pipe()
    # It reads from descriptor 3 and writes to descriptor 4; a shell puts ours there.
    command = f'exec "$0" "$@" 3<&{its_input} 4>&{its_output}'
    process = subprocess.Popen(
        ["/bin/bash", "-c", command, str(program), *FLAGS, f"--user-data-dir={profile}"],
        pass_fds=(its_input, its_output),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_input)
    os.close(its_output)
    browser = Browser(process, to_browser, from_browser)
    try:
        yield browser
    finally:
        with suppress(BrowserError, OSError):
            browser.command("Browser.close")
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(to_browser)
        os.close(from_browser)
