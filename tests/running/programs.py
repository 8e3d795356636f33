"""Programs of others as tests run them: on free ports, in a folder of their own, awaited and not slept for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

START_SECONDS = 60
END_SECONDS = 30
STEP_SECONDS = 0.05


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens now, each another one."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def get(url: str, accept: str = "*/*") -> bytes:
    """What is at an address.

    Raises:
        OSError: Nobody answers, or not with success.
    """
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=10) as answer:
        body: bytes = answer.read()
        return body


def post(url: str, data: bytes, content_type: str) -> bytes:
    """What is answered to some data.

    Raises:
        OSError: Nobody answers, or not with success.
    """
    request = urllib.request.Request(url, data, {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
        body: bytes = answer.read()
        return body


def answers(url: str) -> bool:
    """Whether somebody answers there, with success."""
    try:
        get(url)
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], object], seconds: float = 30) -> bool:
    """Wait for a condition; False where it did not come in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP_SECONDS)
    return True


class Server:
    """A program that can be ended and started again on the same ports and folder.

    As a context it is started, and killed at the end.

    Attributes:
        command: The program and its arguments.
        env: Its variables: those given, PATH and HOME, nothing else of ours.
        folder: Where it runs, and its home.
        log: The file of all that it says.
        process: Its process, while it runs.
    """

    def __init__(
        self, command: Sequence[str | Path], env: Mapping[str, str], folder: Path, ready: str | Callable[[], bool]
    ) -> None:
        """Say how to start it.

        Args:
            command: As in `Server`.
            env: As in `Server`.
            folder: As in `Server`; it must be there.
            ready: The address that answers once it is up, or what says that it is.
        """
        self.command = command
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), **env}
        self.folder = folder
        self.log = folder / "log"
        self.ready = ready
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Launch it, and wait until it is up."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start its process, and do not wait: several come up together."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.env, stdout=log, stderr=log)

    def await_ready(self) -> None:
        """Wait until it is up.

        Raises:
            AssertionError: It ended, or took too long; with the end of its log.
        """
        process = self.process
        assert process
        up = wait_until(lambda: self._is_ready() or process.poll() is not None, START_SECONDS)
        assert up, self._last_words()
        assert process.poll() is None, self._last_words()

    def _is_ready(self) -> bool:
        return answers(self.ready) if isinstance(self.ready, str) else self.ready()

    def _last_words(self) -> str:
        return self.log.read_text()[-3000:]

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal, and wait for its end; nothing where it does not run."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(END_SECONDS)
            self.process = None

    def kill(self) -> None:
        """End it at once."""
        self.end(signal.SIGKILL)
