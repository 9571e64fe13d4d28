"""A real daemon feeds the manager's watchdog exactly while it makes real progress."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hardware.camera import Frame
from hardware.camera.base import Pixels
from hardware.camera.simulated import SimulatedCamera
from hardware.daemon import Daemon
from hardware.faults.encoder import EncoderFault
from tests.hardware.test_daemon import until
from tests.hardware.test_watchdog import Manager
from vizy.device import DeviceMirror
from vizy.errors import CameraError, DeviceError
from vizy.frames import FrameClient
from vizy.settings import Settings, load_settings

pytestmark = pytest.mark.usefixtures("small_stills")


class Told(Manager):
    """Notes also when the daemon is ready and when it stops."""

    def ready(self) -> None:
        self.said.append("ready")

    def stopping(self) -> None:
        self.said.append("stopping")


class MuteCamera(SimulatedCamera):
    """A camera whose stream gives no frame any more and says nothing of it."""

    is_mute = False

    def poll_frame(self) -> Frame | None:
        return None if self.is_mute else super().poll_frame()


class UnpluggedCamera(SimulatedCamera):
    """A camera that is not there yet."""

    is_plugged = False

    def open(self) -> None:
        if not self.is_plugged:
            raise CameraError("no camera on USB: plug one in")
        super().open()


@pytest.fixture
def settings(state_dir: Path) -> Settings:
    small = {"camera.width": 160, "camera.height": 120, "storage.floor_bytes": 0}
    return load_settings({"state_dir": str(state_dir)} | small, {})


@pytest.fixture
def told() -> Told:
    return Told()


async def run(settings: Settings, camera: SimulatedCamera, told: Told, **options: Any) -> Any:
    daemon = Daemon(settings, camera, notify=told, **options)
    return daemon, asyncio.create_task(daemon.run())


async def is_fed(told: Told) -> None:
    before = told.fed
    await soon(lambda: told.fed > before + 3)


async def soon(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 -- whatever it is, it tells nobody
            await asyncio.sleep(0.002)


async def test_it_is_ready_once_a_frame_came(settings: Settings, told: Told) -> None:
    camera = MuteCamera()
    camera.is_mute = True
    daemon, running = await run(settings, camera, told)
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.streaming.active)
        assert "ready" not in told.said
        camera.is_mute = False
        await soon(lambda: told.said == ["running", "ready"])
        await until(mirror, lambda s: not s.streaming.active)
    daemon.stop()
    assert await running == 0


async def test_without_a_camera_it_is_ready_says_why_and_takes_one_that_comes(
    settings: Settings, told: Told
) -> None:
    camera = UnpluggedCamera()
    daemon, running = await run(settings, camera, told)
    async with DeviceMirror(settings.hardware_socket) as mirror:
        away = await until(mirror, lambda s: s.camera.status == "fault")
        assert (away.camera.model, away.camera.controls) == ("", ())
        assert away.camera.reason == "no camera on USB: plug one in"
        await soon(lambda: told.said == ["no camera on USB: plug one in", "ready"])
        with pytest.raises(DeviceError, match="plug one in"):
            await mirror.capture()
        await is_fed(told)
        camera.is_plugged = True
        ready = await until(mirror, lambda s: s.camera.status == "ready")
        assert ready.camera.controls
        await mirror.capture()
    daemon.stop()
    assert await running == 0


async def test_started_by_hand_without_a_camera_it_says_so_and_ends(settings: Settings) -> None:
    with pytest.raises(CameraError, match="plug one in"):
        await Daemon(settings, UnpluggedCamera()).run()


async def test_it_is_fed_at_rest_while_streaming_and_while_the_camera_is_away(
    settings: Settings, told: Told
) -> None:
    camera = SimulatedCamera()
    daemon, running = await run(settings, camera, told)
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.camera.status == "ready")
        await soon(lambda: told.said == ["running", "ready"])
        await is_fed(told)
        async with FrameClient(settings.frames_socket):
            await until(mirror, lambda s: s.streaming.active)
            await is_fed(told)
            camera.unplug()
            await until(mirror, lambda s: s.camera.status == "fault")
            await is_fed(told)
    daemon.stop()
    assert await running == 0
    assert told.said == ["running", "ready", "stopping"]


async def test_it_is_not_fed_while_frames_are_due_and_none_comes(
    settings: Settings, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MuteCamera, "still_limit_s", lambda camera: 0.01)
    camera = MuteCamera()
    daemon, running = await run(settings, camera, told, watchdog_s=0.3)
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await soon(lambda: told.said == ["running", "ready"])
        async with FrameClient(settings.frames_socket):
            await until(mirror, lambda s: s.streaming.active)
            await is_fed(told)
            camera.is_mute = True
            await soon(lambda: told.said[-1].startswith("no live frame for"))
            before = told.fed
            await asyncio.sleep(0.05)
            assert told.fed == before
            camera.is_mute = False
            await is_fed(told)
            assert told.said[-1] == "running"
    daemon.stop()
    assert await running == 0


async def test_it_is_not_fed_while_one_frame_is_encoded_for_ever(
    settings: Settings, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, compress = threading.Event(), EncoderFault.compress

    def hang(encoder: EncoderFault, pixels: Pixels, quality: int) -> bytes:
        assert gate.wait(20)
        return compress(encoder, pixels, quality)

    monkeypatch.setattr(EncoderFault, "compress", hang)
    daemon, running = await run(settings, SimulatedCamera(), told, watchdog_s=0.1)
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.camera.status == "ready")
        async with FrameClient(settings.frames_socket) as frames:
            await soon(
                lambda: (
                    "ready" in told.said and told.said[-1].startswith("one frame is encoded for")
                )
            )
            gate.set()
            await is_fed(told)
            assert (await anext(frames)).data
    daemon.stop()
    assert await running == 0


async def test_a_camera_that_hangs_for_too_long_ends_the_daemon_and_the_feeding(
    settings: Settings, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimulatedCamera, "still_limit_s", lambda camera: 0.01)
    camera = SimulatedCamera()
    _, running = await run(settings, camera, told, watchdog_s=0.05)
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.camera.status == "ready")
        camera.stall(3600)
        with pytest.raises(DeviceError):
            await mirror.capture()
        async with asyncio.timeout(20):
            assert await running == 1
    assert told.said[-1] == "stopping"
    before = told.fed
    await asyncio.sleep(0.05)
    assert told.fed == before
    camera.clear_faults()
    await soon(lambda: all(thread.name != "vizy-camera" for thread in threading.enumerate()))
