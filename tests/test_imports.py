"""What an import of the package costs and brings in."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("opentelemetry.sdk", "opentelemetry.exporter", "rich", "click", "monero", "requests", "http.server", "yaml")


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import otel_multisig",
        "from otel_multisig import trace_escrow, configure, EscrowLogFilter, TracedWallet, Recorder",
        "from otel_multisig import trace_escrow\nwith trace_escrow('x') as e, e.round(1), e.call('buyer', 'm'): pass",
    ],
)
def test_the_live_side_loads_no_sdk_and_nothing_that_draws(code: str) -> None:
    loaded = modules_after(code)
    assert [name for name in sorted(loaded) if name.startswith(HEAVY)] == []


def test_the_package_itself_loads_nothing_of_opentelemetry() -> None:
    loaded = modules_after("import otel_multisig; otel_multisig.__version__")
    assert [name for name in sorted(loaded) if name.startswith("opentelemetry")] == []


def test_every_public_name_exists() -> None:
    import otel_multisig

    assert all(getattr(otel_multisig, name) is not None for name in otel_multisig.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = otel_multisig.nothing
