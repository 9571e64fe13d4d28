"""`DeviceMirror`: the device as another process sees it, always the latest, over `RpcClient`.

Used on one asyncio loop by the web process, the command and the SDK. It keeps one state, never a
history and never a queue: who follows it is woken and looks at what is true by then. While the
hardware process is away it keeps the last state, and calls fail at once.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from vizy.errors import ProtocolError
from vizy.health import DaemonHealth
from vizy.jobs import JobSpec, JobState
from vizy.messages import (
    STATE_CHANGED,
    CaptureFile,
    CapturePage,
    ChangeSettings,
    CreateCapture,
    DeleteCaptures,
    DeletePreset,
    Focus,
    GetCapture,
    GetHealth,
    GetHistory,
    GetSettings,
    GetThumbnail,
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
from vizy.rpc.client import RpcClient
from vizy.sensors import SensorHistory
from vizy.settings.report import SettingsReport
from vizy.state import Capture, CaptureKind, DeviceState, merge

_ANSWER_S = 15.0  # for the disk and the way, besides the camera's own time


class DeviceMirror:
    """The state of the device, kept up to date, and its calls.

    ``async with DeviceMirror(path) as device: async for now in device.follow(): ...``

    Args:
        path: The daemon's ``hardware.sock``.
        timeout_s: How long a call may take; a capture has its own.
        monotonic: The clock of ``away_since``, in seconds.

    Attributes:
        state: The latest state; None before the first connection.
        connected: Whether the state is being kept up to date.
        away_since: When the daemon was last lost, by ``monotonic``; None while connected.
    """

    def __init__(
        self,
        path: Path,
        *,
        timeout_s: float = 10.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state: DeviceState | None = None
        self.connected = False
        self.away_since: float | None = monotonic()
        self._monotonic = monotonic
        self._early: StateChanged | None = None
        self._version = 0
        self._next = asyncio.Event()
        self._closed = False
        self._client = RpcClient(
            path,
            timeout_s=timeout_s,
            on_connect=self._subscribe,
            on_disconnect=self._lost,
            on_notification=self._notified,
        )

    async def __aenter__(self) -> Self:
        """Start; return once the first attempt to connect has ended, well or not."""
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect; every `follow` ends."""
        await self._client.__aexit__(kind, error, traceback)
        self._closed = True
        self._publish()

    async def set_controls(self, values: Mapping[str, object]) -> DeviceState:
        """Write controls, all or nothing.

        Returns:
            The state once the device has taken them; `state` is at least as new.

        Raises:
            InvalidValueError: A control or value was refused; nothing was written.
            DeviceError: The daemon is away or did not answer in time.
        """
        return self._taken(await self._client.call(SetControls(dict(values))))

    async def save_preset(
        self, name: str, values: Mapping[str, object] | None = None
    ) -> DeviceState:
        """Save control values under a name, in place of a preset of that name.

        Args:
            name: 1 to 40 characters.
            values: Control name to value; None takes those in force that a person sets.

        Returns:
            The state that holds it, once it is on disk; `state` is at least as new.

        Raises:
            InvalidValueError: The name or a value was refused.
            BusyError: There are as many presets as there may be.
            StorageError: It cannot be kept; the presets are as they were.
            DeviceError: The daemon is away or did not answer in time.
        """
        kept = None if values is None else dict(values)
        return self._taken(await self._client.call(SavePreset(name, kept)))

    async def recall_preset(self, name: str) -> DeviceState:
        """Write a preset's values, all or nothing, without those that the camera does not take.

        `vizy.presets.fitting` tells which these are.

        Returns:
            The state once the device has taken them; `state` is at least as new.

        Raises:
            NotFoundError: There is no preset of that name.
            InvalidValueError: The camera takes none of its values.
            BusyError: A job has a control for itself.
            DeviceError: The daemon is away or did not answer in time.
        """
        return self._taken(await self._client.call(RecallPreset(name)))

    async def delete_preset(self, name: str) -> DeviceState:
        """Delete a preset.

        Returns:
            The state without it; `state` is at least as new.

        Raises:
            NotFoundError: There is no preset of that name.
            StorageError: The disk refused; the presets are as they were.
            DeviceError: The daemon is away or did not answer in time.
        """
        return self._taken(await self._client.call(DeletePreset(name)))

    async def list_cameras(self) -> dict[str, str]:
        """Return what ``--camera`` takes on the device's machine, and what that is.

        Raises:
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(ListCameras())

    async def get_settings(self) -> SettingsReport:
        """Return the daemon's settings: in force, after a restart, and who says so.

        Raises:
            SettingsError: Somebody wrote something into the file that is refused.
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(GetSettings())

    async def change_settings(self, values: Mapping[str, object]) -> SettingsReport:
        """Change settings, all or none; return once they are on disk.

        Args:
            values: Key (``camera.fps``) to value; None goes back to the default.

        Raises:
            SettingsError: A key or value was refused; nothing was changed.
            InvalidValueError: An option or variable gives a key.
            StorageError: The disk refused; the settings are as they were.
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(ChangeSettings(dict(values)))

    async def reset(self, *, captures: bool = False, timeout_s: float = 120.0) -> None:
        """Make the daemon as new: no jobs, presets or settings, controls at their defaults.

        Args:
            captures: Whether all captures go too, protected ones among them.
            timeout_s: How long it may take.

        Raises:
            StorageError: The disk refused; some of it may have been done.
            DeviceError: The daemon is away or did not answer in time.
        """
        await self._client.call(ResetDevice(captures), timeout_s=timeout_s)

    async def set_illuminator(self, level: float) -> DeviceState:
        """Light the lamp, 0 to 1 in steps that look even.

        Returns:
            The state once it is lit; `state` is at least as new.

        Raises:
            InvalidValueError: The level is outside.
            NotPossibleError: There is no lamp.
            DeviceError: The daemon is away or did not answer in time.
        """
        return self._taken(await self._client.call(SetIlluminator(level)))

    async def sensor_history(
        self, start: float, end: float, *, names: Sequence[str] = (), max_points: int = 288
    ) -> SensorHistory:
        """Return what sensors said between two times, the last 24 h at most.

        Args:
            start: Seconds since 1970; what is older than 24 h is cut off.
            end: Seconds since 1970; what lies ahead is cut off.
            names: Of the sensors; none stands for all. One that is not known is left out.
            max_points: Of each sensor, 1 to 2,880; each spans the values of its time.

        Raises:
            InvalidValueError: The end is not after the start.
            DeviceError: The daemon is away or did not answer in time.
        """
        call = GetHistory(start=start, end=end, names=tuple(names), max_points=max_points)
        return await self._client.call(call)

    async def health(self) -> DaemonHealth:
        """Return how the daemon does, at this moment.

        Raises:
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(GetHealth())

    async def restart(self) -> None:
        """Let the daemon end in good order; who supervises it starts it again.

        Raises:
            DeviceError: The daemon is away or did not answer in time.
        """
        await self._client.call(RestartDaemon())

    async def focus(self) -> bool:
        """Let the camera focus once; tell whether it found a focus.

        Raises:
            UnknownControlError: The camera has no autofocus.
            BusyError: Too many jobs wait.
            DeviceError: The daemon is away, or the camera failed or did not answer in time.
        """
        return (await self._client.call(Focus(), timeout_s=self._patience_s())).is_sharp

    async def capture(self, *, raw: bool = False, timeout_s: float | None = None) -> Capture:
        """Take a still; return once it is safe on disk.

        Args:
            raw: With the sensor's raw data, as a DNG beside it.
            timeout_s: How long that may take; None: as long as the exposure in force lets it, and
                some time for the disk.

        Raises:
            InvalidValueError: Raw data are wished and the camera gives none.
            BusyError: Too many captures wait; none was taken.
            DiskFullError: There is less space than the floor; none was taken.
            DeviceError: The daemon is away, or the camera failed or did not answer in time.
        """
        if timeout_s is None:
            timeout_s = self._patience_s()
        return await self._client.call(CreateCapture(raw), timeout_s=timeout_s)

    async def list_captures(
        self,
        *,
        limit: int = 50,
        before: str | None = None,
        kind: CaptureKind | None = None,
        group: str | None = None,
        tag: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> CapturePage:
        """Return a page of captures, newest first, older than ``before``.

        Args:
            limit: How many at most, 1 to 500.
            before: The ``next`` of the page before; None: from the newest on.
            kind: Only those; None: any. Likewise the following.
            group: Only those that this job took.
            tag: Only those with this tag.
            since: RFC 3339; only those taken then or later.
            until: RFC 3339; only those taken before.

        Raises:
            InvalidValueError: ``limit`` is not between 1 and 500, or a time cannot be understood.
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(
            ListCaptures(
                limit=limit,
                before=before,
                kind=kind,
                group=group,
                tag=tag,
                since=since,
                until=until,
            )
        )

    async def update_captures(
        self,
        ids: Sequence[str],
        *,
        protected: bool | None = None,
        tags: Sequence[str] | None = None,
    ) -> tuple[Capture, ...]:
        """Protect, unprotect or tag captures, all or none.

        Args:
            ids: Which, 1 to 500.
            protected: Whether they are kept whatever happens; None leaves that as it is.
            tags: In place of those they have; None leaves them.

        Returns:
            The captures as they are now.

        Raises:
            NotFoundError: There is no capture of an id; nothing was done.
            InvalidValueError: Too many ids or tags, or a tag that cannot be taken.
            DeviceError: The daemon is away or did not answer in time.
        """
        call = UpdateCaptures(
            tuple(ids), protected=protected, tags=None if tags is None else tuple(tags)
        )
        return (await self._client.call(call)).items

    async def delete_captures(self, ids: Sequence[str]) -> tuple[Capture, ...]:
        """Delete captures, all or none; `restore_captures` brings them back for a while.

        Raises:
            NotFoundError: There is no capture of an id; nothing was done.
            ProtectedError: Some are protected; nothing was done.
            DeviceError: The daemon is away or did not answer in time.
        """
        return (await self._client.call(DeleteCaptures(tuple(ids)))).items

    async def restore_captures(self, ids: Sequence[str]) -> tuple[Capture, ...]:
        """Bring deleted captures back, all or none.

        Raises:
            NotFoundError: One is gone for good; nothing was done.
            DeviceError: The daemon is away or did not answer in time.
        """
        return (await self._client.call(RestoreCaptures(tuple(ids)))).items

    async def get_capture(self, capture_id: str) -> CaptureFile:
        """Return one capture and where its file is.

        Raises:
            NotFoundError: There is no capture of that id.
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(GetCapture(capture_id))

    async def get_thumbnail(self, capture_id: str) -> CaptureFile:
        """Return one capture and where a small picture of it is.

        Raises:
            NotFoundError: There is no capture of that id.
            StorageError: The capture cannot be read, or the disk refused.
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(GetThumbnail(capture_id))

    async def start_job(self, spec: JobSpec) -> JobState:
        """Start a job; return once it runs or waits for its time.

        Raises:
            InvalidValueError: The device cannot do it, or the spec makes no sense.
            BusyError: Another job is in the way; the text names it.
            StorageError: It would survive restarts and cannot be kept.
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(StartJob(spec))

    async def stop_job(self, job_id: str, *, timeout_s: float = 40.0) -> JobState:
        """Stop a job; return once what it captured is whole.

        Returns:
            What became of it; of one that has ended already, too.

        Raises:
            NotFoundError: There is no job of that id.
            DeviceError: The daemon is away or did not answer in time.
        """
        return await self._client.call(StopJob(job_id), timeout_s=timeout_s)

    async def follow(self) -> AsyncGenerator[Self, None]:
        """Yield now, and whenever state or connection have changed since; latest wins.

        Changes while the caller is busy become one. It ends when the mirror is closed.
        """
        seen = -1
        while not self._closed:
            if self._version == seen:
                await self._next.wait()
                continue
            seen = self._version
            yield self

    def _taken(self, state: DeviceState) -> DeviceState:
        """Take up the state that a call returned, unless there is a newer one."""
        if self.connected and (self.state is None or state.revision > self.state.revision):
            self.state = state
            self._publish()
        return state

    def _patience_s(self) -> float:
        """Return how long a call may take that waits for the camera's next frames."""
        limit_s = 0.0 if self.state is None else self.state.camera.still_limit_s
        return limit_s + _ANSWER_S

    async def _subscribe(self, client: RpcClient) -> None:
        self._early = None
        self.state = await client.call(Subscribe())
        self.connected = True
        self.away_since = None
        early, self._early = self._early, None
        if early is not None:
            self._apply(early)
        self._publish()

    def _lost(self) -> None:
        if self.connected:
            self.connected = False
            self.away_since = self._monotonic()
            self._publish()

    def _notified(self, method: str, params: msgspec.Raw) -> None:
        if method != STATE_CHANGED:
            return
        try:
            change = msgspec.json.decode(params, type=StateChanged)
            if self.connected:
                self._apply(change)
                self._publish()
            else:  # it can be read before the answer's caller gets its turn
                self._early = _joined(self._early, change)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise ProtocolError(f"a {method} cannot be read: {error}") from error

    def _apply(self, change: StateChanged) -> None:
        assert self.state is not None
        if change.revision > self.state.revision:
            self.state = merge(self.state, change.revision, change.sections)

    def _publish(self) -> None:
        self._version += 1
        self._next.set()
        self._next = asyncio.Event()


def _joined(earlier: StateChanged | None, later: StateChanged) -> StateChanged:
    if earlier is None:
        return later
    return StateChanged(later.revision, earlier.sections | later.sections)
