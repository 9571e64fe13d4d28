"""EXIF for a still: when, how and by what it was taken, put into a JPEG that has none.

Pure functions on bytes, any thread. Source of tags: EXIF 2.32 (CIPA DC-008); of the marker layout:
ITU-T T.81, annex B.
"""

import struct
from datetime import datetime

from PIL.ExifTags import IFD, Base
from PIL.Image import Exif
from PIL.TiffImagePlugin import IFDRational

from hardware.camera.base import Frame
from vizy.version import __version__

_SOI = b"\xff\xd8"
_APP1 = b"\xff\xe1"
_ISO_AT_GAIN_1 = 100
_MICRO = 1_000_000


def exif_of(frame: Frame, *, make: str, model: str, taken: datetime) -> bytes:
    """Return the EXIF block of a still.

    Args:
        frame: The still; its metadata may hold ``ExposureTime`` (µs) and ``AnalogueGain``.
        make: Of the camera.
        model: Of the camera.
        taken: When, with its time zone.
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
        (Base.DateTimeOriginal, Base.SubsecTimeOriginal, Base.OffsetTimeOriginal),
        (Base.DateTimeDigitized, Base.SubsecTimeDigitized, Base.OffsetTimeDigitized),
    ):
        details[when] = stamp
        details[fraction] = f"{taken.microsecond // 1000:03d}"
        details[zone] = f"{offset[:3]}:{offset[3:5]}"
    size = frame.size
    details[Base.ExifImageWidth] = size.width
    details[Base.ExifImageHeight] = size.height
    details[Base.ColorSpace] = 1  # sRGB
    if (exposure_us := frame.metadata.get("ExposureTime")) is not None:
        details[Base.ExposureTime] = IFDRational(int(exposure_us), _MICRO)
    if (gain := frame.metadata.get("AnalogueGain")) is not None:
        details[Base.ISOSpeedRatings] = round(float(gain) * _ISO_AT_GAIN_1)
    return exif.tobytes()


def splice(jpeg: bytes, exif: bytes) -> bytes:
    """Put an EXIF block into a JPEG, first thing after its start."""
    assert jpeg.startswith(_SOI)
    length = struct.pack(">H", len(exif) + 2)
    return b"".join((_SOI, _APP1, length, exif, memoryview(jpeg)[2:]))
