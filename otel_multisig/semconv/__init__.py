"""Semantic conventions: the names of all attributes, spans, events and metrics.

The registry (YAML, in `registry/`) is their source; `attributes`, `spans`, `events`, `metrics` and `definitions` are
generated from it. `upstream` has the names that OpenTelemetry's own conventions define. No other module spells a name.
"""
