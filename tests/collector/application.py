"""An application: set-ups on simulated wallets, sent by OTLP to the endpoint in the environment, until told to end.

``application.py FILE``: writes every span to FILE too. A number on standard input: after so many more set-ups all that
is held is sent, and "sent" is the answer. The end of the input ends it; then it says how long its slowest set-up took,
in seconds.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from otel_multisig import configure
from otel_multisig.demo.scenario import new_escrows, run_alone
from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter
from otel_multisig.testing.wallet_servers import WalletServers


def main(path: str) -> None:
    configure(enabled=True, service_name="collector-test", exporters=[OtlpJsonLinesExporter(Path(path)), "otlp"])
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    ended, longest = threading.Event(), 0.0
    done = threading.Semaphore(0)

    def work() -> None:
        nonlocal longest
        with WalletServers(kind="simulated") as servers:
            while not ended.is_set():
                started = time.perf_counter()
                assert run_alone(new_escrows()["alone"], servers.ports)
                longest = max(longest, time.perf_counter() - started)
                done.release()
                ended.wait(0.1)

    worker = threading.Thread(target=work)
    worker.start()
    for line in sys.stdin:
        while done.acquire(blocking=False):
            pass
        for _ in range(int(line)):
            done.acquire()
        provider.force_flush(60_000)
        sys.stdout.write("sent\n")
        sys.stdout.flush()
    ended.set()
    worker.join()
    provider.shutdown()
    sys.stdout.write(f"longest {longest}\n")


if __name__ == "__main__":
    main(sys.argv[1])
