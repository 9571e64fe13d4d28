"""The live picture between the camera's thread and its readers, over the real socket."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from hardware.camera import Frame
from hardware.stream import MAX_VARIANTS, LiveStream
from hardware.taps import FrameTaps
from vizy.errors import BusyError, InvalidValueError, NotFoundError
from vizy.frames import FrameClient


class Stage:
    """A live stream, and what it said of its readers."""

    def __init__(self, path: Path, quality: int) -> None:
        self.path = path
        self.readers = 0
        self.changed = asyncio.Event()
        self.sequence = 0
        self.live = LiveStream(path, quality=quality, on_readers=self.count, on_dead=pytest.fail)

    def count(self, readers: int) -> None:
        self.readers = readers
        self.changed.set()

    async def until_readers(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.readers != count:
                self.changed.clear()
                await self.changed.wait()

    def show(self, fill: int, width: int = 64, height: int = 48) -> None:
        self.offer(np.full((height, width, 3), fill, np.uint8))

    def offer(self, pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> None:
        self.sequence += 1
        self.live.offer(Frame(pixels, time.monotonic_ns(), self.sequence))

    def client(self, stream: str = "encoded", **wishes: int) -> FrameClient:
        return FrameClient(self.path, stream, **wishes)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def staged(state_dir: Path, quality: int = 80) -> AsyncIterator[Stage]:
    stage = Stage(state_dir / "frames.sock", quality)
    await stage.live.start()
    yield stage
    await stage.live.close()


@pytest.fixture
async def stage(state_dir: Path) -> AsyncIterator[Stage]:
    async with staged(state_dir) as stage:
        yield stage


def rings() -> int:
    """How many mappings and descriptors of frame memory this process has."""
    maps = Path("/proc/self/maps").read_text().count("memfd:vizy-frames")
    names = [Path("/proc/self/fd", fd) for fd in os.listdir("/proc/self/fd")]  # noqa: PTH208
    links = [os.readlink(name) for name in names if name.is_symlink()]  # noqa: PTH115
    return maps + sum("memfd:vizy-frames" in link for link in links)


async def until_gone() -> None:
    async with asyncio.timeout(10):
        while rings():  # noqa: ASYNC110 - the kernel announces nothing
            await asyncio.sleep(0.01)


async def test_the_noisiest_picture_at_the_best_quality_is_still_shown(state_dir: Path) -> None:
    async with staged(state_dir, quality=100) as stage, stage.client() as frames:
        noise = np.random.default_rng(1).integers(0, 2, (480, 640, 3), np.uint8) * np.uint8(255)
        stage.offer(noise)
        assert len((await anext(frames)).data) > 640 * 480 * 2


async def test_a_raw_reader_sees_the_pixels_themselves(stage: Stage) -> None:
    pixels = np.random.default_rng(2).integers(0, 255, (48, 64, 3), np.uint8)
    async with stage.client("raw") as frames:
        stage.offer(pixels)
        view = await frames.view()
        assert (view.array() == pixels).all()
        notice = view.notice
        assert (notice.format, notice.width, notice.height, notice.stride) == ("RGB3", 64, 48, 192)
        assert stage.live.encoded == 0, "nobody reads JPEG"
        del view
    await until_gone()


async def test_pixels_that_are_not_contiguous_arrive_in_rows(stage: Stage) -> None:
    wide = np.random.default_rng(3).integers(0, 255, (48, 80, 3), np.uint8)
    async with stage.client("raw") as frames:
        stage.offer(wide[:, :64])
        assert ((await anext(frames)).array() == wide[:, :64]).all()


async def test_ten_readers_cost_one_encoding_and_all_are_counted(stage: Stage) -> None:
    async with contextlib.AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(stage.client()) for _ in range(10)]
        await stack.enter_async_context(stage.client("raw"))
        for fill in range(5):
            stage.show(fill)
            for frames in readers:
                assert (await anext(frames)).missed == 0
        assert stage.live.encoded == 5
        assert stage.readers == 11
    await stage.until_readers(0)


async def test_sizes_and_qualities_are_served_beside_each_other(stage: Stage) -> None:
    async with stage.client() as whole, stage.client(width=32, quality=30) as small:
        stage.show(100)
        for frames, width in ((whole, 64), (small, 32)):
            frame = await anext(frames)
            assert (frame.width, simplejpeg.decode_jpeg_header(frame.data)[1]) == (width, width)
        assert stage.live.encoded == 2


async def test_more_sizes_than_may_be_are_refused_and_the_same_ones_are_not(stage: Stage) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for number in range(MAX_VARIANTS):
            await stack.enter_async_context(stage.client(width=16 + number))
        with pytest.raises(BusyError, match=r"4 sizes and qualities are read.*width=16"):
            await stage.client(width=100).__aenter__()
        await stack.enter_async_context(stage.client(width=16))
        await stack.enter_async_context(stage.client("raw"))
        assert stage.readers == MAX_VARIANTS + 2
    await stage.until_readers(0)
    async with stage.client(width=100):
        pass


async def test_wishes_that_make_no_sense_are_refused(stage: Stage) -> None:
    with pytest.raises(NotFoundError, match="no stream 'h264': there is encoded, raw"):
        await stage.client("h264").__aenter__()
    with pytest.raises(InvalidValueError, match="raw frames come as they are"):
        await stage.client("raw", width=100).__aenter__()


async def test_a_new_size_reaches_raw_and_encoded_readers_as_they_are(stage: Stage) -> None:
    async with stage.client("raw") as raw, stage.client(width=32) as small:
        for number, (width, height) in enumerate([(64, 48), (128, 64), (20, 10)], 1):
            stage.show(number, width, height)
            view = await asyncio.wait_for(raw.view(), 10)
            assert (view.sequence, view.array().shape) == (number, (height, width, 3))
            frame = await asyncio.wait_for(anext(small), 10)
            assert (frame.sequence, frame.width) == (number, min(width, 32))


async def test_the_memory_goes_back_once_nobody_reads(stage: Stage) -> None:
    for _ in range(3):
        async with stage.client("raw") as raw, stage.client() as encoded:
            stage.show(1, 640, 480)
            await anext(raw)
            await anext(encoded)
            assert rings()
        await until_gone()


def test_no_sink_can_write_into_the_shared_pixels() -> None:
    taken: list[Frame] = []

    class Sink:
        def offer(self, frame: Frame) -> None:
            taken.append(frame)

    taps = FrameTaps()
    for name in ("one", "two"):
        taps.attach(name, Sink())
    taps.offer(Frame(np.zeros((4, 4, 3), np.uint8), 1, 1))
    assert len(taken) == 2
    with pytest.raises(ValueError, match="read-only"):
        taken[0].pixels[0, 0, 0] = 1


READER = """
import asyncio, sys
from pathlib import Path
from vizy.frames import FrameClient

