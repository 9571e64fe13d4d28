"""What several commands share: which Vizy is meant, how it is asked, and how an error is told."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from vizy.errors import DeviceAwayError, NotSignedInError, SettingsError, VizyError
from vizy.sdk.address import CA_FILE_VARIABLE, TOKEN_VARIABLE, URL_VARIABLE
from vizy.sdk.aio import AsyncVizy
from vizy.settings import Settings, load_settings

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_START_IT = "start it with `vizy run`, or name its folder with --state-dir"
_SHOW_IT = f"make a token on the page Account, and show it with {TOKEN_VARIABLE} or --token @FILE"
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Failure(click.ClickException):
    """One line on stderr, ``Error: ...``, and exit code 1.

    Args:
        error: What happened.
        cure: What to do about it, where the error itself cannot know.
    """

    def __init__(self, error: VizyError, cure: str = "") -> None:
        super().__init__(f"{error.detail}: {cure}" if cure else error.detail)


class StartFailure(Failure):
    """The same, and exit code 2: what was asked for cannot work, trying again does not help."""

    exit_code = 2


def settings_options(command: F) -> F:
    """Add the options that say which Vizy of this machine is meant."""
    config = click.option("--config", metavar="FILE", help="Settings file, TOML.")
    state = click.option("--state-dir", metavar="DIR", help="Folder of captures and settings.")
    return state(config(command))


TARGET_OPTIONS = ("config", "state_dir", "host", "token", "ca_file")
"""What `target_options` adds."""


def target_options(command: F) -> F:
    """Add the options that say which Vizy is meant, here or elsewhere."""
    host = click.option(
        "--host",
        metavar="URL",
        help=f"Another machine's, as http://vizy.local; also {URL_VARIABLE}.",
    )
    token = click.option(
        "--token",
        metavar="TOKEN",
        help=f"For --host; @FILE reads it from a file. Others see what is typed here: "
        f"{TOKEN_VARIABLE} does without.",
    )
    ca_file = click.option(
        "--ca-file",
        metavar="FILE",
        help=f"For --host https://...: a certificate to trust; also {CA_FILE_VARIABLE}.",
    )
    return settings_options(host(token(ca_file(command))))


def settings_from(**options: object) -> Settings:
    """Resolve the settings of a command.

    Raises:
        StartFailure: They cannot be read.
    """
    try:
        return load_settings(options, os.environ)
    except VizyError as error:
        raise StartFailure(error) from error


def ask(options: dict[str, str | None], work: Callable[[AsyncVizy], Awaitable[T]]) -> T:
    """Do something with the Vizy that is meant.

    Args:
        options: Those of `target_options`.
        work: What to do.

    Raises:
        Failure: It failed; exit code 1.
        StartFailure: The options or settings cannot be read; exit code 2.
    """
    address = _address(**options)
    cure = _START_IT if address.startswith("unix:") else ""

    async def work_there() -> T:
        async with _vizy(address, options["token"], options["ca_file"]) as vizy:
            return await work(vizy)

    return wait_for(work_there(), cure)


def wait_for(awaitable: Awaitable[T], away_cure: str = _START_IT) -> T:
    """Run something to its end.

    Args:
        awaitable: What to run.
        away_cure: What to do when nobody is there.

    Raises:
        Failure: It failed; exit code 1.
    """
    try:
        return asyncio.run(_returned(awaitable))
    except DeviceAwayError as error:
        raise Failure(error, away_cure) from error
    except NotSignedInError as error:
        raise Failure(error, _SHOW_IT) from error
    except VizyError as error:
        raise Failure(error) from error


def echo_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def _address(
    *, host: str | None, config: str | None, state_dir: str | None, **others: str | None
) -> str:
    """Return the address of the Vizy that is meant; what was typed goes before the variable."""
    is_here = config is not None or state_dir is not None
    if host and is_here:
        raise click.UsageError("--host names another machine: leave --state-dir and --config out")
    address = host or ("" if is_here else os.environ.get(URL_VARIABLE))
    if address:
        return address
    return f"unix:{settings_from(config=config, state_dir=state_dir).runtime_dir}"


def _vizy(address: str, token: str | None, ca_file: str | None) -> AsyncVizy:
    try:
        if token is not None and token.startswith("@"):
            token = _read_token(token.removeprefix("@"))
        return AsyncVizy(address, token=token, ca_file=ca_file)
    except VizyError as error:
        raise StartFailure(error) from error


def _read_token(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"--token @{path} cannot be read: {error}") from error


async def _returned(awaitable: Awaitable[T]) -> T:
    return await awaitable
