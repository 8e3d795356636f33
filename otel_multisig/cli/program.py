"""The program's entry: its commands by name, and what becomes of errors."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, Final

import click

from otel_multisig._version import __version__
from otel_multisig.cli._lazy import LazyCommand, LazyGroup, ReaderGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PROGRAM", "cli", "main"]

PROGRAM: Final = "otel-multisig"

_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EXIT_WRONG_USE: Final = 2
EXIT_BROKEN: Final = 70
EXIT_INTERRUPTED: Final = 130
EXIT_BROKEN_PIPE: Final = 141

_COMMANDS: Final = {
    "analyze": LazyCommand("otel_multisig.cli.analyze:analyze", "Say what went wrong, why, and what to do."),
    "compare": LazyCommand("otel_multisig.cli.compare:compare", "Show where two set-ups, or two folders, part ways."),
    "completion": LazyCommand("otel_multisig.cli.completion:completion", "Print the completion script of a shell."),
    "demo": LazyCommand("otel_multisig.cli.demo:demo", "Run four multisig set-ups and show their traces."),
    "export-json": LazyCommand("otel_multisig.cli.export_json:export_json", "Write set-ups in the legacy JSON form."),
    "import-json": LazyCommand("otel_multisig.cli.import_json:import_json", "Turn legacy JSON into OTLP, or send it."),
    "report": LazyCommand("otel_multisig.cli.report:report", "Write one HTML page about set-ups."),
}

_EPILOG: Final = """\b
Examples:
  otel-multisig demo
  otel-multisig analyze demo-output
  otel-multisig export-json demo-output/traces.otlp.jsonl --out recordings
  otel-multisig export-json - --stdout < traces.otlp.jsonl
  otel-multisig import-json recordings --to http://localhost:4318
  otel-multisig completion bash > ~/.local/share/bash-completion/completions/otel-multisig

\b
Exit codes:
  0    all is well
  1    a fault was found
  2    wrong use, or input that could not be read
  130  interrupted"""


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from otel_multisig._native import find

        click.echo(f"{PROGRAM} {__version__}{', with its compiled part' if find('protobuf') else ''}")
        context.exit()


@click.group(cls=LazyGroup, lazy_commands=_COMMANDS, context_settings=_CONTEXT, epilog=_EPILOG)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """OpenTelemetry for Monero multisig escrow set-ups: record what happened, see it, name the cause."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: what stands behind the program's name; those of the process by default.

    Returns:
        The exit code: 0 well, 1 a fault was found, 2 wrong use or unreadable input, 70 an error of the program itself,
        130 interrupted, 141 where the reader of a pipe went away.
    """
    try:
        result: Any = cli.main(
            args=None if arguments is None else list(arguments), prog_name=PROGRAM, standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return EXIT_WRONG_USE
    except click.Abort:
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except ReaderGoneError:
        # What is still buffered would fail again when the interpreter closes its streams.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except OSError as error:
        click.echo(f"error: {error}", err=True)
        return EXIT_WRONG_USE
    except Exception:
        # Python would exit with 1, which says that a fault was found.
        traceback.print_exc()
        return EXIT_BROKEN
    return result if isinstance(result, int) else 0
