from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["otel_multisig.testing.pytest_plugin", "pytester"]

# The machines of a test run are shared: how long one example takes says nothing.
settings.register_profile("ci", deadline=None)
settings.load_profile("ci")
