"""Span records to set-ups and back.

Laws, for every valid trace ``t`` (`otel_multisig.model.validity`) and all records ``r``:

- ``assemble(disassemble(t)).traces == (t,)``;
- ``disassemble`` of what was assembled from ``r`` is the canonical form of ``r``: assembled and disassembled again it
  stays the same;
- neither the order of ``r`` nor duplicates in it change the traces;
- markers of open spans in ``r`` change nothing once the spans themselves are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.model._duplicates import drop_duplicates
from otel_multisig.model._order import arrange_spans
from otel_multisig.model._reading import read_span, read_usual_setup, write_span
from otel_multisig.model.identity import split_setup_id
from otel_multisig.model.markers import resolve_marker
from otel_multisig.model.trace import EscrowTrace
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.model.records import SpanRecord


_SETUP_ID: Final = attr.MONERO_SETUP_ID
_PENDING: Final = attr.MONERO_SPAN_PENDING


class Assembly(msgspec.Struct, frozen=True):
    """What `assemble` made of span records.

    Attributes:
        traces: the set-ups, in order of their start, then of their ids.
        foreign: the spans that belong to none, untouched and in the order in which they came.
    """

    traces: tuple[EscrowTrace, ...]
    foreign: tuple[SpanRecord, ...]


def assemble(records: Iterable[SpanRecord]) -> Assembly:
    """Group spans into set-ups by the id of the set-up that each one carries, never by trace id.

    It takes whatever a backend gives back: spans out of order, twice, without their root or parents, with attributes
    altered. It never raises for what records hold, and loses none of it. Where a span has not come but markers say that
    it is open, it stands there open, as the latest of them tells.
    """
    groups: dict[str, list[SpanRecord]] = {}
    foreign = []
    for record in records:
        # As `setup_id_of`: a call for each record takes as long as all else here.
        attributes = record.attributes
        setup_id = attributes.get(_SETUP_ID)
        if type(setup_id) is not str or not setup_id:
            foreign.append(record)
            continue
        if _PENDING in attributes:
            record = resolve_marker(record)  # noqa: PLW2901 - what it stands for, from here on
        if (group := groups.get(setup_id)) is None:
            groups[setup_id] = [record]
        else:
            group.append(record)
    traces = [_assemble_one(setup_id, group) for setup_id, group in groups.items()]
    if len(traces) > 1:
        traces.sort(key=lambda trace: (trace.spans[0].start.time_unix_nano, trace.setup_id))
    return Assembly(tuple(traces), tuple(foreign))


def disassemble(trace: EscrowTrace) -> tuple[SpanRecord, ...]:
    """The canonical records of a set-up.

    Spans and events are in order, the attributes that the model knows come first, in a fixed order and in their own
    type, the rest by key.
    """
    return tuple([write_span(span, trace.escrow_id, trace.setup_id) for span in trace.spans])


def _assemble_one(setup_id: str, records: list[SpanRecord]) -> EscrowTrace:
    if read_usual_setup is not None and (found := read_usual_setup(records)) is not None:
        return EscrowTrace(found[0], setup_id, found[1])
    return _assemble_any(setup_id, drop_duplicates(records))


def _assemble_any(setup_id: str, records: Sequence[SpanRecord]) -> EscrowTrace:
    escrow_id = _find_escrow_id(setup_id, records)
    return EscrowTrace(escrow_id, setup_id, arrange_spans([read_span(record, escrow_id) for record in records]))


def _find_escrow_id(setup_id: str, records: Sequence[SpanRecord]) -> str:
    """The escrow that the spans of a set-up name, else what the set-up's id says."""
    named = {name for record in records if isinstance(name := record.attributes.get(attr.MONERO_ESCROW_ID), str)}
    if len(named) > 1:
        # Spans that name different escrows: the first span is believed, the others keep what they say.
        in_order = arrange_spans([read_span(record, None) for record in records])
        names = (span.attributes.get(attr.MONERO_ESCROW_ID) for span in in_order)
        return next(name for name in names if isinstance(name, str))
    return named.pop() if named else split_setup_id(setup_id)[0]
