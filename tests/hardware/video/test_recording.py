"""A recording: as long as it was meant, gaps kept, and what is whole is kept whatever fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hardware.camera.base import Pixels
from hardware.video.clip import MakeWriter
from hardware.video.codec import VideoCodec
from hardware.video.encoders import HARDWARE, SOFTWARE, Encoders
from hardware.video.packet import Packet
from hardware.video.recording import RecordingJob
from hardware.video.sources import CheckRoom
from hardware.video.studio import Studio
from hardware.video.writer import Mp4Writer
from tests.hardware.video.studio import (
    SMALL,
    Live,
    Shelf,
    Told,
    failing_sync,
    frame,
    full_after,
    room_enough,
    watch,
    writer_on,
)
from vizy.errors import CameraError, DeviceError, DiskFullError, StorageError
from vizy.jobs import Recording
from vizy.state import Size


class FailingHardware:
    """Hardware that encodes so many pictures; under it is the software, as there is no other."""

    def __init__(self, size: Size, left: int, **wanted: Any) -> None:
        self.name = HARDWARE
        self.codec = VideoCodec(SOFTWARE, size, **wanted)
        self.left = left

    def encode(self, pixels: Pixels, timestamp_ns: int) -> list[Packet]:
        if self.left <= 0:
            raise DeviceError("the encoder hung up")
        self.left -= 1
        return self.codec.encode(pixels, timestamp_ns)

    def finish(self) -> list[Packet]:
        return self.codec.finish()


class Bench:
    """A recording on a camera and a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        self.shelf = Shelf(folder)
        self.live = Live()
        self.told = Told()
        self.encoders = Encoders(SOFTWARE)
        self.make_writer: MakeWriter = Mp4Writer
        self.now_s = 0.0
        self.check_room: CheckRoom = room_enough
        self.number = 0
        self.task: asyncio.Task[None] | None = None

    async def start(self, spec: Recording, **options: Any) -> None:
        studio = Studio(
            live=self.live,
            shelf=self.shelf,
            encoders=self.encoders,
            check_room=self.check_room,
            fps=25,
            keyframe_s=0.2,
            make_writer=self.make_writer,
            clock=lambda: self.now_s,
        )
        job = RecordingJob(spec, studio, **options)
        self.task = asyncio.create_task(job.run(self.told.progress))
        await self.until(lambda: bool(self.live.sinks))
        await asyncio.to_thread(self.encoders.choose)
        await self.show(2)  # it is the second that brings out the first
        await self.until(lambda: bool(self.shelf.ids))

    async def show(self, count: int, size: Size = SMALL, skip: int = 0) -> None:
        """Show so many frames, no faster than they are encoded."""
        self.number += skip
        for _ in range(count):
            self.live.show(frame(self.number, size=size))
            self.number += 1
            await self.live.settle()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                assert self.task is None or not self.task.done() or self.task.result()
                await asyncio.sleep(0.002)

    async def end(self) -> None:
        assert self.task is not None
        async with asyncio.timeout(20):
            await self.task

    async def stop(self) -> None:
        self.told.progress.stopping.set()
        await self.end()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    assert not bench.live.sinks
    assert not bench.live.reasons


async def test_it_ends_after_the_time_that_was_asked_for(bench: Bench, tmp_path: Path) -> None:
    await bench.start(Recording(duration_s=1.0))
    await bench.show(38)
    await bench.end()
    (capture,) = bench.shelf.captures
    seen = watch(bench.shelf.file(capture))
    assert len(seen.pts_s) == 25
    assert capture.duration_s == pytest.approx(1.0, abs=0.001)
    assert (capture.kind, capture.group, capture.media_type) == ("recording", "job-1", "video/mp4")
    assert capture.size == SMALL
    assert seen.comment == "vizy kind=recording group=job-1"
    assert bench.told.last == (1, 1, "libx264")
    assert [path.name for path in tmp_path.iterdir()] == [f"{capture.id}.mp4"]


async def test_it_goes_on_until_it_is_stopped_and_says_how_long_it_is(bench: Bench) -> None:
    await bench.start(Recording())
    await bench.show(59)
    await bench.stop()
    (capture,) = bench.shelf.captures
    assert len(watch(bench.shelf.file(capture)).pts_s) == 61
    assert bench.told.last == (2, None, "libx264")


async def test_a_still_that_would_interrupt_it_is_refused_meanwhile(bench: Bench) -> None:
    await bench.start(Recording())
    assert "a still would interrupt it" in next(iter(bench.live.reasons.values()))
    await bench.stop()


async def test_a_camera_that_is_away_for_a_while_leaves_a_gap(bench: Bench) -> None:
    await bench.start(Recording())
    await bench.show(8)
    bench.now_s = 29
    await bench.until(lambda: "no frame for 29 s" in bench.told.last[2])
    await bench.show(10, skip=725)
    await bench.stop()
    (capture,) = bench.shelf.captures
    pts_s = watch(bench.shelf.file(capture)).pts_s
    assert len(pts_s) == 20
    assert pts_s[10] - pts_s[9] == pytest.approx(29.04, abs=0.001)


