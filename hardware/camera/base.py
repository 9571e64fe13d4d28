"""What the daemon asks of a camera, and nothing more: one ABC, few methods.

A back end is one class in its own file. All its methods run on the device's one owner thread (see
`hardware.worker`), except ``__init__``, which only remembers its arguments and touches nothing.
A back end never starts threads of its own that outlive `close`, never blocks in `poll_frame`, and
never checks values against limits: the device does that once, with what ``info`` reports.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from vizy.controls import ControlInfo, ControlValue
from vizy.state import Size

Pixels: TypeAlias = npt.NDArray[np.uint8]
Clock: TypeAlias = Callable[[], int]  # CLOCK_MONOTONIC in nanoseconds, like time.monotonic_ns


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Attributes:
        pixels: uint8, (height, width, 3), RGB, C-contiguous; belongs to the receiver.
        timestamp_ns: When the sensor took it, CLOCK_MONOTONIC.
        sequence: The sensor's frame number; a gap is a frame that nobody took.
        metadata: libcamera's names, for example ``ExposureTime`` in µs and ``AnalogueGain``.
    """

    pixels: Pixels
    timestamp_ns: int
    sequence: int
    metadata: Mapping[str, ControlValue] = field(default_factory=dict[str, ControlValue])

    @property
    def size(self) -> Size:
        """The picture's width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return Size(width, height)


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """What a camera says about itself once it is open.

    Attributes:
        backend: The back end's name, as in the settings.
        model: The sensor's or device's name.
        still_size: The size of what `Camera.capture_still` returns.
        controls: What can be set, in the page's order.
        still_interrupts_stream: Whether a still stops the live frames for a moment, because it
            needs a mode of its own.
    """

    backend: str
    model: str
    still_size: Size
    controls: tuple[ControlInfo, ...]
    still_interrupts_stream: bool = False


class Camera(ABC):
    """A camera that streams small frames and takes stills of full size."""

    @property
    @abstractmethod
    def info(self) -> CameraInfo:
        """What the camera reports; valid after `open`."""

    @abstractmethod
    def open(self) -> None:
        """Acquire the camera.

        Raises:
            CameraError: It is not there or cannot be used; the text says why and what to do.
        """

    @abstractmethod
    def close(self) -> None:
        """Release everything `open` and `start_stream` took; calling it again does nothing."""

    @abstractmethod
    def live_size(self, wanted: Size) -> Size:
        """Return the size the stream would have when ``wanted`` is asked for."""

    @abstractmethod
    def set_controls(self, values: Mapping[str, ControlValue]) -> None:
        """Write controls, all of them for the same frame; the values are already checked.

        As in libcamera, a value that an algorithm owns at the moment (``ExposureTime`` while
        ``AeEnable`` is true) is taken and has no effect.

        Raises:
            CameraError: The camera refused or failed.
        """

    @abstractmethod
    def controls(self) -> dict[str, ControlValue]:
        """Return the values in force, the results of automatic exposure included."""

    @abstractmethod
    def start_stream(self, size: Size, fps: float) -> None:
        """Start taking frames of ``live_size(size)``, at most ``fps`` a second."""

    @abstractmethod
    def stop_stream(self) -> None:
        """Stop taking frames; doing so twice is no error."""

    @abstractmethod
    def poll_frame(self) -> Frame | None:
        """Return the newest frame that was not returned before, or None; never waits for one.

        Raises:
            CameraError: The stream broke; the camera must be closed and opened again.
        """

    @abstractmethod
    def frame_due_s(self) -> float:
        """Return in how many seconds `poll_frame` is worth calling; infinity with no stream."""

    @abstractmethod
    def capture_still(self) -> Frame:
        """Take one picture of ``info.still_size``, whether or not the stream runs.

        Raises:
            CameraError: The camera failed.
        """
