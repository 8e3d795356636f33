from __future__ import annotations

import pytest

from otel_multisig.model import EscrowTrace, ItemKind, Moment, Outcome, Snapshot, assemble, disassemble

BUYER = {"role": "buyer", "port": 18082}


def told(trace):
    return [(item.kind.value, item.event.name if item.event else item.span.name) for item in trace.timeline()]


def test_the_timeline_merges_starts_events_and_ends_by_sequence_alone(build):
    root = build.span(1, "multisig_setup", Moment(0, 50), Moment(9, 1))
    round_ = build.span(2, "multisig_round 1", Moment(1, 40), Moment(8, 2), parent=1, events=(build.event("a", 2, 7),))
    call = build.span(3, "make_multisig", Moment(3, 60), Moment(5, 59), parent=2, events=(build.event("b", 4, 0),))
    lost = build.span(4, "open_wallet", Moment(6, 3), parent=2)
    trace = build.trace(lost, call, round_, root)
    assert told(trace) == [
        ("start", "multisig_setup"),
        ("start", "multisig_round 1"),
        ("event", "a"),
        ("start", "make_multisig"),
        ("event", "b"),
        ("end", "make_multisig"),
        ("start", "open_wallet"),
        ("end", "multisig_round 1"),
        ("end", "multisig_setup"),
    ]
    assert [item.sequence for item in trace.timeline()] == [0, 1, 2, 3, 4, 5, 6, 8, 9]
    assert trace.gaps == (range(7, 8),)
    assert trace.timeline()[4].span is trace.calls[0]


def test_without_sequences_the_timeline_goes_by_time_and_by_nesting(build):
    def at(time):
        return Moment(None, time)

    root = build.span(1, "multisig_setup", at(1), at(9))
    first = build.span(2, "multisig_round 1", at(1), at(5), parent=1, events=(build.event("in first", None, 5),))
    second = build.span(3, "multisig_round 2", at(5), at(9), parent=1, events=(build.event("in second", None, 5),))
    instant = build.span(4, "ping", at(5), at(5), parent=3)
    assert told(build.trace(instant, second, first, root)) == [
        ("start", "multisig_setup"),
        ("start", "multisig_round 1"),
        ("event", "in first"),
        ("end", "multisig_round 1"),
        ("start", "multisig_round 2"),
        ("start", "ping"),
        ("event", "in second"),
        ("end", "ping"),
        ("end", "multisig_round 2"),
        ("end", "multisig_setup"),
    ]


def test_events_of_a_continuation_read_as_events_of_its_round(build):
    round_ = build.span(1, "multisig_round 1", Moment(0, 0), Moment(9, 0), round=1, events=(build.event("a", 1),))
    more = build.span(
        2, "multisig_round 1 (continued)", Moment(2, 0), Moment(7, 0), parent=1, round=1, events=(build.event("b", 3),)
    )
    still_more = build.span(
        3, "multisig_round 1 (continued)", Moment(4, 0), Moment(6, 0), parent=2, round=1, events=(build.event("c", 5),)
    )
    trace = build.trace(round_, more, still_more)
    assert told(trace) == [
        ("start", "multisig_round 1"),
        ("event", "a"),
        ("event", "b"),
        ("event", "c"),
        ("end", "multisig_round 1"),
    ]
    assert {item.span.name for item in trace.timeline()} == {"multisig_round 1"}
    assert trace.gaps == (range(8, 9),)


def test_a_continuation_without_its_parent_goes_to_the_round_of_its_number(build):
    one = build.span(1, "multisig_round 1", Moment(0, 0), round=1)
    two = build.span(2, "multisig_round 2", Moment(1, 0), round=2)
    lost = build.span(3, "multisig_round 2 (continued)", Moment(2, 0), parent=9, round=2, events=(build.event("a", 3),))
    assert build.trace(one, two, lost).timeline()[-1].span == two
    alone = build.trace(lost)
    assert alone.timeline()[0].span == lost
    circle = build.span(3, "multisig_round 2 (continued)", Moment(2, 0), parent=3, events=(build.event("a", 3),))
    assert build.trace(circle).timeline()[0].span == circle


