"""What the SDK finds out by asking more than once. Coroutines on the link's loop."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable

from vizy.controls import ControlInfo
from vizy.errors import DeviceError, DeviceTimeoutError, NotFoundError
from vizy.jobs import JobState, kind_of
from vizy.messages import CreateCapture, Focus, GetState, StopJob
from vizy.sdk.link import Link, OnAway
from vizy.state import Capture, DeviceState

_logger = logging.getLogger("vizy.sdk")
_STOP_S = 40.0
_LAG_S = 1.0
_ANSWER_S = 15.0  # for the disk and the way, besides the camera's own time


async def state_of(link: Link) -> DeviceState:
    """Return the whole state."""
    return await link.call(GetState())


async def infos_of(link: Link) -> dict[str, ControlInfo]:
    """Return what the camera says of its controls, by name."""
    return {info.name: info for info in (await state_of(link)).camera.controls}


async def jobs_of(link: Link) -> tuple[JobState, ...]:
    """Return the jobs that run, then the last that ended."""
    return (await state_of(link)).jobs


async def job_of(link: Link, job_id: str) -> JobState:
    """Return the job of an id.

    Raises:
        NotFoundError: There is none.
    """
    for job in await jobs_of(link):
        if job.id == job_id:
            return job
    raise NotFoundError(f"there is no job {job_id:.80}: `vizy jobs` lists those that there are")


async def capture(link: Link, raw: bool) -> Capture:
    """Take a still, with as much patience as its exposure needs."""
    return await link.call(CreateCapture(raw), timeout_s=await _patience_s(link))


async def focus(link: Link) -> bool:
    """Let the camera focus once; tell whether it found a focus."""
    return (await link.call(Focus(), timeout_s=await _patience_s(link))).is_sharp


async def follow(link: Link, on_away: OnAway | None) -> AsyncGenerator[DeviceState, None]:
    """Follow the state; without ``on_away`` a lost connection is logged."""
    async with contextlib.aclosing(link.follow(on_away or _log_away)) as states:
        async for state in states:
            yield state


async def stop(link: Link, job_id: str) -> JobState:
    """Stop a job; return once what it captured is whole."""
    return await link.call(StopJob(job_id), timeout_s=_STOP_S)


async def job_end(
    link: Link,
    job_id: str,
    on_news: Callable[[JobState], None],
    timeout_s: float | None,
) -> JobState:
    """Follow a job to its end.

    Raises:
        NotFoundError: It is no longer known: the hardware process was started again.
        DeviceTimeoutError: It has not ended in time.
    """
    last: JobState | None = None
    try:
        async with asyncio.timeout(timeout_s), contextlib.aclosing(follow(link, None)) as states:
            async for state in states:
                job = next((each for each in state.jobs if each.id == job_id), None)
                if job is None:
                    job = await _late(link, job_id)
                if job != last:
                    last = job
                    on_news(job)
                if job.has_ended:
                    return job
    except TimeoutError as error:
        if isinstance(error, DeviceError):
            raise
        raise DeviceTimeoutError(
            f"job {job_id} has not ended within {timeout_s:g} s; it goes on"
        ) from error
    raise AssertionError("following ends with an error or not at all")


async def _late(link: Link, job_id: str) -> JobState:
    """Return a job that is not in a state: the web process may hear of a new one a moment later.

    Raises:
        NotFoundError: It is no longer known.
    """
    await asyncio.sleep(_LAG_S)
    try:
        return await job_of(link, job_id)
    except NotFoundError as error:
        raise NotFoundError(
            f"job {job_id} is gone: the hardware process was started again, and what the job had "
            "captured is kept"
        ) from error


def failed(job: JobState) -> DeviceError:
    """Return the error that tells why a job failed."""
    return DeviceError(f"{kind_of(job.spec)} {job.id} failed: {job.reason}")


def _log_away(reason: str) -> None:
    _logger.warning("%s: trying again", reason)


async def _patience_s(link: Link) -> float:
    """Return how long a call may take that waits for the camera: an exposure may take minutes."""
    return (await state_of(link)).camera.still_limit_s + _ANSWER_S
