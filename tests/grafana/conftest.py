"""The compiled dashboards, and the whole set of servers with an application that has had healthy and failed set-ups."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import browser
from tests.grafana.stack import Stack
from tests.running.programs import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["browser"]

ROOT = Path(__file__).parents[2]
# What each service has had, once all of it is counted.
ENDED = {("escrow-service", 6.0), ("spans-only", 6.0)}
FAULTS = {("escrow-service", 2.0), ("spans-only", 2.0)}


@pytest.fixture(scope="session")
def compiled() -> dict[str, dict[str, Any]]:
    """Each dashboard as it is committed, by its uid."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "grafana" / "dashboards").glob("*.json"))]
    return {dashboard["uid"]: dashboard for dashboard in found}


@pytest.fixture(scope="session")
def stack(require_server: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The servers, and two services: one with metrics of its own, one of which only spans arrive."""
    with Stack(require_server, tmp_path_factory.mktemp("stack")) as running:
        running.run_applications({"escrow-service": {}, "spans-only": {"OTEL_METRICS_EXPORTER": "none"}})
        assert wait_until(lambda: ended(running) == ENDED, 60)
        assert wait_until(lambda: len(running.search('{ name = "multisig_setup" }')) == 14)
        assert wait_until(lambda: running.ask("monero_escrow_stalled_time_seconds > 0"))
        yield running


def ended(stack: Stack, at: int | None = None) -> set[tuple[str, float]]:
    """How many set-ups have ended, by service, as the bridge says."""
    return counted(stack, "multisig:setup_duration_seconds_count", at)


def counted(stack: Stack, counter: str, at: int | None) -> set[tuple[str, float]]:
    summed = f"sum by (job) ({counter} and on (job, source) multisig:source)"
    return {(found["metric"]["job"], float(found["value"][1])) for found in stack.ask(summed, at)}


@pytest.fixture(scope="session")
def shown(stack: Stack) -> Stack:
    """The servers, once curves show everything: their points stand at full quarters of a minute."""

    def everything(at: int | None = None) -> list[set[tuple[str, float]]]:
        # The Collector begins a counter of spans with 0: faults may follow after the set-ups that had them.
        return [ended(stack, at), counted(stack, "multisig:faults", at)]

    assert wait_until(lambda: everything(int(time.time()) // 15 * 15) == [ENDED, FAULTS])
    return stack


@pytest.fixture(scope="session")
def failed(stack: Stack) -> tuple[str, str]:
    """Trace and escrow of a set-up that another one spoilt."""
    query = (
        '{ name = "multisig_setup" && span.monero.fault.type = "wallet_swapped" && '
        'resource.service.name = "escrow-service" } | select(span.monero.escrow.id)'
    )
    (found,) = stack.search(query)
    (span,) = found["spanSets"][0]["spans"]
    values = {
        each["key"]: each["value"]["stringValue"] for each in span["attributes"] if "stringValue" in each["value"]
    }
    return found["traceID"].zfill(32), values["monero.escrow.id"]
