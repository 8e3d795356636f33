"""The files of collector-config/, each run with the real program, on free ports and in temporary folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from otel_multisig.demo.scenario import new_escrows, run_alone, run_together
from otel_multisig.otlp import from_sdk_span
from otel_multisig.testing.recording import recorded_spans
from otel_multisig.testing.wallet_servers import WalletServers
from tests.running.fixtures import (
    alertmanager,
    jaeger,
    run_collector,
    run_server,
    second_sink,
    sink,
    start_prometheus,
    tempo,
)

if TYPE_CHECKING:
    from otel_multisig.model import SpanRecord

__all__ = ["alertmanager", "jaeger", "run_collector", "run_server", "second_sink", "sink", "start_prometheus", "tempo"]


@pytest.fixture(scope="session")
def recorded_setups() -> list[list[SpanRecord]]:
    """The demo's four set-ups on simulated wallets, as our SDK records them: two healthy, two that failed."""
    with recorded_spans() as recorded, WalletServers(kind="simulated") as servers:
        escrows = new_escrows()
        run_alone(escrows["alone"], servers.ports)
        run_together(escrows, servers.ports)
    records = [from_sdk_span(span) for span in recorded.spans]
    traces = dict.fromkeys(record.trace_id for record in records)
    return [[record for record in records if record.trace_id == trace_id] for trace_id in traces]


@pytest.fixture(scope="session")
def healthy(recorded_setups: list[list[SpanRecord]]) -> list[SpanRecord]:
    return next(setup for setup in recorded_setups if not any(span.status_code == 2 for span in setup))


@pytest.fixture(scope="session")
def failed(recorded_setups: list[list[SpanRecord]]) -> list[SpanRecord]:
    return next(setup for setup in recorded_setups if any(span.status_code == 2 for span in setup))
