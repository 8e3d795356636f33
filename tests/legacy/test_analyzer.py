"""Whatever a trace holds, the old analyzer reads what is exported of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.legacy import encode, legacy_events
from otel_multisig.model import EventRecord, SpanRecord, assemble
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, spans, upstream
from otel_multisig.semconv.definitions import TYPES

if TYPE_CHECKING:
    from types import ModuleType

uint64 = st.integers(0, 2**64 - 1)
texts = st.text(max_size=8)
odd_values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | texts
    | st.sampled_from(["-28", "0", "true", "success", "failure", "interrupted", '{"a":1.5}', "pre_round1", "final"])
    | st.tuples(st.integers())
    | st.binary(max_size=3)
)
# Any attribute of the conventions, with any value: of the right type or not.
attributes = st.dictionaries(st.sampled_from(sorted(TYPES)), odd_values, max_size=12)
event_names = st.sampled_from(
    [value for name, value in vars(events).items() if name.isupper()] + [upstream.EVENT_EXCEPTION, "foreign"],
)
event_records = st.builds(EventRecord, event_names, uint64, attributes)
names = st.sampled_from(
    [spans.SETUP, f"{spans.ROUND} 1", "make_multisig", "foreign", spans.SETUP + spans.CONTINUED_SUFFIX]
)
ids = st.integers(1, 6)


@st.composite
def span_records(draw: st.DrawFn) -> SpanRecord:
    return SpanRecord(
        trace_id=f"{draw(ids):032x}",
        span_id=f"{draw(ids):016x}",
        parent_span_id=f"{draw(ids):016x}",
        name=draw(names),
        start_time_unix_nano=draw(uint64),
        end_time_unix_nano=draw(uint64),
        attributes=draw(attributes) | {attr.MONERO_SETUP_ID: "e-1795294917947"},
        events=tuple(draw(st.lists(event_records, max_size=4))),
        status_code=draw(st.integers(0, 2)),
        status_message=draw(texts),
    )


@settings(max_examples=200)
@given(st.lists(span_records(), min_size=1, max_size=6))
def test_nothing_is_written_that_the_old_analyzer_fails_on(check_for_analyzer: Any, records: list[SpanRecord]) -> None:
    (trace,) = assemble(records).traces
    exported = legacy_events(trace)
    if exported:
        check_for_analyzer(json.loads(encode(exported)))


def test_ordinary_set_ups_pass(check_for_analyzer: Any, setups: ModuleType) -> None:
    for setup in (setups.healthy(), setups.failing()):
        check_for_analyzer(json.loads(encode(legacy_events(setup.trace()))))


def test_the_rules_take_genuine_recordings(check_for_analyzer: Any) -> None:
    for path in (Path(__file__).parents[1] / "data" / "legacy").glob("escrow_*.json"):
        check_for_analyzer(json.loads(path.read_bytes()))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("role", None),
        ("rpc_port", None),
        ("timestamp", 1.5),
        ("timestamp", "1"),
        ("details", None),
    ],
)
def test_the_rules_refuse_what_the_analyzer_fails_on(
    check_for_analyzer: Any, setups: ModuleType, place: str, value: Any
) -> None:
    recording = json.loads(encode(legacy_events(setups.failing().trace())))
    recording[1][place] = value
    with pytest.raises(AssertionError):
        check_for_analyzer(recording)
