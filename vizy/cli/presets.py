"""`vizy preset`: control values under a name."""

import click

from vizy.cli.options import ask, echo_json, json_option, target_options
from vizy.sdk.tables import text_of

_name = click.argument("name")


@click.group()
def preset() -> None:
    """Save, list, recall and delete presets of the controls."""


@preset.command("list")
@target_options
@json_option
def list_presets(as_json: bool, **options: str | None) -> None:
    """Print the presets and their values."""
    presets = ask(options, lambda vizy: vizy.camera.presets.read())
    if as_json:
        echo_json(presets)
        return
    for name, values in presets.items():
        click.echo(f"{name}: {' '.join(f'{key}={text_of(each)}' for key, each in values.items())}")
    if not presets:
        click.echo("no presets", err=True)


@preset.command()
@target_options
@_name
def save(name: str, **options: str | None) -> None:
    """Save the controls in force under a name, in place of a preset of that name."""
    ask(options, lambda vizy: vizy.camera.presets.save(name))


@preset.command()
@target_options
@_name
def recall(name: str, **options: str | None) -> None:
    """Write a preset's values to the camera."""
    ask(options, lambda vizy: vizy.camera.presets.recall(name))


@preset.command()
@target_options
@_name
def delete(name: str, **options: str | None) -> None:
    """Delete a preset."""
    ask(options, lambda vizy: vizy.camera.presets.delete(name))
