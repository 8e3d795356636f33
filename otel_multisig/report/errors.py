"""Everything in a set-up that failed, with the server's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from rich.console import Group
from rich.text import Text

from otel_multisig.model import ItemKind, SpanKind
from otel_multisig.report._layout import heading
from otel_multisig.report._lines import lines_of, lines_table
from otel_multisig.report._words import describe_event, plain, round_in_words
from otel_multisig.report.calls import describe_failure, has_failed
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from otel_multisig.diagnosis import Diagnosis
    from otel_multisig.model import EscrowTrace, Event, Span, TimelineItem
    from otel_multisig.report._lines import Line

__all__ = ["errors_table", "troubles"]

_TOLD: Final = frozenset({events.FAULT, events.WALLET_SNAPSHOT_FAILED})


def troubles(trace: EscrowTrace, diagnosis: Diagnosis) -> Iterator[Line]:
    """All that failed, in order, each failure once."""
    return lines_of(trace, diagnosis, _describe)


def _describe(item: TimelineItem, trace: EscrowTrace) -> tuple[str, str] | None:
    what = _words(item, trace)
    return None if what is None else (what, "red")


def _words(item: TimelineItem, trace: EscrowTrace) -> str | None:
    span = item.span
    if item.event is not None:
        return _describe_event(item.event, span)
    if span.kind is SpanKind.SETUP and item.kind is ItemKind.END:
        return _describe_end(trace)
    return _describe_call(item) if span.kind is SpanKind.CALL else None


def _describe_event(event: Event, span: Span) -> str | None:
    if event.name in _TOLD or (event.name == upstream.EVENT_EXCEPTION and span.kind is not SpanKind.CALL):
        return describe_event(msgspec.structs.replace(event, role=None)).plain
    return None


def _describe_call(item: TimelineItem) -> str | None:
    call = item.span
    if item.kind is ItemKind.START:
        return None if call.ended else f"{_method(call)} never ended"
    if call.interrupted:
        return f"{_method(call)} was interrupted"
    return describe_failure(call) if has_failed(call) else None


def _describe_end(trace: EscrowTrace) -> str | None:
    """What ended the set-up, where no call and no event above has told it."""
    failure = trace.failure
    if failure is None or trace.root is None:
        return None
    words = ["the set-up failed"]
    if failure.span.kind is SpanKind.CALL:
        words.append(f"in {_method(failure.span)}")
    known = failure.event.attributes
    operation = known.get(upstream.RPC_METHOD)
    if failure.span.kind is not SpanKind.CALL and isinstance(operation, str):
        words.append(f"in {plain(operation)}")
    round_number = known.get(attr.MONERO_MULTISIG_ROUND, failure.span.round)
    if isinstance(round_number, int):
        words.append(f"in {round_in_words(round_number, round_number)}")
    wallet = known.get(attr.MONERO_WALLET_ID)
    if isinstance(wallet, str):
        words.append(f"with wallet {plain(wallet)}")
    if failure.span.kind is not SpanKind.CALL or has_failed(failure.span):
        return " ".join(words)  # the error itself, or the call, has told why
    code = "" if failure.error_code is None else f"{failure.error_code} "
    return f"{' '.join(words)}: {code}{plain(failure.message or failure.error_type or 'no text was recorded')}"


def _method(call: Span) -> str:
    return plain(call.called_method or call.name)


def errors_table(trace: EscrowTrace, diagnosis: Diagnosis) -> RenderableType:
    """All that failed, as a table."""
    lines = tuple(troubles(trace, diagnosis))
    shown = lines_table(lines, diagnosis.setup.start_nano) if lines else Text("  none was recorded")
    return Group(Text(), heading("Errors"), shown)
