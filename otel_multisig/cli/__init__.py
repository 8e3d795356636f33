"""The command line: `main` is the program ``otel-multisig``."""

from __future__ import annotations

from otel_multisig.cli.program import main

__all__ = ["main"]
