"""The camera behind picamera2 as the daemon has it: in `CameraDevice`, on its worker's thread."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hardware.camera import Frame
from hardware.camera.picamera2 import CameraOptions, Picamera2Camera
from hardware.device import CameraDevice
from hardware.remembered import RememberedControls
from hardware.store import StateStore
from tests.hardware.states import first_store
from vizy.errors import DeviceError, InvalidValueError, UnknownControlError
from vizy.state import Size

LIVE = Size(320, 180)
PATIENCE_S = 20.0


class Sink:
    """Counts the live frames."""

    def __init__(self) -> None:
        self.taken = 0
        self.last: Frame | None = None

    def offer(self, frame: Frame) -> None:
        self.last = frame
        self.taken += 1


@asynccontextmanager
async def running(
    folder: Path,
    *,
    timeout_scale: float = 0.3,
    on_dead: Callable[[str], None] = pytest.fail,
    watchdog_s: float = 30.0,
) -> AsyncIterator[tuple[CameraDevice, StateStore, Sink]]:
    store, sink = first_store(), Sink()
    device = CameraDevice(
        Picamera2Camera(CameraOptions(), timeout_scale=timeout_scale),
        store,
        RememberedControls(folder / "controls.json"),
        live=LIVE,
        fps=30,
        on_dead=on_dead,
        watchdog_s=watchdog_s,
        retry_s=0.05,
    )
    await device.open()
    task = asyncio.create_task(device.run())
    try:
        yield device, store, sink
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await device.close()


async def frames(sink: Sink, count: int = 5) -> None:
    """Wait until so many more live frames have come."""
    wanted = sink.taken + count
    async with asyncio.timeout(PATIENCE_S):
        while sink.taken < wanted:  # noqa: ASYNC110 -- a thread counts
            await asyncio.sleep(0.01)


async def status(store: StateStore, wanted: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while store.state.camera.status != wanted:  # noqa: ASYNC110 -- any change may be it
            await asyncio.sleep(0.01)


async def test_it_streams_while_somebody_watches_and_takes_stills_meanwhile(
    state_dir: Path,
) -> None:
    async with running(state_dir) as (device, store, sink):
        assert store.state.camera.backend == "picamera2"
        device.attach("test", sink)
        await frames(sink)
        still = await device.capture_still()
        assert still.size == store.state.camera.still_size
        await frames(sink)
        assert sink.last is not None
        assert sink.last.size == LIVE
        await device.set_controls({"Contrast": 1.5})
        assert store.state.controls["Contrast"] == 1.5


async def test_unplugged_it_is_a_fault_with_a_reason_and_plugged_in_again_it_goes_on(
    state_dir: Path, rig: Any
) -> None:
    sensor = rig.sensors[0]
    async with running(state_dir) as (device, store, sink):
        device.attach("test", sink)
        await frames(sink)
        await device.set_controls({"Contrast": 1.5})
        sensor.is_plugged = False
        await status(store, "fault")
        assert store.state.camera.reason
        with pytest.raises(DeviceError, match="the camera is away and tried again by itself"):
            await device.capture_still()
        sensor.owner = None
        sensor.is_plugged = True
        await status(store, "ready")
        await frames(sink)
        assert store.state.controls["Contrast"] == 1.5
        assert sensor.applied["Contrast"] == 1.5


async def test_a_call_that_hangs_is_a_fault_until_it_returns(state_dir: Path, rig: Any) -> None:
    async with running(state_dir) as (device, store, sink):
        device.attach("test", sink)
        await frames(sink)
        rig.hang("set_controls")
        with pytest.raises(DeviceError, match="has not returned within"):
            await device.set_controls({"Contrast": 1.5})
        await status(store, "fault")
        rig.let_go()
        await status(store, "ready")
        await frames(sink)


async def test_raw_data_come_with_a_still_or_are_refused_without_a_fault(tmp_path: Path) -> None:
    async with running(tmp_path) as (device, store, _):
        if store.state.camera.has_raw:
            taken = await device.capture_raw()
            assert taken.dng[:4] in (b"II*\0", b"MM\0*")
        else:
            with pytest.raises(InvalidValueError, match="gives no raw data"):
                await device.capture_raw()
        assert store.state.camera.status == "ready"
        assert (await device.capture_still()).size == store.state.camera.still_size


async def test_a_call_that_hangs_for_good_is_for_a_new_process(state_dir: Path, rig: Any) -> None:
    died: asyncio.Queue[str] = asyncio.Queue()
    async with running(state_dir, timeout_scale=0.1, on_dead=died.put_nowait, watchdog_s=0.5) as (
        device,
        store,
        sink,
    ):
        device.attach("live", sink)
        await frames(sink)
        rig.hang("set_controls")
        with pytest.raises(DeviceError, match="has not returned within"):
            await device.set_controls({"Contrast": 1.5})
        async with asyncio.timeout(PATIENCE_S):
            assert "hangs in 'set controls': only a new process can use" in await died.get()
        assert store.state.camera.status == "fault"


async def test_sensor_modes_and_what_a_still_may_take_are_in_the_state(
    state_dir: Path, rig: Any
) -> None:
    async with running(state_dir) as (device, store, _):
        modes = store.state.camera.sensor_modes
        assert [(mode.size.width, mode.bit_depth) for mode in modes[-2:]] == [(1640, 8), (1640, 10)]
        usual_s = store.state.camera.still_limit_s
        await device.set_controls({"AeEnable": False, "ExposureTime": 10_000_000})
        assert store.state.camera.still_limit_s > usual_s + 55
        await device.set_controls({"AeEnable": True})
        await device.capture_still()
        assert store.state.camera.still_limit_s == usual_s


async def test_focusing_ends_with_an_answer_and_the_new_mode_in_the_state(
    state_dir: Path, rig: Any
) -> None:
    async with running(state_dir) as (device, store, sink):
        device.attach("live", sink)
        await frames(sink)
        before = sink.taken
        assert await device.focus()
        assert sink.taken > before
        assert store.state.controls["AfMode"] == 1
        rig.sensors[0].is_sharp = False
        assert not await device.focus()


async def test_a_camera_without_autofocus_refuses_to_focus_and_is_no_fault(
    state_dir: Path, rig: Any
) -> None:
    rig.sensors[0].has_autofocus = False
    async with running(state_dir) as (device, store, _):
        with pytest.raises(UnknownControlError, match="imx219 has no autofocus"):
            await device.focus()
        assert store.state.camera.status == "ready"
