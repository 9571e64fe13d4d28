"""EXIF for a still: when, how and by what it was taken, put into a JPEG that has none.

Pure functions on bytes, any thread. It says nothing of who or where: no owner, no serial number,
no name of the host. Source of tags: EXIF 2.32 (CIPA DC-008); of the marker layout: ITU-T T.81,
annex B.
"""

import math
import struct
from collections.abc import Mapping
from datetime import datetime

from PIL.ExifTags import IFD, Base
from PIL.Image import Exif
from PIL.TiffImagePlugin import IFDRational

from hardware.camera.base import Frame
from hardware.captures.comment import Origin, comment_of, to_exif
from vizy.controls import ControlValue
from vizy.version import __version__

_SOI = b"\xff\xd8"
_APP1 = b"\xff\xe1"
_ISO_AT_GAIN_1 = 100
_MOST_ISO = 65_535  # a SHORT
_MICRO = 1_000_000
_MILLI = 1000
_INFINITE = IFDRational(0xFFFFFFFF, 1)  # Source: EXIF 2.32, 4.6.5, SubjectDistance
_REFLECTED = 0.18 / math.pi  # of a grey card: luminance in cd/m² of an illuminance in lux
_FOOTLAMBERT = 3.426  # cd/m², where APEX brightness is 0; Source: EXIF 2.32, annex C
_AUTO, _MANUAL = 0, 1
_PROGRAM_MANUAL, _PROGRAM_NORMAL = 1, 2
_LIGHT_SOURCES = {1: 3, 2: 3, 3: 2, 5: 1, 6: 10}
"""libcamera's AwbMode (control_ids_core.yaml) to EXIF's LightSource."""


def exif_of(
    frame: Frame,
    *,
    make: str,
    model: str,
    taken: datetime,
    origin: Origin,
    controls: Mapping[str, ControlValue],
) -> bytes:
    """Return the EXIF block of a still.

    Args:
        frame: The still; its metadata may hold libcamera's ``ExposureTime`` (µs), ``AnalogueGain``,
            ``DigitalGain``, ``LensPosition`` (dioptres), ``Lux`` and ``ColourTemperature`` (K).
        make: Of the camera.
        model: Of the camera.
        taken: When, with its time zone.
        origin: How it came about.
        controls: In force when it was taken.
    """
    exif = Exif()
    stamp = f"{taken:%Y:%m:%d %H:%M:%S}"
    exif[Base.Make] = make
    exif[Base.Model] = model
    exif[Base.Software] = f"Vizy {__version__}"
    exif[Base.DateTime] = stamp
    exif[Base.Orientation] = 1
    details = exif.get_ifd(IFD.Exif)
    details[Base.ExifVersion] = b"0232"
    offset = f"{taken:%z}"
    for when, fraction, zone in (
        (None, Base.SubsecTime, Base.OffsetTime),
        (Base.DateTimeOriginal, Base.SubsecTimeOriginal, Base.OffsetTimeOriginal),
        (Base.DateTimeDigitized, Base.SubsecTimeDigitized, Base.OffsetTimeDigitized),
    ):
        if when is not None:
            details[when] = stamp
        details[fraction] = f"{taken.microsecond // 1000:03d}"
        details[zone] = f"{offset[:3]}:{offset[3:5]}"
    size = frame.size
    details[Base.ExifImageWidth] = size.width
    details[Base.ExifImageHeight] = size.height
    details[Base.ColorSpace] = 1  # sRGB
    details.update(_measured(frame.metadata))
    details.update(_chosen(controls))
    colour_k = _number(frame.metadata, "ColourTemperature")  # EXIF has no tag for it
    facts = {} if colour_k is None else {"colour_temperature_k": round(colour_k)}
    details[Base.UserComment] = to_exif(comment_of(origin, **facts))
    return exif.tobytes()


def splice(jpeg: bytes, exif: bytes) -> bytes:
    """Put an EXIF block into a JPEG, first thing after its start."""
    assert jpeg.startswith(_SOI)
    length = struct.pack(">H", len(exif) + 2)
    return b"".join((_SOI, _APP1, length, exif, memoryview(jpeg)[2:]))


def _measured(metadata: Mapping[str, object]) -> dict[int, object]:
    """Return what the camera says of this very frame; what it does not say is left out."""
    found: dict[int, object] = {}
    if (exposure_us := _number(metadata, "ExposureTime")) is not None:
        found[Base.ExposureTime] = IFDRational(round(exposure_us), _MICRO)
    if (gain := _number(metadata, "AnalogueGain")) is not None:
        iso = gain * (_number(metadata, "DigitalGain") or 1.0) * _ISO_AT_GAIN_1
        found[Base.ISOSpeedRatings] = min(round(iso), _MOST_ISO)
    if (dioptres := _number(metadata, "LensPosition")) is not None:
        found[Base.SubjectDistance] = _distance(dioptres)
    if (lux := _number(metadata, "Lux")) is not None and lux > 0:
        found[Base.BrightnessValue] = _hundredths(math.log2(lux * _REFLECTED / _FOOTLAMBERT))
    return found


def _chosen(controls: Mapping[str, object]) -> dict[int, object]:
    """Return what was set by hand and what the camera chose by itself."""
    found: dict[int, object] = {}
    if (is_auto := controls.get("AeEnable")) is not None:
        found[Base.ExposureMode] = _AUTO if is_auto else _MANUAL
        found[Base.ExposureProgram] = _PROGRAM_NORMAL if is_auto else _PROGRAM_MANUAL
        if is_auto and (stops := _number(controls, "ExposureValue")) is not None:
            found[Base.ExposureBiasValue] = _hundredths(stops)
    if (is_auto := controls.get("AwbEnable")) is not None:
        mode = round(_number(controls, "AwbMode") or 0) if is_auto else -1
        found[Base.WhiteBalance] = _AUTO if mode == 0 else _MANUAL
        if mode in _LIGHT_SOURCES:
            found[Base.LightSource] = _LIGHT_SOURCES[mode]
    return found


def _number(values: Mapping[str, object], name: str) -> float | None:
    value = values.get(name)
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def _distance(dioptres: float) -> IFDRational:
    """Return the distance in focus, in metres."""
    millimetres = round(_MILLI / dioptres) if dioptres > 1e-6 else 0
    return IFDRational(millimetres, _MILLI) if millimetres else _INFINITE


def _hundredths(value: float) -> IFDRational:
    return IFDRational(round(value * 100), 100)
