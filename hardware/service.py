"""`Service`: what the daemon answers to each call of `vizy.messages`.

Run by the RPC server on the daemon's loop, one task per call. It decides nothing: the device, the
stills, the jobs and the catalog do, and the store holds what is known.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from hardware.camera import list_cameras
from hardware.captures import Catalog, Stills, Thumbnails, Trash
from hardware.device import CameraDevice
from hardware.faults import Faults
from hardware.jobs import Jobs
from hardware.pins import Pins
from hardware.presets import Presets, SetControlValues
from hardware.reset import Reset
from hardware.sensors import Sensors
from hardware.settings import SettingsFile
from hardware.store import StateStore
from vizy.health import DaemonHealth
from vizy.jobs import JobState
from vizy.messages import (
    STATE_CHANGED,
    Call,
    CaptureFile,
    CapturePage,
    Captures,
    ChangeSettings,
    CreateCapture,
    DeleteCaptures,
    DeletePreset,
    Focus,
    Focused,
    GetCapture,
    GetHealth,
    GetHistory,
    GetSettings,
    GetState,
    GetThumbnail,
    InjectFault,
    ListCameras,
    ListCaptures,
    RecallPreset,
    ResetDevice,
    RestartDaemon,
    RestoreCaptures,
    SavePreset,
    SetControls,
    SetIlluminator,
    StartJob,
    StateChanged,
    StopJob,
    Subscribe,
    UpdateCaptures,
)
from vizy.rpc import Connection, Handler
from vizy.sensors import SensorHistory
from vizy.settings.report import SettingsReport
from vizy.state import Capture, DeviceState, changes

_LAST_ANSWER_S = 0.2  # for the answer to a call that ends the daemon


@dataclass(frozen=True, kw_only=True)
class Service:
    """The handlers of ``hardware.sock``, over the parts that do the work."""

    store: StateStore
    device: CameraDevice
    stills: Stills
    catalog: Catalog
    trash: Trash
    thumbnails: Thumbnails
    sensors: Sensors
    pins: Pins
    jobs: Jobs
    presets: Presets
    settings: SettingsFile
    reset: Reset
    write_controls: SetControlValues
    faults: Faults
    health: Callable[[], DaemonHealth]
    restart: Callable[[], None]

    @property
    def handlers(self) -> Mapping[type[Call[Any]], Handler]:
        """A handler for each method."""
        return {
            GetState: self.get_state,
            Subscribe: self.subscribe,
            SetControls: self.set_controls,
            SavePreset: self.save_preset,
            RecallPreset: self.recall_preset,
            DeletePreset: self.delete_preset,
            Focus: self.focus,
            CreateCapture: self.create_capture,
            ListCaptures: self.list_captures,
            GetCapture: self.get_capture,
            GetThumbnail: self.get_thumbnail,
            UpdateCaptures: self.update_captures,
            DeleteCaptures: self.delete_captures,
            RestoreCaptures: self.restore_captures,
            SetIlluminator: self.set_illuminator,
            GetHistory: self.get_history,
            StartJob: self.start_job,
            StopJob: self.stop_job,
            ListCameras: self.list_cameras,
            GetSettings: self.get_settings,
            ChangeSettings: self.change_settings,
            ResetDevice: self.reset_device,
            GetHealth: self.get_health,
            RestartDaemon: self.restart_daemon,
            InjectFault: self.inject_fault,
        }

    async def get_state(self, call: GetState, connection: Connection) -> DeviceState:
        """Return the state."""
        return self.store.state

    async def subscribe(self, call: Subscribe, connection: Connection) -> DeviceState:
        """Return the state and keep the connection up to date from there."""
        state = self.store.state
        connection.spawn(self._push(connection, state), "subscription")
        return state

    async def set_controls(self, call: SetControls, connection: Connection) -> DeviceState:
        """Write controls and return the state that holds them."""
        await self.write_controls(call.values)
        return self.store.state

    async def save_preset(self, call: SavePreset, connection: Connection) -> DeviceState:
        """Save a preset and return the state that holds it."""
        await self.presets.save(call.name, call.values)
        return self.store.state

    async def recall_preset(self, call: RecallPreset, connection: Connection) -> DeviceState:
        """Recall a preset and return the state that holds its values."""
        await self.presets.recall(call.name)
        return self.store.state

    async def delete_preset(self, call: DeletePreset, connection: Connection) -> DeviceState:
        """Delete a preset and return the state without it."""
        await self.presets.delete(call.name)
        return self.store.state

    async def focus(self, call: Focus, connection: Connection) -> Focused:
        """Let the camera focus once."""
        return Focused(await self.device.focus())

    async def create_capture(self, call: CreateCapture, connection: Connection) -> Capture:
        """Take a still."""
        return await self.stills.take(raw=call.raw)

    async def list_captures(self, call: ListCaptures, connection: Connection) -> CapturePage:
        """Return a page of captures."""
        return await self.catalog.page(call)

    async def get_capture(self, call: GetCapture, connection: Connection) -> CaptureFile:
        """Return a capture and its file."""
        return await self.catalog.get(call.id)

    async def get_thumbnail(self, call: GetThumbnail, connection: Connection) -> CaptureFile:
        """Return a capture and the file of its thumbnail."""
        return await self.thumbnails.get(call.id)

    async def update_captures(self, call: UpdateCaptures, connection: Connection) -> Captures:
        """Protect, unprotect or tag captures."""
        return Captures(
            await self.catalog.update(call.ids, protected=call.protected, tags=call.tags)
        )

    async def delete_captures(self, call: DeleteCaptures, connection: Connection) -> Captures:
        """Delete captures, for good in a while."""
        return Captures(await self.trash.delete(call.ids))

    async def restore_captures(self, call: RestoreCaptures, connection: Connection) -> Captures:
        """Bring deleted captures back."""
        return Captures(await self.trash.restore(call.ids))

    async def set_illuminator(self, call: SetIlluminator, connection: Connection) -> DeviceState:
        """Light the lamp and return the state that holds it."""
        await self.pins.set_illuminator(call.level)
        return self.store.state

    async def get_history(self, call: GetHistory, connection: Connection) -> SensorHistory:
        """Return what sensors said."""
        return self.sensors.query(call.names, call.start, call.end, call.max_points)

    async def list_cameras(self, call: ListCameras, connection: Connection) -> dict[str, str]:
        """Return which cameras there are."""
        return dict(await asyncio.to_thread(list_cameras))

    async def get_settings(self, call: GetSettings, connection: Connection) -> SettingsReport:
        """Return what is in force and what a start would find."""
        return await self.settings.get()

    async def change_settings(self, call: ChangeSettings, connection: Connection) -> SettingsReport:
        """Change the settings file."""
        return await self.settings.change(call.values)

    async def reset_device(self, call: ResetDevice, connection: Connection) -> None:
        """Make everything as new."""
        await self.reset(captures=call.captures)

    async def get_health(self, call: GetHealth, connection: Connection) -> DaemonHealth:
        """Return how the daemon does."""
        return self.health()

    async def restart_daemon(self, call: RestartDaemon, connection: Connection) -> None:
        """End the daemon, after the answer."""
        asyncio.get_running_loop().call_later(_LAST_ANSWER_S, self.restart)

    async def inject_fault(self, call: InjectFault, connection: Connection) -> DeviceState:
        """Make something go wrong and return the state."""
        self.faults.inject(call.fault)
        return self.store.state

    async def start_job(self, call: StartJob, connection: Connection) -> JobState:
        """Start a job."""
        return await self.jobs.start(call.spec)

    async def stop_job(self, call: StopJob, connection: Connection) -> JobState:
        """Stop a job and return once what it captured is whole."""
        return await self.jobs.stop(call.id)

    async def _push(self, connection: Connection, sent: DeviceState) -> None:
        """Send what changed since the last that was sent; a slow client gets the latest."""
        async for state in self.store.follow(since=sent.revision):
            sections = msgspec.to_builtins(changes(sent, state))
            await connection.notify(STATE_CHANGED, StateChanged(state.revision, sections))
            sent = state
