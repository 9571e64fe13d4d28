"""The daemon as a real process over its real sockets: served, refused, stopped, killed."""

import asyncio
import random
import signal
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from hardware.camera.simulated import SimulatedCamera
from hardware.daemon import Daemon
from tests.hardware.cameras import CLIP
from tests.hardware.daemons import DaemonProcess
from vizy.device import DeviceMirror
from vizy.errors import (
    DeviceError,
    DeviceTimeoutError,
    InvalidValueError,
    NotFoundError,
    UnknownControlError,
)
from vizy.frames import FrameClient
from vizy.messages import CaptureFile, Focus, GetCapture, GetState, SetControls
from vizy.rpc.client import call_once
from vizy.settings import load_settings
from vizy.state import DeviceState

SMALL = {"camera": f"video:{CLIP}"}


async def until(mirror: DeviceMirror, holds: object) -> DeviceState:
    assert callable(holds)
    async with asyncio.timeout(30):
        async for now in mirror.follow():
            if now.connected and now.state is not None and holds(now.state):
                return now.state
    raise AssertionError


async def test_it_serves_state_controls_captures_and_frames(state_dir: Path) -> None:
    with DaemonProcess(state_dir) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            assert mirror.state is not None
            assert mirror.state.health.pid == daemon.process.pid
            state = await mirror.set_controls({"Brightness": 0.25})
            assert state.controls["Brightness"] == 0.25
            with pytest.raises(InvalidValueError, match="its maximum"):
                await mirror.set_controls({"Brightness": 2})
            capture = await mirror.capture()
            assert (await until(mirror, lambda s: s.captures.count == 1)).captures.latest == (
                capture,
            )
            page = await mirror.list_captures()
            assert page.items == (capture,)
            found = await mirror.get_capture(capture.id)
            assert decoded(found).shape == (2464, 3280, 3)
            with pytest.raises(NotFoundError):
                await mirror.get_capture("../../boot")
            async with FrameClient(daemon.settings.frames_socket) as frames:
                async for frame in frames:
                    assert simplejpeg.decode_jpeg(frame.data).shape == (720, 1280, 3)
                    break
                await until(mirror, lambda s: s.streaming.active and s.streaming.readers == 1)
                async with FrameClient(daemon.settings.frames_socket, "raw") as raw:
                    assert (await raw.view()).array().shape == (720, 1280, 3)
                    await until(mirror, lambda s: s.streaming.readers == 2)
            await until(mirror, lambda s: not s.streaming.active)
        assert daemon.stop()[0] == 0
        assert daemon.outcome()[1] == ""


async def test_it_tells_how_it_does_and_ends_when_it_is_asked_to_start_again(
    state_dir: Path,
) -> None:
    with DaemonProcess(state_dir, **SMALL) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            await mirror.set_controls({"Brightness": 0.25})
            await mirror.capture()
            health = await mirror.health()
            assert health.process.pid == daemon.process.pid
            assert health.process.memory_bytes > 10_000_000
            assert health.control_writes >= 1
            history = await mirror.sensor_history(0, 4e9, names=("memory.used",), max_points=10)
            assert list(history.series) == ["memory.used"]
            await mirror.restart()
        assert daemon.outcome()[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_cleanly_and_soon_with_clients_connected(
    state_dir: Path, number: int
) -> None:
    with DaemonProcess(state_dir, **SMALL) as daemon:
        daemon.wait_ready()
        async with (
            DeviceMirror(daemon.socket),
            FrameClient(daemon.settings.frames_socket) as frames,
        ):
            async for _ in frames:
                break
            code, seconds = await asyncio.to_thread(daemon.stop, number)
        assert code == 0
        assert seconds < 20  # its own bound is 2 s; the machine may be slow
        assert not daemon.socket.exists()


async def test_a_second_daemon_is_refused_and_names_the_first(state_dir: Path) -> None:
    with DaemonProcess(state_dir, **SMALL) as first:
        first.wait_ready()
        with DaemonProcess(state_dir, **SMALL) as second:
            code, out, err = second.outcome()
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert f"held by process {first.process.pid}" in err
        assert str(state_dir) in err
        state = await call_once(first.socket, GetState())
        assert state.camera.status == "ready"


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "cannot be read"), (b"", "is empty"), (b"no video" * 500, "is not a video")],
)
def test_a_clip_it_cannot_play_ends_it_with_one_line(
    state_dir: Path, tmp_path: Path, content: bytes | None, text: str
) -> None:
    clip = tmp_path / "clip.avi"
    if content is not None:
        clip.write_bytes(content)
    with DaemonProcess(state_dir, camera=f"video:{clip}") as daemon:
        code, out, err = daemon.outcome()
    assert (code, out) == (2, "")
    assert err.startswith("vizy hardware: ")
    assert err.count("\n") == 1
    assert f"{clip} {text}" in err


def test_a_state_folder_that_cannot_be_made_ends_it_with_one_line() -> None:
    with DaemonProcess(Path("/proc/vizy"), **SMALL) as daemon:
        code, _, err = daemon.outcome()
    assert code == 2
    assert "/proc/vizy cannot be written" in err
    assert err.count("\n") == 1


