"""Options that commands share: how a live backend is reached, and which set-ups are wanted."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from otel_multisig.sources.live import Selection
from otel_multisig.web import Access

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Duration", "access_from", "access_options", "clock_skew_option", "selection_from", "selection_options"]

F = TypeVar("F", bound="Callable[..., Any]")

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN_OF_TIME: Final = re.compile(r"([0-9]{1,9})\s*([smhdw])")
_TRACE_ID: Final = re.compile(r"[0-9a-fA-F]{1,32}")
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*[:=]\s*([^\r\n]*)")
_SECOND: Final = 10**9
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h)")
_NANOSECONDS: Final = {"ms": 10**6, "s": _SECOND, "m": 60 * _SECOND, "h": 3600 * _SECOND}


class _Ago(click.ParamType[int]):
    """So long ago, in nanoseconds since the epoch."""

    name = "time span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = _SPAN_OF_TIME.fullmatch(str(value).strip())
        if match is None:
            self.fail("it is a number and a unit: 90s, 30m, 2h, 7d, 4w", param, ctx)
        return max(0, time.time_ns() - int(match[1]) * _UNITS[match[2]] * _SECOND)


class Duration(click.ParamType[int]):
    """A length of time, in nanoseconds."""

    name = "time span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = _DURATION.fullmatch(str(value).strip())
        if match is None:
            self.fail("it is a number and a unit: 500ms, 5s, 2m", param, ctx)
        return round(float(match[1]) * _NANOSECONDS[match[2]])


class _When(click.ParamType[int]):
    """A time, in nanoseconds since the epoch."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            self.fail("it is a time like 2026-05-04T13:30 (UTC) or 2026-05-04T13:30+02:00", param, ctx)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return max(0, round(moment.timestamp() * 1_000_000) * 1000)


class _TraceId(click.ParamType[str]):
    """A trace id in full: Tempo's search leaves out zeros at its front."""

    name = "hex"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if _TRACE_ID.fullmatch(str(value)) is None:
            self.fail("a trace id has 32 hexadecimal digits", param, ctx)
        return str(value).lower().rjust(32, "0")


class _Header(click.ParamType[tuple[str, str]]):
    """A header of HTTP."""

    name = "name: value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        match = _HEADER.fullmatch(str(value).strip())
        if match is None:
            self.fail('it is "Name: value"', param, ctx)
        return match[1], match[2]


class _Secret(click.ParamType[str]):
    """A secret, or the file that holds it: what stands on a command line, others on the machine can read."""

    name = "secret"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not text.startswith("@"):
            return text
        try:
            return Path(text[1:]).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            self.fail(f"cannot read {text[1:]}: {error}", param, ctx)


def access_options(command: F) -> F:
    """The options that say how a live backend is reached; `access_from` takes their values."""
    for option in reversed(
        (
            click.option("--header", "headers", type=_Header(), multiple=True, help='Send this header: "Name: value".'),
            click.option("--bearer", type=_Secret(), help="Send this token (@FILE: the one in FILE)."),
            click.option("--basic", type=_Secret(), help="Send these credentials, user:password (@FILE as well)."),
            click.option(
                "--ca",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help="Trust the certificates in this file (PEM) instead of the system's.",
            ),
            click.option(
                "--timeout",
                type=click.FloatRange(0, 3600, min_open=True),
                metavar="SECONDS",
                default=30.0,
                show_default=True,
                help="How long to wait for an answer.",
            ),
        )
    ):
        command = option(command)
    return command


def clock_skew_option(command: F) -> F:
    """The option that says by how much clocks are off, as ``clock_skew`` in nanoseconds."""
    return click.option(
        "--clock-skew",
        type=Duration(),
        default="0s",
        metavar="TIME",
        help="By how much clocks of different machines may be off: 500ms, 5s.  [default: 0]",
    )(command)


def access_from(values: dict[str, Any]) -> Access:
    """Take the values of `access_options` out of a command's parameters."""
    return Access(
        headers=values.pop("headers"),
        bearer=values.pop("bearer"),
        basic=values.pop("basic"),
        ca_file=values.pop("ca"),
        timeout=values.pop("timeout"),
    )


def selection_options(command: F) -> F:
    """The options that say which set-ups are wanted; `selection_from` takes their values."""
    for option in reversed(
        (
            click.option("--trace-id", "trace_ids", type=_TraceId(), multiple=True, help="Only this trace."),
            click.option("--escrow-id", "escrow_ids", multiple=True, help="Only the set-ups of this escrow."),
            click.option("--since", type=_Ago(), help="Only what happened since: 30m, 2h, 7d ago."),
            click.option("--from", "from_time", type=_When(), help="Only what happened from this time on."),
            click.option("--to", "to_time", type=_When(), help="Only what happened before this time."),
            click.option("--failed", is_flag=True, help="Only what failed."),
        )
    ):
        command = option(command)
    return command


def selection_from(values: dict[str, Any]) -> Selection:
    """Take the values of `selection_options` out of a command's parameters.

    Raises:
        click.UsageError: they contradict each other.
    """
    since, start, end = values.pop("since"), values.pop("from_time"), values.pop("to_time")
    if since is not None and start is not None:
        raise click.UsageError("--since and --from say the same thing twice")
    start = since if start is None else start
    if start is not None and end is not None and end <= start:
        raise click.UsageError("--to is not after --from")
    return Selection(
        trace_ids=values.pop("trace_ids"),
        escrow_ids=values.pop("escrow_ids"),
        start_unix_nano=start,
        end_unix_nano=end,
        failed=values.pop("failed"),
    )
