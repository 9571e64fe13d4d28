"""What tests of jobs need: a clock that a wait moves, pictures that cost nothing, a runner."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import numpy as np

from hardware.camera import Frame
from hardware.jobs import Clock, Job, Jobs, KeptJob, Makers, Progress
from hardware.kept import KeptFile
from hardware.store import StateStore
from vizy.controls import ControlValue
from vizy.jobs import JobState
from vizy.state import Capture, CaptureKind, Size

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class HandTime(Clock):
    """Time passes only by waiting; what is due `at` a moment is done on the way."""

    def __init__(self, wall: datetime = NOON, zone: tzinfo = UTC) -> None:
        self.seconds = 0.0
        self.zone = zone
        self._wall = wall
        self._due: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return (self._wall + timedelta(seconds=self.seconds)).astimezone(self.zone)

    def jump(self, by: timedelta) -> None:
        """Set the wall clock, as the network does."""
        self._wall += by

    def at(self, seconds: float, call: Callable[[], object]) -> None:
        """Do something at a moment of the monotonic clock."""
        self._due.append((seconds, call))
        self._due.sort(key=lambda due: due[0])

    def move(self, seconds: float) -> None:
        end = self.seconds + max(0.0, seconds)
        while self._due and self._due[0][0] <= end:
            self.seconds, call = self._due.pop(0)
            call()
        self.seconds = end

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)
        await asyncio.sleep(0)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        await asyncio.sleep(0)
        end = self.seconds + max(0.0, seconds)
        while not event.is_set() and self._due and self._due[0][0] <= end:
            self.seconds, call = self._due.pop(0)
            call()
            await asyncio.sleep(0)
        if not event.is_set():
            self.seconds = end
        return event.is_set()


class Album:
    """Takes pictures that are numbers; `fails` may refuse one."""

    def __init__(self, clock: HandTime, *, takes_s: float = 0.0) -> None:
        self.clock = clock
        self.takes_s = takes_s
        self.times: list[float] = []
        self.walls: list[datetime] = []
        self.kinds: set[tuple[str, str]] = set()
        self.frames: list[Frame] = []
        self.fails: Callable[[], Exception | None] = lambda: None

    async def take(self, *, kind: CaptureKind = "still", group: str = "") -> Capture:
        await asyncio.sleep(0)
        if (error := self.fails()) is not None:
            raise error
        self.times.append(self.clock.seconds)
        self.walls.append(self.clock.now())
        self.kinds.add((kind, group))
        self.clock.move(self.takes_s)
        return Capture(id="x", created="", bytes=1, size=Size(1, 1), kind=kind, group=group)

    async def keep(self, frame: Frame, *, kind: CaptureKind, group: str) -> Capture:
        self.frames.append(frame)
        return await self.take(kind=kind, group=group)


class Told:
    """A job's progress, and everything it told."""

    def __init__(self, *, done: int = 0, missed: int = 0, elapsed_s: float | None = None) -> None:
        self.all: list[tuple[int, int | None, str]] = []
        self.waited: list[str] = []
        self.progress = Progress("job-1", self._tell, done=done, missed=missed, elapsed_s=elapsed_s)

    @property
    def last(self) -> tuple[int, int | None, str]:
        return self.all[-1]

    def _tell(self, done: int, total: int | None, detail: str) -> None:
        self.all.append((done, total, detail))
        if self.progress.is_waiting:
            self.waited.append(detail)


class Work(Job):
    """A job that does what the test says."""

    def __init__(self, work: Callable[[Progress], Awaitable[object]]) -> None:
        self._work = work

    async def run(self, progress: Progress) -> None:
        await self._work(progress)


async def until_stopped(progress: Progress) -> None:
    """The work of a job that runs until it is stopped."""
    await progress.stopping.wait()


def runner(makers: Makers, store: StateStore, folder: Path, **options: object) -> Jobs:
    """A runner on a folder."""
    file = KeptFile(folder / "jobs.json", tuple[KeptJob, ...], "jobs")
    return Jobs(makers, store, file, **options)  # type: ignore[arg-type]


def picture(brightness: int = 0, at_s: float = 0.0, **metadata: ControlValue) -> Frame:
    """A small frame."""
    pixels = np.full((48, 64, 3), brightness, np.uint8)
    return Frame(pixels, round(at_s * 1e9), 1, metadata)


def of_kind(jobs: tuple[JobState, ...], status: str) -> list[JobState]:
    """The jobs of one status."""
    return [state for state in jobs if state.status == status]
