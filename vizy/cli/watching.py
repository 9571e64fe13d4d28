"""Watching a job until it ends, with a bar on a terminal. On an asyncio loop of its own."""

import asyncio
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import click

from vizy.cli.options import Failure
from vizy.device import DeviceMirror
from vizy.errors import NotFoundError
from vizy.jobs import Bracket, Burst, JobSpec, JobState, Movie, Recording, TimeLapse, kind_of

_WIDTH = 30
_CLEAR = "\r\033[K"
_COUNTED = {"recording": "s", "motion": "video"}


def ends_by_itself(spec: JobSpec) -> bool:
    """Tell whether a job has an end of its own."""
    if isinstance(spec, TimeLapse):
        return spec.count is not None or spec.duration_s is not None
    if isinstance(spec, Recording):
        return spec.duration_s is not None
    return isinstance(spec, Burst | Bracket | Movie)


def bar(state: JobState) -> str:
    """Draw how far a job is."""
    if not state.total:
        return f"{state.status} {amount(state)} {state.detail}".rstrip()
    filled = min(_WIDTH, _WIDTH * state.done // state.total)
    drawn = "#" * filled + "-" * (_WIDTH - filled)
    return f"[{drawn}] {amount(state)} {state.detail}".rstrip()


def amount(state: JobState) -> str:
    """Say how far a job is, and in what: ``3/10 pictures``, ``12 s``."""
    counted = _COUNTED.get(kind_of(state.spec), "picture")
    number = str(state.done) if state.total is None else f"{state.done}/{state.total}"
    return f"{number} {counted}{'' if counted == 's' or number == '1' else 's'}"


def describe(state: JobState) -> str:
    """Say in a line what a job is or became."""
    details = "; ".join(filter(None, [state.reason, state.detail]))
    told = f": {details}" if details else ""
    return f"{kind_of(state.spec)} {state.id}: {state.status}, {amount(state)}{told}"


def watch_job(path: Path, job: JobState) -> JobState:
    """Follow a job to its end; Ctrl-C ends only the watching.

    Returns:
        The job as it was last seen.

    Raises:
        Failure: The job is no longer known: the hardware process was started again.
    """
    has_terminal = sys.stderr.isatty()
    last = job

    def show(state: JobState) -> None:
        nonlocal last
        last = state
        if has_terminal:
            click.echo(f"{_CLEAR}{bar(state)[: _columns()]}", nl=False, err=True)

    try:
        asyncio.run(_follow(path, job.id, show))
    except KeyboardInterrupt:
        pass
    except NotFoundError as error:
        raise Failure(error) from error
    finally:
        if has_terminal:
            click.echo(_CLEAR, nl=False, err=True)
    return last


def how_to_stop(state: JobState) -> str:
    """Say that a job goes on, and how to stop it."""
    return f"{kind_of(state.spec)} {state.id} goes on: stop it with `vizy stop {state.id}`"


async def _follow(path: Path, job_id: str, show: Callable[[JobState], None]) -> None:
    async with DeviceMirror(path) as device:
        async for now in device.follow():
            if now.state is None or not now.connected:
                continue
            state = next((each for each in now.state.jobs if each.id == job_id), None)
            if state is None:
                raise NotFoundError(
                    f"job {job_id} is gone: the hardware process was started again, and what the "
                    "job had captured is kept"
                )
            show(state)
            if state.has_ended:
                return


def _columns() -> int:
    return shutil.get_terminal_size().columns - 1
