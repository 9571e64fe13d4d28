"""`vizy completion`: what a shell needs to complete the command as it is typed."""

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion for a shell.

    \b
    bash: eval "$(vizy completion bash)" in ~/.bashrc
    zsh:  eval "$(vizy completion zsh)" in ~/.zshrc
    fish: vizy completion fish > ~/.config/fish/completions/vizy.fish
    """
    found = get_completion_class(shell)
    assert found is not None, "click knows these three"
    click.echo(found(context.find_root().command, {}, "vizy", "_VIZY_COMPLETE").source())
