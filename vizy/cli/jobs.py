"""`vizy burst`, `bracket`, `timelapse`, `record`, `motion`, `movie`, `jobs` and `stop`."""

import contextlib
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from vizy.cli.bar import Bar
from vizy.cli.options import TARGET_OPTIONS, ask, echo_json, json_option, target_options
from vizy.cli.specs import help_of, spec_from, spec_options
from vizy.cli.watching import amount, bar_of, describe, ends_by_itself, how_to_stop
from vizy.jobs import (
    Bracket,
    Burst,
    JobSpec,
    JobState,
    Motion,
    Movie,
    Recording,
    TimeLapse,
    kind_of,
)
from vizy.sdk.aio import AsyncVizy
from vizy.sdk.tables import text_table

_HEAD = ("ID", "KIND", "STATUS", "DONE", "DETAIL")


def _command(name: str, kind: type[Any], aliases: Mapping[str, str] | None = None) -> click.Command:
    """Make the command that starts one kind of job."""

    @click.command(name, help=help_of(kind))
    @target_options
    @json_option
    @spec_options(kind, aliases)
    @click.option("--detach", is_flag=True, help="Return once it runs.")
    def start(detach: bool, as_json: bool, **given: Any) -> None:
        options = {name: given.pop(name) for name in TARGET_OPTIONS}
        spec = spec_from(kind, given)
        seen: list[JobState] = []
        with Bar() as bar, contextlib.suppress(KeyboardInterrupt):
            is_watched = ends_by_itself(spec) and not detach
            ask(options, lambda vizy: _run(vizy, spec, is_watched, seen, bar))
        if not seen:  # Ctrl-C before the answer: nobody knows whether it runs
            raise click.Abort
        _print(seen[-1], as_json)

    return start


burst = _command("burst", Burst)
bracket = _command("bracket", Bracket)
timelapse = _command("timelapse", TimeLapse)
record = _command("record", Recording, {"duration_s": "seconds"})
motion = _command("motion", Motion)
movie = _command("movie", Movie)


@click.command("jobs")
@target_options
@json_option
def list_jobs(as_json: bool, **options: str | None) -> None:
    """List the jobs that run, then the last that ended."""
    jobs = ask(options, _jobs)
    if as_json:
        echo_json(jobs)
        return
    for line in table(jobs):
        click.echo(line)


@click.command()
@target_options
@json_option
@click.argument("job_id", metavar="[ID]", required=False)
@click.option("--all", "is_all", is_flag=True, help="Stop all that run.")
def stop(job_id: str | None, is_all: bool, as_json: bool, **options: str | None) -> None:
    """Stop a job, or the only one that runs. What it captured is kept."""
    ids = [job_id] if job_id else _running(ask(options, _jobs), is_all)
    stopped: list[JobState] = []
    for each in ids:
        stopped.append(ask(options, lambda vizy, each=each: vizy.camera.stop(each)))
        if not as_json:
            click.echo(describe(stopped[-1]))
    if as_json:
        echo_json(stopped)


def table(jobs: tuple[JobState, ...]) -> list[str]:
    """Lay jobs out in columns."""
    return text_table([_HEAD, *map(_row, jobs)]).splitlines()


async def _run(
    vizy: AsyncVizy, spec: JobSpec, is_watched: bool, seen: list[JobState], bar: Bar
) -> None:
    """Start a job, and follow it to its end if it is watched; note how it was last seen."""

    def show(state: JobState) -> None:
        seen[:] = [state]
        bar.line(bar_of(state))

    job = await vizy.camera.start(spec)
    seen.append(job.state)
    if is_watched:
        await job.wait(progress=show, check=False)


async def _jobs(vizy: AsyncVizy) -> tuple[JobState, ...]:
    return await vizy.camera.jobs


def _row(state: JobState) -> tuple[str, ...]:
    detail = state.reason or state.detail
    return state.id, kind_of(state.spec), state.status, amount(state), detail


def _running(jobs: tuple[JobState, ...], is_all: bool) -> list[str]:
    """Return the ids to stop when none was given.

    Raises:
        click.ClickException: None runs, and one was meant.
        click.UsageError: Several run, and it was not said that all are meant.
    """
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
