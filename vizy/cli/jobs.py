"""`vizy burst`, `bracket`, `timelapse`, `record`, `motion`, `movie`, `jobs` and `stop`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from vizy.cli.options import settings_from, settings_options, wait_for
from vizy.cli.specs import help_of, spec_from, spec_options
from vizy.cli.watching import amount, describe, ends_by_itself, how_to_stop, watch_job
from vizy.jobs import Bracket, Burst, JobState, Motion, Movie, Recording, TimeLapse, kind_of
from vizy.messages import GetState, StartJob, StopJob
from vizy.rpc.client import call_once

_STOP_TIMEOUT_S = 40.0
_HEAD = ("ID", "KIND", "STATUS", "DONE", "DETAIL")


def _command(name: str, kind: type[Any], aliases: Mapping[str, str] | None = None) -> click.Command:
    """Make the command that starts one kind of job."""

    @click.command(name, help=help_of(kind))
    @settings_options
    @spec_options(kind, aliases)
    @click.option("--detach", is_flag=True, help="Return once it runs.")
    @click.option("--json", "as_json", is_flag=True, help="Print the job as JSON.")
    def start(
        detach: bool, as_json: bool, config: str | None, state_dir: str | None, **given: Any
    ) -> None:
        spec = spec_from(kind, given)
        path = settings_from(config=config, state_dir=state_dir).hardware_socket
        job = wait_for(call_once(path, StartJob(spec)))
        if ends_by_itself(spec) and not detach:
            job = watch_job(path, job)
        _print(job, as_json)

    return start


burst = _command("burst", Burst)
bracket = _command("bracket", Bracket)
timelapse = _command("timelapse", TimeLapse)
record = _command("record", Recording, {"duration_s": "seconds"})
motion = _command("motion", Motion)
movie = _command("movie", Movie)


@click.command("jobs")
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_jobs(as_json: bool, **options: str | None) -> None:
    """List the jobs that run, then the last that ended."""
    jobs = wait_for(call_once(settings_from(**options).hardware_socket, GetState())).jobs
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(jobs), indent=2))
        return
    for line in table(jobs):
        click.echo(line)


@click.command()
@settings_options
@click.argument("job_id", metavar="[ID]", required=False)
@click.option("--all", "is_all", is_flag=True, help="Stop all that run.")
def stop(job_id: str | None, is_all: bool, **options: str | None) -> None:
    """Stop a job, or the only one that runs. What it captured is kept."""
    path = settings_from(**options).hardware_socket
    for each in [job_id] if job_id else _running(path, is_all):
        stopped = wait_for(call_once(path, StopJob(each), timeout_s=_STOP_TIMEOUT_S))
        click.echo(describe(stopped))


def table(jobs: tuple[JobState, ...]) -> list[str]:
    """Lay jobs out in columns."""
    rows = [_HEAD, *(_row(state) for state in jobs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(state: JobState) -> tuple[str, ...]:
    detail = state.reason or state.detail
    return state.id, kind_of(state.spec), state.status, amount(state), detail


def _running(path: Path, is_all: bool) -> list[str]:
    """Return the ids to stop when none was given.

    Raises:
        click.ClickException: None runs, and one was meant.
        click.UsageError: Several run, and it was not said that all are meant.
    """
    jobs = wait_for(call_once(path, GetState())).jobs
    running = {state.id: kind_of(state.spec) for state in jobs if not state.has_ended}
    if not running and is_all:
        click.echo("no job runs", err=True)
    elif not running:
        raise click.ClickException("no job runs, so there is nothing to stop")
    if not is_all and len(running) > 1:
        which = ", ".join(f"{kind} {job_id}" for job_id, kind in running.items())
        raise click.UsageError(f"these run: {which}: give an ID or --all")
    return list(running)


def _print(job: JobState, as_json: bool) -> None:
    """Print a job; end with exit code 1 if it failed."""
    if as_json:
        click.echo(msgspec.json.encode(job).decode())
    else:
        click.echo(describe(job))
    if not job.has_ended:
        click.echo(how_to_stop(job), err=True)
    if job.status == "failed":
        raise SystemExit(1)
