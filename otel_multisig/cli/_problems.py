"""What could not be read: as it is told to people, and as programs get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from otel_multisig.report.results import ProblemEntry
    from otel_multisig.sources import Problem

__all__ = ["fields_of", "problem_entry", "tell_problem"]


def tell_problem(problem: Problem) -> None:
    """Tell of it on standard error, in a line that is fit for a terminal."""
    from otel_multisig.report._words import plain

    click.echo(f"error: {plain(str(problem))}", err=True)


def problem_entry(problem: Problem) -> ProblemEntry:
    """A problem as reports have it."""
    from otel_multisig.report.results import ProblemEntry

    return ProblemEntry(**fields_of(problem))


def fields_of(problem: Problem) -> dict[str, Any]:
    """A problem as values of JSON."""
    origin = problem.origin
    return {
        "source": origin.source,
        "line": origin.line,
        "place": origin.place,
        "what": problem.what,
        "remedy": problem.remedy,
    }
