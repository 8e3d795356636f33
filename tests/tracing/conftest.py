from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.util._once import Once

from otel_multisig.tracing import _guard, _switch, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from otel_multisig.testing.recording import Recorded

ADDRESS = "5" + "A" * 94
ROLES = ("buyer", "vendor", "arbiter")
VARIABLES = ("ENABLE_INSTRUMENTATION", "OTEL_SDK_DISABLED")


@pytest.fixture(autouse=True)
def _as_if_just_started(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable of the environment, and nothing that a test set, has an effect on the next."""
    for name in [name for name in os.environ if name.startswith("OTEL_MULTISIG_") or name in VARIABLES]:
        monkeypatch.delenv(name)
    settings.reset()
    _switch.set_default(None)
    yield
    settings.reset()
    _switch.set_default(None)


@pytest.fixture
def lenient(recorded_spans: Recorded) -> Iterator[None]:
    """Internal errors are swallowed, as they are outside tests, and none has been reported yet."""
    # Not by monkeypatch, which would put back what it found after `recorded_spans` has.
    strict, _guard._strict = _guard._strict, False
    _guard._reported.clear()
    yield
    _guard._strict = strict


@pytest.fixture
def no_sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process in which nobody has set up OpenTelemetry yet; afterwards everything is as it was."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER_SET_ONCE", Once())
    monkeypatch.setattr(metrics._internal, "_METER_PROVIDER", None)
    monkeypatch.setattr(metrics._internal, "_METER_PROVIDER_SET_ONCE", Once())
    yield
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        if hasattr(provider, "shutdown"):
            provider.shutdown()


class PlainWallet:
    """A wallet in its plainest form, a callable `(method, params) -> result`; it remembers what it was asked."""

    def __init__(self, address: str = ADDRESS, *, multisig: bool = False, balance: int = 0) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Any] = {
            "is_multisig": {"multisig": multisig, "ready": multisig, "threshold": 2 * multisig, "total": 3 * multisig},
            "get_address": {"address": address, "addresses": [{"address": address, "address_index": 0, "label": ""}]},
            "get_balance": {"balance": balance, "unlocked_balance": balance},
            "prepare_multisig": {"multisig_info": "MultisigxV2R1" + "C" * 240},
        }

    def __call__(self, method: str, params: Mapping[str, Any]) -> Any:
        self.asked.append(method)
        answer = self.answers[method]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def plain_wallets() -> dict[str, PlainWallet]:
    return {role: PlainWallet(f"5{role}".ljust(95, "A")) for role in ROLES}


@pytest.fixture
def run_python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program of its own in an empty folder: `run_python(code, VARIABLE="value")`."""

    def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        environment.pop("ENABLE_INSTRUMENTATION", None)
        environment["PYTHONWARNINGS"] = "error"
        return subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment | variables,
            timeout=60,
        )

    return run
