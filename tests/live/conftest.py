from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from otel_multisig.live import rules
from otel_multisig.testing.wallet_servers import WalletServers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from otel_multisig.testing.recording import Recorded

PROVOKED = (
    "already_finalized",
    "cache_pollution",
    "crossed",
    "experimental_flag_lost",
    "lost_answer_retry",
    "mixed_session_inputs",
    "server_unreachable",
    "stale_wallet_after_failed_open",
    "unknown",
    "unsaved_close",
    "wallet_swapped",
    "wrong_round",
)


@pytest.fixture(scope="session")
def provoking(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """Set-ups in which a fault is provoked, a function each."""
    return load_module(Path(__file__).parent / "provoking.py")


@pytest.fixture(params=PROVOKED)
def provoked(request: pytest.FixtureRequest, provoking: ModuleType) -> tuple[str, Callable[[WalletServers], bool]]:
    return request.param, getattr(provoking, request.param)


@pytest.fixture
def servers() -> Iterator[WalletServers]:
    with WalletServers(("buyer", "vendor", "arbiter"), kind="simulated") as found:
        yield found


@pytest.fixture
def recorded(recorded_spans: Recorded) -> Iterator[Recorded]:
    """What was recorded while the rules watched; they know nothing of earlier tests."""
    rules.start(anew=True)
    yield recorded_spans
    rules.stop()
