"""Spans to the items of a timeline."""

from enum import EnumType
from types import ModuleType
from typing import Self

from otel_multisig.model import Span
from otel_multisig.model.timeline import TimelineItem

class ItemMerger:
    """Makes the items of a set-up as `otel_multisig.model.timeline.merge` does, where its spans are usual.

    Args:
        spans: the module of ``Span``, ``Event``, ``Moment`` and ``SpanKind``.
        item: the class of items.
        kinds: what items are: ``START``, ``EVENT``, ``END``.

    Raises:
        TypeError: a class has other fields than this was made for.
    """

    def __new__(cls, *, spans: ModuleType, item: type, kinds: EnumType) -> Self: ...
    def merge(self, spans: tuple[Span, ...]) -> tuple[TimelineItem, ...] | None:
        """The items in order of their sequences.

        None where one has none, two have the same or they lie very far apart, and where a span continues another.
        """
