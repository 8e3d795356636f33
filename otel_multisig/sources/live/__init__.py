"""Set-ups out of a live Jaeger or Tempo, by its URL."""

from __future__ import annotations

from otel_multisig.sources.live.backend import Backend, find_backend
from otel_multisig.sources.live.selection import Selection
from otel_multisig.sources.live.source import LiveSource, open_url

__all__ = ["Backend", "LiveSource", "Selection", "find_backend", "open_url"]
