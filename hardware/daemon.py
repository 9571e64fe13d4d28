"""`Daemon`: builds the parts, wires them, owns their tasks, and ends them.

The only place that knows all parts. Runs on the main thread's loop. A task that must live and dies
ends the daemon with exit code 1, so that whoever supervises it starts it again; what is on disk
makes that invisible apart from a short gap.
"""

import asyncio
import logging
import os
import platform
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hardware.boot import count_boot
from hardware.camera import Camera, make_camera
from hardware.captures import CaptureLibrary, Stills, StorageWatch, Thumbnails
from hardware.device import CameraDevice
from hardware.pins import Pins, indicate, open_factory
from hardware.remembered import RememberedControls
from hardware.sensors import Sensors, find_sources, processor_temperature, rules
from hardware.service import Service
from hardware.shutter import ShutterButton
from hardware.store import REVISIONS_PER_BOOT, StateStore
from hardware.stream import LiveStream
from vizy.files import make_folder
from vizy.rpc import RpcServer
from vizy.settings import Settings
from vizy.state import (
    CameraState,
    CapturesState,
    DeviceState,
    HealthState,
    Size,
    StreamState,
    Versions,
)
from vizy.version import __version__

_logger = logging.getLogger(__name__)
_UNKNOWN = Size(0, 0)


class Daemon:
    """The hardware process, from open to closed.

    Args:
        settings: Resolved and checked.
        camera: A camera to use in place of the one the settings name; for tests.
        watchdog_s: How long the camera may stay stalled before the daemon ends.
    """

    def __init__(
        self, settings: Settings, camera: Camera | None = None, *, watchdog_s: float = 30.0
    ) -> None:
        self._settings = settings
        self._watchdog_s = watchdog_s
        self._camera = camera or make_camera(settings.camera)
        self._stop = asyncio.Event()
        self._failure = ""

    def stop(self) -> None:
        """Ask the daemon to end; on its loop."""
        self._stop.set()

    async def run(self) -> int:
        """Serve until `stop` or until something that must live has died.

        Returns:
            The exit code: 0 after `stop`, 1 after a death.

        Raises:
            VizyError: It cannot start; the text says why and what to do.
        """
        async with AsyncExitStack() as stack:
            await self._build(stack)
            _logger.info("ready on %s", self._settings.hardware_socket)
            await self._stop.wait()
        if self._failure:
            _logger.error("ends, so that it is started again: %s", self._failure)
        return 1 if self._failure else 0

    async def _build(self, stack: AsyncExitStack) -> None:
        """Start the parts in order; the stack ends them in the opposite one."""
        settings = self._settings
        make_folder(Path(settings.runtime_dir))
        library = CaptureLibrary(settings.captures_dir)
        await asyncio.to_thread(library.open)
        thumbnails = Thumbnails(library)
        stack.callback(thumbnails.close)
        await asyncio.to_thread(thumbnails.open)
        storage = StorageWatch(settings.captures_dir, settings.storage.floor_bytes)
        boot = count_boot(Path(settings.state_dir, "boot"))
        store = StateStore(self._first_state(storage, boot))

        button = ShutterButton(lambda: stills.take())
        pins = await self._open_pins(stack, store, button)
        sensors = await self._open_sensors(stack, store, pins)
        device, live = await self._open_camera(stack, store)
        stills = Stills(device.capture_still, lambda: device.info.model, library, storage, store)
        stack.callback(stills.close)
        stills.publish()
        await self._own(stack, "stills", stills.run())
        await self._own(stack, "button", button.run())
        await self._own(stack, "storage", storage.run(store))

        await live.start()
        service = Service(store, device, stills, library, thumbnails, sensors, pins)
        rpc = RpcServer(settings.hardware_socket, service.handlers)
        await rpc.start()
        stack.push_async_callback(rpc.close)
        stack.push_async_callback(pins.close)  # first of all: what is lit goes off at once

    async def _open_pins(
        self, stack: AsyncExitStack, store: StateStore, button: ShutterButton
    ) -> Pins:
        settings = self._settings
        pins = Pins(
            settings.pins,
            lambda: open_factory(Path(settings.runtime_dir)),
            lambda state: store.update(pins=state),
            button.pressed,
        )
        stack.push_async_callback(pins.close)
        await pins.open()
        await self._own(stack, "status LED", indicate(store, pins))
        return pins

    async def _open_sensors(self, stack: AsyncExitStack, store: StateStore, pins: Pins) -> Sensors:
        settings = self._settings
        sensors = Sensors(
            lambda: find_sources(Path("/"), Path(settings.state_dir)),
            rules(settings.sensors),
            store.update,
            watchers=[lambda measured: pins.feel(processor_temperature(measured))],
            interval_s=settings.sensors.interval_s,
        )
        stack.push_async_callback(sensors.close)
        await self._own(stack, "sensors", sensors.run())
        return sensors

    async def _open_camera(
        self, stack: AsyncExitStack, store: StateStore
    ) -> tuple[CameraDevice, LiveStream]:
        settings = self._settings
        size = Size(settings.camera.width, settings.camera.height)

        def watched_by(readers: int) -> None:
            store.change("streaming", readers=readers)
            if readers:
                device.attach("viewers", live)
            else:
                device.detach("viewers")

        live = LiveStream(
            settings.frames_socket,
            quality=settings.stream.quality,
            on_readers=watched_by,
            on_dead=self._die,
        )
        stack.push_async_callback(live.close)
        remembered = RememberedControls(Path(settings.state_dir, "controls.json"))
        device = CameraDevice(
            self._camera,
            store,
            remembered,
            live=size,
            fps=settings.camera.fps,
            on_dead=self._die,
            watchdog_s=self._watchdog_s,
        )
        stack.push_async_callback(device.close)
        await device.open()
        stack.push_async_callback(remembered.save)
        await self._own(stack, "camera", device.run())
        await self._own(stack, "rate of the live picture", device.measure())
        await self._own(stack, "remembered controls", remembered.run())
        return device, live

    async def _own(self, stack: AsyncExitStack, name: str, coro: Coroutine[Any, Any, None]) -> None:
        """Run a task that must live as long as the daemon."""
        task = asyncio.create_task(self._watch(name, coro), name=f"hardware {name}")

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        stack.push_async_callback(end)

    async def _watch(self, name: str, coro: Coroutine[Any, Any, None]) -> None:
        try:
            await coro
            self._die(f"the task {name} ended")
        except Exception as error:
            _logger.exception("the task %s died", name)
            self._die(f"the task {name} died: {error}")

    def _die(self, reason: str) -> None:
        self._failure = self._failure or reason
        self._stop.set()

    def _first_state(self, storage: StorageWatch, boot: int) -> DeviceState:
        return DeviceState(
            revision=boot * REVISIONS_PER_BOOT,
            camera=CameraState(
                backend=self._settings.camera.backend,
                model="",
                status="starting",
                still_size=_UNKNOWN,
            ),
            controls={},
            streaming=StreamState(size=_UNKNOWN),
            captures=CapturesState(),
            storage=storage.state(),
            health=HealthState(pid=os.getpid(), started=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"),
            versions=Versions(vizy=__version__, python=platform.python_version()),
        )
