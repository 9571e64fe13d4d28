"""The methods of ``hardware.sock``: each call is a Struct that names its method and its result.

`METHODS` is the whole interface between the two processes. The server dispatches by it, the client
encodes by it, and `Call[R]` lets a type checker know what an answer is. No I/O.
"""

from typing import Annotated, Any, ClassVar, Generic, TypeVar

import msgspec

from vizy.faults import Fault
from vizy.health import DaemonHealth
from vizy.jobs import JobSpec, JobState
from vizy.presets import PresetName
from vizy.sensors import SensorHistory
from vizy.settings.report import SettingsReport
from vizy.state import Capture, CaptureKind, DeviceState

R = TypeVar("R")


class Call(msgspec.Struct, Generic[R], frozen=True, forbid_unknown_fields=True):
    """The parameters of one method; a subclass gives ``method`` and ``result``."""

    method: ClassVar[str]
    result: ClassVar[Any]


class GetState(Call[DeviceState], frozen=True, forbid_unknown_fields=True):
    """Return the whole state, once."""

    method = "state.get"
    result = DeviceState


class Subscribe(Call[DeviceState], frozen=True, forbid_unknown_fields=True):
    """Return the whole state, then send a `StateChanged` for each change."""

    method = "state.subscribe"
    result = DeviceState


class SetControls(Call[DeviceState], frozen=True, forbid_unknown_fields=True):
    """Write controls, all or nothing; return the state once the device has taken them."""

    method = "controls.set"
    result = DeviceState
    values: dict[str, Any]


class SavePreset(Call[DeviceState], frozen=True, forbid_unknown_fields=True):
    """Save a preset, in place of one of the same name; return the state once it is on disk.

    ``values`` None stands for the controls in force that a person sets.
    """

    method = "presets.save"
    result = DeviceState
    name: PresetName
    values: dict[str, Any] | None = None


class RecallPreset(Call[DeviceState], frozen=True, forbid_unknown_fields=True):
    """Write a preset's values, without those that the camera does not take; return the state."""

    method = "presets.recall"
    result = DeviceState
    name: PresetName


class DeletePreset(Call[DeviceState], frozen=True, forbid_unknown_fields=True):
    """Delete a preset; return the state."""

    method = "presets.delete"
    result = DeviceState
    name: PresetName


class Focused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a search for the focus ended."""

    is_sharp: bool


class Focus(Call[Focused], frozen=True, forbid_unknown_fields=True):
    """Let the camera focus once; return when it has found a focus or given up."""

    method = "camera.focus"
    result = Focused


class CreateCapture(Call[Capture], frozen=True, forbid_unknown_fields=True):
    """Take a still, with the sensor's raw data as DNG if wished; return once it is safe on disk."""

    method = "captures.create"
    result = Capture
    raw: bool = False


class CapturePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some captures, newest first.

    ``count`` is of all that the filters let through; ``next`` is the ``before`` of the following
    page, if any.
    """

    items: tuple[Capture, ...]
    count: int
    next: str | None = None


class ListCaptures(Call[CapturePage], frozen=True, forbid_unknown_fields=True):
    """Return a page of captures, newest first, older than ``before``.

    The others narrow it down; None takes any. ``since`` and ``until`` are RFC 3339 times of
    creation, the second not included.
    """

    method = "captures.list"
    result = CapturePage
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    before: str | None = None
    kind: CaptureKind | None = None
    group: str | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None


class CaptureFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A capture and the absolute path of its file, for a process on the same machine.

    ``raw_path`` is that of its DNG; None when it has none.
    """

    capture: Capture
    path: str
    raw_path: str | None = None


class GetCapture(Call[CaptureFile], frozen=True, forbid_unknown_fields=True):
    """Return one capture and where its file is."""

    method = "captures.get"
    result = CaptureFile
    id: str


class GetThumbnail(Call[CaptureFile], frozen=True, forbid_unknown_fields=True):
    """Return one capture and where a small picture of it is, made now if there is none."""

    method = "captures.thumbnail"
    result = CaptureFile
    id: str


_Ids = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=500)]
_Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
Tags = Annotated[tuple[_Tag, ...], msgspec.Meta(max_length=32)]


