"""Spans of OTLP's protobuf form: a document in one call, each span that is as usual without any Python code."""

from collections.abc import Callable
from types import ModuleType
from typing import Self

from otel_multisig.model import ResourceRecord, ScopeRecord, SpanRecord

class SpanDecoder:
    """Reads documents as `otel_multisig.otlp.decode_protobuf` does.

    Args:
        records: has the classes ``SpanRecord``, ``EventRecord`` and ``LinkRecord``.
        read_resource: makes a record of a ``Resource`` message and the URL of its schema, both as bytes; what it gives
            is shared.
        read_scope: the same for an ``InstrumentationScope``.
        read_span: reads the span that stands in a document from one byte to another, where it is not as usual.

    Raises:
        TypeError: a class has other fields than this was made for.
    """

    def __new__(
        cls,
        records: ModuleType,
        read_resource: Callable[[bytes, bytes], ResourceRecord],
        read_scope: Callable[[bytes, bytes], ScopeRecord],
        read_span: Callable[[bytes, int, int, ResourceRecord, ScopeRecord], SpanRecord],
    ) -> Self: ...
    def decode(self, document: bytes) -> list[SpanRecord] | None:
        """The spans of a document in its order; None where anything outside of its spans is damaged, or not as usual.

        None also where a span, a resource or a scope is so damaged that the Python code refuses it: it has to say how.
        """
