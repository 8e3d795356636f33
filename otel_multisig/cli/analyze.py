"""``otel-multisig analyze``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from otel_multisig.cli._options import (
    access_from,
    access_options,
    clock_skew_option,
    selection_from,
    selection_options,
)
from otel_multisig.report.document import Views

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from otel_multisig.cli._analysis_reading import Read
    from otel_multisig.cli._comparing import Compared
    from otel_multisig.diagnosis import Diagnosis
    from otel_multisig.report.results import Results
    from otel_multisig.sources import Problem
    from otel_multisig.sources.live import Selection

__all__ = ["analyze"]

_EXIT_FAULT: Final = 1
_EXIT_UNREADABLE: Final = 2

_EPILOG: Final = """\b
Examples:
  otel-multisig analyze escrow_e946fef3_FAILED.json
  otel-multisig analyze recordings/
  otel-multisig analyze recordings/ --escrow-id e946fef3-8734-4874-8528-71319317e131 --timeline
  otel-multisig analyze http://localhost:16686 --since 2h --failed
  otel-multisig analyze recordings/ --json | jq '.setups[].verdict'

\b
Exit codes:
  0    no fault in any set-up
  1    a fault was found
  2    wrong use, or input that could not be read, and no fault in the rest"""


@click.command(epilog=_EPILOG)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--timeline", is_flag=True, help="Also all that happened, line by line.")
@click.option("--rpc-only", "rpc", is_flag=True, help="Only the calls, by method and role.")
@click.option("--snapshots-only", "snapshots", is_flag=True, help="Only the wallets at each point, side by side.")
@click.option("--errors-only", "errors", is_flag=True, help="Only what failed.")
@click.option("--diff-snapshots", "changes", is_flag=True, help="Also what changed between snapshots.")
@click.option("--time", "time", is_flag=True, help="Also where the seconds went.")
@click.option("--compare", metavar="FILE2", help="Also where FILE2 differs from SOURCE.")
@click.option("--all", "whole", is_flag=True, help="Show long lists to their ends, and the evidence of every set-up.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--markdown", is_flag=True, help="Write Markdown, to paste into an issue.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "junit", "github"]),
    help="Write this form; junit and github are for CI.  [default: text]",
)
@clock_skew_option
@selection_options
@access_options
def analyze(
    sources: tuple[str, ...],
    *,
    compare: str | None,
    whole: bool,
    clock_skew: int,
    **options: Any,
) -> int:
    """Say what went wrong in set-ups, which wallet, since when, on what evidence, and what to do.

    A SOURCE is a file, a folder or a pattern of files, - for standard input, or the URL of a live Jaeger
    (http://HOST:16686) or Tempo (http://HOST:3200). Read are OTLP, downloads from Jaeger and Tempo, legacy JSON, and
    gzip and zstd of any of these.

    Set-ups that share a port are read together: name the folder, or all files, so that the one that was in the way is
    found too. The options that pick set-ups say which are judged; the others are still looked at.

    The views combine. Those whose names end in -only leave the evidence out.
    """
    form = _form_of(options)
    views = Views(**{name: options.pop(name) for name in Views.__struct_fields__})
    if compare is not None and form in {"junit", "github"}:
        raise click.UsageError(f"--compare goes with text, --json and --markdown, not with --format {form}")
    if compare == "-" and "-" in sources:
        raise click.UsageError("standard input can be read once only")
    from otel_multisig.cli._analysis_reading import read_all

    access, selection = access_from(options), selection_from(options)
    found, problems = read_all(sources, access, selection, hold=views.any)
    compared = None
    if compare is None:
        diagnoses = _diagnose(found, clock_skew)
    else:
        from otel_multisig.cli._comparing import compare_sides, judge_sides, side_of
        from otel_multisig.diagnosis.comparison import Thresholds

        beside, more_problems = read_all((compare,), access, type(selection)(), hold=False)
        problems += more_problems
        diagnoses, others = judge_sides((found, beside), None, clock_skew)
        first = side_of(" ".join(sources), found, diagnoses)
        second = side_of(compare, beside, others)
        compared = compare_sides(first, second, None, Thresholds())
    results = _results(found, diagnoses, problems)
    if not results.judged:
        _tell_nothing(results)
    _write(results, views, form, whole=whole, compared=compared)
    if results.faulty or (compared is not None and any(each.verdict is not None for each in compared.bad.diagnoses)):
        return _EXIT_FAULT
    return _EXIT_UNREADABLE if problems or _found_nothing(results, selection) else 0


def _form_of(options: dict[str, Any]) -> str:
    """The form that is wanted; the options that say so are taken out."""
    asked = [options.pop("form"), "json" if options.pop("as_json") else None]
    asked.append("markdown" if options.pop("markdown") else None)
    named = list(dict.fromkeys(form for form in asked if form is not None))
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)}: one form at a time")
    return named[0] if named else "text"


def _diagnose(found: Sequence[Read], clock_skew: int) -> tuple[Diagnosis, ...]:
    from otel_multisig.cli._analysis_reading import without_collection
    from otel_multisig.diagnosis.diagnosing import diagnose

    with without_collection():
        return diagnose([read.facts for read in found], clock_skew_nano=clock_skew)


def _results(found: Sequence[Read], diagnoses: Sequence[Diagnosis], problems: Iterable[Problem]) -> Results:
    from otel_multisig.cli._problems import problem_entry
    from otel_multisig.report.results import Judged, Results

    judged: list[Judged] = []
    context: list[Judged] = []
    for read, diagnosis in zip(found, diagnoses, strict=True):
        (judged if read.wanted else context).append(Judged(diagnosis, read.origins, read.trace, read.addresses))
    return Results(tuple(judged), tuple(problem_entry(problem) for problem in problems), tuple(context))


def _write(results: Results, views: Views, form: str, *, whole: bool, compared: Compared | None) -> None:
    """Write what was found, in the form that is wanted."""
    if form == "text":
        from otel_multisig.cli._analysis_output import print_report, report_parts

        print_report(report_parts(results, views, compared=compared, whole=whole))
    else:
        from otel_multisig.cli._analysis_forms import text_in

        click.echo(text_in(form, results, views, compared, whole=whole), nl=False)


def _found_nothing(results: Results, selection: Selection) -> bool:
    """Whether there was nothing to judge, though nothing was left out: then the sources are the wrong ones."""
    return not results.judged and not results.context and selection == type(selection)()


def _tell_nothing(results: Results) -> None:
    selected = f"; {len(results.context):,} were read, and none of them is asked for" if results.context else ""
    click.echo(f"no set-up found{selected}", err=True)
