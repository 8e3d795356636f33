from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig.model import EscrowTrace, Event, Moment, Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Callable


def _exactly(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exactly(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_exactly, value))
    if hasattr(value, "__struct_fields__"):
        return tuple(_exactly(getattr(value, field)) for field in value.__struct_fields__)
    return type(value), value


@pytest.fixture(scope="session")
def exactly() -> Callable[[Any], Any]:
    """A form of a value in which 1, 1.0 and True differ: Python takes them for equal."""
    return _exactly


class Builder:
    """Spans of one set-up by short names: ids are derived from a number."""

    trace_id = "0af7651916cd43dd8448eb211c80319c"

    def span(self, number: int, name: str, at: Moment, end: Moment | None = None, **fields: Any) -> Span:
        parent = fields.pop("parent", 0)
        kind = {"multisig_setup": SpanKind.SETUP, "multisig_round": SpanKind.ROUND}.get(name.split(" ", maxsplit=1)[0])
        if name.endswith("(continued)"):
            kind = SpanKind.CONTINUATION
        if kind is None:
            kind = SpanKind.CALL
            fields.setdefault("method", name)
        return Span(
            kind=kind,
            trace_id=self.trace_id,
            span_id=f"{number:016x}",
            parent_span_id=f"{parent:016x}" if parent else "",
            name=name,
            start=at,
            end=end,
            **fields,
        )

    def event(self, name: str, sequence: int | None, time: int = 0, **fields: Any) -> Event:
        return Event(name, sequence, time, **fields)

    def trace(self, *spans: Span) -> EscrowTrace:
        return EscrowTrace.build("escrow", "escrow-1700000000000", spans)


@pytest.fixture
def build() -> Builder:
    return Builder()
