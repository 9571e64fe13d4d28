"""A fake of the part of libcamera's Python binding that Vizy uses; see `fake_rig` for the cameras.

Names and numbers are libcamera's. Source: its control_ids_core.yaml and src/py/libcamera.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import ClassVar

__all__ = ["ColorSpace", "Size", "StreamRole", "Transform", "controls"]


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
    AfSpeedEnum=_enum("AfSpeedEnum", "Normal Fast"),
    draft=SimpleNamespace(
        NoiseReductionModeEnum=_enum("NoiseReductionModeEnum", "Off Fast HighQuality Minimal ZSL")
    ),
)
