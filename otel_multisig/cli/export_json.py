"""``otel-multisig export-json``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from otel_multisig.cli._conversion import Conversion, convert, count
from otel_multisig.cli._jobs import Recordings, number_of_jobs
from otel_multisig.cli._opening import open_all, size_of
from otel_multisig.cli._options import access_from, access_options, selection_from, selection_options
from otel_multisig.cli._progress import show_conversion
from otel_multisig.sinks import LegacyFolder
from otel_multisig.sources import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otel_multisig.cli._jobs import Made

__all__ = ["export_json"]

_EXIT_NOT_ALL: Final = 2

_EPILOG: Final = """\b
Examples:
  otel-multisig export-json traces.otlp.jsonl
  otel-multisig export-json collector-output/ --out recordings
  otel-multisig export-json - --stdout < traces.otlp.jsonl
  otel-multisig export-json recordings-of-2025 --out canonical --jobs 0
  otel-multisig export-json http://localhost:16686 --since 2h --failed

\b
Exit codes:
  0    every set-up that was found is in the folder
  2    wrong use, input that could not be read (the rest was converted),
       or a file that may not be replaced"""


@click.command(epilog=_EPILOG)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files, made where it is missing.  [default: the current one]",
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Write to standard output, one array after the other.")
@click.option("--force", is_flag=True, help="Replace the files that these set-ups have already.")
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(0, 256),
    metavar="N",
    default=1,
    show_default=True,
    help="Read files in N processes; 0: one for each core.",
)
@click.option("--json", "as_json", is_flag=True, help="Tell on standard output, as JSON, what was done.")
@click.option("--quiet", is_flag=True, help="Tell of errors only.")
@selection_options
@access_options
def export_json(
    sources: tuple[str, ...],
    out: Path | None,
    *,
    to_stdout: bool,
    force: bool,
    jobs: int,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Write set-ups in the legacy JSON form, one file each.

    A SOURCE is a file, a folder or a pattern of files, - for standard input, or the URL of a live Jaeger
    (http://HOST:16686) or Tempo (http://HOST:3200). Read are OTLP (JSON, JSON Lines, protobuf, what the Collector's
    file exporter writes), downloads from Jaeger and Tempo, legacy JSON, and gzip and zstd of any of these. One set-up
    may be spread over several sources.

    The files are named and written as the live exporter does: escrow_ID.json, with _FAILED or _PARTIAL where the set-up
    failed or never ended; further set-ups of an escrow have the milliseconds of their start in the name. No file is
    overwritten without --force, and another set-up's never.
    """
    if to_stdout and (out is not None or force or as_json):
        raise click.UsageError("--stdout goes with neither --out, --force nor --json")
    access, selection = access_from(options), selection_from(options)
    opened = open_all(sources, access, selection)
    with show_conversion(size_of(opened), shown=not quiet) as progress:
        if to_stdout:
            return _print_all(Recordings(opened, selection, number_of_jobs(jobs), progress.advance), quiet=quiet)
        folder = LegacyFolder(Path() if out is None else out)
        found = Recordings(opened, selection, number_of_jobs(jobs), progress.advance, folder)
        conversion = Conversion(folder.folder, _tell)
        convert(found, conversion, folder, replace=force, done=progress.done)
        conversion.other_spans = found.other_spans
    return _report(conversion, as_json=as_json, quiet=quiet)


def _report(conversion: Conversion, *, as_json: bool, quiet: bool) -> int:
    if as_json:
        click.echo(conversion.as_json())
    if conversion.error is not None:
        _tell(f"error: {conversion.error}")
    if not quiet:
        for line in conversion.skipped_lines():
            _tell(line)
        _tell(conversion.summary())
    return 0 if conversion.complete else _EXIT_NOT_ALL


def _print_all(found: Iterable[Made | Problem], *, quiet: bool) -> int:
    """Each set-up's file, the very bytes; with a newline between two, and at the end of a terminal's."""
    stream = sys.stdout.buffer
    written = problems = 0
    for item in found:
        if isinstance(item, Problem):
            problems += 1
            _tell(f"error: {item}")
            continue
        if not item.recording.events:
            continue
        if written:
            stream.write(b"\n")
        stream.write(item.recording.read())
        item.recording.discard()
        written += 1
    if written and stream.isatty():
        stream.write(b"\n")
    stream.flush()
    if not quiet:
        _tell(f"{count(written, 'set-up')} converted")
    return _EXIT_NOT_ALL if problems else 0


def _tell(line: str) -> None:
    click.echo(line, err=True)
