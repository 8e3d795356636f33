"""What `analyze` prints for people."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console, Group
from rich.text import Text

from otel_multisig.report._words import plain
from otel_multisig.report.calls import calls_of, calls_table
from otel_multisig.report.errors import errors_table
from otel_multisig.report.overview import headline, overview
from otel_multisig.report.snapshots import changes_table, snapshots_table
from otel_multisig.report.spending import spending_of, spending_table, spendings_table
from otel_multisig.report.timeline import timeline
from otel_multisig.report.verdict import observations, remedy_of, verdict_details, verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from otel_multisig.cli._comparing import Compared
    from otel_multisig.report.document import Views
    from otel_multisig.report.results import Judged, Results

__all__ = ["comparison_parts", "print_report", "report_parts", "to_text", "view_parts"]

_PIPE_WIDTH: Final = 80
_DETAILED: Final = 3
_VIEWED: Final = 20


def print_report(parts: Iterator[RenderableType]) -> None:
    """Print parts of a report one by one, in colours on a terminal only.

    Raises:
        BrokenPipeError: nobody reads it any more.
    """
    width = shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    encoding = sys.stdout.encoding or "utf-8"
    for part in parts:
        text = to_text(part, width, coloured=coloured)
        # What the terminal's encoding has no character for is shown as an escape.
        text = text.encode(encoding, "backslashreplace").decode(encoding)
        click.echo(text, nl=False, color=coloured)


def to_text(part: RenderableType, width: int = _PIPE_WIDTH, *, coloured: bool = False) -> str:
    """A part of a report as text."""
    # Not written by rich, which takes a reader who goes away for a reason to exit in a way of its own.
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=coloured,
        color_system="standard" if coloured else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(part, soft_wrap=True)
    return stream.getvalue()


def report_parts(
    results: Results, views: Views, *, whole: bool, compared: Compared | None = None
) -> Iterator[RenderableType]:
    """The report: the verdict, what it rests on, and the views that were asked for.

    Args:
        results: what was found.
        views: the views.
        whole: whether long lists are shown to their ends.
        compared: the comparison that was asked for, to stand at the end.
    """
    if not results.judged:
        return
    if len(results.judged) == 1:
        (judged,) = results.judged
        yield verdict_line(judged.diagnosis)
        if not views.only:
            yield from _details_of_one(judged, results, whole=whole)
    else:
        yield headline(results)
        if not views.only:
            yield overview(results, whole=whole)
            yield from _details_of_many(results, whole=whole)
    yield from view_parts(results, views, whole=whole)
    if compared is not None:
        yield from comparison_parts(compared, whole=whole)


def comparison_parts(compared: Compared, *, whole: bool) -> Iterator[RenderableType]:
    """What came of a comparison, page by page."""
    from otel_multisig.report.comparison_terminal import page_on_terminal

    for page in compared.pages(whole=whole):
        yield Text()
        yield page_on_terminal(page)


def _details_of_one(judged: Judged, results: Results, *, whole: bool) -> Iterator[RenderableType]:
    yield Text()
    yield verdict_details(judged, results, whole=whole)
    yield observations(judged.diagnosis, whole=whole)
    told: set[str] = set()
    for kind in dict.fromkeys(finding.kind for finding in judged.diagnosis.faults):
        finding = next(finding for finding in judged.diagnosis.faults if finding.kind == kind)
        yield remedy_of(finding, judged, results, name_it=len(judged.diagnosis.faults) > 1, told=told)


def _details_of_many(results: Results, *, whole: bool) -> Iterator[RenderableType]:
    faulty = results.faulty
    if not whole and len(faulty) > _DETAILED:
        yield Text()
        yield Text("evidence and remedies: name one file, --escrow-id ID, or --all", style="dim")
        return
    for judged in faulty:
        yield Text()
        yield verdict_line(judged.diagnosis)
        yield Text()
        yield verdict_details(judged, results, whole=whole)
    verdicts = {judged.verdict.kind: judged for judged in reversed(faulty) if judged.verdict is not None}
    told: set[str] = set()
    for judged in reversed(verdicts.values()):
        assert judged.verdict is not None
        yield remedy_of(judged.verdict, judged, results, name_it=True, told=told)


def view_parts(results: Results, views: Views, *, whole: bool) -> Iterator[RenderableType]:
    """The views that were asked for: those of all set-ups together, then those of each."""
    alone = len(results.judged) == 1
    if views.rpc:
        yield calls_table(calls_of(results).statistics())
    if views.time and not alone:
        yield _times(results, whole=whole)
    in_order = [*results.faulty, *(judged for judged in results.judged if judged.verdict is None)]
    shown = in_order if whole else in_order[:_VIEWED]
    per_setup = views.timeline or views.snapshots or views.changes or views.errors
    for judged in shown if per_setup or (views.time and alone) else ():
        if not alone:
            yield Group(Text(), Text(f"escrow {plain(judged.escrow_id)}", style="bold underline"))
        yield from _views_of(judged, views, alone=alone)
    if per_setup and len(shown) < len(in_order):
        yield Text(f"\nand {len(in_order) - len(shown):,} set-ups more: --all", style="dim")


def _times(results: Results, *, whole: bool) -> RenderableType:
    traced = [(judged.escrow_id, judged.trace) for judged in results.judged if judged.trace is not None]
    shown = traced if whole else traced[:_VIEWED]
    spendings = [(escrow_id, spending_of(trace)) for escrow_id, trace in shown]
    return spendings_table(spendings, more=len(traced) - len(shown))


def _views_of(judged: Judged, views: Views, *, alone: bool) -> Iterator[RenderableType]:
    trace, diagnosis = judged.trace, judged.diagnosis
    if trace is None:
        return
    if views.timeline:
        yield timeline(trace, diagnosis)
    if views.snapshots:
        yield snapshots_table(trace, diagnosis)
    if views.changes:
        yield changes_table(trace, diagnosis)
    if views.errors:
        yield errors_table(trace, diagnosis)
    if views.time and alone:
        yield spending_table(spending_of(trace))
