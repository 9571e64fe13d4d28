"""The command itself: runs every check in the order in which one depends on another."""

import os
import time
from collections.abc import Iterator, Mapping

import click

from vizy.cli.doctor import daemon, machine, server
from vizy.cli.doctor.finding import Finding, ok, wrong
from vizy.cli.options import echo_json, json_option, settings_options
from vizy.errors import SettingsError
from vizy.settings import Settings, load_settings

_MARKS = {"ok": ("ok", "green"), "warning": ("look", "yellow"), "wrong": ("WRONG", "red")}


@click.command()
@settings_options
@click.option("--port", metavar="PORT", help="Where the page is, if `vizy run --port` says so.")
@json_option
def doctor(as_json: bool, **options: str | None) -> None:
    """Look for what often goes wrong, and say what to do. Exit code 1 if something is wrong."""
    findings: list[Finding] = []
    for finding in findings_of(options, os.environ):
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        echo_json(findings)
    count = sum(finding.verdict == "wrong" for finding in findings)
    if not as_json:
        click.echo(f"{count} wrong" if count else "nothing is wrong")
    if count:
        raise SystemExit(1)


def findings_of(options: Mapping[str, str | None], environ: Mapping[str, str]) -> Iterator[Finding]:
    """Run the checks one by one; what cannot be looked at is left out."""
    yield from machine.check_variables(environ)
    try:
        settings = load_settings(options, environ)
    except SettingsError as error:
        yield wrong("settings", error.detail, "correct it; docs/settings.md lists all settings")
        return
    yield _settings(settings)
    yield from machine.check_folders(settings)
    yield machine.check_disk(settings)
    yield machine.check_clock(time.time())
    yield machine.check_libraries(settings)
    finding, state = daemon.check_daemon(settings)
    yield finding
    if state is not None:
        yield daemon.check_frames_socket(settings)
        yield daemon.check_camera(state)
        yield daemon.check_storage(state)
        yield from daemon.check_warnings(state)
    yield server.check_web(settings)
    yield server.check_names(settings)
    yield server.check_certificate(settings)


def _settings(settings: Settings) -> Finding:
    file = settings.settings_file
    return ok("settings", f"{file} is valid" if file.exists() else f"there is no {file}")


def _print(finding: Finding) -> None:
    mark, colour = _MARKS[finding.verdict]
    click.echo(f"{click.style(f'{mark:<6}', fg=colour)}{finding.about}: {finding.text}")
    if finding.cure:
        click.echo(f"      -> {finding.cure}")
