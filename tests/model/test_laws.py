from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from otel_multisig.model import assemble, disassemble, setup_id_of, validate
from otel_multisig.model._reading import as_int
from otel_multisig.model.markers import resolve_marker
from otel_multisig.semconv import attributes as attr
from otel_multisig.testing import strategies


@settings(max_examples=100)
@given(trace=strategies.traces())
def test_a_recorded_set_up_survives_the_way_through_records(trace, exactly):
    validate(trace)
    assert exactly(assemble(disassemble(trace)).traces) == exactly((trace,))


@settings(max_examples=200)
@given(trace=strategies.odd_traces())
def test_any_valid_set_up_survives_the_way_through_records(trace, exactly):
    validate(trace)
    assert exactly(assemble(disassemble(trace)).traces) == exactly((trace,))


@settings(max_examples=50)
@given(traces=st.lists(strategies.traces(max_rounds=1), max_size=3, unique_by=lambda trace: trace.setup_id))
def test_several_set_ups_come_apart_again(traces):
    assume(len({trace.escrow_id for trace in traces}) == len(traces))
    records = [record for trace in traces for record in disassemble(trace)]
    assembly = assemble(records)
    assert sorted(assembly.traces, key=lambda trace: trace.setup_id) == sorted(traces, key=lambda trace: trace.setup_id)
    assert assembly.foreign == ()


@settings(max_examples=100)
@given(records=strategies.delivered_records())
def test_what_was_assembled_is_canonical(records, exactly):
    traces = assemble(records).traces
    for trace in traces:
        validate(trace)
    canonical = [record for trace in traces for record in disassemble(trace)]
    assert exactly(assemble(canonical).traces) == exactly(traces)


@settings(max_examples=100)
@given(records=strategies.delivered_records(), data=st.data())
def test_neither_order_nor_duplicates_matter(records, data, exactly):
    again = data.draw(st.lists(st.sampled_from(records), max_size=3)) if records else []
    shuffled = data.draw(st.permutations(records + again))
    assert exactly(assemble(shuffled).traces) == exactly(assemble(records).traces)


@settings(max_examples=150)
@given(records=st.lists(strategies.span_records(setup_ids=st.sampled_from(("a", "a", "b", "", 1, None))), max_size=4))
def test_whatever_is_on_the_wire_assembles_in_any_order_and_is_canonical(records, exactly):
    assembly = assemble(records)
    for trace in assembly.traces:
        validate(trace)
        assert trace.timeline() is not None
        assert trace.failure is None or trace.outcome is not None
    canonical = [record for trace in assembly.traces for record in disassemble(trace)]
    assert exactly(assemble(canonical).traces) == exactly(assembly.traces)
    assert exactly(assemble(reversed(records)).traces) == exactly(assembly.traces)
    assert assembly.foreign == tuple(record for record in records if setup_id_of(record) is None)


@settings(max_examples=150)
@given(record=strategies.span_records(setup_ids=st.just("a-1700000000000")))
def test_no_attribute_is_ever_lost(record, exactly):
    (trace,) = assemble([record]).traces
    (canonical,) = disassemble(trace)
    record = resolve_marker(record)
    meant = {**record.attributes}
    mark = attr.MONERO_SPAN_CONTINUATION
    if mark in meant and meant[mark] is None and record.name.endswith(" (continued)"):
        del meant[mark]  # an empty mark says nothing that the name does not say
    exact = _exact_times(record)
    for key, value in meant.items():
        if key in exact and key not in canonical.attributes:
            wire = canonical.start_time_unix_nano if key == attr.MONERO_SETUP_TIME else canonical.end_time_unix_nano
            assert wire == exact[key]
            continue
        assert _same(canonical.attributes[key], value, exactly), key
    assert len(canonical.events) == len(record.events)
    time = attr.MONERO_SETUP_TIME
    sums = [sum(len(event.attributes.keys() - {time}) for event in side.events) for side in (canonical, record)]
    assert sums[0] == sums[1]


def _exact_times(record):
    """The times in attributes that can be read as such."""
    keys = (attr.MONERO_SETUP_TIME, attr.MONERO_SETUP_END_TIME)
    found = {key: as_int(record.attributes.get(key)) for key in keys}
    return {key: time for key, time in found.items() if time is not None and time >= 0}


def _same(canonical, value, exactly):
    """The same value, or the int (or truth) that the other spells."""
    if exactly(canonical) == exactly(value):
        return True
    if type(canonical) is bool:
        return str(canonical).lower() == value
    return {type(canonical), type(value)} == {int, str} and str(canonical) == str(value)


