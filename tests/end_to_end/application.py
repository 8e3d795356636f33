"""An application on simulated wallets, told on standard input what to run: ``alone`` or ``together``, until it closes.

``application.py FILE``: what is sent by OTLP to the endpoint in the environment is written to FILE too. "sent" is the
answer when all of it has been.
"""

from __future__ import annotations

import sys
from pathlib import Path

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider

from otel_multisig import configure
from otel_multisig.demo.scenario import new_escrows, run_alone, run_together
from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter
from otel_multisig.testing.wallet_servers import WalletServers


def main(path: str) -> None:
    configure(enabled=True, service_name="shop", exporters=[OtlpJsonLinesExporter(Path(path)), "otlp"])
    spans, measured = trace.get_tracer_provider(), metrics.get_meter_provider()
    assert isinstance(spans, TracerProvider)
    assert isinstance(measured, MeterProvider)
    with WalletServers(kind="simulated") as servers:
        for line in sys.stdin:
            escrows = new_escrows()
            if line == "alone\n":
                assert run_alone(escrows["alone"], servers.ports)
            else:
                assert sum(run_together(escrows, servers.ports)) == 1
            assert spans.force_flush(60_000)
            assert measured.force_flush(60_000)
            sys.stdout.write("sent\n")
            sys.stdout.flush()
    spans.shutdown()
    measured.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
