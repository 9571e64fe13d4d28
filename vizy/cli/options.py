"""What several commands share: where the settings come from, and how an error is told."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from vizy.errors import DeviceAwayError, VizyError
from vizy.settings import Settings, load_settings

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Failure(click.ClickException):
    """One line on stderr, ``Error: ...``, and exit code 1.

    Args:
        error: What happened.
        cure: What to do about it, where the error itself cannot know.
    """

    def __init__(self, error: VizyError, cure: str = "") -> None:
        if isinstance(error, DeviceAwayError):
            cure = "start it with `vizy run`, or name its folder with --state-dir"
        super().__init__(f"{error.detail}: {cure}" if cure else error.detail)


class StartFailure(Failure):
    """The same, and exit code 2: what was asked for cannot work, trying again does not help."""

    exit_code = 2


def settings_options(command: F) -> F:
    """Add the options that say which Vizy is meant."""
    config = click.option("--config", metavar="FILE", help="Settings file, TOML.")
    state = click.option("--state-dir", metavar="DIR", help="Folder of captures and settings.")
    return state(config(command))


def settings_from(**options: object) -> Settings:
    """Resolve the settings of a command.

    Raises:
        StartFailure: They cannot be read.
    """
    try:
        return load_settings(options, os.environ)
    except VizyError as error:
        raise StartFailure(error) from error


def wait_for(awaitable: Awaitable[T]) -> T:
    """Run something to its end.

    Raises:
        Failure: It failed; exit code 1.
    """
    try:
        return asyncio.run(_returned(awaitable))
    except VizyError as error:
        raise Failure(error) from error


async def _returned(awaitable: Awaitable[T]) -> T:
    return await awaitable
