"""``otel-multisig export-json``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from otel_multisig.cli._conversion import convert, count
from otel_multisig.cli._progress import show_progress
from otel_multisig.legacy import encode, legacy_events
from otel_multisig.sinks import LegacyFolder
from otel_multisig.sources import load, open_sources

if TYPE_CHECKING:
    from otel_multisig.sources import Loaded

__all__ = ["export_json"]

_EXIT_NOT_ALL: Final = 2

_EPILOG: Final = """\b
Examples:
  otel-multisig export-json traces.otlp.jsonl
  otel-multisig export-json collector-output/ --out recordings
  otel-multisig export-json - --stdout < traces.otlp.jsonl

\b
Exit codes:
  0    every set-up that was found is in the folder
  2    wrong use, input that could not be read (the rest was converted), or a file that may not be replaced"""


@click.command(epilog=_EPILOG)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files, made where it is missing.  [default: the current one]",
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Write to standard output, one array after the other.")
@click.option("--force", is_flag=True, help="Replace the files that these set-ups have already.")
@click.option("--json", "as_json", is_flag=True, help="Tell on standard output, as JSON, what was done.")
@click.option("--quiet", is_flag=True, help="Tell of errors only.")
def export_json(
    sources: tuple[str, ...], out: Path | None, *, to_stdout: bool, force: bool, as_json: bool, quiet: bool
) -> int:
    """Write set-ups in the legacy JSON form, one file each.

    A SOURCE is a file of OTLP JSON Lines, a folder of such files, or - for standard input. One set-up may be spread
    over several sources.

    The files are named and written as the live exporter does: escrow_ID.json, with _FAILED or _PARTIAL where the set-up
    failed or never ended; further set-ups of an escrow have the milliseconds of their start in the name. No file is
    overwritten without --force, and another set-up's never.
    """
    if to_stdout and (out is not None or force or as_json):
        raise click.UsageError("--stdout goes with neither --out, --force nor --json")
    loaded = _load(sources, quiet=quiet)
    for problem in loaded.problems:
        click.echo(f"error: {problem}", err=True)
    if to_stdout:
        return _print_all(loaded, quiet=quiet)
    folder = LegacyFolder(Path() if out is None else out)
    with show_progress("writing", len(loaded.traces), shown=not quiet) as advance:
        conversion = convert(loaded, folder, replace=force, advance=advance)
    if as_json:
        click.echo(conversion.as_json())
    if conversion.error is not None:
        click.echo(f"error: {conversion.error}", err=True)
    if not quiet:
        for line in conversion.skipped_lines():
            click.echo(line, err=True)
        click.echo(conversion.summary(), err=True)
    return 0 if conversion.complete else _EXIT_NOT_ALL


def _load(paths: tuple[str, ...], *, quiet: bool) -> Loaded:
    sources = open_sources(paths)
    sizes = [source.size for source in sources]
    total = None if None in sizes else sum(size for size in sizes if size is not None)
    with show_progress("reading", total, shown=not quiet) as advance:
        return load(sources, advance)


def _print_all(loaded: Loaded, *, quiet: bool) -> int:
    """Each set-up's file, the very bytes; with a newline between two, and at the end of a terminal's."""
    stream = sys.stdout.buffer
    written = 0
    for trace in loaded.traces:
        events = legacy_events(trace)
        if not events:
            continue
        if written:
            stream.write(b"\n")
        stream.write(encode(events))
        written += 1
    if written and stream.isatty():
        stream.write(b"\n")
    stream.flush()
    if not quiet:
        click.echo(f"{count(written, 'set-up')} converted", err=True)
    return _EXIT_NOT_ALL if loaded.problems else 0
