"""Faults on demand, told to a real daemon over its socket: each is survived, said and got over."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import simplejpeg

from hardware.camera.base import Pixels
from hardware.camera.simulated import SimulatedCamera
from hardware.camera.video import VideoCamera
from hardware.daemon import Daemon
from hardware.device import CameraDevice
from hardware.faults import DiskFaults
from hardware.faults.encoder import EncoderFault
from hardware.worker import DeviceWorker
from tests.hardware.cameras import CLIP, HandClock, next_frame
from tests.hardware.test_daemon import until
from vizy import faults
from vizy.device import DeviceMirror
from vizy.errors import (
    CameraError,
    DeviceTimeoutError,
    DiskFullError,
    FaultRefusedError,
    InvalidValueError,
    StorageError,
)
from vizy.files import write_durably
from vizy.frames import FrameClient
from vizy.jobs import Recording
from vizy.messages import InjectFault
from vizy.rpc.client import call_once
from vizy.settings import load_settings
from vizy.state import DeviceState, Size

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_and_quick(small_stills: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small stills, and short pauses."""
    monkeypatch.setitem(CameraDevice.__init__.__kwdefaults__, "retry_s", 0.01)


class Running:
    """A daemon in this process, and the sockets of one client."""

    def __init__(self, daemon: Daemon, mirror: DeviceMirror, folder: Path) -> None:
        self.daemon = daemon
        self.mirror = mirror
        self.folder = folder / "captures"
        self.socket = folder / "run" / "hardware.sock"
        self.frames = folder / "run" / "frames.sock"

    async def inject(self, fault: faults.Fault) -> DeviceState:
        return await call_once(self.socket, InjectFault(fault))

    async def until(self, holds: object) -> DeviceState:
        return await until(self.mirror, holds)

    async def ready(self) -> DeviceState:
        return await self.until(lambda s: s.camera.status == "ready" and not s.camera.reason)

    def files(self) -> list[str]:
        """What lies there besides the catalog."""
        files = (path.name for path in self.folder.iterdir() if path.is_file())
        return sorted(name for name in files if not name.startswith("catalog."))

    async def video_under_way(self) -> Path:
        """The hidden file of a video, once a fragment is in it."""
        async with asyncio.timeout(20):
            while True:
                for part in self.folder.glob(".*.part"):
                    if part.stat().st_size > 4000:
                        return part
                await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(
    state_dir: Path, *, floor_bytes: int = 0, **options: Any
) -> AsyncIterator[Running]:
    """Run a daemon; it must still live at the end, and end well."""
    small = {"camera.width": 160, "camera.height": 120, "storage.floor_bytes": floor_bytes}
    settings = load_settings({"state_dir": str(state_dir)} | small, {})
    daemon = Daemon(settings, **options)
    running = asyncio.create_task(daemon.run())
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.camera.status == "ready")
        yield Running(daemon, mirror, state_dir)
    daemon.stop()
    assert await running == 0


@pytest.fixture
async def vizy(state_dir: Path) -> AsyncIterator[Running]:
    async with serving(state_dir) as running:
        yield running


async def test_an_unplugged_camera_is_said_and_comes_back_by_itself(vizy: Running) -> None:
    await vizy.mirror.set_controls({"Brightness": 0.5})
    async with FrameClient(vizy.frames):
        await vizy.until(lambda s: s.streaming.active)
        await vizy.inject(faults.Unplug())
        fault = await vizy.until(lambda s: s.camera.status == "fault")
        assert "plug it in" in fault.camera.reason
        with pytest.raises(CameraError, match=r"away and tried again by itself.*plug it in"):
            await vizy.mirror.capture()
        await vizy.inject(faults.Plug())
        await vizy.ready()
        back = await vizy.until(lambda s: s.streaming.active)
        assert back.controls["Brightness"] == 0.5
    await vizy.mirror.capture()


async def test_no_frame_for_a_while_is_a_stall_and_the_picture_comes_back(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DeviceWorker.__init__.__kwdefaults__, "idle_deadline_s", 0.05)
    async with serving(state_dir) as vizy, FrameClient(vizy.frames) as frames:
        await vizy.until(lambda s: s.streaming.active)
        await vizy.inject(faults.Stall(3600))
        stalled = await vizy.until(lambda s: s.camera.status == "stalled")
        assert "no frame could be polled" in stalled.camera.reason
        await vizy.inject(faults.Clear())
        await vizy.ready()
        async for _ in frames:
            break


def test_frames_that_are_all_lost_for_five_seconds_are_a_failed_camera() -> None:
    clock = HandClock()
    camera = SimulatedCamera(clock=clock)
    camera.open()
    camera.start_stream(Size(160, 120), 30)
    next_frame(camera, clock)
    camera.lose(1.0)
    for _ in range(5):
        clock.move(1.0)
        assert camera.poll_frame() is None
    clock.move(1.1)
    with pytest.raises(CameraError, match="no frame for 5 s"):
        camera.poll_frame()
    camera.clear_faults()
    assert next_frame(camera, clock)
    camera.close()


