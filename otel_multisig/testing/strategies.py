"""Hypothesis strategies for set-ups and span records. It needs `hypothesis`, which otel-multisig itself does not.

What each draws is valid (`otel_multisig.model.validate`); `traces` is what our tracer records, `odd_traces` all that
can be built, `span_records` all that can be on the wire, `delivered_records` what a backend makes of set-ups,
`markers_of` what stands for a span that has not ended, `legacy_recordings` what the legacy system may have recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from hypothesis import strategies as st

from otel_multisig.model import EscrowTrace, EventRecord, Moment, Span, SpanKind, SpanRecord, disassemble
from otel_multisig.model.spans import wire_kind_of
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans as span_names
from otel_multisig.semconv import upstream
from otel_multisig.testing import _strategy_legacy
from otel_multisig.testing import _strategy_values as values
from otel_multisig.testing._strategy_recording import Recording

if TYPE_CHECKING:
    from otel_multisig.testing._strategy_values import Draw

__all__ = [
    "delivered_records",
    "event_records",
    "events",
    "legacy_recordings",
    "markers_of",
    "odd_traces",
    "span_records",
    "spans",
    "traces",
]

events = values.events
legacy_recordings = _strategy_legacy.legacy_recordings


def _is_plain(name: str) -> bool:
    return not (
        name.startswith(span_names.ROUND) or name == span_names.SETUP or name.endswith(span_names.CONTINUED_SUFFIX)
    )


_plain_names: Final = values.texts.filter(_is_plain)
_round_names: Final = st.one_of(
    st.just(span_names.ROUND),
    st.one_of(st.integers(1, 4).map(str), _plain_names).map(lambda n: f"{span_names.ROUND} {n}"),
)
_NAMES: Final = {
    SpanKind.SETUP: st.just(span_names.SETUP),
    SpanKind.ROUND: _round_names,
    SpanKind.CALL: st.one_of(st.sampled_from(("prepare_multisig", "make_multisig")), _plain_names),
    SpanKind.OTHER: _plain_names,
    SpanKind.CONTINUATION: st.one_of(_round_names.map(lambda name: name + span_names.CONTINUED_SUFFIX), _plain_names),
}


@st.composite
def spans(draw: Draw) -> Span:
    """A valid span of a set-up, however odd; its events are in no order."""
    kind = draw(st.sampled_from(SpanKind))
    has_method = kind is SpanKind.CALL or (kind is not SpanKind.OTHER and draw(st.booleans()))
    method = draw(values.texts) if has_method else None
    start = Moment(draw(values.sequences), draw(values.edge_times))
    end = draw(st.one_of(st.none(), st.builds(Moment, values.sequences, values.edge_times)))
    if end == Moment(None, 0):
        end = None
    interrupted = draw(st.booleans())
    round_, port = draw(st.one_of(st.none(), values.int64s)), draw(st.one_of(st.none(), values.int64s))
    role = draw(values.roles)
    address, error_type = draw(st.one_of(st.none(), values.texts)), draw(st.one_of(st.none(), values.texts))
    error_code = draw(st.one_of(st.none(), st.just(-28), values.int64s))
    ints = dict(
        zip(values.TYPED_INTS, (start.sequence, end.sequence if end else None, round_, port, error_code), strict=True)
    )
    texts_ = dict(zip(values.TYPED_TEXTS, (role, method, address, error_type), strict=True))
    if kind is SpanKind.OTHER or method is None:
        del texts_[upstream.RPC_METHOD]
    attributes = draw(values.other_attributes(ints, texts_))
    if kind is not SpanKind.CONTINUATION and draw(st.integers(0, 9)) == 0:
        attributes[attr.MONERO_SPAN_CONTINUATION] = draw(st.sampled_from((False, "yes", 1)))
    if not interrupted and draw(st.integers(0, 9)) == 0:
        attributes[attr.MONERO_SETUP_INTERRUPTED] = draw(st.sampled_from((False, "yes", 1)))
    if (interrupted or (end is not None and end.sequence is not None)) and draw(st.integers(0, 9)) == 0:
        attributes |= draw(values.marks)  # of something that has ended they make no marker
    return Span(
        kind=kind,
        trace_id=draw(values.trace_ids),
        span_id=draw(values.span_ids),
        parent_span_id=draw(st.one_of(st.just(""), values.span_ids)),
        name=draw(_NAMES[kind]),
        start=start,
        end=end,
        interrupted=interrupted,
        round=round_,
        role=role,
        method=method,
        port=port,
        address=address,
        error_type=error_type,
        error_code=error_code,
        status_code=draw(st.integers(0, 2)),
        status_message=draw(values.texts),
        attributes=attributes,
        events=tuple(draw(st.lists(values.events(), max_size=3))),
        links=tuple(draw(st.lists(values.links, max_size=1))),
        resource=draw(values.resources),
        scope=draw(values.scopes),
        wire_kind=draw(st.sampled_from((None, *({0, 1, 2, 3, 4, 5} - {wire_kind_of(kind)})))),
        trace_state=draw(values.texts),
        flags=draw(values.uint32s),
        dropped_attributes_count=draw(values.uint32s),
        dropped_events_count=draw(values.uint32s),
        dropped_links_count=draw(values.uint32s),
    )


@st.composite
def odd_traces(draw: Draw) -> EscrowTrace:
    """Any valid set-up: no root or many, circles of parents, colliding and missing sequences, odd values."""
    drawn = draw(st.lists(spans(), min_size=1, max_size=5, unique_by=lambda span: (span.trace_id, span.span_id)))
    escrow_id = draw(values.texts)
    setup_id = draw(st.one_of(values.texts.filter(bool), st.just(f"{escrow_id}-1700000000000")))
    trace = EscrowTrace.build(escrow_id, setup_id, drawn)
    if draw(st.integers(0, 4)):
        return trace
    return _with_other_escrow_ids(draw, trace)


def _with_other_escrow_ids(draw: Draw, trace: EscrowTrace) -> EscrowTrace:
    """Some spans name another escrow, or one that is no text; the first with a text agrees with the set-up."""
    first = draw(st.integers(0, len(trace.spans) - 1))
    changed = []
    for place, span in enumerate(trace.spans):
        choices: list[st.SearchStrategy[Any]] = [st.none(), values.not_texts.filter(lambda value: value is not None)]
        if place > first:
            choices.append(values.texts.filter(lambda text: text != trace.escrow_id))
        other = draw(st.one_of(choices)) if place != first else None
        attributes = span.attributes if other is None else {**span.attributes, attr.MONERO_ESCROW_ID: other}
        changed.append(msgspec.structs.replace(span, attributes=attributes))
    return EscrowTrace(trace.escrow_id, trace.setup_id, tuple(changed))


@st.composite
def traces(draw: Draw, *, max_rounds: int = 4) -> EscrowTrace:
    """A set-up as the tracer records it, of any number of roles and rounds, whole or torn off at any point.

    Every start, end and event has its sequence. The root or rounds may be missing, calls may have failed or never
    ended, and events of a round may stand in continuation spans.
    """
    return Recording(draw).record(draw(st.integers(0, max_rounds)))


_any_own_key: Final = st.sampled_from(sorted(values.LIFTED | set(values.KNOWN)))
_any_attributes: Final = st.dictionaries(
    st.one_of(_any_own_key, values.texts),
    st.one_of(values.attribute_values, values.int64s.map(str), values.not_ints, st.sampled_from(("true", "-28"))),
    max_size=5,
)


@st.composite
def span_records(draw: Draw, *, setup_ids: st.SearchStrategy[Any] | None = None) -> SpanRecord:
    """Any span that can be on the wire, with attributes of ours at any value; few ids, so that many are duplicates."""
    attributes = draw(_any_attributes)
    if setup_ids is not None:
        attributes[attr.MONERO_SETUP_ID] = draw(setup_ids)
    if draw(st.integers(0, 3)) == 0:
        attributes |= draw(values.marks)
    names = st.one_of(values.texts, st.sampled_from((span_names.SETUP, span_names.ROUND, f"{span_names.ROUND} 2")))
    continued = st.sampled_from(("", span_names.CONTINUED_SUFFIX))
    return SpanRecord(
        trace_id=draw(values.trace_ids),
        span_id=draw(values.span_ids),
        parent_span_id=draw(st.one_of(st.just(""), values.span_ids)),
        name=draw(names) + draw(continued),
        kind=draw(st.integers(0, 5)),
        start_time_unix_nano=draw(values.edge_times),
        end_time_unix_nano=draw(values.edge_times),
        attributes=attributes,
        events=tuple(draw(st.lists(event_records, max_size=3))),
        links=tuple(draw(st.lists(values.links, max_size=1))),
        status_code=draw(st.integers(0, 2)),
        status_message=draw(values.texts),
        trace_state=draw(values.texts),
        flags=draw(values.uint32s),
        resource=draw(values.resources),
        scope=draw(values.scopes),
        dropped_attributes_count=draw(values.uint32s),
        dropped_events_count=draw(values.uint32s),
        dropped_links_count=draw(values.uint32s),
    )


event_records: Final = st.builds(
    EventRecord,
    st.one_of(st.sampled_from(values.EVENT_NAMES), values.texts),
    values.edge_times,
    _any_attributes,
    values.uint32s,
)
"""Any event that can be on the wire."""


@st.composite
def delivered_records(draw: Draw) -> list[SpanRecord]:
    """What a backend may give back of some set-ups: shuffled, repeated, incomplete copies among complete ones."""
    whole = [record for trace in draw(st.lists(traces(max_rounds=2), max_size=2)) for record in disassemble(trace)]
    copies = [draw(_copies(record)) for record in whole]
    odd = draw(st.lists(span_records(setup_ids=st.sampled_from(("a-1700000000000", "b", ""))), max_size=3))
    return list(draw(st.permutations([record for group in copies for record in group] + odd)))


@st.composite
def _copies(draw: Draw, record: SpanRecord) -> list[SpanRecord]:
    """A span as it was delivered: once, again, with fewer events, or as it was while it was still open."""
    copies = [record]
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        kept = tuple(event for event in record.events if draw(st.booleans()))
        attributes = dict(record.attributes)
        end = record.end_time_unix_nano
        if draw(st.booleans()):
            attributes.pop(attr.MONERO_SETUP_END_SEQUENCE, None)
            end = 0
        copies.append(msgspec.structs.replace(record, attributes=attributes, events=kept, end_time_unix_nano=end))
    found = draw(markers_of(record)) if draw(st.integers(0, 3)) == 0 else []
    # Only its markers, where it has not ended yet.
    return found if found and draw(st.booleans()) else copies + found


@st.composite
def markers_of(draw: Draw, record: SpanRecord, *, min_size: int = 0) -> list[SpanRecord]:
    """Markers that were made of a span while it was open: each with ids of its own and the events since the last."""
    not_yet = {attr.MONERO_SETUP_END_SEQUENCE, attr.MONERO_SETUP_END_TIME, attr.MONERO_SETUP_INTERRUPTED}
    attributes = {key: value for key, value in record.attributes.items() if key not in not_yet}
    attributes |= {
        attr.MONERO_SPAN_PENDING: True,
        attr.MONERO_SPAN_OPEN_ID: record.span_id,
        attr.MONERO_SPAN_MARKERS: 0,
    }
    found = []
    left = record.events
    for number in range(draw(st.integers(min_size, max(min_size, 3)))):
        told = draw(st.integers(0, len(left)))
        found.append(
            msgspec.structs.replace(
                record,
                span_id=f"{draw(st.integers(1, 2**60)):015x}{number}",
                attributes=attributes,
                events=left[:told],
                end_time_unix_nano=record.start_time_unix_nano + 30 * 10**9 * 2**number,
                status_code=0,
                status_message="",
            )
        )
        left = left[told:]
    return found
