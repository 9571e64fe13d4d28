"""A device that stands in for the daemon: the surface of `DeviceMirror` that the web uses."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from vizy.controls import ControlInfo, check_controls
from vizy.errors import DeviceAwayError, NotFoundError, VizyError
from vizy.health import DaemonHealth, ProcessFigures
from vizy.jobs import Burst, JobSpec, JobState
from vizy.messages import CaptureFile, CapturePage
from vizy.presets import Preset, fitting
from vizy.sensors import HistorySeries, SensorHistory
from vizy.settings import load_settings
from vizy.state import (
    CameraState,
    Capture,
    CapturesState,
    DeviceState,
    HealthState,
    Size,
    StorageState,
    StreamState,
    Versions,
)
from web.auth.accounts import Accounts
from web.auth.file import AccountsFile
from web.host.host import Host
from web.parts import Parts
from web.system.system import System
from web.video.frames import FrameHub

CONTROLS = (
    ControlInfo(name="Brightness", type="float", default=0.0, minimum=-1.0, maximum=1.0),
    ControlInfo(name="AeEnable", type="bool", default=True),
    ControlInfo(
        name="ScalerCrop",
        type="rectangle",
        size=4,
        default=(0, 0, 64, 48),
        minimum=(0, 0, 8, 8),
        maximum=(56, 40, 64, 48),
    ),
)
JPEG = b"\xff\xd8" + bytes(range(256)) * 8 + b"\xff\xd9"


def a_state(revision: int = 1, **controls: object) -> DeviceState:
    """A state of a camera that is ready."""
    values = {info.name: info.default for info in CONTROLS}
    return DeviceState(
        revision=revision,
        camera=CameraState(
            backend="fake",
            model="Fake",
            status="ready",
            still_size=Size(64, 48),
            controls=CONTROLS,
        ),
        controls=values | check_controls(CONTROLS, controls),
        streaming=StreamState(size=Size(64, 48)),
        captures=CapturesState(),
        storage=StorageState(path="/", free_bytes=2, total_bytes=3, floor_bytes=1),
        health=HealthState(pid=7, started="2026-11-21T00:00:00Z"),
        versions=Versions(vizy="0", python="3"),
    )


def parts_of(device: "FakeDevice", accounts: Accounts | None = None) -> Parts:
    """The parts of a web process over a device, with nothing behind its sockets."""
    folder = str(device.folder)
    settings = load_settings({"state_dir": folder, "runtime_dir": folder}, {})
    return Parts(
        settings=settings,
        device=device,
        hub=FrameHub(settings.frames_socket),
        accounts=accounts or Accounts(AccountsFile(device.folder)),
        system=System(settings, device, {}),
        host=Host(f"unix:path={folder}/no-bus"),
    )


class FakeDevice:
    """Keeps captures as files in a folder; ``fail_next`` makes the next call raise."""

    def __init__(self, folder: Path) -> None:
        self.state: DeviceState | None = a_state()
        self.connected = True
        self.away_since: float | None = None
        self.folder = folder
        self._captures: list[Capture] = []
        self.wanted_raw: list[bool] = []
        self.started: list[JobSpec] = []
        self.stopped: list[str] = []
        self.lamp: list[float] = []
        self.restarts = 0
        self.narrowed: dict[str, object] = {}
        self._fault: Exception | None = None

    def fail_next(self, error: VizyError | Exception) -> None:
        self._fault = error

    def go_away(self) -> None:
        self.connected = False
        self.away_since = 1.0

    async def set_controls(self, values: dict[str, object]) -> DeviceState:
        self._raise_fault()
        assert self.state is not None
        controls = self.state.controls | check_controls(CONTROLS, values)
        return self._change(controls=controls)

    async def save_preset(self, name: str, values: dict[str, object] | None = None) -> DeviceState:
        self._raise_fault()
        assert self.state is not None
        kept = dict(self.state.controls if values is None else values)
        others = [preset for preset in self.state.presets if preset.name != name]
        return self._change(presets=(*others, Preset(name, kept)))

    async def recall_preset(self, name: str) -> DeviceState:
        self._raise_fault()
        values, _ = fitting(CONTROLS, self.preset(name).values)
        return await self.set_controls(values)

    async def delete_preset(self, name: str) -> DeviceState:
        self._raise_fault()
        assert self.state is not None
        gone = self.preset(name)
        return self._change(presets=tuple(p for p in self.state.presets if p is not gone))

    def preset(self, name: str) -> Preset:
        assert self.state is not None
        for preset in self.state.presets:
            if preset.name == name:
                return preset
        raise NotFoundError(f"there is no preset {name!r}")

    def _change(self, **sections: object) -> DeviceState:
        assert self.state is not None
        revision = self.state.revision + 1
        self.state = msgspec.structs.replace(self.state, revision=revision, **sections)
        return self.state

    async def set_illuminator(self, level: float) -> DeviceState:
        self._raise_fault()
        self.lamp.append(level)
        assert self.state is not None
        return self.state

    async def focus(self) -> bool:
        self._raise_fault()
        return True

    async def capture(self, *, raw: bool = False) -> Capture:
        self._raise_fault()
        self.wanted_raw.append(raw)
        name = f"20261121T00000{len(self._captures)}"
        capture = Capture(
            id=name, created="2026-11-21T00:00:00Z", bytes=len(JPEG), size=Size(64, 48)
        )
        (self.folder / f"{name}.jpg").write_bytes(JPEG)
        self._captures.insert(0, capture)
        return capture

    async def start_job(self, spec: JobSpec) -> JobState:
        self._raise_fault()
        self.started.append(spec)
        return JobState(id=f"j{len(self.started)}", spec=spec, status="running", started="")

    async def stop_job(self, job_id: str) -> JobState:
        self._raise_fault()
        self.stopped.append(job_id)
        return JobState(id=job_id, spec=Burst(), status="stopped", started="")

    def add_video(self, data: bytes) -> Capture:
        """Take up a video whose thumbnail is `JPEG`."""
        video = Capture(
            id="20261121T000100",
            created="2026-11-21T00:01:00Z",
            bytes=len(data),
            size=Size(64, 48),
            media_type="video/mp4",
            kind="recording",
            duration_s=1.0,
        )
        (self.folder / f"{video.id}.mp4").write_bytes(data)
        (self.folder / f"{video.id}.jpg").write_bytes(JPEG)
        self._captures.insert(0, video)
        return video

    async def health(self) -> DaemonHealth:
        self._raise_fault()
        figures = ProcessFigures(
            pid=7,
            started="2026-11-21T00:00:00Z",
            memory_bytes=50_000_000,
            cpu_s=12.5,
            threads=9,
            files=40,
            loop_lag_s=0.002,
        )
        return DaemonHealth(process=figures, frames=300, encoded=120, control_writes=17)

    async def restart(self) -> None:
        self._raise_fault()
        self.restarts += 1

    async def sensor_history(
        self, start: float, end: float, *, names: Sequence[str] = (), max_points: int = 288
    ) -> SensorHistory:
        self._raise_fault()
        assert self.state is not None
        series = {
            name: HistorySeries(
                label=self.state.sensors[name].label,
                unit=self.state.sensors[name].unit,
                low=(None, 10.0, 20.0),
                high=(None, 12.0, 20.0),
            )
            for name in names
        }
        return SensorHistory(start=start, step_s=30.0, series=series)

    async def list_captures(
        self, *, limit: int = 50, before: str | None = None, **narrowed: object
    ) -> CapturePage:
        self._raise_fault()
        self.narrowed = {name: value for name, value in narrowed.items() if value is not None}
        older = [c for c in self._captures if before is None or c.id < before]
        more = older[limit - 1].id if len(older) > limit else None
        return CapturePage(tuple(older[:limit]), len(self._captures), more)

    async def get_capture(self, capture_id: str) -> CaptureFile:
        self._raise_fault()
        for capture in self._captures:
            if capture.id == capture_id:
                suffix = ".mp4" if capture.media_type == "video/mp4" else ".jpg"
                return CaptureFile(capture, str(self.folder / f"{capture_id}{suffix}"))
        raise NotFoundError(f"there is no capture {capture_id}")

    async def get_thumbnail(self, capture_id: str) -> CaptureFile:
        found = await self.get_capture(capture_id)
        return CaptureFile(found.capture, str(Path(found.path).with_suffix(".jpg")))

    def _raise_fault(self) -> None:
        if not self.connected:
            raise DeviceAwayError("the hardware process is away")
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault


def as_json(value: object) -> object:
    """A struct as a client sees it."""
    return msgspec.json.decode(msgspec.json.encode(value))
