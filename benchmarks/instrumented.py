"""What tracing adds to a call of the `monero` library, against what the instrumentation of `requests` adds."""

from __future__ import annotations

import json
import logging
import statistics
from typing import Any

import requests
from monero.backends.jsonrpc import JSONRPCWallet
from opentelemetry import metrics, trace
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from requests.adapters import BaseAdapter

from benchmarks._measure import report, time_it
from otel_multisig import instrument, trace_escrow, uninstrument

ANSWER = json.dumps({"jsonrpc": "2.0", "id": 0, "result": {"multisig_info": "MultisigxV2R1" + "C" * 240}}).encode()
LIMIT = 0.5


class NullAdapter(BaseAdapter):
    """Answers at once, without a network."""

    def send(self, request: Any, **_: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response.request = request
        response.url = request.url
        response._content = ANSWER  # noqa: SLF001 - a response has no other way to be given its content
        return response

    def close(self) -> None:
        pass


def measure() -> bool:
    """Time plain, ours and theirs in turn; subtract round by round."""
    logging.getLogger("monero").setLevel(logging.CRITICAL)
    trace.set_tracer_provider(TracerProvider())
    metrics.set_meter_provider(MeterProvider([InMemoryMetricReader()]))
    backend = JSONRPCWallet(port=18082)
    backend.session.mount("http://", NullAdapter())

    def call() -> None:
        backend.raw_request("prepare_multisig")

    def ours(number: int) -> float:
        instrument()
        with trace_escrow("11111111-2222-3333-4444-555555555555") as escrow, escrow.wallet("buyer", backend):
            taken = time_it(call, number)
        uninstrument()
        return taken

    def theirs(number: int) -> float:
        RequestsInstrumentor().instrument()
        taken = time_it(call, number)
        RequestsInstrumentor().uninstrument()
        return taken

    time_it(call, 200)
    ratios, added = [], []
    for _ in range(15):
        plain = time_it(call, 500)
        with_ours, with_theirs = ours(500), theirs(500)
        plain = (plain + time_it(call, 500)) / 2
        ratios.append((with_ours - plain) / (with_theirs - plain))
        added.append(((with_ours - plain) / 500, (with_theirs - plain) / 500))
    ratio = statistics.median(ratios)
    mine, other = (statistics.median(values) * 1e6 for values in zip(*added, strict=True))
    return report(
        "added to a monero call / added by requests' instrumentation", ratio, LIMIT, f"{mine:.1f} us / {other:.1f} us"
    )


if __name__ == "__main__":
    measure()
