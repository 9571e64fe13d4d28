"""Sensor modes and picture sizes: which of them a live picture is made from. No I/O of its own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vizy.state import SensorMode, Size

_RATE_TOLERANCE = 1.02
_SEES_ALL = 0.95  # of the sensor; binning may lose a few rows
_COMPRESSED_BITS = 16


def sensor_modes(raw: Any) -> tuple[SensorMode, ...]:
    """Read the modes from libcamera's proposal for a raw stream; None where there is none."""
    if raw is None or not len(raw):
        return ()
    formats = raw.at(0).formats
    found = {
        SensorMode(Size(size.width, size.height), _bit_depth(str(pixel_format)))
        for pixel_format in formats.pixel_formats
        for size in formats.sizes(pixel_format)
    }
    return tuple(sorted(found, key=lambda mode: (_area(mode.size), mode.bit_depth)))


@dataclass(frozen=True, slots=True)
class ModeLimits:
    """What libcamera says of a mode once it is configured.

    Attributes:
        least_us: The least time between two frames.
        seen: Width times height of what it sees, in sensor pixels; 0 if it does not say.
    """

    least_us: int
    seen: int

    def grade(self, interval_us: int, whole: int) -> int:
        """Rate the mode: 3 is fast enough and sees the whole scene, 2 fast, 1 whole, 0 neither."""
        is_fast = self.least_us <= interval_us * _RATE_TOLERANCE
        return 2 * is_fast + (self.seen >= whole * _SEES_ALL)


def candidates(modes: Iterable[SensorMode], main: Size, wanted: Size | None) -> list[SensorMode]:
    """Return the modes to try for a stream, in that order.

    Those with no fewer pixels than the stream needs come first, the smallest of them at the front.

    Args:
        modes: What the sensor has.
        main: The size of the stream.
        wanted: A mode's size to use whatever it costs.
    """
    by_area = sorted(modes, key=lambda mode: (_area(mode.size), -mode.bit_depth))
    if wanted is not None:
        return [mode for mode in by_area if mode.size == wanted]
    large = [mode for mode in by_area if _covers(mode.size, main)]
    return large + [mode for mode in reversed(by_area) if mode not in large]


def live_size(wanted: Size, full: Size, *, can_crop: bool) -> Size:
    """Return the size of the live picture, even and within both.

    Args:
        wanted: The largest wished.
        full: The camera's whole picture.
        can_crop: Whether the camera can give another aspect ratio than its own.
    """
    if can_crop:
        width, height = min(wanted.width, full.width), min(wanted.height, full.height)
    else:
        scale = min(1.0, wanted.width / full.width, wanted.height / full.height)
        width, height = int(full.width * scale), int(full.height * scale)
    return Size(max(2, width - width % 2), max(2, height - height % 2))


def _bit_depth(pixel_format: str) -> int:
    found = re.match(r"[A-Z]+(\d+)", pixel_format.partition("_")[0])
    return int(found[1]) if found else _COMPRESSED_BITS


def _covers(size: Size, other: Size) -> bool:
    return size.width >= other.width and size.height >= other.height


def _area(size: Size) -> int:
    return size.width * size.height
