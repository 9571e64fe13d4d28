"""`DeviceState`: the one typed snapshot of everything the daemon knows.

The daemon makes a new one on each change, with a revision that only grows; subscribers get the
whole snapshot first and then the sections that changed (`changes`, `merge`). Immutable, used on any
thread, no I/O. A section is a top-level field; it is replaced whole.
"""

from typing import Any, Literal

import msgspec

from vizy.controls import ControlInfo, ControlValue
from vizy.jobs import JobState
from vizy.pins import PinsState
from vizy.presets import Preset
from vizy.sensors import DeviceWarning, SensorReading
from vizy.settings.report import SettingsState

CameraStatus = Literal["starting", "ready", "stalled", "fault"]


class Size(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Width and height of a picture, in pixels."""

    width: int
    height: int


USUAL_STILL_S = 20.0  # how long a still may take at exposures of the usual length


class SensorMode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way in which a sensor can be read out: what it gives, and bits per pixel."""

    size: Size
    bit_depth: int


class CameraState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which camera it is and how it does; ``reason`` says why it is not ready.

    ``has_raw`` tells whether a still can come with the sensor's raw data; ``still_limit_s`` is how
    long a still may take with the exposure in force.
    """

    backend: str
    model: str
    status: CameraStatus
    reason: str = ""
    still_size: Size
    has_raw: bool = False
    controls: tuple[ControlInfo, ...] = ()
    sensor_modes: tuple[SensorMode, ...] = ()
    still_limit_s: float = USUAL_STILL_S


class StreamState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The live picture.

    Attributes:
        active: Whether the camera delivers frames: to viewers, a recording or a program.
        readers: How many read frames, encoded or raw; each stream is made only while it is read.
        size: Of a frame.
        fps: Frames that the camera delivers a second.
    """

    active: bool = False
    readers: int = 0
    size: Size
    fps: float = 0.0


CaptureKind = Literal["still", "burst", "bracket", "timelapse", "movie", "recording", "motion"]


class Capture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One capture that is safe on disk: a picture or a video.

    Attributes:
        id: Unique, sorts by time; also the file's stem.
        created: RFC 3339, UTC; of a video, when it begins.
        bytes: The file's size.
        media_type: ``image/jpeg`` or ``video/mp4``.
        kind: How it came about.
        group: The job that took it; empty when none did.
        duration_s: Length of a video; 0 for a picture.
        raw_bytes: Size of the DNG beside it; 0 when there is none.
        protected: Never deleted to make room, and by nobody before it is unprotected.
        tags: In the order they were given.
    """

    id: str
    created: str
    bytes: int
    size: Size
    media_type: str = "image/jpeg"
    kind: CaptureKind = "still"
    group: str = ""
    duration_s: float = 0.0
    raw_bytes: int = 0
    protected: bool = False
    tags: tuple[str, ...] = ()


class CapturesState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many captures there are, how many wait to be taken, and the newest, newest first.

    ``deleted`` is how many were deleted and can still be restored.
    """

    count: int = 0
    waiting: int = 0
    latest: tuple[Capture, ...] = ()
    deleted: int = 0


class StorageState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The disk that holds the captures; below ``floor_bytes`` a capture is refused."""

    path: str
    free_bytes: int
    total_bytes: int
    floor_bytes: int
    status: Literal["ok", "full", "failed"] = "ok"
    reason: str = ""


class HealthState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The daemon itself: its process and when it started (RFC 3339, UTC)."""

    pid: int
    started: str


class Versions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Versions of the parts that must agree."""

    vizy: str
    python: str


class DeviceState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything the daemon knows, at one revision."""

    revision: int
    camera: CameraState
    controls: dict[str, ControlValue]
    streaming: StreamState
    captures: CapturesState
    storage: StorageState
    health: HealthState
    versions: Versions
    sensors: dict[str, SensorReading] = {}
    warnings: tuple[DeviceWarning, ...] = ()
    pins: PinsState = PinsState()
    jobs: tuple[JobState, ...] = ()
    presets: tuple[Preset, ...] = ()
    settings: SettingsState = SettingsState()


SECTIONS: tuple[str, ...] = tuple(
    name for name in DeviceState.__struct_fields__ if name != "revision"
)


def changes(old: DeviceState, new: DeviceState) -> dict[str, Any]:
    """Return the sections of ``new`` that differ from ``old``, by name."""
    return {
        name: getattr(new, name) for name in SECTIONS if getattr(old, name) != getattr(new, name)
    }


def merge(state: DeviceState, revision: int, sections: dict[str, Any]) -> DeviceState:
    """Apply changed sections as they came over the wire (builtin types) to a snapshot.

    Raises:
        msgspec.ValidationError: A section of an unknown name or of the wrong shape.
    """
    whole = msgspec.to_builtins(state) | sections | {"revision": revision}
    return msgspec.convert(whole, DeviceState)
