"""Words of sentences."""

from __future__ import annotations

import pytest

from otel_multisig.diagnosis._words import seconds


@pytest.mark.parametrize(
    ("nanoseconds", "told"),
    [
        (0, "0 µs"),
        (999_499, "999 µs"),
        (999_500, "1 ms"),
        (999_499_999, "999 ms"),
        (999_500_000, "1.0 s"),
        (32_069_000_000, "32.1 s"),
        (59_949_000_000, "59.9 s"),
        (59_950_000_000, "1 min 0 s"),
        (-3_599_400_000_000, "-59 min 59 s"),
        (3_599_600_000_000, "1 h 0 min"),
        (7_300_000_000_000, "2 h 1 min"),
    ],
)
def test_a_time_span_is_told_in_the_unit_that_rounding_brings_it_to(nanoseconds: int, told: str) -> None:
    assert seconds(nanoseconds) == told
