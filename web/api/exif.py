"""What the file of a picture says of itself: its EXIF, in words. Pillow reads it, in a thread."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD, Base

from vizy.errors import DeviceError, NotFoundError, StorageError
from vizy.messages import CaptureFile
from web.api.endpoint import Asked, Endpoint
from web.auth.identity import Role
from web.parts import Parts


class Fact(Struct, frozen=True):
    """One thing that a picture says."""

    name: str
    value: str


class Facts(Struct, frozen=True):
    """What a picture says, in the order to be read; a video says nothing."""

    items: tuple[Fact, ...]


def exif(parts: Parts) -> tuple[Endpoint, ...]:
    """Return the endpoint of ``/captures/<id>/exif``."""

    async def facts(asked: Asked) -> Facts:
        found = await parts.device.get_capture(asked.path["id"])
        if found.capture.media_type != "image/jpeg":
            return Facts(())
        return Facts(await asyncio.to_thread(_read, found))

    return (
        Endpoint(
            method="GET",
            path="/captures/<id>/exif",
            role=Role.VIEWER,
            summary="Return what a picture says of itself: exposure, gain, camera, place.",
            call=facts,
            returns=Facts,
            errors=(NotFoundError, StorageError, DeviceError),
        ),
    )


def _read(found: CaptureFile) -> tuple[Fact, ...]:
    try:
        with Image.open(Path(found.path)) as picture:
            tags = picture.getexif()
            return tuple(_facts(tags, tags.get_ifd(IFD.Exif), tags.get_ifd(IFD.GPSInfo)))
    except FileNotFoundError:
        raise NotFoundError(f"the file of capture {found.capture.id} is gone") from None
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise StorageError(f"the file of capture {found.capture.id}: {error}") from error


def _facts(
    tags: Mapping[int, Any], more: Mapping[int, Any], place: Mapping[int, Any]
) -> list[Fact]:
    said = {
        "Camera": " ".join(str(tags[tag]) for tag in (Base.Make, Base.Model) if tag in tags),
        "Exposure": _exposure(more.get(Base.ExposureTime)),
        "ISO": str(more.get(Base.ISOSpeedRatings, "")),
        "Aperture": f"f/{float(more[Base.FNumber]):g}" if Base.FNumber in more else "",
        "Compensation": _signed(more.get(Base.ExposureBiasValue)),
        "Focus": _metres(more.get(Base.SubjectDistance)),
        "Place": _place(place),
        "Software": str(tags.get(Base.Software, "")),
    }
    return [Fact(name, value) for name, value in said.items() if value]


def _exposure(seconds: Any) -> str:
    if not seconds:
        return ""
    value = float(seconds)
    return f"{value:.3g} s" if value >= 0.4 else f"1/{round(1 / value)} s"


def _signed(stops: Any) -> str:
    return f"{float(stops):+.1f} EV" if stops else ""


def _metres(distance: Any) -> str:
    if not distance or not (value := float(distance)):
        return ""
    return "infinity" if value > 1e6 else f"{value:.2f} m"


def _place(place: Mapping[int, Any]) -> str:
    parts: list[str] = []
    for degrees, side in (
        (GPS.GPSLatitude, GPS.GPSLatitudeRef),
        (GPS.GPSLongitude, GPS.GPSLongitudeRef),
    ):
        if degrees not in place:
            return ""
        whole, minutes, seconds = map(float, place[degrees])
        parts.append(f"{whole + minutes / 60 + seconds / 3600:.5f}° {place.get(side, '')}".strip())
    return ", ".join(parts)
