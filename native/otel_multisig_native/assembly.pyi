"""Span records to typed spans: what `otel_multisig.model` lifts out of the attributes of spans and events."""

from types import ModuleType
from typing import Self

from otel_multisig.model import Span, SpanRecord

class SpanReader:
    """Reads records as `otel_multisig.model.assemble` does, where they are usual.

    A record is usual whose attributes of ours have the types that their writer gave them (the code of an error also as
    its text), which names the escrow that it is read for or none, and each event of which has a sequence of its own.
    What it is made of is shared with what it was made from, but for attributes: records are never changed.

    Args:
        spans: the module of ``Span``, ``Event``, ``Moment``, ``SpanKind`` and ``wire_kind_of``.
        records: the module of ``SpanRecord`` and ``EventRecord``.
        attributes: the module of the names of the conventions' attributes.
        upstream: the module of OpenTelemetry's own names.
        names: the module of the names of spans.

    Raises:
        TypeError: a class has other fields than this was made for.
    """

    def __new__(
        cls,
        *,
        spans: ModuleType,
        records: ModuleType,
        attributes: ModuleType,
        upstream: ModuleType,
        names: ModuleType,
    ) -> Self: ...
    def read(self, record: SpanRecord, escrow_id: str | None) -> Span | None:
        """The span of a set-up that a record holds, with its events in order; None where it is unusual."""

    def read_setup(self, records: list[SpanRecord]) -> tuple[str, tuple[Span, ...]] | None:
        """The escrow's id and the spans, in order, of all records of one set-up, none of which is a marker.

        None where one of them is unusual or has no sequence, the first names no escrow, two tell of one span or have
        one sequence, they are not all of one trace, or their sequences lie very far apart.
        """
