"""A process that outlives the one that started it, just long enough to clean up after it.

It reads its instructions from standard input. Where that ends without the word ``done``, whoever held the other end is
gone, however it died: the processes named are ended and the folders removed. It runs on its own file, without this
package, so that it starts at once.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys

_GRACE = 3.0


def main() -> None:
    """Read instructions: ``process PID``, ``folder PATH``, ``done``."""
    processes: list[int] = []
    folders: list[str] = []
    for line in sys.stdin:
        word, _, argument = line.rstrip("\n").partition(" ")
        if word == "process":
            # A descriptor of the process, because its number may belong to another one by the time it matters.
            with contextlib.suppress(ProcessLookupError):
                processes.append(os.pidfd_open(int(argument)))
        elif word == "folder":
            folders.append(argument)
        elif word == "done":
            return
    for descriptor in processes:
        _end(descriptor)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _end(descriptor: int) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            signal.pidfd_send_signal(descriptor, number)
        except OSError:
            return
        if select.select([descriptor], [], [], _GRACE)[0]:
            return


if __name__ == "__main__":
    main()