async def test_a_camera_that_stays_away_ends_it_with_what_is_there(bench: Bench) -> None:
    await bench.start(Recording(duration_s=100))
    await bench.show(8)
    await asyncio.sleep(0.05)
    bench.now_s = 31
    with pytest.raises(CameraError, match=r"no frame came for 30 s.*is kept"):
        await bench.end()
    (capture,) = bench.shelf.captures
    assert len(watch(bench.shelf.file(capture)).pts_s) == 10


async def test_a_camera_that_comes_back_with_another_size_gets_another_file(bench: Bench) -> None:
    await bench.start(Recording())
    await bench.show(8)
    await bench.show(10, size=Size(96, 64))
    await bench.stop()
    files = [watch(bench.shelf.file(capture)) for capture in bench.shelf.captures]
    assert [(seen.size, len(seen.pts_s)) for seen in files] == [(SMALL, 10), (Size(96, 64), 10)]


async def test_hardware_that_fails_is_replaced_in_a_new_file_and_that_is_said(
    bench: Bench,
) -> None:
    def open_codec(name: str, size: Size, **wanted: Any) -> VideoCodec | FailingHardware:
        if name == SOFTWARE:
            return VideoCodec(name, size, **wanted)
        return FailingHardware(size, 10, **wanted)

    bench.encoders = Encoders("auto", open_codec=open_codec)
    assert bench.encoders.choose() == HARDWARE
    await bench.start(Recording())
    await bench.show(18)
    await bench.stop()
    files = [watch(bench.shelf.file(capture)) for capture in bench.shelf.captures]
    assert [len(seen.pts_s) for seen in files] == [9, 10]  # one was in the hardware still
    assert bench.told.last[2] == "libx264, because the encoder hung up"


async def test_a_long_recording_becomes_several_files(bench: Bench) -> None:
    await bench.start(Recording(), longest_file_s=0.4)
    await bench.show(23)
    await bench.stop()
    files = [watch(bench.shelf.file(capture)) for capture in bench.shelf.captures]
    assert [len(seen.pts_s) for seen in files] == [10, 10, 5]
    assert {capture.group for capture in bench.shelf.captures} == {"job-1"}


async def test_a_full_disk_ends_it_with_what_is_whole(bench: Bench) -> None:
    bench.make_writer = writer_on(full_after(6000))
    await bench.start(Recording())
    assert bench.task is not None
    for _ in range(100):
        if not bench.task.done():
            await bench.show(10)
            await asyncio.sleep(0.01)
    with pytest.raises(DiskFullError, match="No space left"):
        await bench.end()
    (capture,) = bench.shelf.captures
    assert len(watch(bench.shelf.file(capture)).pts_s) == round(capture.duration_s * 25)


async def test_below_the_floor_it_ends_and_keeps_all(bench: Bench) -> None:
    refusal: list[DiskFullError] = []

    async def check() -> None:
        for error in refusal:
            raise error

    bench.check_room = check
    await bench.start(Recording())
    await bench.show(8)
    refusal.append(DiskFullError("below its floor"))
    bench.now_s = 1.5
    with pytest.raises(DiskFullError, match="below its floor"):
        await bench.end()
    (capture,) = bench.shelf.captures
    assert len(watch(bench.shelf.file(capture)).pts_s) == 10


async def test_with_no_room_it_does_not_start(bench: Bench) -> None:
    async def refuse() -> None:
        raise DiskFullError("below its floor")

    bench.check_room = refuse
    with pytest.raises(DiskFullError):
        await bench.start(Recording())
    assert bench.shelf.captures == []


async def test_a_disk_that_does_not_keep_it_fails_the_job(bench: Bench) -> None:
    bench.make_writer = writer_on(failing_sync)
    await bench.start(Recording())
    await bench.show(8)
    with pytest.raises(StorageError, match="Input/output error"):
        await bench.stop()


async def test_one_that_is_cancelled_leaves_a_file_that_can_be_salvaged(
    bench: Bench, tmp_path: Path
) -> None:
    await bench.start(Recording())
    await bench.show(20)
    assert bench.task is not None
    bench.task.cancel()
    await asyncio.gather(bench.task, return_exceptions=True)
    (part,) = tmp_path.iterdir()
    assert part.name == ".video-1.mp4.part"
    assert bench.shelf.captures == []


async def test_more_frames_than_can_be_encoded_are_left_out_and_counted(bench: Bench) -> None:
    await bench.start(Recording())
    for number in range(2, 200):
        bench.live.show(frame(number))
    await bench.stop()
    (capture,) = bench.shelf.captures
    kept = len(watch(bench.shelf.file(capture)).pts_s)
    assert bench.told.last[2] == (
        f"libx264; {200 - kept} frames left out: encoder or disk is too slow"
    )


async def test_when_one_of_several_files_fails_no_other_is_begun(bench: Bench) -> None:
    bench.make_writer = writer_on(failing_sync)
    await bench.start(Recording(), longest_file_s=0.4)
    await bench.show(15)
    with pytest.raises(StorageError, match="Input/output error"):
        await bench.end()
    assert bench.shelf.ids == 1
