"""A fake of the part of libcamera's Python binding that Vizy uses; see `fake_rig` for the cameras.

Names and numbers are libcamera's. Source: its control_ids_core.yaml and src/py/libcamera.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import ClassVar, NamedTuple

__all__ = [
    "ColorSpace",
    "ControlType",
    "Size",
    "StreamRole",
    "Transform",
    "control_id",
    "controls",
]


class ControlType(Enum):
    Bool = 1
    Integer32 = 3
    Integer64 = 4
    Float = 5
    String = 6
    Rectangle = 7


class ControlId(NamedTuple):
    """What is known of a control whatever the camera."""

    name: str
    type: ControlType
    isArray: bool = False  # noqa: N815
    size: int = 0


_ARRAYS = {
    "AfWindows": (ControlType.Rectangle, True, 2**64 - 1),
    "ColourCorrectionMatrix": (ControlType.Float, True, 9),
    "ColourGains": (ControlType.Float, True, 2),
    "FrameDurationLimits": (ControlType.Integer64, True, 2),
    "ScalerCrop": (ControlType.Rectangle, False, 0),
}
_SINGLES = {
    bool: ControlType.Bool,
    int: ControlType.Integer32,
    float: ControlType.Float,
    str: ControlType.String,
}


def control_id(name: str, kind: type) -> ControlId:
    return ControlId(name, *(_ARRAYS[name] if name in _ARRAYS else (_SINGLES[kind],)))


class StreamRole(Enum):
    Raw = 0
    StillCapture = 1
    VideoRecording = 2
    Viewfinder = 3


@dataclass(frozen=True)
class Size:
    width: int
    height: int


@dataclass(frozen=True)
class Transform:
    hflip: bool = False
    vflip: bool = False
    transpose: bool = False


@dataclass(frozen=True)
class ColorSpace:
    name: str

    known: ClassVar[tuple[str, ...]] = ("Sycc", "Smpte170m", "Rec709")

    @staticmethod
    def Sycc() -> "ColorSpace":
        return ColorSpace("Sycc")

    @staticmethod
    def Smpte170m() -> "ColorSpace":
        return ColorSpace("Smpte170m")

    @staticmethod
    def Rec709() -> "ColorSpace":
        return ColorSpace("Rec709")


def _enum(name: str, members: str) -> type[IntEnum]:
    return IntEnum(name, members, start=0)


controls = SimpleNamespace(
    AeMeteringModeEnum=_enum("AeMeteringModeEnum", "CentreWeighted Spot Matrix Custom"),
    AeConstraintModeEnum=_enum("AeConstraintModeEnum", "Normal Highlight Shadows Custom"),
    AeExposureModeEnum=_enum("AeExposureModeEnum", "Normal Short Long Custom"),
    AeFlickerModeEnum=_enum("AeFlickerModeEnum", "Off Manual Auto"),
    AwbModeEnum=_enum(
        "AwbModeEnum", "Auto Incandescent Tungsten Fluorescent Indoor Daylight Cloudy Custom"
    ),
    HdrModeEnum=_enum(
        "HdrModeEnum", "Off MultiExposureUnmerged MultiExposure SingleExposure Night"
    ),
    AfModeEnum=_enum("AfModeEnum", "Manual Auto Continuous"),
    AfRangeEnum=_enum("AfRangeEnum", "Normal Macro Full"),
    AfMeteringEnum=_enum("AfMeteringEnum", "Auto Windows"),
    AfSpeedEnum=_enum("AfSpeedEnum", "Normal Fast"),
    draft=SimpleNamespace(
        NoiseReductionModeEnum=_enum("NoiseReductionModeEnum", "Off Fast HighQuality Minimal ZSL")
    ),
)