def test_an_open_span_has_no_end(build):
    trace = build.trace(build.span(1, "make_multisig", Moment(0, 5)))
    (record,) = disassemble(trace)
    assert record.end_time_unix_nano == 0
    assert "monero.setup.end_sequence" not in record.attributes
    assert not trace.calls[0].ended
    assert trace.calls[0].duration_nano is None


def test_an_end_that_was_not_counted_though_the_start_was_is_no_end(build):
    """Jaeger gives a span without an end one of its own making."""
    trace = build.trace(build.span(1, "make_multisig", Moment(0, 5), Moment(None, 6)))
    assert assemble(disassemble(trace)).traces == (trace,)
    assert not trace.calls[0].ended
    assert told(trace) == [("start", "make_multisig")]
    uncounted = build.trace(build.span(1, "make_multisig", Moment(None, 5), Moment(None, 3)))
    assert uncounted.calls[0].duration_nano == -2
    assert len(uncounted.timeline()) == 2


def test_an_end_at_the_epoch_is_an_end_if_it_was_counted(build):
    trace = build.trace(build.span(1, "make_multisig", Moment(0, 5), Moment(1, 0)))
    assert assemble(disassemble(trace)).traces == (trace,)
    assert trace.calls[0].ended


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"attributes": {"monero.escrow.outcome": "success"}}, Outcome.SUCCESS),
        ({"attributes": {"monero.escrow.outcome": "failure"}}, Outcome.FAILURE),
        ({"attributes": {"monero.escrow.outcome": "interrupted"}}, Outcome.INTERRUPTED),
        ({"attributes": {"monero.escrow.outcome": "who knows"}}, None),
        ({"attributes": {"monero.escrow.outcome": 5}, "interrupted": True}, Outcome.INTERRUPTED),
        ({"status_code": 2}, Outcome.FAILURE),
        ({"status_code": 2, "end": None}, None),
        ({}, None),
    ],
)
def test_the_outcome_is_what_the_root_says(build, fields, outcome):
    root = build.span(1, "multisig_setup", Moment(0, 1), **{"end": Moment(1, 2), **fields})
    assert build.trace(root).outcome is outcome


def test_without_a_root_there_is_no_outcome_and_the_first_span_names_the_trace(build):
    trace = build.trace(build.span(2, "multisig_round 1", Moment(1, 1)))
    assert trace.root is None
    assert trace.outcome is None
    assert trace.failure is None
    assert trace.trace_id == build.trace_id
    assert [span.name for span in trace.rounds] == ["multisig_round 1"]


def test_the_failure_is_the_exception_that_the_root_names(build):
    long = "x" * 3000
    attributes = {
        "exception.type": "WalletError",
        "exception.message": long[:2000],
        "monero.exception.message_piece.1": long[2000:],
        "rpc.response.status_code": "-28",
    }
    other = build.event("exception", 2, attributes={"exception.type": "Other"})
    fatal = build.event("exception", 5, attributes=attributes)
    call = build.span(2, "make_multisig", Moment(1, 0), Moment(3, 0), parent=1, events=(other,))
    second = build.span(3, "make_multisig", Moment(4, 0), Moment(6, 0), parent=1, events=(fatal,))
    root = build.span(
        1, "multisig_setup", Moment(0, 0), Moment(7, 0), attributes={"monero.setup.failure_sequence": "5"}
    )
    failure = build.trace(root, call, second).failure
    assert failure is not None
    assert failure.event == fatal
    assert failure.span == second
    assert (failure.message, failure.error_code, failure.error_type) == (long, -28, "WalletError")


def test_a_failure_that_is_not_in_the_record_is_none(build):
    root = build.span(1, "multisig_setup", Moment(0, 0), Moment(7, 0), attributes={"monero.setup.failure_sequence": 5})
    assert build.trace(root).failure is None
    unnamed = build.span(1, "multisig_setup", Moment(0, 0), Moment(7, 0), events=(build.event("exception", 1),))
    assert build.trace(unnamed).failure is None