async def test_revision_controls_and_captures_go_on_over_a_restart(state_dir: Path) -> None:
    with DaemonProcess(state_dir, **SMALL) as daemon:
        daemon.wait_ready()
        async with DeviceMirror(daemon.socket) as mirror:
            before = await mirror.set_controls({"Contrast": 1.5})
            capture = await mirror.capture()
        assert daemon.stop()[0] == 0
    with DaemonProcess(state_dir, **SMALL) as daemon:
        daemon.wait_ready()
        after = await call_once(daemon.socket, GetState())
    assert after.revision > before.revision + 1000
    assert after.controls["Contrast"] == 1.5
    assert after.captures.latest == (capture,)


async def test_digital_zoom_goes_through_the_whole_daemon_and_over_a_restart(
    state_dir: Path,
) -> None:
    zoom = (820, 616, 1640, 1232)
    with DaemonProcess(state_dir) as daemon:
        daemon.wait_ready()
        await call_once(daemon.socket, SetControls({"ScalerCrop": zoom}))
        with pytest.raises(UnknownControlError, match="Simulated IMX219 has no autofocus"):
            await call_once(daemon.socket, Focus())
        assert daemon.stop()[0] == 0
    with DaemonProcess(state_dir) as daemon:
        daemon.wait_ready()
        assert (await call_once(daemon.socket, GetState())).controls["ScalerCrop"] == zoom


async def test_a_kill_at_any_moment_leaves_every_announced_capture_whole(state_dir: Path) -> None:
    announced: set[str] = set()
    chance = random.Random(7)
    for _ in range(10):
        with DaemonProcess(state_dir, **SMALL) as daemon:
            daemon.wait_ready()
            async with DeviceMirror(daemon.socket) as mirror:
                shooting = [asyncio.create_task(shoot(mirror, announced)) for _ in range(4)]
                await asyncio.sleep(chance.uniform(0.02, 0.25))
                daemon.kill()
                await asyncio.gather(*shooting)
    with DaemonProcess(state_dir, **SMALL) as daemon:
        daemon.wait_ready()
        assert announced
        for identity in announced:
            found = await call_once(daemon.socket, GetCapture(identity))
            assert decoded(found).shape == (288, 384, 3)
        folder = daemon.settings.captures_dir
        assert not list(folder.glob(".*.part"))
        assert not (folder / "damaged").exists()


def decoded(found: CaptureFile) -> np.ndarray:
    """Return the picture of an announced capture, which must be whole."""
    data = Path(found.path).read_bytes()
    assert len(data) == found.capture.bytes
    return simplejpeg.decode_jpeg(data)


async def shoot(mirror: DeviceMirror, announced: set[str]) -> None:
    """Take captures until the daemon is gone."""
    try:
        while True:
            announced.add((await mirror.capture()).id)
    except DeviceError:
        return


async def test_a_must_live_task_that_dies_ends_the_daemon_with_1(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from hardware.captures import StorageWatch

    async def die(*_: object) -> None:
        raise LookupError("bug")

    monkeypatch.setattr(StorageWatch, "run", die)
    settings = load_settings({"state_dir": str(state_dir)} | SMALL, {})
    async with asyncio.timeout(30):
        assert await Daemon(settings).run() == 1
    assert "the task storage died: bug" in caplog.text
    assert not settings.hardware_socket.exists()


async def test_a_camera_that_never_comes_back_ends_the_daemon_with_1(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    released = threading.Event()
    camera = SimulatedCamera(sleep=lambda _: released.wait(30))
    monkeypatch.setattr(camera, "still_limit_s", lambda: 0.1)
    settings = load_settings({"state_dir": str(state_dir)}, {})
    daemon = Daemon(settings, camera, watchdog_s=0.2)
    running = asyncio.create_task(daemon.run())
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.camera.status == "ready")
        camera.stall(1)
        with pytest.raises(DeviceError):
            await mirror.capture()
    async with asyncio.timeout(30):
        assert await running == 1
    released.set()
    for thread in threading.enumerate():
        if thread.name == "vizy-camera":  # it finishes its still, which a busy machine makes slow
            await asyncio.to_thread(thread.join, 30)


async def test_a_camera_that_hangs_is_stalled_and_taken_back_when_it_returns(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    released = threading.Event()
    camera = SimulatedCamera(sleep=lambda _: released.wait(30))
    monkeypatch.setattr(camera, "still_limit_s", lambda: 0.1)
    settings = load_settings({"state_dir": str(state_dir)}, {})
    daemon = Daemon(settings, camera)
    running = asyncio.create_task(daemon.run())
    async with DeviceMirror(settings.hardware_socket) as mirror:
        await until(mirror, lambda s: s.camera.status == "ready")
        camera.stall(1)
        waiting = await asyncio.gather(
            *(mirror.capture() for _ in range(3)), return_exceptions=True
        )
        assert all(isinstance(error, DeviceTimeoutError) for error in waiting)
        stalled = await until(mirror, lambda s: s.camera.status == "stalled")
        assert "capture a still has not returned" in stalled.camera.reason
        released.set()
        await until(mirror, lambda s: s.camera.status == "ready" and not s.camera.reason)
        assert (await mirror.set_controls({"Brightness": 0.5})).controls["Brightness"] == 0.5
    daemon.stop()
    assert await running == 0