def test_a_share_of_the_frames_is_lost_and_shows_in_their_numbers() -> None:
    clock = HandClock()
    camera = SimulatedCamera(clock=clock)
    camera.open()
    camera.start_stream(Size(160, 120), 30)
    camera.lose(0.5)
    frames = [next_frame(camera, clock) for _ in range(40)]
    assert 60 < frames[-1].sequence - frames[0].sequence < 110
    camera.close()


async def test_a_control_that_hangs_is_told_in_time_and_works_again(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DeviceWorker.__init__.__kwdefaults__, "write_deadline_s", 0.5)
    async with serving(state_dir) as vizy:
        await vizy.inject(faults.HangControl(3600))
        with pytest.raises(DeviceTimeoutError, match="write Brightness"):
            await vizy.mirror.set_controls({"Brightness": 0.5})
        stalled = await vizy.until(lambda s: s.camera.status == "stalled")
        assert "write Brightness has not returned within 0.5 s" in stalled.camera.reason
        await vizy.inject(faults.Clear())
        await vizy.ready()
        monkeypatch.undo()  # on a busy machine a write takes longer than that
        await vizy.mirror.set_controls({"Brightness": 0.25})


async def test_a_capture_that_hangs_fails_in_time_and_the_next_one_works(
    vizy: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(CameraDevice, "_limit_s", lambda self: 0.05)
        await vizy.inject(faults.Stall(3600))
        with pytest.raises(DeviceTimeoutError, match="capture a still"):
            await vizy.mirror.capture()
    await vizy.until(lambda s: s.camera.status == "stalled")
    await vizy.inject(faults.Clear())
    await vizy.ready()
    assert (await vizy.mirror.capture()).id
    assert len(vizy.files()) == 1


async def test_out_of_buffers_fails_the_capture_and_the_camera_is_opened_again(
    vizy: Running,
) -> None:
    await vizy.inject(faults.OutOfBuffers())
    with pytest.raises(CameraError, match=r"out of buffers: .*smaller camera\.width"):
        await vizy.mirror.capture()
    await vizy.ready()
    await vizy.mirror.capture()


async def test_an_encoder_error_costs_one_frame(
    vizy: Running, caplog: pytest.LogCaptureFixture
) -> None:
    async with FrameClient(vizy.frames) as frames:
        await vizy.until(lambda s: s.streaming.active)
        await vizy.inject(faults.EncoderError())
        async for _ in frames:
            if "left out of the live picture: the encoder was told to fail" in caplog.text:
                break
        async for _ in frames:
            break


async def test_an_encoder_that_always_fails_ends_the_daemon_for_a_new_start(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings({"state_dir": str(state_dir)}, {})
    daemon = Daemon(settings, SimulatedCamera())
    compress = EncoderFault.compress

    def always(encoder: EncoderFault, pixels: Pixels, quality: int) -> bytes:
        encoder.fail_next()
        return compress(encoder, pixels, quality)

    monkeypatch.setattr(EncoderFault, "compress", always)
    running = asyncio.create_task(daemon.run())
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.camera.status == "ready")
        async with FrameClient(settings.frames_socket), asyncio.timeout(30):
            assert await running == 1


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        (errno.EIO, StorageError, "failed"),
        (errno.EROFS, StorageError, "failed"),
        (errno.ENOSPC, DiskFullError, "full"),
    ],
)
async def test_a_disk_that_fails_loses_one_capture_leaves_nothing_and_the_next_works(
    vizy: Running, code: int, kind: type[StorageError], status: str
) -> None:
    if code == errno.EIO:
        await vizy.inject(faults.IoError(1))
    else:
        vizy.daemon.faults.disk.fail(code)
    with pytest.raises(kind, match=f"cannot be written: {os.strerror(code)}"):
        await vizy.mirror.capture()
    assert vizy.files() == []
    told = await vizy.until(lambda s: s.storage.status == status)
    assert os.strerror(code) in told.storage.reason
    capture = await vizy.mirror.capture()
    await vizy.until(lambda s: s.captures.latest == (capture,) and s.storage.status == "ok")
    assert vizy.files() == [f"{capture.id}.jpg"]


async def test_below_its_floor_a_disk_refuses_captures_and_says_what_to_do(
    state_dir: Path,
) -> None:
    async with serving(state_dir, floor_bytes=2**60) as vizy:
        with pytest.raises(DiskFullError, match=r"below its floor .*: delete captures or lower"):
            await vizy.mirror.capture()
        assert vizy.files() == []
        assert vizy.mirror.state is not None
        assert vizy.mirror.state.storage.status == "full"


async def test_as_many_writes_fail_as_were_asked_for(vizy: Running) -> None:
    await vizy.inject(faults.IoError(2))
    for _ in range(2):
        with pytest.raises(StorageError, match="Input/output error"):
            await vizy.mirror.capture()
    await vizy.mirror.capture()
    await vizy.inject(faults.IoError(5))
    await vizy.inject(faults.Clear())
    await vizy.mirror.capture()


