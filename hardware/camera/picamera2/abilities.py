"""`Abilities`: what an opened camera can do, and `Live`: what is asked of it. Immutable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardware.camera.picamera2.advertised import Advertised
from hardware.camera.picamera2.library import FoundCamera
from vizy.state import SensorMode, Size


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an opened camera can do.

    Attributes:
        found: Which one it is.
        full: The size of a still.
        modes: The sensor's modes; none for a camera that does not tell.
        has_lores: Whether it gives a second, smaller stream.
        has_raw: Whether it gives the sensor's raw data.
        controls: What libcamera says of its controls, in the mode of the whole sensor.
    """

    found: FoundCamera
    full: Size
    modes: tuple[SensorMode, ...]
    has_lores: bool
    has_raw: bool
    controls: Mapping[str, Advertised]

    @property
    def live_stream(self) -> str:
        """The name of the stream that carries the live picture."""
        return "lores" if self.has_lores else "main"


@dataclass(frozen=True, slots=True)
class Live:
    """A live stream to configure.

    Attributes:
        size: Of the live picture.
        interval_us: The least time between frames.
        longest_us: The greatest time between frames.
        controls: What else to set before the first frame.
    """

    size: Size
    interval_us: int
    longest_us: int
    controls: Mapping[str, Any]
