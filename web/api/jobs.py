"""Jobs: bursts, brackets, time-lapses, recordings, motion and movies."""

from msgspec import Struct
from quart import Response

from vizy.errors import (
    BusyError,
    DeviceAwayError,
    DeviceError,
    InvalidValueError,
    NotFoundError,
    StorageError,
)
from vizy.jobs import JobSpec, JobState
from web.api.endpoint import Asked, Endpoint
from web.api.mount import BASE, as_json
from web.api.state import present
from web.auth.identity import Role
from web.parts import Parts


class Jobs(Struct, frozen=True):
    """The jobs that go on, and some of those that have ended."""

    items: tuple[JobState, ...]


def jobs(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/jobs``."""
    device = parts.device

    async def start(asked: Asked) -> Response:
        started = await device.start_job(asked.body)
        return as_json(started, 201, {"Location": f"{BASE}/jobs/{started.id}"})

    async def find(asked: Asked) -> Jobs:
        return Jobs(present(device).jobs)

    async def get(asked: Asked) -> JobState:
        wanted = asked.path["id"]
        for job in present(device).jobs:
            if job.id == wanted:
                return job
        raise NotFoundError(f"there is no job {wanted:.80}; GET {BASE}/jobs lists those there are")

    async def stop(asked: Asked) -> JobState:
        return await device.stop_job(asked.path["id"])

    return (
        Endpoint(
            method="POST",
            path="/jobs",
            role=Role.OPERATOR,
            summary="Start a job; its type says which; answer once it runs or waits for its time.",
            call=start,
            body=JobSpec,
            example='{"type": "timelapse", "interval_s": 10, "count": 100}',
            returns=JobState,
            status=201,
            errors=(InvalidValueError, BusyError, StorageError, DeviceError),
        ),
        Endpoint(
            method="GET",
            path="/jobs",
            role=Role.VIEWER,
            summary="List the jobs that go on and those that ended last.",
            call=find,
            returns=Jobs,
            errors=(DeviceAwayError,),
        ),
        Endpoint(
            method="GET",
            path="/jobs/<id>",
            role=Role.VIEWER,
            summary="Return one job.",
            call=get,
            returns=JobState,
            errors=(NotFoundError, DeviceAwayError),
        ),
        Endpoint(
            method="POST",
            path="/jobs/<id>/stop",
            role=Role.OPERATOR,
            summary="Stop a job; answer once what it captured is whole.",
            call=stop,
            returns=JobState,
            errors=(NotFoundError, InvalidValueError, DeviceError),
        ),
    )
