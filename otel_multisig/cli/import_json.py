"""``otel-multisig import-json``."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from otel_multisig.cli._importing import FileTarget, Importing, LiveTarget
from otel_multisig.cli._opening import size_of
from otel_multisig.cli._options import access_from, access_options
from otel_multisig.cli._progress import show_conversion
from otel_multisig.cli._verification import Verifier, guess_backend
from otel_multisig.cli._watching import Watching
from otel_multisig.sinks.limits import JAEGER, STRICTEST, TEMPO
from otel_multisig.sinks.otlp_document import SUFFIXES, write_otlp_file
from otel_multisig.sinks.otlp_push import OtlpPush
from otel_multisig.sources import open_sources
from otel_multisig.sources.live import find_backend
from otel_multisig.web import Access, AccessError, WebError, split_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.sources.live import Backend

__all__ = ["import_json"]

_EXIT_NOT_ALL: Final = 2
_LIMITS: Final = {JAEGER.name: JAEGER, TEMPO.name: TEMPO}

_EPILOG: Final = """\b
Examples:
  otel-multisig import-json recordings --out traces.otlp.jsonl
  otel-multisig import-json escrow_*.json --to http://localhost:4318
  otel-multisig import-json --watch recordings --to grpc://localhost:4317

\b
Exit codes:
  0    every set-up that was found is there
  2    wrong use, input that could not be read (the rest was done),
       or a set-up that was not taken"""


@click.command(epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE|DIR...")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write OTLP into this file: JSON Lines, or protobuf where it ends in .pb.",
)
@click.option("--to", "endpoint", metavar="URL", help="Send to this OTLP endpoint: http://HOST:4318, grpc://HOST:4317.")
@click.option("--watch", is_flag=True, help="Go on: send recordings as they appear in DIR. Ctrl-C ends it.")
@click.option(
    "--interval",
    type=click.FloatRange(0.05, 3600),
    metavar="SECONDS",
    default=2.0,
    show_default=True,
    help="How long --watch waits between two looks.",
)
@click.option("--no-verify", is_flag=True, help="Do not read back what was sent.")
@click.option("--verify-url", metavar="URL", help="Read back here.  [default: port 16686 or 3200 of the same host]")
@click.option(
    "--verify-timeout",
    type=click.FloatRange(0, 3600),
    metavar="SECONDS",
    default=30.0,
    show_default=True,
    help="How long to wait until what was sent is there.",
)
@click.option("--keep-sensitive", is_flag=True, help="Send addresses, amounts, paths and texts as they are.")
@access_options
@click.option("--force", is_flag=True, help="Replace the file of --out.")
@click.option("--json", "as_json", is_flag=True, help="Tell on standard output, as JSON, what was done.")
@click.option("--quiet", is_flag=True, help="Tell of errors only.")
def import_json(files: tuple[str, ...], out: Path | None, endpoint: str | None, **options: Any) -> int:
    """Turn legacy JSON recordings into OTLP: into a file, or straight into Jaeger, Tempo or a Collector.

    A FILE is a recording; of a DIR all are taken, at any age. Importing again, or a partial recording and later the
    whole one, gives the same traces: their ids are made of the set-up's.

    Into a file everything is kept. Into a backend goes what live tracing would have recorded: addresses, amounts, paths
    and free texts are hashed or left out. Each set-up is then read back and compared.
    """
    access = access_from(options)
    if (out is None) == (endpoint is None):
        raise click.UsageError("say where to: either --out FILE or --to URL")
    if options["watch"] and (endpoint is None or len(files) != 1 or not Path(files[0]).is_dir()):
        raise click.UsageError("--watch takes one DIR, and --to")
    if out is not None:
        return _import_to_file(files, out, options)
    assert endpoint is not None
    return _import_live(files, endpoint, access, options)


def _import_to_file(files: tuple[str, ...], out: Path, options: dict[str, Any]) -> int:
    if out.suffix not in SUFFIXES:
        raise click.UsageError(f"the name of the file says its form: it ends in {', '.join(SUFFIXES)}")
    if out.exists() and not options["force"]:
        raise click.ClickException(f"{out} exists; --force replaces it")
    with write_otlp_file(out, replace=options["force"]) as write:
        importing = _run(files, FileTarget(str(out), write), quiet=options["quiet"])
    return _report(importing, options)


def _import_live(files: tuple[str, ...], endpoint: str, access: Access, options: dict[str, Any]) -> int:
    try:
        push = OtlpPush(endpoint, access)
        backend = None if options["no_verify"] else _find_backend(endpoint, access, options["verify_url"])
    except AccessError as error:
        raise click.UsageError(str(error)) from None
    target = LiveTarget(
        _bare(endpoint),
        push,
        STRICTEST if backend is None else _LIMITS.get(backend.title, STRICTEST),
        None if backend is None else Verifier(backend, options["verify_timeout"]),
        keep_sensitive=options["keep_sensitive"],
    )
    try:
        if options["watch"]:
            return _watch(Path(files[0]), endpoint, target, options)
        return _report(_run(files, target, quiet=options["quiet"]), options)
    finally:
        push.close()


class UnreachableError(click.ClickException):
    """The backend that is to be asked does not answer: no wrong use, of which click would remind the user."""

    exit_code = 2


def _find_backend(endpoint: str, access: Access, verify_url: str | None) -> Backend:
    if verify_url is None:
        backend = guess_backend(endpoint, access)
        if backend is None:
            raise UnreachableError(
                "no Jaeger (16686) or Tempo (3200) answers on that host, so that nothing can be read back: "
                "--verify-url says where, --no-verify goes without"
            )
        return backend
    try:
        return find_backend(verify_url, access)
    except WebError as error:
        raise UnreachableError(f"{_bare(verify_url)} {error}; {error.remedy}") from None


def _run(files: tuple[str, ...], target: FileTarget | LiveTarget, *, quiet: bool) -> Importing:
    sources = open_sources(files)
    with show_conversion(size_of(sources), shown=not quiet) as progress:
        importing = Importing(target, _tell, progress.advance, progress.done)
        importing.read(sources)
    return importing


def _watch(folder: Path, endpoint: str, target: LiveTarget, options: dict[str, Any]) -> int:
    watching = Watching(folder, endpoint, options["interval"])
    importing = Importing(target, _tell, lambda _bytes: None, lambda: None)
    if not options["quiet"]:
        click.echo(f"watching {folder}; Ctrl-C ends it", err=True)

    def ship(path: Path) -> bool:
        whole = importing.read(open_sources([str(path)]))
        if not options["quiet"]:
            click.echo(f"{'sent' if whole else 'not sent'}: {path.name}", err=True)
        return whole

    with _ended_by_signals(watching):
        watching.run(ship)
    return _report(importing, options)


@contextmanager
def _ended_by_signals(watching: Watching) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda _number, _frame: watching.stop())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(importing: Importing, options: dict[str, Any]) -> int:
    if options["as_json"]:
        click.echo(importing.as_json())
    if not options["quiet"]:
        click.echo(importing.summary(), err=True)
    return 0 if importing.complete else _EXIT_NOT_ALL


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _bare(url: str) -> str:
    """A URL as messages show it: without credentials."""
    scheme, _, rest = url.partition("://")
    try:
        return f"{scheme}://{split_credentials(f'http://{rest}', Access())[0].removeprefix('http://')}"
    except AccessError:
        return url.rpartition("@")[2]
