"""``otel-multisig completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]

_VARIABLE = "_OTEL_MULTISIG_COMPLETE"


_EPILOG = """\b
bash:  otel-multisig completion bash > ~/.local/share/bash-completion/completions/otel-multisig
zsh:   otel-multisig completion zsh > "${fpath[1]}/_otel-multisig"
fish:  otel-multisig completion fish > ~/.config/fish/completions/otel-multisig.fish"""


@click.command(epilog=_EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL."""
    # Here, because that module knows this one's command.
    from otel_multisig.cli.program import PROGRAM, cli

    completion_class = get_completion_class(shell)
    assert completion_class is not None, "click knows these three shells"
    script = completion_class(cli, {}, PROGRAM, _VARIABLE)
    # Not .source(): for bash that starts the bash of this machine to look at its version.
    click.echo(script.source_template % script.source_vars())