class Captures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some captures, as they are now."""

    items: tuple[Capture, ...]


class UpdateCaptures(Call[Captures], frozen=True, forbid_unknown_fields=True):
    """Protect, unprotect or tag captures, all or none; None leaves as it is."""

    method = "captures.update"
    result = Captures
    ids: _Ids
    protected: bool | None = None
    tags: Tags | None = None


class DeleteCaptures(Call[Captures], frozen=True, forbid_unknown_fields=True):
    """Delete captures, all or none; they can be restored for a while."""

    method = "captures.delete"
    result = Captures
    ids: _Ids


class RestoreCaptures(Call[Captures], frozen=True, forbid_unknown_fields=True):
    """Bring deleted captures back, all or none."""

    method = "captures.restore"
    result = Captures
    ids: _Ids


class StartJob(Call[JobState], frozen=True, forbid_unknown_fields=True):
    """Start a job; return once it runs or waits for its time."""

    method = "jobs.start"
    result = JobState
    spec: JobSpec


class StopJob(Call[JobState], frozen=True, forbid_unknown_fields=True):
    """Stop a job; return once what it captured is whole."""

    method = "jobs.stop"
    result = JobState
    id: str


class SetIlluminator(Call[DeviceState], frozen=True, forbid_unknown_fields=True):
    """Light the lamp, 0 to 1 in steps that look even; return the state that holds it."""

    method = "illuminator.set"
    result = DeviceState
    level: Annotated[float, msgspec.Meta(ge=0, le=1)]


class GetHistory(Call[SensorHistory], frozen=True, forbid_unknown_fields=True):
    """Return what sensors said between two times (seconds since 1970), the last 24 h at most.

    No names stand for all sensors. There are at most ``max_points`` of each.
    """

    method = "sensors.history"
    result = SensorHistory
    start: float
    end: float
    names: tuple[str, ...] = ()
    max_points: Annotated[int, msgspec.Meta(ge=1, le=2880)] = 288


class ListCameras(Call[dict[str, str]], frozen=True, forbid_unknown_fields=True):
    """Return what ``camera`` takes on this machine, and what that is."""

    method = "cameras.list"
    result = dict[str, str]


class GetSettings(Call[SettingsReport], frozen=True, forbid_unknown_fields=True):
    """Return what is in force, what a start would find, and who says so."""

    method = "settings.get"
    result = SettingsReport


class ChangeSettings(Call[SettingsReport], frozen=True, forbid_unknown_fields=True):
    """Change values in the settings file, all or none; None goes back to the default."""

    method = "settings.change"
    result = SettingsReport
    values: dict[str, Any]


class ResetDevice(Call[None], frozen=True, forbid_unknown_fields=True):
    """Make the daemon as new: jobs, presets, controls and settings; captures only if asked.

    What waits for a restart still does.
    """

    method = "device.reset"
    result = None
    captures: bool = False


class GetHealth(Call[DaemonHealth], frozen=True, forbid_unknown_fields=True):
    """Return how the daemon does, at this moment."""

    method = "daemon.health"
    result = DaemonHealth


class RestartDaemon(Call[None], frozen=True, forbid_unknown_fields=True):
    """End the daemon in good order, right after the answer; who supervises it starts it again."""

    method = "daemon.restart"
    result = None


class InjectFault(Call[DeviceState], frozen=True, forbid_unknown_fields=True):
    """Make something go wrong, where the settings allow it; return the state."""

    method = "faults.inject"
    result = DeviceState
    fault: Fault


class StateChanged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The notification ``state.changed``: the sections that changed, whole, by name."""

    revision: int
    sections: dict[str, Any]


STATE_CHANGED = "state.changed"

METHODS: dict[str, type[Call[Any]]] = {
    call.method: call
    for call in (
        GetState,
        Subscribe,
        SetControls,
        SavePreset,
        RecallPreset,
        DeletePreset,
        Focus,
        CreateCapture,
        ListCaptures,
        GetCapture,
        GetThumbnail,
        UpdateCaptures,
        DeleteCaptures,
        RestoreCaptures,
        StartJob,
        StopJob,
        SetIlluminator,
        GetHistory,
        ListCameras,
        GetSettings,
        ChangeSettings,
        ResetDevice,
        GetHealth,
        RestartDaemon,
        InjectFault,
    )
}
