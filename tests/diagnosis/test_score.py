"""The rules on the corpus, on both of its halves; `make diagnosis-score` tells the figures of each."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("form", ["otlp", "legacy"])
def test_causes_of_the_corpus_are_named(score: Any, form: str) -> None:
    judged = [one for half in score.HALVES for one in score.judge(score.read_labels(half), form)]
    assert score.reaches_aim(judged), "\n".join([*score.summary_lines(judged), *score.wrong_lines(judged)])


def test_the_corpus_is_as_large_as_it_should_be(score: Any) -> None:
    labels = score.read_labels()
    healthy = [label for label in labels if label.truth.fault is None]
    assert len(labels) >= 300
    assert len(healthy) * 3 >= len(labels)
    assert {label.half for label in labels} == {"held", "written"}


def test_a_wrong_verdict_is_counted(score: Any) -> None:
    truth, said = score.Truth("race", "buyer", 1), score.Truth("race", "vendor", 1)
    label = score.Label("g", "s", "x", "held", truth, truth)
    wrong = score.Judged(label, truth, said, sure=True)
    assert (wrong.right, wrong.claims_more, wrong.false_alarm) == (False, True, False)
    assert not score.reaches_aim([wrong])
    assert score.reaches_aim([score.Judged(label, truth, truth, sure=True)])
    alarm = score.Judged(label, score.Truth(None), said, sure=False)
    assert alarm.false_alarm
    assert not score.reaches_aim([alarm])
    assert [line for line in score.wrong_lines([wrong, alarm]) if "vendor" in line]


def test_the_matrix_has_a_row_for_each_cause(score: Any) -> None:
    truth, other = score.Truth("race", "buyer", 1), score.Truth(None)
    label = score.Label("g", "s", "x", "held", truth, truth)
    lines = score.matrix_lines(
        [score.Judged(label, truth, other, sure=False), score.Judged(label, truth, truth, sure=True)]
    )
    row = next(line for line in lines if "race" in line).split()
    assert row == ["a", "race", "2", "1", "1", "50.0", "100.0"]
