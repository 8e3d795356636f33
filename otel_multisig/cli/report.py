"""``otel-multisig report``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from otel_multisig.cli._analysis_reading import Read, read_all
from otel_multisig.cli._options import (
    access_from,
    access_options,
    clock_skew_option,
    selection_from,
    selection_options,
)
from otel_multisig.diagnosis import diagnose
from otel_multisig.report.html import Reported, Unread, render_page
from otel_multisig.sinks.atomic import open_whole
from otel_multisig.sources.live import Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_multisig.diagnosis import Diagnosis

__all__ = ["report"]

_EXIT_FAULT: Final = 1
_EXIT_UNREADABLE: Final = 2
_STDIN: Final = "-"
_STDOUT: Final = "-"

_EPILOG: Final = """\b
Examples:
  otel-multisig report demo-output
  otel-multisig report escrow_*.json --out night.html --title "Night of 4 May"
  otel-multisig report http://localhost:16686 --since 2h --failed --out - > report.html

\b
Exit codes:
  0    no fault was found
  1    a fault was found
  2    wrong use, a file that may not be replaced, or input that could not
       be read (the page says which) and no fault in the rest"""


@click.command(epilog=_EPILOG)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--out", default="report.html", show_default=True, metavar="FILE", help="The page; - is standard output.")
@click.option("--force", is_flag=True, help="Replace the file of --out.")
@click.option("--title", default="", metavar="TEXT", help="What stands above the page.")
@clock_skew_option
@click.option("--keep-sensitive", is_flag=True, help="Show addresses and amounts as they stand in the recordings.")
@click.option("--quiet", is_flag=True, help="Tell of errors only.")
@selection_options
@access_options
def report(sources: tuple[str, ...], *, out: str, force: bool, title: str, quiet: bool, **options: Any) -> int:
    """Show set-ups and what went wrong in them, as one HTML page.

    The page needs nothing but a browser: no network, no server. It has the verdicts with what to do about them, all
    escrows on one axis of time by escrow or by port, what each event says, the snapshots side by side and how long
    calls took.

    A SOURCE is a file, a folder or a pattern of files, - for standard input, or the URL of a live Jaeger
    (http://HOST:16686) or Tempo (http://HOST:3200), in any form that export-json reads. Everything that is read is
    judged together; a set-up that was not asked for is shown all the same where it took part in another's fault.
    """
    access, selection = access_from(options), selection_from(options)
    if out != _STDOUT and not force and Path(out).exists():
        raise click.UsageError(f"{out} exists; --force replaces it")
    found, problems = read_all(sources, access, selection, hold=True, quiet=quiet)
    skew: int = options["clock_skew"]
    shown = _choose(found, diagnose([read.facts for read in found], clock_skew_nano=skew))
    page = render_page(
        shown,
        title=title,
        problems=[Unread(str(problem.origin), problem.what, problem.remedy) for problem in problems],
        command_sources=None if _STDIN in sources else shlex.join(sources),
        clock_skew_nano=skew,
        keep_sensitive=options["keep_sensitive"],
    )
    _write(page, out, replace=force)
    asked = [one for one in shown if not one.context]
    faulty = sum(one.diagnosis.verdict is not None for one in asked)
    if not quiet:
        _tell(_summary(len(asked), faulty, len(problems), out))
    if faulty:
        return _EXIT_FAULT
    return _EXIT_UNREADABLE if problems or (not found and selection == Selection()) else 0


def _choose(found: Sequence[Read], diagnoses: Sequence[Diagnosis]) -> list[Reported]:
    """The set-ups that were asked for, and those in which evidence against them lies."""
    named = {
        evidence.setup_id
        for read, diagnosis in zip(found, diagnoses, strict=True)
        if read.wanted
        for finding in diagnosis.findings
        for evidence in finding.evidence
    }
    return [
        Reported(read.trace, diagnosis, read.origins, context=not read.wanted)
        for read, diagnosis in zip(found, diagnoses, strict=True)
        if read.trace is not None and (read.wanted or read.facts.setup_id in named)
    ]


def _write(page: bytes, out: str, *, replace: bool) -> None:
    if out == _STDOUT:
        sys.stdout.buffer.write(page)
        sys.stdout.buffer.flush()
        return
    try:
        with open_whole(Path(out), replace=replace) as stream:
            stream.write(page)
    except FileExistsError:
        raise click.UsageError(f"{out} exists; --force replaces it") from None


def _summary(setups: int, faulty: int, problems: int, out: str) -> str:
    parts = [f"{setups} set-up{'' if setups == 1 else 's'}", f"{faulty} with a fault"]
    if problems:
        parts.append(f"{problems} thing{'' if problems == 1 else 's'} could not be read")
    where = "standard output" if out == _STDOUT else out
    return f"{', '.join(parts)}: {where}"


def _tell(line: str) -> None:
    click.echo(line, err=True)
