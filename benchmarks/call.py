"""One traced call against the same span and metric written by hand on the bare SDK, and against the API's no-op."""

from __future__ import annotations

from hashlib import sha256
from time import perf_counter

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

from benchmarks._measure import compare, report
from otel_multisig import trace_escrow

INFO = "MultisigxV2R1" + "C" * 240
ANSWER = {"multisig_info": INFO}


def measure_off() -> bool:
    """A call with tracing off, before any SDK is in the process."""
    tracer = trace.get_tracer("benchmark")
    escrow = trace_escrow("11111111-2222-3333-4444-555555555555")

    def ours() -> None:
        with escrow.call("buyer", "make_multisig", port=18082):
            pass

    def theirs() -> None:
        with tracer.start_as_current_span("make_multisig"):
            pass

    found = compare(ours, theirs, number=50_000)
    return report(
        "a call with tracing off / the API's no-op span",
        found.ratio,
        0.06,
        f"{found.ours * 1e9:.0f} ns / {found.theirs * 1e9:.0f} ns",
    )


def measure_on() -> bool:
    """A call with tracing on: span, attributes, allow-list, digest, metric; no exporter, no recorder."""
    trace.set_tracer_provider(TracerProvider())
    metrics.set_meter_provider(MeterProvider([InMemoryMetricReader()]))
    tracer = trace.get_tracer("benchmark")
    histogram = metrics.get_meter("benchmark").create_histogram("rpc.client.call.duration", "s")

    escrow = trace_escrow("11111111-2222-3333-4444-555555555555")
    with escrow, escrow.round(1) as escrow_round:

        def ours() -> None:
            with escrow_round.call("buyer", "prepare_multisig", port=18082, address="127.0.0.1") as call:
                call.answer(ANSWER)

        def theirs() -> None:
            started = perf_counter()
            attributes = {
                "monero.escrow.id": "11111111-2222-3333-4444-555555555555",
                "monero.setup.id": "11111111-2222-3333-4444-555555555555-1700000000000",
                "monero.multisig.round": 1,
                "rpc.system.name": "jsonrpc",
                "rpc.method": "prepare_multisig",
                "monero.wallet.role": "buyer",
                "server.port": 18082,
                "server.address": "127.0.0.1",
                "monero.setup.sequence": 4,
                "monero.setup.end_sequence": 5,
                "monero.multisig.info.hash": sha256(INFO.encode()).hexdigest(),
                "monero.multisig.info.length": len(INFO),
            }
            labels = {
                "rpc.system.name": "jsonrpc",
                "rpc.method": "prepare_multisig",
                "monero.wallet.role": "buyer",
                "server.port": 18082,
                "server.address": "127.0.0.1",
            }
            with tracer.start_as_current_span("prepare_multisig", kind=SpanKind.CLIENT, attributes=attributes):
                pass
            histogram.record(perf_counter() - started, labels)

        found = compare(ours, theirs, number=4_000)
    return report(
        "a traced call / the same written by hand on the SDK",
        found.ratio,
        1.25,
        f"{found.ours * 1e6:.1f} us / {found.theirs * 1e6:.1f} us",
    )


if __name__ == "__main__":
    measure_off()
    measure_on()