def test_where_nothing_is_counted_the_last_exception_of_a_failed_set_up_ended_it(build):
    events = (build.event("exception", None, 3), build.event("exception", None, 5), build.event("other", None, 6))
    root = build.span(1, "multisig_setup", Moment(None, 1), Moment(None, 9), status_code=2, events=events)
    failure = build.trace(root).failure
    assert failure is not None
    assert failure.event.time_unix_nano == 5
    assert failure.error_type is None
    assert failure.message is None


def test_a_method_that_the_conventions_hide_can_be_had(build):
    hidden = build.span(1, "_OTHER", Moment(0, 0), attributes={"rpc.method_original": "my_method"})
    assert hidden.called_method == "my_method"
    assert build.span(1, "refresh", Moment(0, 0)).called_method == "refresh"


def test_build_brings_spans_and_events_in_order(build):
    events = (build.event("b", 3), build.event("a", 2))
    late, soon = build.span(1, "late", Moment(4, 0)), build.span(2, "soon", Moment(1, 0), events=events)
    trace = EscrowTrace.build("escrow", "escrow", iter((late, soon)))
    assert [span.name for span in trace.spans] == ["soon", "late"]
    assert [event.name for event in trace.spans[0].events] == ["a", "b"]


def test_views_do_not_take_part_in_equality(build):
    one, other = (build.trace(build.span(1, "make_multisig", Moment(0, 0))) for _ in range(2))
    assert one.calls
    assert one == other


def test_a_snapshot_is_read_from_its_event(build):
    event = build.event(
        "monero.wallet.snapshot",
        3,
        attributes={
            "monero.snapshot.point": "final",
            "monero.wallet.id": "w",
            "monero.wallet.is_multisig": True,
            "monero.wallet.balance.total": str(2**64 - 1),
            "monero.wallet.balance.unlocked": 5,
            "monero.wallet.address.hash": "ab",
            "monero.wallet.address.value": "4A",
            "monero.wallet.file.exists": "false",
            "monero.wallet.file.permissions": "rw-",
            "monero.wallet.file.name": "f",
            "monero.snapshot.duration": 2,
        },
        **BUYER,
    )
    assert Snapshot.of(event) == Snapshot(
        point="final",
        role="buyer",
        wallet_id="w",
        port=18082,
        is_multisig=True,
        balance_total=2**64 - 1,
        balance_unlocked=5,
        address_hash="ab",
        address="4A",
        file_exists=False,
        file_permissions="rw-",
        file_name="f",
        duration=2.0,
        event=event,
    )


def test_what_a_snapshot_does_not_tell_or_tells_wrongly_is_none(build):
    wrong = {
        "monero.snapshot.point": 1,
        "monero.wallet.is_multisig": "maybe",
        "monero.wallet.balance.total": "lots",
        "monero.wallet.file.exists": 1,
        "monero.snapshot.duration": True,
    }
    snapshot = Snapshot.of(build.event("monero.wallet.snapshot", 3, attributes=wrong))
    told = {getattr(snapshot, field) for field in snapshot.__struct_fields__ if field != "event"}
    assert told == {None}


def test_only_a_snapshot_is_read_as_one(build):
    with pytest.raises(ValueError, match="not a snapshot"):
        Snapshot.of(build.event("exception", 1))


def test_moments_of_events(build):
    assert build.event("a", 1, 2).moment == Moment(1, 2)
    assert ItemKind.EVENT == "event"


def test_a_span_s_parent_is_found_where_it_is_in_the_record(build):
    round_ = build.span(2, "multisig_round 1", Moment(1, 0), parent=1)
    call = build.span(3, "make_multisig", Moment(2, 0), parent=2)
    trace = build.trace(round_, call)
    assert trace.parent(call) is trace.rounds[0]
    assert trace.parent(round_) is None