async def main():
    whole = overtaken = missed = 0
    async with FrameClient(Path(sys.argv[1]), "raw") as frames:
        print("ready", flush=True)
        while True:
            view = await frames.view()
            pixels = view.array()
            first, last = int(pixels[0, 0, 0]), int(pixels[-1, -1, -1])
            if whole % 7 == 0:
                await asyncio.sleep(0.02)  # now and then it takes too long
            same = bool((pixels == first).all())
            if view.is_whole:
                whole += 1
                assert same, f"torn: {first}, {last}"
            else:
                overtaken += 1
                whole += 1
            missed += view.missed
            if whole + overtaken > 300 and overtaken and missed:
                break
    print(whole, overtaken, missed, flush=True)

asyncio.run(main())
"""


async def reader(path: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", READER, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"
    return process


async def test_another_process_never_takes_a_torn_frame_for_a_whole_one(stage: Stage) -> None:
    process = await reader(stage.path)
    assert process.stdout is not None
    reading = asyncio.create_task(process.stdout.readline())
    async with asyncio.timeout(60):
        while not reading.done():
            stage.show(stage.sequence % 251, 320, 240)
            await asyncio.sleep(0.001)
    whole, overtaken, missed = map(int, reading.result().split())
    assert min(whole, overtaken, missed) > 0
    assert await process.wait() == 0


async def test_a_reader_that_is_killed_in_the_middle_changes_nothing_for_the_others(
    stage: Stage,
) -> None:
    process = await reader(stage.path)
    async with stage.client("raw") as frames:
        for number in range(1, 60):
            stage.show(number, 320, 240)
            view = await asyncio.wait_for(frames.view(), 10)
            assert (view.array() == number).all()
            assert view.is_whole
            if number == 20:
                process.send_signal(signal.SIGKILL)
        await process.communicate()
        await stage.until_readers(1)
        del view
    await until_gone()
