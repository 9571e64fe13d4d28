"""A motion watch: a video of each movement, with what was before it, whatever happens to one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import cv2
import pytest

from hardware.camera import Frame
from hardware.camera.base import Pixels
from hardware.video.clip import MakeWriter
from hardware.video.encoders import SOFTWARE, Encoders
from hardware.video.motion import MotionJob
from hardware.video.studio import Studio
from hardware.video.writer import Mp4Writer
from tests.hardware.cameras import CLIP
from tests.hardware.video.studio import Live, Shelf, Told, failing_sync, watch, writer_on
from vizy.errors import DiskFullError
from vizy.jobs import Motion

TENTH_NS = 100_000_000
STILL = 40  # frames of nothing before somebody comes


def read_people() -> list[Pixels]:
    clip = cv2.VideoCapture(str(CLIP), cv2.CAP_FFMPEG)
    found: list[Pixels] = []
    while True:
        is_read, picture = clip.read()
        if not is_read:
            break
        found.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    clip.release()
    return found


class Bench:
    """A motion watch on ten frames a second that come as fast as they are looked at."""

    def __init__(self, folder: Path) -> None:
        self.shelf = Shelf(folder)
        self.live = Live()
        self.told = Told()
        self.people = read_people()
        self.number = 0
        self.now_s = 0.0
        self.make_writer: MakeWriter = Mp4Writer
        self.refusal: DiskFullError | None = None
        self.looks = 0  # at how much room there is
        self.encoders = Encoders(SOFTWARE)

    async def check_room(self) -> None:
        self.looks += 1
        if self.refusal is not None:
            raise self.refusal

    async def start(self, spec: Motion) -> None:
        await asyncio.to_thread(self.encoders.choose)
        studio = Studio(
            live=self.live,
            shelf=self.shelf,
            encoders=self.encoders,
            check_room=self.check_room,
            fps=10,
            keyframe_s=0.5,
            make_writer=self.make_writer,
            clock=lambda: self.now_s,
        )
        job = MotionJob(spec, studio)
        self.task = asyncio.create_task(job.run(self.told.progress))
        await self.until(lambda: len(self.live.sinks) == 2)

    async def show(self, pixels: Pixels) -> None:
        at_ns = 3_000_000_000 + self.number * TENTH_NS
        self.live.show(Frame(pixels, at_ns, self.number))
        self.number += 1
        await self.live.settle()
        await asyncio.sleep(0.005)  # about a look at it

    async def show_nothing(self, count: int) -> None:
        for _ in range(count):
            await self.show(self.people[0])

    async def show_people(self) -> None:
        for each in self.people:
            await self.show(each)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(0.002)

    async def stop(self) -> None:
        self.told.progress.stopping.set()
        async with asyncio.timeout(20):
            await self.task


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    assert not bench.live.sinks


async def test_people_who_walk_by_become_a_video_that_begins_before_them(bench: Bench) -> None:
    await bench.start(Motion(before_s=1, after_s=1))
    await bench.show_nothing(STILL)
    await bench.show_people()
    await bench.show_nothing(30)
    await bench.until(lambda: len(bench.shelf.captures) == 1)
    await bench.stop()
    (capture,) = bench.shelf.captures
    assert (capture.kind, capture.group) == ("motion", "job-1")
    seen = watch(bench.shelf.file(capture))
    assert seen.comment == "vizy kind=motion group=job-1"
    # A second of nothing, two of people, one of nothing; keyframes are half a second apart, and
    # that the people are gone all at once is a movement too, for a moment.
    assert 3.5 <= seen.duration_s <= 6.5
    assert bench.told.last[0] == 1


async def test_where_nothing_moves_there_is_no_video(bench: Bench) -> None:
    await bench.start(Motion())
    await bench.show_nothing(STILL)
    await bench.stop()
    assert bench.shelf.captures == []
    assert bench.told.last == (0, None, "libx264")


async def test_videos_of_before_a_restart_still_count(bench: Bench) -> None:
    bench.told = Told(done=7)
    await bench.start(Motion())
    await bench.show_nothing(1)
    await bench.stop()
    assert bench.told.last[0] == 7


async def test_a_video_that_is_being_made_when_it_is_stopped_is_kept(bench: Bench) -> None:
    await bench.start(Motion(before_s=1))
    await bench.show_nothing(15)
    await bench.show_people()
    assert "recording a movement" in bench.told.last[2]
    await bench.stop()
    (capture,) = bench.shelf.captures
    assert watch(bench.shelf.file(capture)).duration_s == pytest.approx(
        capture.duration_s, abs=0.01
    )


async def test_a_still_is_refused_only_while_a_movement_is_recorded(bench: Bench) -> None:
    await bench.start(Motion(before_s=0, after_s=0.5))
    await bench.show_nothing(10)
    assert not any(bench.live.reasons.values())
    await bench.show_people()
    assert any("a still would interrupt it" in why for why in bench.live.reasons.values())
    await bench.show_nothing(30)
    assert not any(bench.live.reasons.values())
    await bench.stop()


async def test_with_no_room_a_movement_is_lost_and_the_watch_goes_on(bench: Bench) -> None:
    bench.refusal = DiskFullError("below its floor")
    await bench.start(Motion(before_s=1, after_s=0.5))
    await bench.show_people()
    await bench.show_nothing(30)
    await bench.until(lambda: "the last trouble: below its floor" in bench.told.last[2])
    bench.refusal = None
    bench.now_s += 10
    looks = bench.looks
    await bench.until(lambda: bench.looks > looks)
    await bench.show_people()
    await bench.stop()
    assert len(bench.shelf.captures) == 1


async def test_a_movement_that_had_no_room_is_recorded_once_there_is_some(bench: Bench) -> None:
    bench.refusal = DiskFullError("below its floor")
    await bench.start(Motion(before_s=0, after_s=60))
    await bench.show_people()
    await bench.until(lambda: "below its floor" in bench.told.last[2])
    bench.refusal = None
    bench.now_s += 2
    looks = bench.looks
    await bench.until(lambda: bench.looks > looks)
    await bench.show_people()
    await bench.until(lambda: "recording a movement" in bench.told.last[2])
    await bench.stop()
    assert len(bench.shelf.captures) == 1


async def test_a_disk_that_keeps_nothing_does_not_end_the_watch(bench: Bench) -> None:
    bench.make_writer = writer_on(failing_sync)
    await bench.start(Motion(before_s=1, after_s=0.5))
    await bench.show_people()
    await bench.show_nothing(30)
    await bench.until(lambda: "Input/output error" in bench.told.last[2])
    await bench.stop()


async def test_a_camera_that_goes_away_ends_the_video_and_not_the_watch(bench: Bench) -> None:
    await bench.start(Motion(before_s=1, after_s=1))
    await bench.show_people()
    await bench.until(lambda: "recording a movement" in bench.told.last[2])
    await asyncio.sleep(0.05)
    bench.now_s = 60
    await bench.until(lambda: len(bench.shelf.captures) == 1)
    await bench.until(lambda: "no frame for 60 s" in bench.told.last[2])
    bench.number += 600
    await bench.show_nothing(10)
    await bench.show_people()
    await bench.stop()
    assert len(bench.shelf.captures) == 2


async def test_one_that_is_cancelled_leaves_no_thread_and_no_sink(bench: Bench) -> None:
    await bench.start(Motion())
    await bench.show_people()
    bench.task.cancel()
    await asyncio.gather(bench.task, return_exceptions=True)
    assert bench.shelf.captures == []
