"""agent.yaml: nothing that it has accepted is lost, whatever happens behind it or to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.running.programs import wait_until
from tests.running.spans import read_lines

if TYPE_CHECKING:
    from collections.abc import Callable

# Set-ups while the gateway is away: some half a minute, or ten minutes in `make test-long`.
OUTAGE = 2500 if os.environ.get("OTEL_MULTISIG_LONG") else 100
LARGEST_MEMORY_KB = 256_000


def memory_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))


class Application:
    """Makes set-ups all the time, and sends them to a Collector."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.file = folder / "sent.jsonl"
        env = {"PATH": "/usr/bin:/bin", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_METRICS_EXPORTER": "none"}
        env |= {"OTEL_BSP_SCHEDULE_DELAY": "200", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("application.py"), self.file],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def sync(self, number: int = 0) -> None:
        """Let it make so many more set-ups, and then send all that it holds."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "sent\n"

    def finish(self) -> float:
        """End it, when all is sent; gives how long its slowest set-up took."""
        output, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return float(output.split()[-1])


def test_nothing_is_lost_while_the_gateway_is_away(
    run_collector: Callable[..., Any], sink: Any, tmp_path: Path
) -> None:
    agent = run_collector("agent.yaml", GATEWAY_ENDPOINT=sink.address)
    application = Application(tmp_path, f"http://{agent.grpc}")
    try:
        application.sync(3)
        assert wait_until(lambda: sink.spans)

        sink.stop()
        before = len(sink.spans)
        application.sync(OUTAGE)
        assert agent.metric("otelcol_exporter_queue_size") > 0
        # The agent ends and begins again while the gateway is still away: first in order, then as by a crash.
        for how in (signal.SIGTERM, signal.SIGKILL):
            application.sync()
            agent.end(how)
            agent.start()
            application.sync(3)
        assert len(sink.spans) == before
        sink.start()
        longest = application.finish()
    finally:
        application.process.kill()
    sent = read_lines(application.file)
    assert len(sent) > 300
    assert wait_until(lambda: sink.spans.keys() == sent.keys(), 120)
    assert sink.spans == sent
    assert wait_until(lambda: agent.metric("otelcol_exporter_queue_size") == 0)
    assert memory_kb(agent.process.pid) < LARGEST_MEMORY_KB
    # Not slower for it: a set-up takes some hundredths of a second, an export that waits takes seconds.
    assert longest < 2
