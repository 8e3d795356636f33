"""The domain model: one set-up of an escrow, its parts, and how span records become it and back.

It knows nothing of OpenTelemetry's SDK, of files or of HTTP. Every reader makes `SpanRecord`s, `assemble` makes
`EscrowTrace`s of them, every writer and check takes those.
"""

from __future__ import annotations

from otel_multisig.model._reading import setup_id_of
from otel_multisig.model.assembly import Assembly, assemble, disassemble
from otel_multisig.model.identity import make_setup_id, split_setup_id
from otel_multisig.model.records import EventRecord, LinkRecord, ResourceRecord, ScopeRecord, SpanRecord
from otel_multisig.model.snapshot import Snapshot
from otel_multisig.model.spans import Event, Moment, Span, SpanKind
from otel_multisig.model.timeline import ItemKind, TimelineItem
from otel_multisig.model.trace import EscrowTrace, Failure
from otel_multisig.model.validity import InvalidTraceError, validate
from otel_multisig.semconv.attributes import Outcome

__all__ = [
    "Assembly",
    "EscrowTrace",
    "Event",
    "EventRecord",
    "Failure",
    "InvalidTraceError",
    "ItemKind",
    "LinkRecord",
    "Moment",
    "Outcome",
    "ResourceRecord",
    "ScopeRecord",
    "Snapshot",
    "Span",
    "SpanKind",
    "SpanRecord",
    "TimelineItem",
    "assemble",
    "disassemble",
    "make_setup_id",
    "setup_id_of",
    "split_setup_id",
    "validate",
]
