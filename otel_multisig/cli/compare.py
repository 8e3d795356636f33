"""``otel-multisig compare``."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from otel_multisig.cli._options import (
    Duration,
    access_from,
    access_options,
    clock_skew_option,
    selection_from,
    selection_options,
)

if TYPE_CHECKING:
    from otel_multisig.cli._comparing import Compared
    from otel_multisig.sources import Problem
    from otel_multisig.sources.live import Selection

__all__ = ["compare"]

_EXIT_DIVERGES: Final = 1
_EXIT_UNREADABLE: Final = 2

_EPILOG: Final = """\b
Modes:
  pair      one set-up in GOOD: BAD is set beside it, aligned by round, role,
            method and snapshot point
  baseline  many in GOOD, one in BAD: what is unusual in it, and how many of
            the good ones are like it
  runs      many in both, before and after a change: faults gone, new and
            unchanged, and what the numbers of runs prove

\b
Examples:
  otel-multisig compare good/escrow_A.json bad/escrow_B_FAILED.json
  otel-multisig compare traces.otlp.jsonl traces.otlp.jsonl --good-escrow alone --bad-escrow third
  otel-multisig compare recordings-of-good-ones/ escrow_B_FAILED.json
  otel-multisig compare before/ after/
  otel-multisig compare before/ after/ --json | jq '.runs.faults'

\b
Exit codes:
  0    nothing differs that matters; of runs: no new fault
  1    a divergence that matters; of runs: a new fault
  2    wrong use, or input that could not be read, and nothing differs in the rest"""


@click.command(epilog=_EPILOG)
@click.argument("good", metavar="GOOD")
@click.argument("bad", metavar="BAD")
@click.option(
    "--mode",
    type=click.Choice(["pair", "baseline", "runs"]),
    help="What is compared with what.  [default: by the numbers of set-ups]",
)
@click.option("--good-escrow", "good_escrows", multiple=True, metavar="ID", help="Of GOOD only this escrow.")
@click.option("--bad-escrow", "bad_escrows", multiple=True, metavar="ID", help="Of BAD only this escrow.")
@click.option(
    "--slower-ratio",
    type=click.FloatRange(1, 1000),
    metavar="N",
    default=2.0,
    show_default=True,
    help="Tell of what took at least N times as long.",
)
@click.option(
    "--slower-by",
    type=Duration(),
    metavar="TIME",
    default="500ms",
    show_default=True,
    help="And at least so much longer: 100ms, 2s.",
)
@clock_skew_option
@click.option("--all", "whole", is_flag=True, help="Show every difference in a line of its own.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--markdown", is_flag=True, help="Write Markdown, to paste into an issue.")
@selection_options
@access_options
def compare(
    good: str,
    bad: str,
    *,
    mode: str | None,
    good_escrows: tuple[str, ...],
    bad_escrows: tuple[str, ...],
    slower_ratio: float,
    slower_by: int,
    clock_skew: int,
    whole: bool,
    as_json: bool,
    markdown: bool,
    **options: Any,
) -> int:
    """Show where two set-ups part ways, what is unusual in one, or what a fix changed.

    GOOD and BAD are files, folders, patterns of files, - for standard input, or URLs of a live Jaeger or Tempo, in
    every form that `analyze` reads. The numbers of set-ups in them decide what is compared with what.
    """
    if as_json and markdown:
        raise click.UsageError("--json and --markdown: one form at a time")
    if good == bad == "-":
        raise click.UsageError("standard input can be one of the two only")
    from otel_multisig.cli._analysis_reading import read_all
    from otel_multisig.cli._comparing import Mode, compare_sides, judge_sides, side_of
    from otel_multisig.diagnosis.comparison import Thresholds

    access, selection = access_from(options), selection_from(options)
    wanted = None if mode is None else Mode(mode)
    first, problems = read_all([good], access, _narrowed(selection, good_escrows), hold=False)
    second, more_problems = read_all([bad], access, _narrowed(selection, bad_escrows), hold=False)
    problems += more_problems
    judged = judge_sides((first, second), wanted, clock_skew)
    sides = side_of(good, first, judged[0]), side_of(bad, second, judged[1])
    if problems and not all(side.reads for side in sides):
        return _EXIT_UNREADABLE
    compared = compare_sides(*sides, wanted, Thresholds(slower_ratio, slower_by))
    _write(compared, problems, whole=whole, as_json=as_json, markdown=markdown)
    if compared.diverges:
        return _EXIT_DIVERGES
    return _EXIT_UNREADABLE if problems else 0


def _narrowed(selection: Selection, escrows: tuple[str, ...]) -> Selection:
    return msgspec.structs.replace(selection, escrow_ids=escrows) if escrows else selection


def _write(compared: Compared, problems: list[Problem], *, whole: bool, as_json: bool, markdown: bool) -> None:
    if as_json:
        from otel_multisig.cli._problems import problem_entry
        from otel_multisig.report.document import encode

        click.echo(encode(compared.document(tuple(problem_entry(problem) for problem in problems))))
    elif markdown:
        from otel_multisig.report.comparison_markdown import page_in_markdown

        click.echo(f"{compared.title}\n")
        for page in compared.pages(whole=whole):
            click.echo(page_in_markdown(page))
    else:
        from rich.text import Text

        from otel_multisig.cli._analysis_output import comparison_parts, print_report

        print_report(chain([Text(compared.title, style="dim")], comparison_parts(compared, whole=whole)))
