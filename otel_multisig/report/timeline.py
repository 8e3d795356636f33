"""A set-up from its first event to its last, nothing left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from rich.console import Group
from rich.text import Text

from otel_multisig.model import ItemKind, Outcome, Snapshot, SpanKind
from otel_multisig.report._layout import heading
from otel_multisig.report._lines import lines_of, lines_table
from otel_multisig.report._wallet_state import short_hash, state_of
from otel_multisig.report._words import describe_event, format_duration, plain
from otel_multisig.report.calls import describe_failure, duration_of, has_failed
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from otel_multisig.diagnosis import Diagnosis
    from otel_multisig.model import EscrowTrace, Event, Span, TimelineItem
    from otel_multisig.report._lines import Line

__all__ = ["timeline", "timeline_lines"]

_LONGEST: Final = 160


def timeline(trace: EscrowTrace, diagnosis: Diagnosis) -> RenderableType:
    """All that happened, line by line, the rounds apart."""
    lines = timeline_lines(trace, diagnosis)
    return Group(Text(), heading("Timeline"), lines_table(lines, diagnosis.setup.start_nano))


def timeline_lines(trace: EscrowTrace, diagnosis: Diagnosis) -> Iterator[Line]:
    """All that happened, in order."""
    return lines_of(trace, diagnosis, _describe)


def _describe(item: TimelineItem, trace: EscrowTrace) -> tuple[str, str] | None:
    if item.event is not None:
        return _describe_event(item.event, item.span)
    if item.span.kind is SpanKind.CALL:
        return _describe_start(item.span) if item.kind is ItemKind.START else _describe_end(item.span)
    return _describe_scope(item, trace)


def _describe_event(event: Event, span: Span) -> tuple[str, str] | None:
    if event.name == events.WALLET_SNAPSHOT:
        snapshot = Snapshot.of(event)
        point = plain(snapshot.point or "?")
        return f"snapshot {point}: {state_of(snapshot)} {short_hash(snapshot)}".rstrip(), "cyan"
    if event.name == upstream.EVENT_EXCEPTION and span.kind is SpanKind.CALL:
        return None  # the end of the call tells
    # The role has a column of its own.
    text = describe_event(msgspec.structs.replace(event, role=None))
    return text.plain, str(text.style)


def _describe_start(call: Span) -> tuple[str, str] | None:
    if call.start.sequence is None and call.end is not None and call.end.sequence is not None:
        return None  # nobody saw it start
    style = "" if call.ended else "yellow"
    return f"{plain(call.called_method or call.name)}{'' if call.ended else ' started, and never ended'}", style


def _describe_end(call: Span) -> tuple[str, str]:
    method = plain(call.called_method or call.name)
    duration = duration_of(call)
    took = "" if duration is None else f" after {format_duration(duration)}"
    if call.interrupted:
        return f"{method} interrupted", "yellow"
    if not has_failed(call):
        return f"{method} answered{took}", "green"
    text = describe_failure(call)
    return (text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."), "red"


def _describe_scope(item: TimelineItem, trace: EscrowTrace) -> tuple[str, str] | None:
    span, ends = item.span, item.kind is ItemKind.END
    if span.kind is SpanKind.ROUND:
        return (f"round {span.round} ended", "dim") if ends else (f"round {span.round} began", "bold")
    if span.kind is not SpanKind.SETUP:
        return f"{plain(span.name)} {'ended' if ends else 'began'}", "dim"
    if not ends:
        return None
    words = {Outcome.SUCCESS: ("the set-up came through", "green"), Outcome.FAILURE: ("the set-up failed", "red")}
    return words.get(trace.outcome, ("the set-up was interrupted", "yellow")) if trace.outcome else None
