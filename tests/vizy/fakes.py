"""A daemon that stands in for the real one: the real server, a table of small handlers."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from vizy.controls import ControlInfo, check_controls
from vizy.errors import NotFoundError, UnknownControlError
from vizy.jobs import JobState
from vizy.messages import (
    STATE_CHANGED,
    CaptureFile,
    CapturePage,
    CreateCapture,
    Focus,
    Focused,
    GetCapture,
    GetState,
    ListCaptures,
    SetControls,
    StartJob,
    StateChanged,
    StopJob,
    Subscribe,
)
from vizy.peer import PeerPolicy
from vizy.rpc import Connection, RpcServer
from vizy.state import (
    CameraState,
    Capture,
    CapturesState,
    DeviceState,
    HealthState,
    Size,
    StorageState,
    StreamState,
    Versions,
    changes,
)

CONTROLS = (
    ControlInfo(name="Brightness", type="float", default=0.0, minimum=-1.0, maximum=1.0),
    ControlInfo(name="AeEnable", type="bool", default=True),
    ControlInfo(
        name="ExposureTime",
        type="int32",
        default=1000,
        minimum=1,
        maximum=9000,
        needs=("AeEnable", False),
    ),
)


def a_state(revision: int = 1, **controls: Any) -> DeviceState:
    """A state of a camera that is ready."""
    return DeviceState(
        revision=revision,
        camera=CameraState(
            backend="fake",
            model="Fake 1",
            status="ready",
            still_size=Size(64, 48),
            controls=CONTROLS,
        ),
        controls={"Brightness": 0.0, "AeEnable": True} | controls,
        streaming=StreamState(size=Size(64, 48)),
        captures=CapturesState(),
        storage=StorageState(path="/s", free_bytes=2 << 20, total_bytes=3 << 20, floor_bytes=1),
        health=HealthState(pid=7, started="2026-11-21T00:00:00Z"),
        versions=Versions(vizy="0.1", python="3.11"),
    )


class FakeDaemon:
    """Keeps a state and captures in memory, and serves them."""

    def __init__(self, path: Path, *, policy: PeerPolicy | None = None, **options: Any) -> None:
        self.path = path
        self.state = a_state()
        self.sent: list[int] = []
        self._captures: list[Capture] = []
        self._changed = asyncio.Event()
        handlers: dict[Any, Any] = {
            GetState: self._get,
            Subscribe: self._subscribe,
            SetControls: self._set,
            Focus: self._focus,
            CreateCapture: self._create,
            ListCaptures: self._list,
            GetCapture: self._get_capture,
            StartJob: self._start_job,
            StopJob: self._stop_job,
        }
        handlers |= options.pop("handlers", {})
        self.server = RpcServer(path, handlers, policy=policy, **options)

    async def __aenter__(self) -> "FakeDaemon":
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()

    def change(self, **sections: Any) -> None:
        """Make a new state, one revision on."""
        revision = self.state.revision + 1
        self.state = msgspec.structs.replace(self.state, revision=revision, **sections)
        self._changed.set()
        self._changed = asyncio.Event()

    async def _get(self, _: GetState, __: Connection) -> DeviceState:
        return self.state

    async def _subscribe(self, _: Subscribe, connection: Connection) -> DeviceState:
        connection.spawn(self._announce(connection, self.state), "state")
        return self.state

    async def _announce(self, connection: Connection, last: DeviceState) -> None:
        while True:
            now = self.state
            if now.revision == last.revision:
                await self._changed.wait()
                continue
            await connection.notify(STATE_CHANGED, StateChanged(now.revision, changes(last, now)))
            self.sent.append(now.revision)
            last = now

    async def _set(self, call: SetControls, _: Connection) -> DeviceState:
        self.change(controls=self.state.controls | check_controls(CONTROLS, call.values))
        return self.state

    async def _focus(self, _: Focus, __: Connection) -> Focused:
        if "AeEnable" not in self.state.controls:
            raise UnknownControlError("Fake 1 has no autofocus: turn its lens by hand")
        return Focused(self.state.controls["Brightness"] == 0.0)

    async def _create(self, _: CreateCapture, __: Connection) -> Capture:
        taken = Capture(
            id=f"c{len(self._captures)}",
            created="2026-11-21T00:00:00Z",
            bytes=5,
            size=Size(64, 48),
        )
        self._captures.append(taken)
        self.change(captures=CapturesState(count=len(self._captures), latest=(taken,)))
        return taken

    async def _list(self, call: ListCaptures, _: Connection) -> CapturePage:
        return CapturePage(tuple(self._captures[: call.limit]), len(self._captures))

    async def _get_capture(self, call: GetCapture, _: Connection) -> CaptureFile:
        for capture in self._captures:
            if capture.id == call.id:
                return CaptureFile(capture, f"/s/{call.id}.jpg")
        raise NotFoundError(f"there is no capture {call.id!r}")

    async def _start_job(self, call: StartJob, _: Connection) -> JobState:
        job = JobState(
            id=f"j{len(self.state.jobs)}", spec=call.spec, status="running", started="", total=4
        )
        self.change(jobs=(job, *self.state.jobs))
        return job

    async def _stop_job(self, call: StopJob, _: Connection) -> JobState:
        for job in self.state.jobs:
            if job.id == call.id:
                self.change_job(job.id, status="stopped")
                return next(each for each in self.state.jobs if each.id == call.id)
        raise NotFoundError(f"there is no job {call.id!r}")

    def change_job(self, job_id: str, **news: Any) -> None:
        """Let a job go on."""
        self.change(
            jobs=tuple(
                msgspec.structs.replace(job, **news) if job.id == job_id else job
                for job in self.state.jobs
            )
        )
