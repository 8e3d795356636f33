"""A group of commands that imports a command only when it is run, so that the program starts at once."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LazyCommand", "LazyGroup", "ReaderGoneError"]


class ReaderGoneError(Exception):
    """Who read our output has closed the pipe."""


class LazyCommand(NamedTuple):
    """A command that is not imported yet: ``module:attribute``, and its line in the list of commands."""

    target: str
    summary: str

    def load(self) -> click.Command:
        """Import it."""
        module, _, name = self.target.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


class LazyGroup(click.Group):
    """The group; its list of commands needs none of them."""

    def __init__(self, *arguments: Any, lazy_commands: Mapping[str, LazyCommand], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._lazy_commands = lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, sorted."""
        return sorted(self._lazy_commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of this name."""
        lazy = self._lazy_commands.get(cmd_name)
        return lazy.load() if lazy else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and send off its output.

        Raises:
            ReaderGoneError: nobody reads it any more. Click would take that for an error.
        """
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        return result

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._lazy_commands[name].summary) for name in self.list_commands(ctx)])
