"""The device: controls through to the camera and the state, streaming on demand, repair."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hardware.camera import Camera, Frame
from hardware.camera.simulated import SimulatedCamera
from hardware.camera.video import VideoCamera
from hardware.device import CameraDevice
from hardware.remembered import RememberedControls
from tests.hardware.states import first_store
from vizy.errors import (
    CameraError,
    DeviceTimeoutError,
    InterruptsError,
    InvalidValueError,
    UnknownControlError,
)
from vizy.state import DeviceState, Size


class Sink:
    """Counts the frames that would be encoded."""

    def __init__(self) -> None:
        self.taken = 0
        self.newest: Frame | None = None

    def offer(self, frame: Frame) -> None:
        self.taken += 1
        self.newest = frame


class Bench:
    def __init__(self, camera: Camera, folder: Path) -> None:
        self.camera = camera
        self.store = first_store()
        self.sink = Sink()
        self.remembered = RememberedControls(folder / "controls.json")
        self.died: list[str] = []
        self.device = CameraDevice(
            camera,
            self.store,
            self.remembered,
            live=Size(160, 120),
            fps=100,
            on_dead=self.died.append,
            retry_s=0.01,
            watchdog_s=30,
        )
        self.tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self.device.open()
        self.tasks = [asyncio.create_task(self.device.run())]

    async def until(self, holds: Callable[[DeviceState], bool]) -> DeviceState:
        async with asyncio.timeout(20):
            async for state in self.store.follow(since=0):
                if holds(state):
                    return state
        raise AssertionError

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        assert await self.device.close()


@pytest.fixture
def camera() -> SimulatedCamera:
    return SimulatedCamera(seed=1)


@pytest.fixture
async def bench(camera: SimulatedCamera, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(camera, tmp_path)
    await bench.start()
    yield bench
    await bench.close()


async def test_opening_publishes_what_the_camera_says(bench: Bench) -> None:
    state = bench.store.state
    assert state.camera.status == "ready"
    assert state.camera.model == "Simulated IMX219"
    assert state.camera.controls == bench.device.info.controls
    assert state.streaming.size == Size(160, 120)
    assert state.controls["Brightness"] == 0.0


async def test_a_write_is_in_the_state_when_it_returns(bench: Bench) -> None:
    await bench.device.set_controls({"Brightness": 0.5, "AeEnable": False, "ExposureTime": 1234})
    assert bench.store.state.controls["Brightness"] == 0.5
    assert bench.store.state.controls["ExposureTime"] == 1234


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"Brightness": 1.5}, "Brightness=1.5 is above 1.0, its maximum"),
        ({"Brightness": "much"}, "takes a number"),
        ({"AeEnable": 1}, "takes true or false"),
        ({"Brightness": 0.5, "ExposureTime": 1}, "75 µs, its minimum"),
    ],
)
async def test_a_refused_value_touches_nothing(
    bench: Bench, values: dict[str, object], text: str
) -> None:
    before = bench.store.state
    with pytest.raises(InvalidValueError, match=text):
        await bench.device.set_controls(values)
    assert bench.store.state is before


async def test_an_unknown_control_is_named(bench: Bench) -> None:
    with pytest.raises(UnknownControlError, match=r"Brightnes is not a control.*Brightness"):
        await bench.device.set_controls({"Brightnes": 0.5})


async def test_the_camera_streams_only_while_somebody_watches(bench: Bench) -> None:
    assert bench.sink.taken == 0
    bench.device.attach("test", bench.sink)
    await bench.until(lambda state: state.streaming.active)
    async with asyncio.timeout(20):
        while bench.sink.taken < 3:
            await bench.device.set_controls({})
            await asyncio.sleep(0)
    bench.device.detach("test")
    await bench.until(lambda state: not state.streaming.active)
    stopped_at = bench.sink.taken
    await bench.device.capture_still()
    assert bench.sink.taken == stopped_at


async def test_the_measured_rate_is_published_and_falls_to_zero(bench: Bench) -> None:
    bench.tasks.append(asyncio.create_task(bench.device.measure()))
    bench.device.attach("test", bench.sink)
    await bench.until(lambda state: state.streaming.fps > 0)
    bench.device.detach("test")
    await bench.until(lambda state: state.streaming.fps == 0)


async def test_a_stream_that_breaks_is_repaired_and_goes_on(
    bench: Bench, camera: SimulatedCamera
) -> None:
    await bench.device.set_controls({"Brightness": 0.5})
    bench.device.attach("test", bench.sink)
    await bench.until(lambda state: state.streaming.active)
    camera.fail_next(CameraError("cable out"))
    fault = await bench.until(lambda state: state.camera.status == "fault")
    assert fault.camera.reason == "cable out"
    state = await bench.until(
        lambda state: state.camera.status == "ready" and state.streaming.active
    )
    assert state.controls["Brightness"] == 0.5
    assert camera.controls()["Brightness"] == 0.5
    assert state.camera.reason == ""


async def test_what_a_driver_raises_becomes_a_camera_error(
    bench: Bench, camera: SimulatedCamera
) -> None:
    camera.fail_next(RuntimeError("vendor's own"))
    with pytest.raises(CameraError, match="vendor's own"):
        await bench.device.capture_still()
    await bench.until(lambda state: state.camera.status == "ready")


async def test_while_it_is_away_calls_fail_at_once_and_say_why(tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    whole = (Path(__file__).parent.parent / "data" / "pedestrians.avi").read_bytes()
    clip.write_bytes(whole)
    bench = Bench(VideoCamera(clip), tmp_path)
    await bench.start()
    clip.unlink()
    bench.device.attach("test", bench.sink)
    await bench.until(lambda state: state.camera.status == "fault")
    with pytest.raises(CameraError, match=r"away and tried again.*clip\.avi"):
        await bench.device.capture_still()
    with pytest.raises(CameraError, match="away"):
        await bench.device.set_controls({"Brightness": 0.5})
    clip.write_bytes(whole)
    await bench.until(lambda state: state.camera.status == "ready" and state.streaming.active)
    await bench.device.capture_still()
    await bench.close()


async def test_a_control_of_several_numbers_is_checked_written_and_kept(
    bench: Bench, tmp_path: Path
) -> None:
    with pytest.raises(InvalidValueError, match=r"ScalerCrop.*beyond the right edge at 3280"):
        await bench.device.set_controls({"ScalerCrop": [100, 0, 3280, 2464]})
    await bench.device.set_controls({"ScalerCrop": [0, 0, 1640, 1232]})
    assert bench.store.state.controls["ScalerCrop"] == (0, 0, 1640, 1232)
    await bench.remembered.save()
    again = Bench(SimulatedCamera(seed=1), tmp_path)
    await again.start()
    assert again.store.state.controls["ScalerCrop"] == (0, 0, 1640, 1232)
    await again.close()


async def test_a_camera_that_cannot_focus_says_so_and_is_no_fault(bench: Bench) -> None:
    with pytest.raises(UnknownControlError, match="Simulated IMX219 has no autofocus"):
        await bench.device.focus()
    assert bench.store.state.camera.status == "ready"


class LongExposures(SimulatedCamera):
    """A camera whose stills take as long as the exposure, and a moment."""

    def still_limit_s(self) -> float:
        return 1 if self.controls()["AeEnable"] else 60


async def test_a_still_may_take_as_long_as_the_camera_says_and_no_longer(tmp_path: Path) -> None:
    camera = LongExposures(seed=1)
    bench = Bench(camera, tmp_path)
    await bench.start()
    await bench.device.set_controls({"AeEnable": False})
    assert bench.store.state.camera.still_limit_s == 60
    camera.stall(1.5)
    await bench.device.capture_still()
    await bench.device.set_controls({"AeEnable": True})
    assert bench.store.state.camera.still_limit_s == 1
    camera.stall(1.5)
    with pytest.raises(DeviceTimeoutError, match=r"capture a still.*within 1 s"):
        await bench.device.capture_still()
    await bench.until(lambda state: state.camera.status == "ready")
    await bench.close()


async def test_controls_survive_a_restart(bench: Bench, tmp_path: Path) -> None:
    await bench.device.set_controls({"Brightness": -0.25, "AeEnable": False, "ExposureTime": 4321})
    await bench.remembered.save()
    again = Bench(SimulatedCamera(seed=1), tmp_path)
    await again.start()
    assert again.store.state.controls["Brightness"] == -0.25
    assert again.store.state.controls["ExposureTime"] == 4321
    await again.close()


async def test_a_camera_that_cannot_be_opened_at_first_is_the_starter_s_business(
    tmp_path: Path,
) -> None:
    bench = Bench(VideoCamera(tmp_path / "absent.avi"), tmp_path)
    with pytest.raises(CameraError, match=r"absent\.avi"):
        await bench.device.open()
    assert bench.store.state.camera.status == "starting"
    await bench.close()


async def test_a_still_that_would_stop_what_must_not_is_refused_with_the_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.device.attach("recording", bench.sink, uninterrupted="a recording runs")
    await bench.device.capture_still()  # this camera's stills stop nothing
    info = dataclasses.replace(bench.device.info, still_interrupts_stream=True)
    monkeypatch.setattr(bench.device, "_info", info)
    with pytest.raises(InterruptsError, match="a recording runs"):
        await bench.device.capture_still()
    bench.device.attach("recording", bench.sink)
    await bench.device.capture_still()
    bench.device.attach("recording", bench.sink, uninterrupted="a recording runs")
    bench.device.detach("recording")
    await bench.device.capture_still()
