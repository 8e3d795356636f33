"""Comparing set-ups: one with one, one with many good ones, many before a change with many after it."""

from __future__ import annotations

from otel_multisig.diagnosis.comparison.baseline import Baseline, Range, Unusual, UnusualSetup, find_unusual
from otel_multisig.diagnosis.comparison.differences import (
    Comparison,
    Difference,
    DifferenceKind,
    Thresholds,
    compare_setups,
)
from otel_multisig.diagnosis.comparison.outline import (
    Aspect,
    CallState,
    Groups,
    Key,
    Outline,
    Result,
    Since,
    Step,
    StepKind,
)
from otel_multisig.diagnosis.comparison.outlining import outline_of
from otel_multisig.diagnosis.comparison.rates import CONFIDENCE, chance_of_difference, upper_bound
from otel_multisig.diagnosis.comparison.runs import (
    Change,
    FaultRate,
    Place,
    Rate,
    Runs,
    RunsComparison,
    compare_runs,
)

__all__ = [
    "CONFIDENCE",
    "Aspect",
    "Baseline",
    "CallState",
    "Change",
    "Comparison",
    "Difference",
    "DifferenceKind",
    "FaultRate",
    "Groups",
    "Key",
    "Outline",
    "Place",
    "Range",
    "Rate",
    "Result",
    "Runs",
    "RunsComparison",
    "Since",
    "Step",
    "StepKind",
    "Thresholds",
    "Unusual",
    "UnusualSetup",
    "chance_of_difference",
    "compare_runs",
    "compare_setups",
    "find_unusual",
    "outline_of",
    "upper_bound",
]
