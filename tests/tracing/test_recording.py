"""The fixture `recorded_spans` and the context manager behind it, as users' own tests have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry import metrics, trace

from otel_multisig import configure, trace_escrow
from otel_multisig.semconv import attributes as attr
from otel_multisig.testing import recording
from otel_multisig.testing.recording import recorded_spans as recording_spans
from otel_multisig.tracing import _guard, settings

if TYPE_CHECKING:
    from otel_multisig.testing.recording import Recorded

A_TEST = """
    from otel_multisig import trace_escrow

    def test_a_set_up(recorded_spans):
        with trace_escrow("e-1") as escrow, escrow.round(1):
            {inside}
        (trace,) = recorded_spans.traces()
        assert trace.outcome == "success"
        assert recorded_spans.metrics("monero.escrow.setup.duration")[0].count == 1
"""
PLUGIN = "pytest_plugins = ['otel_multisig.testing.pytest_plugin']"


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(PLUGIN)
    # A module that makes a span of ours with a name that the registry does not have.
    pytester.makepyfile(
        rogue="""
        from opentelemetry import trace
        def span(**attributes):
            with trace.get_tracer("otel_multisig").start_as_current_span("multisig_party", attributes=attributes):
                pass
        """
    )
    return pytester


def test_a_suite_that_uses_the_fixture(suite: pytest.Pytester) -> None:
    suite.makepyfile(A_TEST.format(inside="pass"), test_again=A_TEST.format(inside="escrow.custom('tick')"))
    suite.runpytest_subprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_what_is_not_in_the_registry_fails_the_test(suite: pytest.Pytester) -> None:
    suite.makepyfile(A_TEST.format(inside="import rogue; rogue.span()"))
    result = suite.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*span 'multisig_party' (internal): not in the registry*"])


def test_spans_of_others_are_none_of_its_business(recorded_spans: Recorded) -> None:
    with trace.get_tracer("the application").start_as_current_span("anything", attributes={"any": "thing"}):
        pass
    counter = metrics.get_meter("the application").create_counter("anything")
    counter.add(1)
    assert [span.name for span in recorded_spans.spans] == ["anything"]
    assert recorded_spans.metrics("anything") == ()
    assert recorded_spans.problems() == []
    assert recorded_spans.traces() == ()


def test_wrong_events_attributes_and_metrics_are_found() -> None:
    with recording_spans(check=False) as recorded, trace_escrow("e-1") as escrow:
        escrow.span.add_event("party", {"monero.setup.sequence": 1})
        escrow.span.set_attributes({attr.MONERO_WALLET_ROLE: "buyer", attr.MONERO_MULTISIG_THRESHOLD: "two"})
        escrow.setup.instruments.setup.record(1.0, {attr.MONERO_ESCROW_ID: "e-1"})
    problems = "\n".join(recorded.problems())
    for told in (
        "event 'party': not in the registry",
        "monero.wallet.role does not belong here",
        "monero.multisig.threshold is 'two', not of the type int",
        "metric 'monero.escrow.setup.duration': monero.escrow.id does not belong here",
    ):
        assert told in problems


def test_what_the_sdk_threw_away_is_found() -> None:
    with recording_spans(check=False) as recorded, trace_escrow("e-1") as escrow:
        for number in range(200):
            escrow.span.add_event("party", {"number": number})
    assert any("dropped" in problem for problem in recorded.problems())


def test_it_can_be_read_after_the_block_too() -> None:
    with recording_spans() as first, trace_escrow("e-1"):
        pass
    with recording_spans() as second:
        pass
    assert len(first.spans) == 1
    assert second.spans == ()


def test_metrics_are_those_of_the_block() -> None:
    for _ in range(2):
        with recording_spans() as recorded:
            with trace_escrow("e-1"):
                pass
            (measured,) = recorded.metrics("monero.escrow.setup.duration")
            assert measured.count == 1


def test_blocks_cannot_be_nested(recorded_spans: Recorded) -> None:
    with pytest.raises(RuntimeError, match="in use already"), recording_spans():
        pass


def test_settings_and_strictness_are_put_back() -> None:
    before = settings.current()
    with pytest.raises(ValueError, match="x"), recording_spans():  # noqa: PT012 - the block is what is tested
        configure(snapshots="off")
        assert _guard._strict
        raise ValueError("x")
    assert settings.current() == before
    assert not _guard._strict
    with recording_spans():
        pass


@pytest.mark.usefixtures("no_sdk")
def test_a_meter_provider_of_the_program_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.metrics import MeterProvider

    metrics.set_meter_provider(MeterProvider())
    monkeypatch.setattr(recording, "_install", recording._install.__wrapped__)
    with recording_spans() as recorded, trace_escrow("e-1"):
        pass
    assert len(recorded.traces()) == 1
    with pytest.raises(RuntimeError, match="cannot be read"):
        recorded.metrics()
