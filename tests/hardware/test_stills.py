"""Stills: durable before announced, one at a time, refused in time, and a disk that fails."""

import asyncio
import errno
import io
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg
from PIL import Image
from PIL.ExifTags import IFD, Base

from hardware.camera import Frame, RawStill
from hardware.captures import Catalog, Stills, StorageWatch
from hardware.captures.comment import Origin
from hardware.captures.exif import exif_of, splice
from hardware.captures.storage import Usage
from hardware.store import StateStore
from tests.hardware.states import first_store
from vizy.errors import BusyError, CameraError, DeviceTimeoutError, DiskFullError, StorageError
from vizy.files import write_durably
from vizy.state import Size

MIB = 1024 * 1024
NOON = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
METADATA = {
    "ExposureTime": 12_500,
    "AnalogueGain": 2.5,
    "DigitalGain": 1.2,
    "LensPosition": 2.0,
    "Lux": 400.0,
    "ColourTemperature": 4321,
}


@dataclass
class Disk:
    """The disk as the test wants it."""

    free: int = 1000 * MIB
    fsync: Callable[[int], None] = os.fsync
    fails: OSError | None = None
    syncs: int = 0

    def usage(self, _: Path) -> Usage:
        return Usage(total=2000 * MIB, used=0, free=self.free)

    def write(self, path: Path, data: bytes) -> None:
        write_durably(path, data, fsync=self._sync)

    def _sync(self, descriptor: int) -> None:
        self.syncs += 1
        if self.fails is not None:
            raise self.fails
        self.fsync(descriptor)


@dataclass
class Bench:
    """Stills on a folder, with a camera that waits at a gate."""

    folder: Path
    disk: Disk = field(default_factory=Disk)
    store: StateStore = field(default_factory=first_store)
    deadline_s: float = 30.0
    taken: int = 0

    def __post_init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.catalog = Catalog(self.folder, self.store)
        self.stills = Stills(
            self.capture,
            lambda: "Test camera",
            self.catalog,
            StorageWatch(self.folder, 256 * MIB, usage=self.disk.usage),
            self.store,
            capture_raw=self.capture_raw,
            write=self.disk.write,
            now=lambda: NOON,
            deadline_s=self.deadline_s,
        )
        self.task = asyncio.create_task(self.stills.run())

    async def open(self) -> "Bench":
        await self.catalog.open()
        return self

    async def capture_raw(self) -> RawStill:
        return RawStill(await self.capture(), b"II*\0 raw data")

    async def capture(self) -> Frame:
        await self.gate.wait()
        self.taken += 1
        if self.failure is not None:
            raise self.failure
        pixels = np.full((48, 64, 3), 120, np.uint8)
        return Frame(pixels, time.monotonic_ns(), self.taken, METADATA)

    def files(self) -> list[str]:
        names = (path.name for path in self.folder.iterdir())
        return sorted(name for name in names if not name.startswith("catalog.db"))

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.stills.close()
        await self.catalog.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench(tmp_path / "captures").open()
    yield bench
    await bench.close()


async def test_a_capture_is_whole_on_disk_and_announced(bench: Bench) -> None:
    capture = await bench.stills.take()
    data = (bench.folder / f"{capture.id}.jpg").read_bytes()
    assert capture.bytes == len(data)
    assert capture.size == Size(64, 48)
    assert capture.created == "2026-11-21T12:00:00.2" + capture.created[21:]
    assert simplejpeg.decode_jpeg(data).shape == (48, 64, 3)
    assert bench.store.state.captures.latest == (capture,)
    assert bench.store.state.captures.count == 1
    assert bench.store.state.captures.waiting == 0
    assert bench.files() == [f"{capture.id}.jpg"]


async def test_it_is_fsynced_and_so_is_its_folder_before_it_is_announced(bench: Bench) -> None:
    announced: list[int] = []
    bench.disk.fsync = lambda _: announced.append(bench.store.state.captures.count)
    await bench.stills.take()
    assert announced == [0, 0]


