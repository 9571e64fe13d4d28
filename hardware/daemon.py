"""`Daemon`: builds the parts, wires them, owns their tasks, and ends them.

The only place that knows all parts. Runs on the main thread's loop. A task that must live and dies
ends the daemon with exit code 1, so that whoever supervises it starts it again; what is on disk
makes that invisible apart from a short gap.
"""

import asyncio
import logging
import os
import platform
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hardware import video
from hardware.boot import count_boot
from hardware.camera import Camera, make_camera
from hardware.captures import (
    Catalog,
    ClockWatch,
    Retention,
    Room,
    Stills,
    StorageWatch,
    Thumbnails,
    Trash,
)
from hardware.device import CameraDevice
from hardware.faults import Faults
from hardware.jobs import BracketJob, BurstJob, Jobs, KeptJob, Makers, TimeLapseJob
from hardware.kept import KeptFile
from hardware.loans import LentControls
from hardware.pins import Pins, indicate, open_factory
from hardware.presets import Presets, SetControlValues
from hardware.remembered import RememberedControls
from hardware.reset import Reset
from hardware.sensors import Sensors, find_sources, processor_temperature, rules
from hardware.service import Service
from hardware.settings import SettingsFile
from hardware.shutter import ShutterButton, switch_recording
from hardware.startup import start_up
from hardware.store import REVISIONS_PER_BOOT, StateStore
from hardware.stream import LiveStream
from hardware.taps import FirstFrame
from hardware.watchdog import StandsStill, Watchdog
from vizy.files import make_folder
from vizy.health import DaemonHealth, LoopLag, process_figures
from vizy.jobs import Bracket, Burst, TimeLapse
from vizy.notify import Notifier
from vizy.presets import Preset
from vizy.rpc import RpcServer
from vizy.settings import Settings, StorageSettings, settings_environ
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
_LOOK_S = 0.05


