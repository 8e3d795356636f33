"""Markers of spans that have not ended: what stands for such a span until it comes itself.

SDKs export spans when they end. A span that stays open is shown by markers: spans with ids of their own that say which
open span they stand for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.model._reading import as_int, is_true
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from otel_multisig.model.records import Attributes, SpanRecord

_PENDING: Final = attr.MONERO_SPAN_PENDING
_OPEN_ID: Final = attr.MONERO_SPAN_OPEN_ID
_SPAN_ID: Final = re.compile(r"[0-9a-f]{16}")

MARKS: Final = frozenset({_PENDING, _OPEN_ID, attr.MONERO_SPAN_MARKERS})
"""What a marker has that the open span has not."""


def is_marker(attributes: Attributes) -> bool:
    """Whether a span with these attributes stands for an open one; what has ended itself never does."""
    if _PENDING not in attributes or not is_true(attributes[_PENDING]):
        return False
    span_id = attributes.get(_OPEN_ID)
    return (
        type(span_id) is str
        and _SPAN_ID.fullmatch(span_id) is not None
        and attr.MONERO_SETUP_END_SEQUENCE not in attributes
        and not is_true(attributes.get(attr.MONERO_SETUP_INTERRUPTED))
    )


def resolve_marker(record: SpanRecord) -> SpanRecord:
    """The open span that a marker stands for, so that its children find it; any other record as it is.

    The time at which a marker was made stays as the time on the wire until which the span was open: it counts no end,
    so it has not ended. Where its emitter does not count, such a time would be an end, and goes.
    """
    attributes = record.attributes
    if not is_marker(attributes):
        return record
    left = {key: value for key, value in attributes.items() if key not in MARKS}
    end = record.end_time_unix_nano
    if as_int(attributes.get(attr.MONERO_SETUP_SEQUENCE)) is None:
        end = 0
        left.pop(attr.MONERO_SETUP_END_TIME, None)
    return msgspec.structs.replace(record, span_id=attributes[_OPEN_ID], attributes=left, end_time_unix_nano=end)
