"""A server that runs as a process of its own: started, awaited, and ended in any event."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otel_multisig.testing.wallet_client import WalletConnectionError, WalletRpcClient

if TYPE_CHECKING:
    from collections.abc import Sequence

_POLL_SECONDS: Final = 0.02
_PROBE_SECONDS: Final = 1.0  # whatever has the port may be something else, that never answers
_GRACE_SECONDS: Final = 5.0
_LAST_LINES: Final = 3
_LONGEST_LOG: Final = 16_384
_LONGEST_LINE: Final = 200
_PORT_TAKEN: Final = re.compile(r"address already in use|failed to bind", re.IGNORECASE)
_TROUBLE: Final = re.compile(r"fail|error|exception|cannot|invalid", re.IGNORECASE)
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_LOG_PREFIX: Final = re.compile(r"^[0-9-]{10} [0-9:.]+\s+(?:[A-Z]\s+)?")


class WalletServerError(Exception):
    """A wallet server cannot be started.

    Attributes:
        port_was_taken: Whether it seems that another program has its port.
    """

    def __init__(self, message: str, *, port_was_taken: bool = False) -> None:
        super().__init__(message)
        self.port_was_taken = port_was_taken


class ServerProcess:
    """A monero-wallet-rpc process."""

    def __init__(self, role: str, port: int, command: Sequence[str], home: Path) -> None:
        """Start it.

        Args:
            role: Whose server it is, for messages.
            port: The port that it was told to listen on.
            command: The program and its arguments.
            home: A folder for whatever it writes to a home folder, and for its output.

        Raises:
            WalletServerError: The program cannot be run.
        """
        self.role = role
        self.port = port
        self._output = home / f"{role}.log"
        try:
            with self._output.open("wb") as output:
                self._process = subprocess.Popen(  # noqa: S603 (the program that the caller named)
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=home,
                    env={**os.environ, "HOME": str(home)},
                    # Ctrl-C in a terminal is for the program that started it, which ends it in turn.
                    start_new_session=True,
                )
        except OSError as error:
            raise WalletServerError(f"cannot run {command[0]}: {error.strerror}") from error

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def wait_until_ready(self, timeout: float) -> None:
        """Wait until the server answers.

        Raises:
            WalletServerError: It ended, or did not answer in so many seconds.
        """
        deadline = time.monotonic() + timeout
        with WalletRpcClient(f"http://127.0.0.1:{self.port}/json_rpc", timeout=_PROBE_SECONDS) as client:
            while time.monotonic() < deadline:
                if not self.is_running:
                    raise self._failed(f"ended with exit code {self._process.returncode}")
                with suppress(WalletConnectionError):
                    client.call("get_version")
                    # Another server's answer on the same port is no sign of life of this one.
                    if self.is_running:
                        return
                time.sleep(_POLL_SECONDS)
        raise self._failed(f"did not answer in {timeout:g} s")

    def end(self) -> None:
        """Ask the process to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()

    def wait(self) -> None:
        """Wait until the process has ended; one that takes its time is killed."""
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _failed(self, what: str) -> WalletServerError:
        self.kill()
        with self._output.open("rb") as file:
            lines = _COLOURS.sub("", file.read(_LONGEST_LOG).decode(errors="replace")).splitlines()
        # A program that is told something wrong may go on to print all that it could be told.
        telling = list(filter(_TROUBLE.search, lines)) or list(filter(str.strip, lines))
        last = [_LOG_PREFIX.sub("", line).strip()[:_LONGEST_LINE] for line in telling[:_LAST_LINES]]
        said = f"; it said: {' | '.join(last)}" if last else ", and said nothing"
        return WalletServerError(
            f"the wallet server of {self.role} (port {self.port}) {what}{said}",
            port_was_taken=any(map(_PORT_TAKEN.search, lines)),
        )


class Watchdog:
    """Ends processes and removes a folder where this process dies without doing so itself."""

    def __init__(self, folder: Path) -> None:
        """Start it, to look after a folder."""
        self._process = subprocess.Popen(  # noqa: S603 (our own file)
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("_watchdog.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._tell(f"folder {folder}")

    def watch(self, process: ServerProcess) -> None:
        """Look after one more process."""
        self._tell(f"process {process.pid}")

    def dismiss(self) -> None:
        """There is nothing left to look after."""
        self._tell("done")
        with suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        # A watchdog that is gone is no reason to fail: it matters only where everything else has failed.
        with suppress(OSError):
            assert self._process.stdin
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
