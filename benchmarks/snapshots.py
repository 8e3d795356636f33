"""What each choice of `OTEL_MULTISIG_SNAPSHOTS` costs a set-up on real wallets: calls and seconds."""

from __future__ import annotations

import statistics
import uuid
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider

from otel_multisig import trace_escrow
from otel_multisig.testing.setup_driver import others
from otel_multisig.testing.wallet_servers import WalletServers
from otel_multisig.tracing import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_multisig import Escrow, Round
    from otel_multisig.testing.wallet_client import WalletRpcClient

ROUNDS = 3
POLICIES = ("off", "failure", "bounds", "all")


class CountingWallet:
    """A wallet as snapshots see it; counts what it is asked."""

    def __init__(self, client: WalletRpcClient) -> None:
        self.url = client.url
        self.asked = 0
        self._client = client

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        self.asked += 1
        return self._client.call(method, params)


def create(servers: WalletServers) -> None:
    """Make a new wallet for each role, not part of what is timed: it takes seconds and no snapshot."""
    escrow_id = uuid.uuid4()

    def one(role: str) -> None:
        params = {"filename": f"{role}_temp_escrow_{escrow_id}", "password": "", "language": "English"}
        servers.clients[role].call("create_wallet", params)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, servers.roles))


def set_up(servers: WalletServers) -> tuple[float, int]:
    """Run one set-up with all its snapshot points; return its seconds and the calls of its snapshots."""
    create(servers)
    watched = {role: CountingWallet(servers.client(role)) for role in servers.roles}

    def call(scope: Escrow | Round, role: str, method: str, **params: Any) -> Any:
        with scope.call(role, method, port=servers.ports[role], params=params) as traced:
            result = servers.clients[role].call(method, params)
            traced.answer(result)
            return result["multisig_info"]

    started = perf_counter()
    with trace_escrow(uuid.uuid4()) as escrow:
        escrow.snapshot("pre_round1", watched)
        with escrow.round(1) as first:
            infos = {role: call(first, role, "prepare_multisig", enable_multisig_experimental=True) for role in watched}
            made = {}
            for role, wallet in watched.items():
                made[role] = call(first, role, "make_multisig", multisig_info=others(infos, role), threshold=2)
                first.snapshot("post_make_multisig", {role: wallet})
        for number, point in ((2, "post_export_multisig"), (3, "post_import_multisig")):
            escrow.snapshot(f"pre_round{number}", watched)
            infos = dict(made)
            with escrow.round(number) as later:
                for role, wallet in watched.items():
                    made[role] = call(later, role, "exchange_multisig_keys", multisig_info=others(infos, role))
                    later.snapshot(point, {role: wallet})
        escrow.snapshot("final", watched)
    return perf_counter() - started, sum(wallet.asked for wallet in watched.values())


def measure() -> bool:
    """Print a table: for each policy the calls of a set-up and its time, as a ratio to no snapshots."""
    trace.set_tracer_provider(TracerProvider())
    metrics.set_meter_provider(MeterProvider([InMemoryMetricReader()]))
    found: dict[str, list[tuple[float, int]]] = {policy: [] for policy in POLICIES}
    with WalletServers() as servers:
        print(f"\nsnapshots, {servers.kind} wallets, median of {ROUNDS} set-ups each:")
        for _ in range(ROUNDS):
            for policy in POLICIES:
                settings.update(snapshots=policy)
                found[policy].append(set_up(servers))
    base = statistics.median(seconds for seconds, _ in found["off"])
    for policy, runs in found.items():
        seconds = statistics.median(seconds for seconds, _ in runs)
        print(
            f"  {policy:<8} {12 + runs[0][1]:3d} calls   {seconds:6.2f} s   {seconds / base:5.2f} x without snapshots"
        )
    return True


if __name__ == "__main__":
    measure()
