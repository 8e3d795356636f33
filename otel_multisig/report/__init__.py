"""Set-ups as people read them."""

from __future__ import annotations

from otel_multisig.report.tree import trace_tree

__all__ = ["trace_tree"]
