"""`otel-multisig demo`."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from otel_multisig.testing.wallet_servers import WalletServers

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_TRACES = "traces.otlp.jsonl"
_REPORT = "report.html"

_EXAMPLES = """\b
Examples:
  otel-multisig demo
  otel-multisig demo --wallets simulated --out /tmp/demo
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 otel-multisig demo
"""


@click.command(short_help="Run four set-ups, real or simulated, and show their traces.", epilog=_EXAMPLES)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-output"),
    show_default=True,
    help="Folder for the recordings.",
)
@click.option(
    "--wallets",
    type=click.Choice(["auto", "real", "simulated"]),
    default="auto",
    show_default=True,
    help="Real needs monero-wallet-rpc on PATH; auto takes it where it is.",
)
def demo(out: Path, wallets: Literal["auto", "real", "simulated"]) -> None:
    """Run four multisig set-ups and show what was traced, and what went wrong.

    One set-up runs alone and comes through. Then three run at once on the same three ports, where they get in each
    other's way. Each gets its verdict, and all of them a report to open in a browser. No network is needed; wallets are
    temporary, on stagenet, offline.

    Where OTEL_EXPORTER_OTLP_ENDPOINT is set, everything is sent there as well.
    """
    from rich.console import Console

    from otel_multisig.testing.wallet_servers import WalletServerError

    console = Console(highlight=False)
    try:
        _run(console, out, wallets)
    except (WalletServerError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _run(console: Console, out: Path, wallets: Literal["auto", "real", "simulated"]) -> None:
    from otel_multisig.demo.scenario import TOGETHER, new_escrows, run_alone, run_together
    from otel_multisig.testing.wallet_servers import WalletServers

    _empty(out)
    _set_up_tracing(console, out)
    escrows = new_escrows()
    with WalletServers(("buyer", "vendor", "arbiter"), kind=wallets) as servers:
        ports = servers.ports
        console.print(_describe(servers), soft_wrap=True)
        console.print("\none set-up alone", style="bold")
        with _progress(console, {escrows["alone"]: "alone"}):
            run_alone(escrows["alone"], ports)
        console.print("\nthree at once on the same ports", style="bold")
        with _progress(console, {escrows[name]: name for name in TOGETHER}):
            run_together(escrows, ports)
    _finish_tracing()
    _show(console, out, {escrow_id: name for name, escrow_id in escrows.items()})


def _describe(servers: WalletServers) -> str:
    where = ", ".join(f"{role} {port}" for role, port in servers.ports.items())
    if servers.kind == "real":
        return f"real wallets: three monero-wallet-rpc, on stagenet, offline\nports: {where}"
    return f"simulated wallets (for real ones: apt install monero)\nports: {where}"


def _empty(out: Path) -> None:
    """Remove what an earlier demo left in the folder, and nothing else."""
    if out.is_dir():
        for old in (*out.glob("escrow_*.json"), *out.glob(_TRACES), *out.glob(_REPORT)):
            old.unlink()
    out.mkdir(parents=True, exist_ok=True)


def _set_up_tracing(console: Console, out: Path) -> None:
    from otel_multisig import configure

    exporters = _file_exporters(out)
    endpoint = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None)
    if endpoint is not None:
        exporters.append("otlp")
        console.print(f"also sending to {endpoint}", soft_wrap=True)
    # What the demo is for is tracing: the switch in the environment is for applications.
    os.environ.pop("ENABLE_INSTRUMENTATION", None)
    os.environ.pop("OTEL_SDK_DISABLED", None)
    configure(
        service_name="otel-multisig-demo",
        enabled=True,
        exporters=exporters,
        metric_readers=None if endpoint is not None else (),
    )


def _file_exporters(out: Path) -> list[Any]:
    from importlib.metadata import entry_points

    found = list(entry_points(group="opentelemetry_traces_exporter", name="multisig_json"))
    try:
        from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter

        return [OtlpJsonLinesExporter(out / _TRACES), found[0].load()(out)]
    except (ImportError, IndexError):
        raise click.ClickException("the demo needs all parts: pip install 'otel-multisig[all]'") from None


@contextmanager
def _progress(console: Console, names: dict[str, str]) -> Iterator[None]:
    from otel_multisig import add_recorder, remove_recorder
    from otel_multisig.demo.progress import Progress

    with Progress(console, names) as progress:
        add_recorder(progress)
        try:
            yield
        finally:
            remove_recorder(progress)


def _finish_tracing() -> None:
    """Export all that is still held: the files are shown next."""
    from opentelemetry import metrics, trace

    providers: tuple[Any, ...] = (trace.get_tracer_provider(), metrics.get_meter_provider())
    for provider in providers:
        provider.shutdown()


def _show(console: Console, out: Path, names: dict[str, str]) -> None:
    """Print what was traced and what went wrong, and say where all of it lies."""
    import shlex

    from otel_multisig.demo.ending import Ending

    ending = Ending(out / _TRACES, names)
    ending.show_trees(console)
    ending.write_page(out / _REPORT)
    console.print(f"\nrecordings in {out}:", style="bold", soft_wrap=True)
    for path in sorted(out.iterdir()):
        console.print(f"  {path.name}", soft_wrap=True)
    console.print("\nverdicts", style="bold")
    console.print(ending.verdicts())
    console.print(f"\nreport: {out / _REPORT}", soft_wrap=True)
    console.print(f"next:   otel-multisig analyze {shlex.quote(str(out))}", soft_wrap=True)