async def test_exif_says_how_it_was_taken(bench: Bench) -> None:
    controls = {"AeEnable": True, "ExposureValue": -1.5, "AwbEnable": True, "AwbMode": 5}
    bench.store.update(controls=controls)
    capture = await bench.stills.take(kind="bracket", group="b7")
    with Image.open(bench.folder / f"{capture.id}.jpg") as image:
        exif = image.getexif()
        details = exif.get_ifd(IFD.Exif)
        image.load()
    local = NOON.astimezone()
    assert exif[Base.Make] == "Vizy"
    assert exif[Base.Model] == "Test camera"
    assert exif[Base.Software].startswith("Vizy ")
    assert details[Base.DateTimeOriginal] == f"{local:%Y:%m:%d %H:%M:%S}"
    assert details[Base.SubsecTimeOriginal].isdigit()
    assert details[Base.OffsetTimeOriginal] == f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:]
    assert float(details[Base.ExposureTime]) == pytest.approx(0.0125)
    assert details[Base.ISOSpeedRatings] == 300
    assert (details[Base.ExifImageWidth], details[Base.ExifImageHeight]) == (64, 48)
    assert float(details[Base.SubjectDistance]) == 0.5
    assert float(details[Base.BrightnessValue]) == pytest.approx(2.74, abs=0.01)
    assert details[Base.ExposureMode] == 0
    assert float(details[Base.ExposureBiasValue]) == pytest.approx(-1.5)
    assert (details[Base.WhiteBalance], details[Base.LightSource]) == (1, 1)
    comment = b"ASCII\0\0\0vizy kind=bracket group=b7 colour_temperature_k=4321\0"
    assert details[Base.UserComment] == comment
    assert details[Base.OffsetTime] == details[Base.OffsetTimeOriginal]
    assert Base.FNumber not in details


async def test_exif_names_nobody_and_no_place(bench: Bench) -> None:
    capture = await bench.stills.take()
    with Image.open(bench.folder / f"{capture.id}.jpg") as image:
        exif = image.getexif()
        told = {*exif, *exif.get_ifd(IFD.Exif)}
    private = {Base.Artist, Base.Copyright, Base.HostComputer, Base.CameraOwnerName}
    assert not told & {*private, Base.BodySerialNumber, Base.LensSerialNumber, Base.GPSInfo}


@pytest.mark.parametrize(
    ("metadata", "controls", "expected"),
    [
        ({"LensPosition": 0.0}, {}, {Base.SubjectDistance: 0xFFFFFFFF}),
        ({"LensPosition": -1e-9}, {}, {Base.SubjectDistance: 0xFFFFFFFF}),
        ({"AnalogueGain": 9999.0}, {}, {Base.ISOSpeedRatings: 65_535}),
        ({"Lux": 0.0}, {}, {Base.BrightnessValue: None}),
        ({"ExposureTime": 250_000_000}, {}, {Base.ExposureTime: 250}),
        ({}, {"AeEnable": False, "ExposureValue": 2.0}, {Base.ExposureBiasValue: None}),
        ({}, {"AeEnable": False}, {Base.ExposureMode: 1, Base.ExposureProgram: 1}),
        ({}, {"AwbEnable": True}, {Base.WhiteBalance: 0, Base.LightSource: None}),
        ({}, {"AwbEnable": False, "AwbMode": 5}, {Base.WhiteBalance: 1, Base.LightSource: None}),
    ],
)
def test_exif_says_only_what_is_known(
    metadata: dict[str, float], controls: dict[str, float], expected: dict[int, float | None]
) -> None:
    pixels = np.zeros((16, 16, 3), np.uint8)
    exif = exif_of(
        Frame(pixels, 0, 1, metadata),
        make="",
        model="",
        taken=NOON,
        origin=Origin("still"),
        controls=controls,
    )
    with Image.open(io.BytesIO(splice(simplejpeg.encode_jpeg(pixels), exif))) as image:
        details = image.getexif().get_ifd(IFD.Exif)
    assert {tag: details.get(tag) for tag in expected} == expected


async def test_raw_data_are_kept_beside_the_picture_and_both_are_durable_first(
    bench: Bench,
) -> None:
    seen: list[tuple[int, list[str]]] = []
    bench.disk.fsync = lambda _: seen.append((bench.store.state.captures.count, bench.files()))
    capture = await bench.stills.take(raw=True)
    assert bench.files() == [f"{capture.id}.dng", f"{capture.id}.jpg"]
    assert [count for count, _ in seen] == [0, 0, 0, 0]
    assert f"{capture.id}.dng" in seen[2][1], "the picture comes last: with it, all is there"
    assert f"{capture.id}.jpg" not in seen[2][1]
    assert capture.raw_bytes == len((bench.folder / f"{capture.id}.dng").read_bytes())
    found = await bench.catalog.get(capture.id)
    assert found.raw_path == str(bench.folder / f"{capture.id}.dng")


@pytest.mark.parametrize("sync", [1, 2, 3, 4])
async def test_a_disk_that_fails_leaves_neither_picture_nor_raw_data(
    bench: Bench, sync: int
) -> None:
    def fail(_: int) -> None:
        if bench.disk.syncs == sync:
            raise OSError(errno.EIO, "Input/output error")

    bench.disk.fsync = fail
    with pytest.raises(StorageError):
        await bench.stills.take(raw=True)
    assert bench.files() == []


