"""Memory of one escrow in flight, above what its spans need on the bare SDK."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import ExitStack

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

from benchmarks._measure import report
from otel_multisig import trace_escrow

ESCROWS = 300
LIMIT_BYTES = 10_240


def state(_method: str, _params: object) -> dict[str, object]:
    return {"multisig": True, "threshold": 2, "total": 3, "address": "5" * 95, "balance": 0, "unlocked_balance": 0}


def ours() -> int:
    """An escrow in its second round: root, round and call open, nine snapshots on the round."""
    wallets = dict.fromkeys(("buyer", "vendor", "arbiter"), state)
    with ExitStack() as stack:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(ESCROWS):
            escrow = stack.enter_context(trace_escrow(f"{number:08d}-2222-3333-4444-555555555555"))
            second = stack.enter_context(escrow.round(2))
            for point in ("pre_round2", "post_export_multisig", "other"):
                second.snapshot(point, wallets)
            stack.enter_context(second.call("buyer", "exchange_multisig_keys", port=18082))
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) // ESCROWS


def theirs() -> int:
    """The same spans, attributes and events by hand."""
    tracer = trace.get_tracer("benchmark")
    snapshot = {
        "monero.snapshot.point": "pre_round2",
        "monero.wallet.is_multisig": True,
        "monero.multisig.threshold": 2,
        "monero.multisig.participants": 3,
        "monero.wallet.balance.total": 0,
        "monero.wallet.balance.unlocked": 0,
        "monero.snapshot.duration": 0.5,
        "monero.wallet.role": "buyer",
        "monero.setup.sequence": 7,
    }
    with ExitStack() as stack:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(ESCROWS):
            ids = {
                "monero.escrow.id": f"{number:08d}-2222-3333-4444-555555555555",
                "monero.setup.id": f"{number:08d}-2222-3333-4444-555555555555-1700000000000",
            }
            root = {
                **ids,
                "monero.multisig.threshold": 2,
                "monero.multisig.participants": 3,
                "monero.setup.sequence": 1,
            }
            stack.enter_context(tracer.start_as_current_span("multisig_setup", attributes=root))
            second = stack.enter_context(
                tracer.start_as_current_span(
                    "multisig_round 2", attributes={**ids, "monero.multisig.round": 2, "monero.setup.sequence": 2}
                )
            )
            for index in range(9):
                digest = {"monero.wallet.address.hash": f"{number:032x}{index:032x}"}
                second.add_event("monero.wallet.snapshot", {**snapshot, **digest})
            call = {
                **ids,
                "rpc.system.name": "jsonrpc",
                "rpc.method": "exchange_multisig_keys",
                "monero.multisig.round": 2,
                "monero.wallet.role": "buyer",
                "server.port": 18082,
                "monero.setup.sequence": 12,
            }
            stack.enter_context(
                tracer.start_as_current_span("exchange_multisig_keys", kind=SpanKind.CLIENT, attributes=call)
            )
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) // ESCROWS


def measure() -> bool:
    """Print what an escrow in flight costs above its spans, as a share of the limit of 10 KB."""
    trace.set_tracer_provider(TracerProvider())
    metrics.set_meter_provider(MeterProvider([InMemoryMetricReader()]))
    tracemalloc.start()
    ours()
    theirs()
    mine, other = ours(), theirs()
    tracemalloc.stop()
    share = (mine - other) / LIMIT_BYTES
    return report("memory of an escrow above its spans / 10 KB", share, 1.0, f"{mine} bytes / {other} bytes of spans")


if __name__ == "__main__":
    measure()
