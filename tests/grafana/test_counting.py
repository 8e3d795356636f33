"""How the queries count, in the real Prometheus: first samples, restarts, processes that end, gaps, two sources."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from grafana.source.bridge import FAULTS
from grafana.source.queries import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNTER = 'multisig:faults{job="shop", instance="a", source="metrics", fault="timeout"}'
OWN = 'multisig:source{job="shop", source="metrics"}'


@pytest.fixture
def growth(require_server: Callable[[str], Path], tmp_path: Path) -> Callable[..., None]:
    """Check what the query says of counters whose values stand one a minute, at a time and over a window."""
    promtool = require_server("prometheus").with_name("promtool")

    def check(series: dict[str, str], at: str, window: str, wanted: float | None) -> None:
        expected = [] if wanted is None else [{"labels": '{fault="timeout"}', "value": wanted}]
        test: dict[str, Any] = {
            "rule_files": [],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": [
                        {"series": name, "values": values} for name, values in ({OWN: "1x3000"} | series).items()
                    ],
                    "promql_expr_test": [
                        {
                            "expr": counted(FAULTS.name, window, "fault"),
                            "eval_time": at,
                            "exp_samples": expected,
                        }
                    ],
                }
            ],
        }
        file = tmp_path / "counting.test.yaml"
        file.write_text(yaml.safe_dump(test))
        done = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    return check


def test_one_single_failure_of_a_new_process_is_one(growth: Callable[..., None]) -> None:
    growth({COUNTER: "_x10 1x10"}, "12m", "5m", 1)


def test_what_stays_the_same_does_not_count_again(growth: Callable[..., None]) -> None:
    growth({COUNTER: "_x10 1x20"}, "25m", "5m", 0)


def test_a_process_that_ended_after_its_failure_still_counts(growth: Callable[..., None]) -> None:
    growth({COUNTER: "_x10 1x2 stale"}, "20m", "15m", 1)
    growth({COUNTER: "_x10 1x2 stale"}, "40m", "15m", None)


def test_a_restart_under_the_same_name_begins_anew(growth: Callable[..., None]) -> None:
    growth({COUNTER: "7x10 2x10"}, "14m", "5m", 2)


def test_a_gap_does_not_make_old_failures_new(growth: Callable[..., None]) -> None:
    growth({COUNTER: "7x10 _x120 8x10"}, "133m", "5m", 1)


def test_windows_side_by_side_add_up(growth: Callable[..., None]) -> None:
    values = {COUNTER: "_x3 1 1 2 5 5 5 9 9 9 9 9 9"}
    growth(values, "5m", "5m", 2)
    growth(values, "10m", "5m", 7)
    growth(values, "15m", "5m", 0)


def test_each_service_is_counted_by_one_source(growth: Callable[..., None]) -> None:
    of_spans = COUNTER.replace('"metrics"', '"spans"').replace('instance="a"', 'instance="collector"')
    growth({COUNTER: "_x10 2x10", of_spans: "_x9 2x10"}, "12m", "5m", 2)
    elsewhere = of_spans.replace('"shop"', '"proxy"')
    only_spans = 'multisig:source{job="proxy", source="spans"}'
    growth({COUNTER: "_x10 2x10", elsewhere: "_x9 3x10", only_spans: "1x30"}, "12m", "5m", 5)
