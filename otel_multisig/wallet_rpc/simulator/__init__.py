"""A server that behaves like one monero-wallet-rpc, for tests and for machines that have none.

What it knows of the real one was measured on 0.18.0.0, and one suite of tests runs against both. Its keys are worth
nothing, and it knows nothing of a blockchain: only what a multisig set-up needs.
"""

from __future__ import annotations

from otel_multisig.wallet_rpc.simulator._faults import MEASURED_DELAYS, Fault, FaultKind
from otel_multisig.wallet_rpc.simulator.server import SimulatedWalletRpc

__all__ = ["MEASURED_DELAYS", "Fault", "FaultKind", "SimulatedWalletRpc"]
