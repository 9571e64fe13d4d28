"""A movie of pictures: in order, small enough, without the damaged ones, all or nothing."""

import asyncio
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from hardware.video.disk import PartFile
from hardware.video.movie import MovieJob
from hardware.video.writer import OpenFile
from tests.hardware.video.studio import SMALL, Shelf, Told, full_after, picture, watch
from vizy.errors import DiskFullError, NotFoundError, StorageError
from vizy.jobs import Movie
from vizy.state import Size


def shoot(folder: Path, count: int, size: Size = SMALL) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    for number in range(count):
        path = folder / f"{number:04}.jpg"
        path.write_bytes(simplejpeg.encode_jpeg(picture(number, size), colorspace="RGB"))
        found.append((path.stem, path))
    return found


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.out.mkdir()
        self.shelf = Shelf(self.out)
        self.told = Told()
        self.turn = asyncio.Lock()
        self.pictures: list[tuple[str, Path]] = []
        self.asked: list[str] = []
        self.open_file: OpenFile = PartFile
        self.refusal: DiskFullError | None = None

    async def find(self, group: str) -> list[tuple[str, Path]]:
        self.asked.append(group)
        return self.pictures

    async def check_room(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    async def make(self, fps: float = 25.0) -> None:
        job = MovieJob(
            Movie(group="lapse-1", fps=fps),
            pictures=self.find,
            shelf=self.shelf,
            check_room=self.check_room,
            turn=self.turn,
            open_file=self.open_file,
            turn_s=0.01,
        )
        async with asyncio.timeout(20):
            await job.run(self.told.progress)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_the_pictures_are_shown_in_order_at_the_rate(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 30)
    await bench.make(fps=10)
    (capture,) = bench.shelf.captures
    seen = watch(bench.shelf.file(capture))
    assert seen.pts_s == pytest.approx([n / 10 for n in range(30)], abs=2e-5)
    assert (capture.kind, capture.group, capture.size) == ("movie", "job-1", SMALL)
    assert capture.duration_s == 3.0
    assert seen.comment == "vizy kind=movie group=job-1"
    assert bench.asked == ["lapse-1"]
    assert bench.told.last == (30, 30, "")


async def test_missing_and_damaged_pictures_are_skipped_and_counted(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 10)
    bench.pictures[0][1].write_bytes(b"no picture")
    whole = bench.pictures[4][1].read_bytes()
    bench.pictures[4][1].write_bytes(whole[: len(whole) // 2])
    bench.pictures[7][1].unlink()
    await bench.make()
    (capture,) = bench.shelf.captures
    assert len(watch(bench.shelf.file(capture)).pts_s) == 7
    assert capture.duration_s == pytest.approx(7 / 25)
    assert bench.told.last == (10, 10, "3 pictures were missing or damaged")


async def test_large_pictures_are_made_smaller(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 2, Size(3280, 2464))
    await bench.make()
    assert bench.shelf.captures[0].size == Size(1920, 1442)


async def test_a_picture_of_another_shape_gets_borders(bench: Bench) -> None:
    tall = np.full((96, 48, 3), 200, np.uint8)
    bench.pictures = shoot(bench.folder, 3)
    bench.pictures[1][1].write_bytes(simplejpeg.encode_jpeg(tall, colorspace="RGB"))
    await bench.make()
    (capture,) = bench.shelf.captures
    assert len(watch(bench.shelf.file(capture)).pts_s) == 3
    assert capture.size == SMALL


async def test_one_that_is_stopped_leaves_nothing(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 3) * 2000
    task = asyncio.create_task(bench.make())
    async with asyncio.timeout(20):
        while not bench.told.words or bench.told.last[0] == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    bench.told.progress.stopping.set()
    await task
    assert bench.told.last[0] < 6000
    assert list(bench.out.iterdir()) == []


async def test_one_waits_until_another_is_made(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 2)
    await bench.turn.acquire()
    task = asyncio.create_task(bench.make())
    async with asyncio.timeout(20):
        while not bench.told.words:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    assert bench.told.last == (0, None, "another movie is being made")
    assert bench.told.progress.is_waiting
    assert bench.asked == []
    bench.turn.release()
    await task
    assert len(bench.shelf.captures) == 1
    assert not bench.told.progress.is_waiting


async def test_one_that_waits_can_be_stopped(bench: Bench) -> None:
    await bench.turn.acquire()
    bench.told.progress.stopping.set()
    await bench.make()
    assert bench.shelf.captures == []


async def test_one_that_is_cancelled_leaves_nothing(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 3) * 2000
    task = asyncio.create_task(bench.make())
    async with asyncio.timeout(20):
        while not bench.told.words or bench.told.last[0] == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(20):
        while any(each.name == "vizy-movie" for each in threading.enumerate()):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    assert list(bench.out.iterdir()) == []


async def test_a_disk_that_does_not_keep_it_leaves_nothing(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 2)
    bench.shelf.refusal = StorageError("Input/output error")
    with pytest.raises(StorageError, match="Input/output error"):
        await bench.make()
    assert list(bench.out.iterdir()) == []


async def test_a_full_disk_leaves_nothing_and_says_why(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 100, Size(320, 240))
    bench.open_file = full_after(3000)
    with pytest.raises(DiskFullError, match="No space left"):
        await bench.make()
    assert list(bench.out.iterdir()) == []


async def test_below_the_floor_it_does_not_go_on(bench: Bench) -> None:
    bench.pictures = shoot(bench.folder, 1)
    bench.refusal = DiskFullError("below its floor")
    with pytest.raises(DiskFullError, match="below its floor"):
        await bench.make()
    assert list(bench.out.iterdir()) == []


async def test_without_a_picture_there_is_no_movie(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="there is no picture of 'lapse-1'"):
        await bench.make()
    bench.pictures = [("gone", bench.folder / "gone.jpg")]
    with pytest.raises(NotFoundError, match="none of the 1 pictures"):
        await bench.make()
    assert list(bench.out.iterdir()) == []


async def test_it_works_behind_everything_else(bench: Bench) -> None:
    niceness: list[int] = []

    def open_file(path: Path) -> PartFile:
        thread = threading.get_native_id()
        niceness.append(os.getpriority(os.PRIO_PROCESS, thread))
        return PartFile(path)

    bench.open_file = open_file
    bench.pictures = shoot(bench.folder, 2)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    await bench.make()
    assert niceness == [min(19, max(before, 15))]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
