"""One set-up as a tree for the terminal: rounds, calls with their durations, snapshots, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text
from rich.tree import Tree

from otel_multisig.model import ItemKind, Outcome, Snapshot, SpanKind
from otel_multisig.report._wallet_state import state_of
from otel_multisig.report._words import describe_event, format_duration, plain
from otel_multisig.semconv import events, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.model import EscrowTrace, Event, Span, TimelineItem

__all__ = ["trace_tree"]

_OUTCOMES: Final = {
    Outcome.SUCCESS: ("ok", "bold green"),
    Outcome.FAILURE: ("FAILED", "bold red"),
    Outcome.INTERRUPTED: ("INTERRUPTED", "bold yellow"),
    None: ("UNFINISHED", "bold yellow"),
}
_METHOD_WIDTH: Final = 22
_ROLE_WIDTH: Final = 8
_LINE_WIDTH: Final = 75


def trace_tree(trace: EscrowTrace, name: str = "") -> Tree:
    """Return a set-up as a tree that fits 80 columns; no text of the trace is ever read as markup.

    Args:
        trace: The set-up.
        name: What to call it, beside its escrow id.
    """
    tree = Tree(_heading(trace, name), guide_style="dim")
    branches: dict[int, Tree] = {}
    for items in _grouped(trace):
        span = items[0].span
        if span.kind is SpanKind.ROUND and items[0].kind is ItemKind.START:
            branches[id(span)] = tree.add(_round_line(span))
            continue
        parent = span if span.kind is not SpanKind.CALL else trace.parent(span)
        branch = branches.get(id(parent), tree) if parent is not None else tree
        line = _line(items)
        if line is not None:
            branch.add(line)
    return tree


def _grouped(trace: EscrowTrace) -> Iterator[list[TimelineItem]]:
    """Yield the items of the timeline, the snapshots that stand side by side at one point together."""
    group: list[TimelineItem] = []
    for item in trace.timeline():
        if group and _point(item.event) is not None and _point(item.event) == _point(group[-1].event):
            group.append(item)
            continue
        if group:
            yield group
        group = [item]
    if group:
        yield group


def _point(event: Event | None) -> str | None:
    if event is None or event.name != events.WALLET_SNAPSHOT:
        return None
    return Snapshot.of(event).point or ""


def _heading(trace: EscrowTrace, name: str) -> Text:
    word, style = _OUTCOMES[trace.outcome]
    heading = Text.assemble(
        (f"{name}: " if name else ""), ("escrow ", ""), (plain(trace.escrow_id), "bold"), "  ", (word, style)
    )
    if trace.root is not None and trace.root.duration_nano is not None:
        heading.append(f"  {format_duration(trace.root.duration_nano)}")
    heading.append(f"\ntrace {trace.trace_id}", style="dim")
    return heading


def _round_line(span: Span) -> Text:
    line = Text(f"round {span.round}", style="bold")
    if span.duration_nano is not None:
        line.append(f"  {format_duration(span.duration_nano)}", style="not bold dim")
    if span.interrupted:
        line.append("  interrupted", style="yellow")
    elif span.error_type is not None:
        line.append("  failed", style="not bold red")
    return line


def _line(items: list[TimelineItem]) -> Text | None:
    first = items[0]
    if first.event is not None:
        if first.event.name == events.WALLET_SNAPSHOT:
            return _snapshot_line([Snapshot.of(item.event) for item in items if item.event is not None])
        if first.event.name == upstream.EVENT_EXCEPTION and first.span.kind is SpanKind.CALL:
            return None  # the call's own line tells
        return describe_event(first.event)
    if first.kind is ItemKind.START and first.span.kind is SpanKind.CALL:
        return _call_line(first.span)
    return None


def _call_line(span: Span) -> Text:
    method = plain(span.called_method or span.name)
    line = Text(f"{method:<{_METHOD_WIDTH}} {plain(span.role or ''):<{_ROLE_WIDTH}}")
    line.append(f" :{span.port:<6}" if span.port is not None else " " * 8, style="dim")
    if span.interrupted or span.duration_nano is None:
        line.append("never ended", style="yellow")
        return line
    line.append(f"{format_duration(span.duration_nano):>8}")
    if span.error_type is not None:
        code = "" if span.error_code is None else f"{span.error_code} "
        line.append(f"\n  {code}{plain(span.status_message or span.error_type)}", style="red")
    return line


def _snapshot_line(snapshots: list[Snapshot]) -> Text:
    line = Text(f"snapshot {plain(snapshots[0].point or '')}", style="cyan")
    states = [state_of(snapshot) for snapshot in snapshots]
    wallets = [f"{plain(snapshot.role or '?')} {plain((snapshot.address_hash or '?')[:6])}" for snapshot in snapshots]
    if len(set(states)) == 1:
        line.append(f"  {states[0]}", style="not bold")
        words = "  " + "  ".join(wallets)
    else:
        words = "  " + "  ".join(f"{wallet} {state}" for wallet, state in zip(wallets, states, strict=True))
    # In a tree four columns deep, on 80.
    line.append(words if len(line) + len(words) <= _LINE_WIDTH else f"\n{words}", style="dim")
    return line