def test_the_records_of_a_set_up_are_in_canonical_order(build):
    from otel_multisig.model import Moment

    call = build.span(
        3,
        "make_multisig",
        Moment(4, 1),
        Moment(5, 2),
        interrupted=True,
        round=1,
        role="buyer",
        port=18082,
        address="localhost",
        error_type="-28",
        error_code=-28,
        attributes={"z": 1, "a": 2, attr.MONERO_MULTISIG_THRESHOLD: 2},
        events=(
            build.event("late", 9, attributes={"b": 1, "a": 2}, role="buyer", port=1),
            build.event("early", 8),
        ),
    )
    root = build.span(1, "multisig_setup", Moment(0, 0))
    first, second = disassemble(build.trace(call, root))
    assert list(first.attributes) == [
        "monero.escrow.id",
        "monero.setup.id",
        "monero.setup.sequence",
        "monero.setup.time",
    ]
    assert list(second.attributes) == [
        "monero.escrow.id",
        "monero.setup.id",
        "monero.setup.sequence",
        "monero.setup.end_sequence",
        "monero.setup.interrupted",
        "monero.multisig.round",
        "monero.wallet.role",
        "rpc.method",
        "server.address",
        "server.port",
        "error.type",
        "rpc.response.status_code",
        "a",
        "monero.multisig.threshold",
        "z",
    ]
    assert second.attributes["rpc.response.status_code"] == "-28"
    assert [event.name for event in second.events] == ["early", "late"]
    assert list(second.events[1].attributes) == [
        "monero.setup.sequence",
        "monero.setup.time",
        "monero.wallet.role",
        "server.port",
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("start", "end", "on_wire", "exact"),
    [
        (5000, 9000, (5000, 9000), {}),
        (5000, 5000, (5000, 6000), {"monero.setup.end_time": 5000}),
        (5000, 4000, (5000, 6000), {"monero.setup.end_time": 4000}),
        (5000, 0, (5000, 6000), {"monero.setup.end_time": 0}),
        (0, 0, (1000, 2000), {"monero.setup.time": 0, "monero.setup.end_time": 0}),
        (0, 5000, (1000, 5000), {"monero.setup.time": 0}),
        (2**64 - 1, 2**64 - 1, (2**64 - 1, 2**64 - 1), {}),
    ],
)
def test_times_that_backends_mend_travel_in_attributes(build, start, end, on_wire, exact):
    from otel_multisig.model import Moment

    trace = build.trace(build.span(1, "make_multisig", Moment(1, start), Moment(2, end)))
    (record,) = disassemble(trace)
    assert (record.start_time_unix_nano, record.end_time_unix_nano) == on_wire
    assert {key: value for key, value in record.attributes.items() if key.endswith("time")} == exact
    mended = msgspec.structs.replace(record, start_time_unix_nano=7, end_time_unix_nano=8)
    if exact:
        assert assemble([record]).traces == (trace,)
    if len(exact) == 2:
        assert assemble([mended]).traces == (trace,)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"trace_id": "A" * 32}, "trace id"),
        ({"span_id": "1"}, "span id"),
        ({"parent_span_id": "x"}, "parent"),
        ({"kind": "round"}, "kind"),
        ({"wire_kind": 3}, "usual"),
        ({"wire_kind": -1}, "enumeration"),
        ({"status_code": -1}, "enumeration"),
        ({"flags": 2**32}, "unsigned"),
        ({"round": 2**63}, "64-bit"),
        ({"role": 5}, "is a text"),
        ({"role": "buyer", "attributes": {"monero.wallet.role": 5}}, "field"),
        ({"attributes": {"monero.wallet.role": "buyer"}}, "field"),
        ({"attributes": {"server.port": "18082"}}, "field"),
        ({"attributes": {"monero.setup.id": "x"}}, "set-up's id"),
        ({"attributes": {"monero.escrow.id": "escrow"}}, "escrow id"),
        ({"attributes": {"monero.escrow.id": "other"}}, "another"),
        ({"attributes": {"monero.setup.interrupted": "true"}}, "interrupted"),
        ({"interrupted": True, "attributes": {"monero.setup.interrupted": 5}}, "twice"),
        ({"attributes": {"x": [1]}}, "no value"),
        ({"attributes": {"x": 2**63}}, "no value"),
    ],
)
def test_an_invalid_set_up_is_named(build, change, rule):
    from otel_multisig.model import EscrowTrace, InvalidTraceError, Moment, SpanKind

    if "kind" in change:
        change = {"kind": SpanKind(change["kind"])}
    span = msgspec.structs.replace(build.span(1, "make_multisig", Moment(0, 0)), **change)
    with pytest.raises(InvalidTraceError, match=rule):
        validate(EscrowTrace("escrow", "escrow-1700000000000", (span,)))


def test_an_invalid_whole_is_named(build):
    from otel_multisig.model import EscrowTrace, InvalidTraceError, Moment

    first, second = build.span(1, "a", Moment(0, 5)), build.span(2, "b", Moment(1, 4))
    events = (build.event("late", 3), build.event("early", 2))
    for spans, setup_id, rule in [
        ((), "id", "needs a span"),
        ((first,), "", "needs an id"),
        ((first, first), "id", "same ids"),
        ((second, first), "id", "not in order"),
        ((msgspec.structs.replace(first, events=events),), "id", "events are not in order"),
        ((msgspec.structs.replace(first, end=Moment(None, 0)),), "id", "sequence or a time"),
        ((msgspec.structs.replace(first, start=Moment(0, -1)),), "id", "unsigned"),
        ((msgspec.structs.replace(first, events=(build.event("e", 1, -1),)),), "id", "unsigned"),
    ]:
        with pytest.raises(InvalidTraceError, match=rule):
            validate(EscrowTrace("escrow", setup_id, spans))