async def test_captures_are_found_again_after_a_restart(bench: Bench) -> None:
    captures = [await bench.stills.take() for _ in range(3)]
    await bench.catalog.close()
    bench.catalog = Catalog(bench.folder, bench.store)
    await bench.catalog.open()
    assert set(bench.catalog.latest(9)) == set(captures)


async def test_the_tenth_is_refused_while_one_is_taken_and_eight_wait(bench: Bench) -> None:
    bench.gate.clear()
    tasks = [asyncio.create_task(bench.stills.take()) for _ in range(9)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError, match="8 captures wait"):
        await bench.stills.take()
    assert bench.store.state.captures.waiting == 9
    bench.gate.set()
    assert len({capture.id for capture in await asyncio.gather(*tasks)}) == 9
    assert bench.store.state.captures.waiting == 0


async def test_a_capture_counts_as_waiting_until_it_is_durable(bench: Bench) -> None:
    seen: list[int] = []
    bench.disk.fsync = lambda _: seen.append(bench.store.state.captures.waiting)
    await bench.stills.take()
    assert seen == [1, 1]


async def test_below_the_floor_a_capture_is_refused_with_numbers_and_the_cure(
    bench: Bench,
) -> None:
    bench.disk.free = 100 * MIB
    with pytest.raises(DiskFullError, match=r"100 MiB free.*256 MiB: delete captures or lower"):
        await bench.stills.take()
    assert bench.taken == 0
    assert bench.store.state.storage.status == "full"
    bench.disk.free = 300 * MIB
    await bench.stills.take()
    assert bench.store.state.storage.status == "ok"
    assert bench.store.state.storage.reason == ""


@pytest.mark.parametrize(
    ("code", "kind"),
    [(errno.ENOSPC, DiskFullError), (errno.EDQUOT, DiskFullError), (errno.EIO, StorageError)],
)
async def test_a_disk_that_fails_leaves_nothing_and_is_named(
    bench: Bench, code: int, kind: type[StorageError]
) -> None:
    bench.disk.fails = OSError(code, os.strerror(code))
    with pytest.raises(kind, match="cannot be written"):
        await bench.stills.take()
    assert bench.files() == []
    assert bench.store.state.captures.count == 0
    told = "full" if kind is DiskFullError else "failed"
    assert bench.store.state.storage.status == told
    assert os.strerror(code) in bench.store.state.storage.reason
    bench.disk.fails = None
    await bench.stills.take()
    assert bench.store.state.storage.status == "ok"


async def test_a_folder_fsync_that_fails_takes_the_file_back(bench: Bench) -> None:
    def second_fails(descriptor: int) -> None:
        if bench.disk.syncs == 2:
            raise OSError(errno.EIO, "Input/output error")
        os.fsync(descriptor)

    bench.disk.fsync = second_fails
    with pytest.raises(StorageError):
        await bench.stills.take()
    assert bench.files() == []


async def test_a_camera_that_fails_costs_only_its_own_capture(bench: Bench) -> None:
    bench.failure = CameraError("cable out")
    with pytest.raises(CameraError, match="cable out"):
        await bench.stills.take()
    bench.failure = None
    await bench.stills.take()
    assert bench.store.state.captures.count == 1
    assert bench.store.state.captures.waiting == 0


async def test_a_caller_that_goes_before_its_turn_costs_no_shot(bench: Bench) -> None:
    bench.gate.clear()
    tasks = [asyncio.create_task(bench.stills.take()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    bench.gate.set()
    await asyncio.gather(tasks[0], tasks[2])
    assert bench.taken == 2


async def test_a_caller_waits_no_longer_than_the_deadline_and_a_late_capture_is_still_announced(
    tmp_path: Path,
) -> None:
    bench = await Bench(tmp_path / "captures", deadline_s=0.05).open()
    bench.gate.clear()
    with pytest.raises(DeviceTimeoutError, match=r"within 0\.05 s"):
        await bench.stills.take()
    following: Any = bench.store.follow(since=bench.store.state.revision)
    bench.gate.set()
    async with asyncio.timeout(20):
        async for state in following:
            if state.captures.count == 1:
                break
    await following.aclose()
    await bench.close()


def test_exif_goes_first_and_the_picture_is_untouched() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (32, 32, 3), np.uint8)
    jpeg = simplejpeg.encode_jpeg(pixels)
    frame = Frame(pixels, 0, 1)
    exif = exif_of(
        frame, make="Vizy", model="Ünïcode", taken=NOON, origin=Origin("still"), controls={}
    )
    tagged = splice(jpeg, exif)
    assert tagged[2:4] == b"\xff\xe1"
    assert (simplejpeg.decode_jpeg(tagged) == simplejpeg.decode_jpeg(jpeg)).all()
    with Image.open(io.BytesIO(tagged)) as image:
        assert Base.ExposureTime not in image.getexif().get_ifd(IFD.Exif)