class Daemon:
    """The hardware process, from open to closed.

    Args:
        settings: Resolved and checked.
        camera: A camera to use in place of the one the settings name; for tests.
        watchdog_s: How long the camera may stay stalled before the daemon ends.
        now: The time of day that captures are stamped with.
        end: Ends it when a call asks for that; None: `stop`.
        notify: The way to the service manager.
        environ: What the settings were resolved from, besides their file; None: nothing but where
            that is.

    Attributes:
        faults: What can be made to go wrong.
    """

    def __init__(
        self,
        settings: Settings,
        camera: Camera | None = None,
        *,
        watchdog_s: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        end: Callable[[], None] | None = None,
        notify: Notifier | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings
        self._environ = environ or settings_environ(
            {"state_dir": settings.state_dir, "config": settings.config}
        )
        self._watchdog_s = watchdog_s
        self._now = now
        self._end = end or self.stop
        self._started = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self._lag = LoopLag()
        self._notify = notify or Notifier()
        self._camera = camera or make_camera(settings.camera)
        self.faults = Faults(self._camera, settings.camera)
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
            if self._notify.has_manager:
                await self._until_shown()
            self._notify.ready()
            _logger.info("ready on %s", self._settings.hardware_socket)
            await self._stop.wait()
            self._notify.stopping()
        if self._failure:
            _logger.error("ends, so that it is started again: %s", self._failure)
        return 1 if self._failure else 0

    async def _until_shown(self) -> None:
        """Return once a live frame was delivered, or it is known why none comes.

        The manager's own time for a start bounds it: ``TimeoutStartSec=``.
        """
        shown = FirstFrame()
        self._device.attach("first frame", shown)
        while not (shown.seen.is_set() or self._device.fault or self._stop.is_set()):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)
        self._device.detach("first frame")
        self._notify.status(self._device.fault or "running")

    async def _build(self, stack: AsyncExitStack) -> None:
        """Start the parts in order; the stack ends them in the opposite one."""
        settings = self._settings
        make_folder(Path(settings.runtime_dir))
        storage = StorageWatch(settings.captures_dir, settings.storage.floor_bytes)
        boot = count_boot(Path(settings.state_dir, "boot"))
        store = StateStore(self._first_state(storage, boot))
        catalog, trash, keep_rules = await self._open_captures(stack, store, storage)
        thumbnails = Thumbnails(catalog)
        stack.callback(thumbnails.close)
        await asyncio.to_thread(thumbnails.open)

        button = ShutterButton(lambda: stills.take(), lambda: switch_recording(jobs))
        pins = await self._open_pins(stack, store, button)
        sensors = await self._open_sensors(stack, store, pins)
        device, live, remembered = await self._open_camera(stack, store)
        self._device = device
        stills = Stills(
            device.capture_still,
            lambda: device.info.model,
            catalog,
            storage,
            store,
            capture_raw=device.capture_raw,
            write=self.faults.disk.write,
            now=self._now,
        )
        stack.callback(stills.close)
        await self._own(stack, "stills", stills.run())
        await self._own(stack, "storage", storage.run(store))
        loans = LentControls()
        makers: Makers = {
            Burst: lambda spec: BurstJob(spec, device, stills),
            Bracket: lambda spec: BracketJob(
                spec, device, lambda: store.state.controls, stills, loans, remembered.hold
            ),
            TimeLapse: lambda spec: TimeLapseJob(spec, stills, jobs.start),
            **video.makers(
                settings.video,
                live=device,
                shelf=catalog,
                pictures=catalog.pictures,
                check_room=lambda: storage.ensure(store),
                fps=settings.camera.fps,
                open_file=self.faults.disk.open_video,
            ),
        }

        async def write_controls(values: Mapping[str, object]) -> None:
            loans.check(values)
            await device.set_controls(values)

        presets = await self._open_presets(stack, store, device, write_controls)
        jobs = await self._open_jobs(stack, store, makers)
        await self._own(stack, "button", button.run())

        await live.start()
        await jobs.resume()
        await start_up(settings.startup, presets, jobs, pins)

        def apply(new: Settings) -> None:
            keep_rules(new.storage)
            live.quality = new.stream.quality

        settings_file = SettingsFile(settings, self._environ, store, apply)
        await self._own(stack, "watchdog", self._watchdog(device, live, store).run())
        await self._own(stack, "loop lag", self._lag.run())

        def health() -> DaemonHealth:
            return DaemonHealth(
                process=process_figures(self._started, self._lag),
                frames=device.delivered,
                encoded=live.encoded,
                control_writes=device.control_writes,
            )

        service = Service(
            store=store,
            device=device,
            stills=stills,
            catalog=catalog,
            trash=trash,
            thumbnails=thumbnails,
            sensors=sensors,
            pins=pins,
            jobs=jobs,
            presets=presets,
            settings=settings_file,
            reset=Reset(
                device=device,
                jobs=jobs,
                presets=presets,
                settings=settings_file,
                write_controls=write_controls,
                catalog=catalog,
                trash=trash,
            ),
            write_controls=write_controls,
            faults=self.faults,
            health=health,
            restart=self._end,
        )
        rpc = RpcServer(settings.hardware_socket, service.handlers)
        await rpc.start()
        stack.push_async_callback(rpc.close)
        stack.push_async_callback(pins.close)  # first of all: what is lit goes off at once

    async def _open_captures(
        self, stack: AsyncExitStack, store: StateStore, storage: StorageWatch
    ) -> tuple[Catalog, Trash, Callable[[StorageSettings], None]]:
        """Open the captures; return also what takes up other rules of storage."""
        settings = self._settings
        catalog = Catalog(settings.captures_dir, store, fsync=self.faults.disk.fsync)
        stack.push_async_callback(catalog.close)
        await catalog.open(video.salvage)
        trash = Trash(catalog, settings.storage.undo_s)
        await trash.open()
        room = Room(catalog, trash, storage, settings.storage.when_full)
        storage.makes_room(room.make)
        retention = Retention(catalog, settings.storage, ClockWatch())
        await self._own(stack, "deleted captures", trash.run())
        await self._own(stack, "retention", retention.run())

        def keep_rules(rules: StorageSettings) -> None:
            storage.floor_bytes = rules.floor_bytes
            storage.publish(store)
            room.when_full = rules.when_full
            trash.undo_s = rules.undo_s
            retention.settings = rules
            catalog.grown.set()  # retention looks at once

        return catalog, trash, keep_rules

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

    async def _open_jobs(self, stack: AsyncExitStack, store: StateStore, makers: Makers) -> Jobs:
        path = Path(self._settings.state_dir, "jobs.json")
        jobs = Jobs(makers, store, KeptFile(path, tuple[KeptJob, ...], "jobs"))
        await self._own(stack, "jobs", jobs.run())
        stack.push_async_callback(jobs.close)
        return jobs

    async def _open_presets(
        self,
        stack: AsyncExitStack,
        store: StateStore,
        device: CameraDevice,
        write_controls: SetControlValues,
    ) -> Presets:
        file = KeptFile(
            Path(self._settings.state_dir, "presets.json"), tuple[Preset, ...], "presets"
        )
        presets = Presets(file, store, lambda: device.info.controls, write_controls)
        await presets.open()
        await self._own(stack, "presets", presets.run())
        return presets

    async def _open_camera(
        self, stack: AsyncExitStack, store: StateStore
    ) -> tuple[CameraDevice, LiveStream, RememberedControls]:
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
            compress=self.faults.encoder.compress,
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
        # A person who starts it by hand reads why there is no camera; an appliance waits for it.
        await device.open(may_be_away=self._notify.has_manager)
        stack.push_async_callback(remembered.save)
        await self._own(stack, "camera", device.run())
        await self._own(stack, "rate of the live picture", device.measure())
        await self._own(stack, "remembered controls", remembered.run())
        return device, live, remembered

    def _watchdog(self, device: CameraDevice, live: LiveStream, store: StateStore) -> Watchdog:
        """Return what feeds the manager; a camera that stalls for too long is dead by itself."""
        frames = StandsStill(
            "live frame",
            lambda: device.delivered,
            lambda: device.is_streaming,
            lambda: self._watchdog_s + store.state.camera.still_limit_s,
        )

        def encoding() -> str:
            busy_s = live.busy_s
            return f"one frame is encoded for {busy_s:.0f} s" if busy_s > self._watchdog_s else ""

        return Watchdog(self._notify, [frames, encoding])

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
            health=HealthState(pid=os.getpid(), started=self._started),
            versions=Versions(vizy=__version__, python=platform.python_version()),
        )
