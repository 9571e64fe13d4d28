"""The camera behind picamera2 as the daemon has it: in `CameraDevice`, on its worker's thread."""

import asyncio
from collections.abc import AsyncIterator
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
from vizy.errors import DeviceError, InvalidValueError
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
async def running(folder: Path) -> AsyncIterator[tuple[CameraDevice, StateStore, Sink]]:
    store, sink = first_store(), Sink()
    device = CameraDevice(
        Picamera2Camera(CameraOptions(), timeout_scale=0.3),
        store,
        RememberedControls(folder / "controls.json"),
        live=LIVE,
        fps=30,
        on_dead=pytest.fail,
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
