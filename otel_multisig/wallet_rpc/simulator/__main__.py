"""A simulated wallet server as a process of its own: ``python -m otel_multisig.wallet_rpc.simulator``."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from otel_multisig.wallet_rpc.simulator import MEASURED_DELAYS, SimulatedWalletRpc

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C. The exit code is 0, or 2 where it cannot start."""
    options = _parser().parse_args(arguments)
    if not options.wallet_dir.is_dir():
        return _complain(f"{options.wallet_dir} is no folder")
    delays = MEASURED_DELAYS if options.measured_delays else None
    server = SimulatedWalletRpc(options.wallet_dir, port=options.port, delays=delays, seed=options.seed)
    try:
        server.start()
    except OSError as error:
        return _complain(f"cannot listen on port {options.port}: {error.strerror}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on {server.url}", flush=True)  # noqa: T201 (this is a program)
    try:
        server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m otel_multisig.wallet_rpc.simulator",
        description="A server that behaves like monero-wallet-rpc during multisig set-ups. Its keys are worth nothing.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on the loopback interface (default: any free one)")
    parser.add_argument("--wallet-dir", type=Path, required=True, help="folder of the wallet files")
    parser.add_argument("--seed", type=int, help="make all keys the same each time")
    parser.add_argument("--measured-delays", action="store_true", help="be as slow as a real server is")
    return parser


def _complain(problem: str) -> int:
    print(f"error: {problem}", file=sys.stderr)  # noqa: T201 (this is a program)
    return 2


if __name__ == "__main__":
    sys.exit(main())