async def test_a_slow_disk_holds_up_the_capture_alone(vizy: Running) -> None:
    await vizy.inject(faults.SlowDisk(1000))
    capture = asyncio.create_task(vizy.mirror.capture())
    await vizy.until(lambda s: s.captures.waiting == 1)
    async with FrameClient(vizy.frames) as frames:
        async for _ in frames:
            break
    await vizy.mirror.set_controls({"Brightness": 0.5})
    assert not capture.done()
    await vizy.inject(faults.Clear())
    assert (await capture).id


def test_a_slow_disk_takes_the_time_its_speed_says(tmp_path: Path) -> None:
    slept: list[float] = []
    disk = DiskFaults(sleep=slept.append)
    disk.slow_down(1_000_000)
    disk.write(tmp_path / "a", bytes(1_500_000))
    assert sum(slept) == pytest.approx(1.5, abs=0.06)
    disk.clear()
    disk.write(tmp_path / "b", bytes(1_500_000))
    assert sum(slept) == pytest.approx(1.5, abs=0.06)
    assert (tmp_path / "b").stat().st_size == 1_500_000


async def test_a_disk_that_fails_ends_a_recording_with_what_is_whole(vizy: Running) -> None:
    job = await vizy.mirror.start_job(Recording())
    part = await vizy.video_under_way()
    await vizy.inject(faults.IoError(1))
    told = await vizy.until(lambda s: s.jobs[0].has_ended)
    assert (told.jobs[0].id, told.jobs[0].status) == (job.id, "failed")
    assert "Input/output error" in told.jobs[0].reason
    assert not part.exists()
    assert [each.kind for each in told.captures.latest] == ["recording"]


def test_a_slow_disk_takes_its_time_for_a_video_as_well(tmp_path: Path) -> None:
    slept: list[float] = []
    disk = DiskFaults(sleep=slept.append)
    disk.slow_down(1_000_000)
    file = disk.open_video(tmp_path / "a")
    for _ in range(3):
        file.write(bytes(500_000))
        file.sync()
    file.finish()
    assert sum(slept) == pytest.approx(1.5, abs=0.16)


def test_an_error_of_the_folder_s_fsync_takes_the_file_back(tmp_path: Path) -> None:
    disk = DiskFaults()

    def second(descriptor: int) -> None:
        disk.fsync(descriptor)
        disk.fail()

    with pytest.raises(StorageError, match="Input/output error"):
        write_durably(tmp_path / "a", b"data", fsync=second)
    assert list(tmp_path.iterdir()) == []


async def test_a_clock_that_jumps_by_years_breaks_nothing(state_dir: Path) -> None:
    now = NOON
    async with serving(state_dir, now=lambda: now) as vizy:
        taken: list[str] = []
        for years in (0, 20, -50, 0, 7000, 0):
            now = NOON + timedelta(days=365 * years)
            async with asyncio.timeout(30):
                taken += [(await vizy.mirror.capture()).id for _ in range(3)]
        state = await vizy.until(lambda s: s.captures.count == len(taken))
        assert len(set(taken)) == len(taken)
        listed = await vizy.mirror.list_captures(limit=500)
        ids = [capture.id for capture in listed.items]
        assert ids == sorted(taken, reverse=True)
        assert state.captures.latest == listed.items[: len(state.captures.latest)]
        for identity in taken:
            file = Path((await vizy.mirror.get_capture(identity)).path)
            assert simplejpeg.decode_jpeg(file.read_bytes()).shape == (240, 320, 3)
    async with serving(state_dir, now=lambda: NOON) as vizy:
        assert (await vizy.mirror.list_captures(limit=500)).items == listed.items


async def test_a_daemon_that_may_not_refuses_every_fault(state_dir: Path) -> None:
    settings = load_settings({"state_dir": str(state_dir), "camera": f"video:{CLIP}"}, {})
    daemon = Daemon(settings)
    for fault in (faults.Unplug(), faults.IoError(), faults.EncoderError(), faults.Clear()):
        with pytest.raises(FaultRefusedError, match=r"not allowed with the camera video: set cam"):
            daemon.faults.inject(fault)
    daemon.faults.disk.write(state_dir / "a", b"whole")


def test_a_camera_without_faults_refuses_them_and_disk_and_encoder_do_not(state_dir: Path) -> None:
    options = {"state_dir": str(state_dir), "camera": f"video:{CLIP}", "camera.faults": True}
    daemon = Daemon(load_settings(options, {}), VideoCamera(CLIP))
    with pytest.raises(FaultRefusedError, match="the camera video cannot be made to fail"):
        daemon.faults.inject(faults.Unplug())
    daemon.faults.inject(faults.IoError())
    with pytest.raises(StorageError):
        daemon.faults.disk.write(state_dir / "a", b"lost")
    daemon.faults.inject(faults.Clear())


async def test_a_fault_beyond_its_limits_is_refused_by_the_daemon(vizy: Running) -> None:
    with pytest.raises(InvalidValueError, match="seconds"):
        await vizy.inject(faults.Stall(-1))
    with pytest.raises(InvalidValueError, match="share"):
        await vizy.inject(faults.Drop(2))
