"""The recording of one usual set-up, read by the compiled counterpart of what is told in `reader`, where it is there.

It takes the form as it is printed, with any white space: the events of one set-up, snapshots and calls, and at the end
what it failed of; nothing of which the model could not tell all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otel_multisig._native import make
from otel_multisig.legacy._calls import EXCHANGE, EXCHANGES, FIRST_ROUND, MAKE, is_odd
from otel_multisig.legacy._drafts import NO_ROLE
from otel_multisig.legacy._drawing import MAX_EVENTS, RESOURCE, SCOPE
from otel_multisig.legacy._importing import ROUND_OF_POINT
from otel_multisig.legacy.event_types import SNAPSHOT_TYPES, EventType
from otel_multisig.model import spans
from otel_multisig.model.identity import imported_trace_id
from otel_multisig.model.records import STATUS_ERROR, STATUS_UNSET
from otel_multisig.model.trace import EscrowTrace
from otel_multisig.semconv import attributes, events, upstream
from otel_multisig.semconv import spans as names
from otel_multisig.semconv.attributes import Outcome, SnapshotPoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["read_usual", "reader_of"]


def reader_of(native: ModuleType) -> Any:
    """The reader of a compiled module, with the vocabulary of the model."""
    return native.RecordingReader(
        spans=spans,
        trace_type=EscrowTrace,
        make_trace_id=imported_trace_id,
        attributes=attributes,
        upstream=upstream,
        names=names,
        snapshot_name=events.WALLET_SNAPSHOT,
        outcomes=(Outcome.SUCCESS.value, Outcome.FAILURE.value),
        statuses=(STATUS_UNSET, STATUS_ERROR),
        resource=RESOURCE,
        scope=SCOPE,
        no_role=NO_ROLE,
        snapshots=[
            (event_type.value, point, ROUND_OF_POINT.get(point), point == SnapshotPoint.FINAL)
            for point, event_type in SNAPSHOT_TYPES.items()
        ],
        others=[
            EventType.RPC_CALL_START.value,
            EventType.RPC_CALL_END.value,
            EventType.RPC_CALL_ERROR.value,
            EventType.ERROR_FINAL.value,
        ],
        methods=(FIRST_ROUND - {MAKE}, MAKE, EXCHANGE),
        is_odd=is_odd,
        exchanges=EXCHANGES,
        most_events=MAX_EVENTS,
    )


_reader: Final = make("legacy_reading", reader_of)
read_usual: Final[Callable[[bytes, bool], EscrowTrace | None] | None] = _reader and _reader.read
"""The set-up that a recording holds; None for any other recording. The flag says that it is known to be partial.

None in itself where there is no compiled counterpart.
"""
