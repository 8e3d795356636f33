"""An application that goes on: the demo's four set-ups, one under a lock, and one that is stuck, until told to end.

It sends to the endpoint in the environment, says "ready" when all of it is sent, and ends at the end of its input.
"""

from __future__ import annotations

import sys
import threading
import time

from opentelemetry import metrics, trace

from otel_multisig import configure, trace_escrow
from otel_multisig.demo.scenario import new_escrows, run_alone, run_together
from otel_multisig.testing.wallet_servers import WalletServers


def hold_and_wait() -> None:
    """Two set-ups want the same lock; the second waits for the first."""
    lock, held = threading.Lock(), threading.Event()

    def work(escrow_id: str, seconds: float) -> None:
        with trace_escrow(escrow_id) as escrow, escrow.lock(lock, "wallet_pool", role="buyer"):
            held.set()
            time.sleep(seconds)

    first = threading.Thread(target=work, args=("holds-the-lock", 0.3))
    first.start()
    held.wait()
    work("waits-for-the-lock", 0)
    first.join()


def main() -> None:
    configure(enabled=True, pending_after=1)
    with WalletServers(kind="simulated") as servers:
        escrows = new_escrows()
        run_alone(escrows["alone"], servers.ports)
        run_together(escrows, servers.ports)
    hold_and_wait()
    ended = threading.Event()

    def get_stuck() -> None:
        with trace_escrow("stuck") as escrow, escrow.round(2):
            ended.wait()

    stuck = threading.Thread(target=get_stuck)
    stuck.start()
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        provider.force_flush()  # type: ignore[attr-defined] # the SDK's have it
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    ended.set()
    stuck.join()


if __name__ == "__main__":
    main()
