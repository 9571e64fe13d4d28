"""`vizy run`, `hardware`, `web`, `cameras` and `password`: what runs as a process of its own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from vizy.cli.options import StartFailure, settings_from, settings_options
from vizy.cli.supervisor import Child, Supervisor
from vizy.errors import SettingsError, VizyError
from vizy.files import make_folder
from vizy.logfile import NAME, LogFile
from vizy.settings import Settings, load_settings, settings_environ, unknown_variables

_COLOURS = {"hardware": "cyan", "web": "green"}
_LISTENING = re.compile(r"listening on (https?://\S+:(\d+))$")
_CURES = {
    "state_dir": "choose another with --state-dir",
    "runtime_dir": "choose another with VIZY_RUNTIME_DIR",
}
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def command_of(module: str) -> list[str]:
    """Return the command that runs one of the two processes.

    ``-P``: a folder named ``web`` where the person happens to be must not take its place.
    """
    return [sys.executable, "-P", "-m", module]


class Screen:
    """The terminal that the children share: a prefix per child, and the address once it is known.

    A terminal that has gone away is no reason to stop: its lines are dropped.

    Attributes:
        port: The port that the web process told last; empty before.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._width = max(map(len, names))
        self._address = ""
        self.port = ""
        self._is_open = True

    def show(self, name: str, line: str) -> None:
        """Print a child's line; if it is the one that tells the address, say where Vizy is."""
        prefix = click.style(f"{name:<{self._width}} |", fg=_COLOURS.get(name))
        self._print(f"{prefix} {line}")
        found = _LISTENING.search(line)
        if found and found[1] != self._address:
            self._address, self.port = found.groups()
            self._print(f"Vizy is at {self._address}  (Ctrl-C stops)")

    def _print(self, text: str) -> None:
        try:
            if self._is_open:
                click.echo(text)
        except OSError:
            self._is_open = False


async def supervise(children: Sequence[Child], options: Mapping[str, object]) -> int:
    """Run the children until a signal or until one cannot work; return the exit code.

    They get the options and find the rest themselves, so that a restart takes up a changed file.
    """
    screen = Screen([child.name for child in children])
    environ = os.environ | settings_environ(options)
    settings = load_settings(options, os.environ)
    takes_any_port = settings.web.port == 0
    kept = LogFile(Path(settings.runtime_dir, NAME))

    def show(name: str, line: str) -> None:
        screen.show(name, line)
        kept.write(name, line)
        if takes_any_port and screen.port:  # a restart keeps it, for pages to come back to
            environ["VIZY_PORT"] = screen.port

    supervisor = Supervisor(children, environ, show)
    loop = asyncio.get_running_loop()
    for number in _STOPPING:
        loop.add_signal_handler(number, supervisor.stop)
    try:
        return await supervisor.run()
    finally:
        for number in _STOPPING:
            loop.remove_signal_handler(number)
        kept.close()


@click.command()
@settings_options
@click.option("--port", metavar="PORT", help="Port to listen on; 0 takes any free one.")
@click.option("--host", metavar="HOST", help="Address to listen on.")
@click.option("--camera", metavar="SOURCE", help="As `vizy cameras` lists them.")
def run(**options: str | None) -> None:
    """Start both processes; Ctrl-C stops both."""
    settings = _settings(options)
    for name, cure in _CURES.items():
        try:
            make_folder(Path(getattr(settings, name)))
        except VizyError as error:
            raise StartFailure(error, cure) from error
    children = [Child(name, command_of(name)) for name in ("hardware", "web")]
    raise SystemExit(asyncio.run(supervise(children, options)))


@click.command()
@settings_options
@click.option("--camera", metavar="SOURCE", help="As `vizy cameras` lists them.")
def hardware(**options: str | None) -> None:
    """Run the hardware process alone, in the foreground."""
    _become("hardware", options)


@click.command()
@settings_options
@click.option("--port", metavar="PORT", help="Port to listen on; 0 takes any free one.")
@click.option("--host", metavar="HOST", help="Address to listen on.")
def web(**options: str | None) -> None:
    """Run the web process alone, in the foreground."""
    _become("web", options)


@click.command()
@settings_options
def cameras(**options: str | None) -> None:
    """List what --camera takes on this machine."""
    _become("hardware.camera", options)


@click.command()
@settings_options
@click.argument("name")
def password(name: str, **options: str | None) -> None:
    """Give an account another password, if its owner has forgotten it."""
    _become("web.auth", options, name)


def _settings(options: Mapping[str, object]) -> Settings:
    """Resolve the settings of what is started.

    Raises:
        StartFailure: They cannot be read, or a variable is mistyped.
    """
    if unknown := unknown_variables(os.environ):
        raise StartFailure(SettingsError("; ".join(unknown)))
    return settings_from(**options)


def _become(module: str, options: Mapping[str, object], *arguments: str) -> None:
    _settings(options)  # refused here, in one line
    command = [*command_of(module), *arguments]
    os.execve(command[0], command, os.environ | settings_environ(options))
